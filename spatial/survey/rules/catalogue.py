"""The rules' data: what each judges, when, by which tolerance and law; and the hash of the rule set."""

import hashlib
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

from spatial.survey import tolerances
from spatial.survey.records import Kind, Moment, Severity

_PACKAGES = ("spatial.survey.rules",)
_SHARED = (
    "apart.py",
    "gaps.py",
    "map_sheets.py",
    "tolerances.py",
    "predicates.py",
    "objects/columns.py",
    "objects/drafts.py",
)
EVERY: Final = "*"
DEFAULT: Final = "default"

Severities = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Example:
    """A finding as people would read it: code of its text, parameters, grade."""

    message: str
    params: dict[str, Any]
    grade: str = "major"


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """Data of one rule.

    Parameters
    ----------
    rule_id : str
        Such as ``T10``. Its title, what it asks and its exceptions are the messages ``survey.rule.T10``,
        ``survey.rule_about.T10`` and ``survey.rule_exceptions.T10``.
    basis : str
        Law or standard; ``verified`` tells whether its clause was read.
    unit : str
        Unit of ``limits`` and of what is measured.
    limits : dict
        Limit of each grade.
    severities : dict
        Kind of submission (or ``default``) -> grade -> severity, the same before, at and after submission.
    audited : dict
        The same for the audit at night, where it differs.
    layers : tuple of str
        Layers of the register that the rule concerns; ``*`` for all. Elsewhere it is not run.
    moments : tuple of Moment
        When the rule is asked; otherwise it is not run.
    needs : tuple of str
        Preconditions (``preconditions.PRECONDITIONS``); where one fails the rule is not run.
    tolerances : tuple of str
        Names in ``spatial.survey.tolerances``; their sources are the messages ``survey.tolerance.<name>``.
    example : Example
        A finding, for the catalogue page.
    """

    rule_id: str
    order: int
    basis: str
    verified: bool
    unit: str
    example: Example
    limits: dict[str, float] = field(default_factory=dict)
    severities: Severities = field(default_factory=dict)
    audited: Severities = field(default_factory=dict)
    layers: tuple[str, ...] = (EVERY,)
    moments: tuple[Moment, ...] = tuple(Moment)
    needs: tuple[str, ...] = ()
    tolerances: tuple[str, ...] = ()

    def severity(self, kind: Kind, grade: str, moment: Moment = Moment.SUBMIT) -> Severity:
        """Return the severity of a grade for a kind of submission at a moment."""
        if moment is Moment.NIGHTLY:
            special = self.audited.get(kind.value, {}).get(grade) or self.audited.get(DEFAULT, {}).get(grade)
            if special:
                return Severity(special)
        return Severity(self.severities.get(kind.value, {}).get(grade) or self.severities[DEFAULT][grade])

    def concerns(self, layer: str) -> bool:
        """Tell whether the rule is meant for a layer."""
        return EVERY in self.layers or layer in self.layers

    def tolerance_values(self) -> dict[str, float]:
        """Return the tolerances by name, in the unit of their suffix."""
        return {name: float(getattr(tolerances, name)) for name in self.tolerances}


@cache
def catalogue() -> dict[str, RuleFacts]:
    """Return every rule's data in the order they run."""
    return read_catalogue(resources.files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8"))


def read_catalogue(text: str) -> dict[str, RuleFacts]:
    """Read the data of rules, one TOML table each.

    Returns
    -------
    dict
        In the order they run.
    """
    tables: dict[str, Any] = tomllib.loads(text)
    rules = [_facts(rule_id, table) for rule_id, table in tables.items()]
    return {rule.rule_id: rule for rule in sorted(rules, key=lambda rule: rule.order)}


def _facts(rule_id: str, table: dict[str, Any]) -> RuleFacts:
    return RuleFacts(
        rule_id=rule_id,
        order=table["order"],
        basis=table["basis"],
        verified=table["verified"],
        unit=table["unit"],
        example=Example(**table["example"]),
        limits=table.get("limit", {}),
        severities=table["severity"],
        audited=table.get("audited", {}),
        layers=tuple(table["layers"]),
        moments=tuple(Moment(name) for name in table.get("moments", Moment)),
        needs=tuple(table.get("needs", ())),
        tolerances=tuple(table["tolerances"]),
    )


@cache
def rule_set_sha256() -> str:
    """Return the hash of the rules' data and code: two runs with the same hash applied the same rules."""
    digest = hashlib.sha256()
    survey = resources.files("spatial.survey")
    files = [entry for package in _PACKAGES for entry in resources.files(package).iterdir()]
    files = [entry for entry in files if entry.name.endswith((".py", ".toml"))]
    files += [survey.joinpath(name) for name in _SHARED]
    for entry in sorted(files, key=lambda found: found.name):
        digest.update(entry.name.encode() + b"\0" + entry.read_bytes() + b"\0")
    return digest.hexdigest()
