"""Words of kept audits."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from spatial.survey.records import Finding


class State(StrEnum):
    """Findings of a run: all of them, those the run before had not, those it had and this one no more."""

    PRESENT = "present"
    NEW = "new"
    GONE = "gone"


@dataclass(slots=True)
class Gathered:
    """What an audit found, before it is kept.

    Attributes
    ----------
    features : int
        Parcels and entries of rights asked.
    findings : list of Finding
        At most :data:`spatial.audits.service.MOST_KEPT` a rule.
    rules : dict
        By rule: how often it ``passed``, ``found``, was ``not_run``; findings ``counted`` and ``kept``.
    """

    features: int = 0
    findings: list[Finding] = field(default_factory=list)
    rules: dict[str, Counter[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """How a run was made: when (aware), in how many seconds, by which rules (hash, hex), by which job."""

    started_at: datetime
    seconds: float
    rule_set_sha256: str
    job_id: int | None = None


@dataclass(frozen=True, slots=True)
class AuditRun:
    """A kept run; ``appeared`` and ``gone`` compare it with the run before."""

    run_id: int
    started_at: datetime
    seconds: float
    features: int
    rule_set_sha256: str
    rules: dict[str, dict[str, int]]
    errors: int
    warnings: int
    infos: int
    appeared: int
    gone: int


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What a run kept of a rule in a county (six digits; empty where the object has none)."""

    rule_id: str
    county_code: str
    findings: int
    appeared: int
    gone: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings of a run."""

    limit: int
    state: State = State.PRESENT
    after: int = 0
    rule_id: str | None = None
    severity: str | None = None
    county_code: str | None = None


Row = dict[str, Any]
