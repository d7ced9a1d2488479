"""Findings of a submission as a report in the asker's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import shapely

from api.survey_views import message_of, rule_json
from data.messages import known, text
from spatial.survey.records import Submission
from spatial.survey.reporting.records import FindingsReport, Table, Value

# Findings of a report; the list over HTTP has all.
MOST: Final = 5_000
_ORDER: Final = ("error", "warning", "info")
_UNITS: Final = {"m2": "m²", "deg": "°"}
_HEADS: Final = (
    "no", "severity", "rule", "object", "other", "measured", "limit", "unit", "message", "waived", "e", "n",
)  # fmt: skip
# Columns of _HEADS, metres of EPSG:4547.
_COORDINATES: Final = (10, 11)
_RULE_HEADS: Final = ("rule", "title", "result", "count", "reason")


def findings_report(
    survey: Submission,
    run: Mapping[str, Any],
    rows: Sequence[dict[str, Any]],
    lang: str,
    *,
    now: datetime,
) -> FindingsReport:
    """Put a report together.

    Parameters
    ----------
    survey : Submission
        What was checked.
    run : mapping
        Its last run.
    rows : sequence of dict
        Findings of the run, places in EPSG:4547 (E, N) metres; the worst `MOST` are shown.
    lang : str
        Language of all words.
    now : datetime
        Aware instant.
    """

    def word(key: str, **params: object) -> str:
        return text(f"survey.report.{key}", lang, **params)

    ranked = sorted(rows, key=lambda row: _ORDER.index(row["severity"]))
    shown = [_finding(number, row, lang) for number, row in enumerate(ranked[:MOST], start=1)]
    left = len(ranked) - len(shown)
    return FindingsReport(
        title=word("title", project=survey.project_code, version=survey.version),
        summary=word("summary"),
        facts=_facts(survey, run, lang),
        findings=Table(
            word("findings"),
            [word(f"head_{head}") for head in _HEADS],
            shown,
            frozenset({0, 5, 6, *_COORDINATES}),
            dict.fromkeys(_COORDINATES, 3),
        ),
        rules=Table(
            word("rules"),
            [word(f"head_{head}") for head in _RULE_HEADS],
            [_rule(rule_json(rule, lang), lang) for rule in run["rules"]],
            frozenset({3}),
        ),
        note=word("left_off", n=left) if left else "",
        created=now,
    )


def _facts(survey: Submission, run: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    counts = run["counts"]
    figures = ("features", "errors", "warnings", "infos", "rules_passed", "rules_not_run")
    facts = {
        "layer": text(f"ui.common.layer.{survey.layer}", lang),
        "status": text(f"ui.status.survey.{survey.status}", lang),
        "file": survey.file_name,
        "sha256": survey.file_sha256,
        "by": survey.submitted_by,
        "checked_at": f"{run['started_at']:%Y-%m-%d %H:%M:%S}",
        "rule_set": run["rule_set_sha256"],
        **{name: str(counts[name]) for name in figures if name in counts},
    }
    return [(text(f"survey.report.{name}", lang), value) for name, value in facts.items()]


def _finding(number: int, row: dict[str, Any], lang: str) -> list[Value]:
    place = row["geom"]
    inside = None if place is None or place.is_empty else shapely.point_on_surface(place)
    return [
        number,
        text(f"ui.status.severity.{row['severity']}", lang),
        row["rule_id"],
        row["object_id"],
        row["other_id"],
        _rounded(row["measured"]),
        _rounded(row["limit"]),
        _UNITS.get(row["unit"] or "", row["unit"]),
        message_of(row["message"], row["params"], lang),
        row["waived"],
        None if inside is None else round(inside.x, 3),
        None if inside is None else round(inside.y, 3),
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _rule(rule: dict[str, Any], lang: str) -> list[Value]:
    result = f"survey.report.result_{rule['result']}"
    return [
        rule["rule_id"],
        rule["title"],
        text(result, lang) if known(result) else rule["result"],
        rule["findings"],
        rule.get("reason_text") or None,
    ]
