"""The rules' data: severity by kind of submission, limits, legal basis; and the hash of the rule set."""

import hashlib
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from spatial.survey.records import Kind, Severity

_PACKAGES = ("spatial.survey.rules",)
_SHARED = ("tolerances.py", "predicates.py")


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """Data of one rule.

    Parameters
    ----------
    rule_id : str
        Such as ``T10``.
    basis : str
        Law or standard; ``verified`` tells whether its clause was read.
    unit : str
        Unit of ``limits`` and of what is measured.
    limits : dict
        Limit of each grade.
    severities : dict
        Kind of submission (or ``default``) -> grade -> severity.
    """

    rule_id: str
    order: int
    basis: str
    verified: bool
    unit: str
    limits: dict[str, float] = field(default_factory=dict)
    severities: dict[str, dict[str, str]] = field(default_factory=dict)

    def severity(self, kind: Kind, grade: str) -> Severity:
        """Return the severity of a grade for a kind of submission."""
        special = self.severities.get(kind.value, {})
        return Severity(special.get(grade) or self.severities["default"][grade])


@cache
def catalogue() -> dict[str, RuleFacts]:
    """Return every rule's data in the order they run."""
    tables: dict[str, Any] = tomllib.loads(
        resources.files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8")
    )
    rules = [
        RuleFacts(
            rule_id=rule_id,
            order=table["order"],
            basis=table["basis"],
            verified=table["verified"],
            unit=table["unit"],
            limits=table.get("limit", {}),
            severities=table["severity"],
        )
        for rule_id, table in tables.items()
    ]
    return {rule.rule_id: rule for rule in sorted(rules, key=lambda rule: rule.order)}


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
