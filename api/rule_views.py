"""The rule catalogue as the page ``/help/rules`` shows it."""

from typing import Any

from api.survey_views import message_of
from data.messages import text
from spatial.survey.measured import RuleMeasure, measures
from spatial.survey.records import Kind, Moment
from spatial.survey.rules.catalogue import EVERY, RuleFacts
from webmap.rule_pictures import picture

UNITS = {"m2": "m²", "deg": "°"}
_SUFFIXES = {"_m2": "m²", "_m": "m", "_deg": "°"}


def rule_view(rule: RuleFacts, lang: str) -> dict[str, Any]:
    """Show one rule in a language."""
    published = measures()
    rule_id = rule.rule_id
    return {
        "id": rule_id,
        "title": text(f"survey.rule.{rule_id}", lang),
        "about": text(f"survey.rule_about.{rule_id}", lang),
        "exceptions": text(f"survey.rule_exceptions.{rule_id}", lang),
        "basis": rule.basis,
        "verified": rule.verified,
        "layers": [] if EVERY in rule.layers else list(rule.layers),
        "needs": list(rule.needs),
        "moments": [moment.value for moment in rule.moments],
        "severities": _severities(rule),
        "tolerances": [_tolerance(name, value, lang) for name, value in rule.tolerance_values().items()],
        "example": message_of(rule.example.message, rule.example.params, lang),
        "example_severity": rule.severity(Kind.NEW, rule.example.grade).value,
        "picture": picture(rule_id),
        "measure": _shares(published.rules.get(rule_id)) if published else None,
    }


def _severities(rule: RuleFacts) -> list[dict[str, Any]]:
    """Return for each grade the severity of an upload, of an initial load, and at night (None: not asked)."""
    at_night = Moment.NIGHTLY in rule.moments
    by_upload = set(rule.moments) - {Moment.NIGHTLY}
    return [
        {
            "grade": grade,
            "upload": rule.severity(Kind.NEW, grade).value if by_upload else None,
            "initial_load": rule.severity(Kind.INITIAL_LOAD, grade).value if by_upload else None,
            "nightly": rule.severity(Kind.INITIAL_LOAD, grade, Moment.NIGHTLY).value if at_night else None,
        }
        for grade in rule.severities["default"]
    ]


def _tolerance(name: str, value: float, lang: str) -> dict[str, str]:
    unit = next((unit for suffix, unit in _SUFFIXES.items() if name.lower().endswith(suffix)), "")
    return {
        "name": name,
        "value": f"{value:g} {unit}".strip(),
        "source": text(f"survey.tolerance.{name}", lang),
    }


def _shares(measure: RuleMeasure | None) -> dict[str, Any] | None:
    if measure is None:
        return None
    return {
        "put": measure.put,
        "found": measure.found,
        "findings": measure.findings,
        "recall": None if measure.recall is None else f"{measure.recall:.1%}",
        "precision": None if measure.precision is None else f"{measure.precision:.1%}",
    }
