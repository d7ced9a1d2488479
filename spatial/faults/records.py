"""Words of register faults."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shapely.geometry import Point


class State(StrEnum):
    """Open, then confirmed or rejected; a confirmed one is mended in the end."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    MENDED = "mended"


class Act(StrEnum):
    """What a reviewer does with a fault."""

    CONFIRM = "confirm"
    REJECT = "reject"
    MEND = "mend"


# From which states an act leads to which.
STEPS: dict[Act, tuple[frozenset[State], State]] = {
    Act.CONFIRM: (frozenset({State.OPEN}), State.CONFIRMED),
    Act.REJECT: (frozenset({State.OPEN}), State.REJECTED),
    Act.MEND: (frozenset({State.OPEN, State.CONFIRMED}), State.MENDED),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a surveyor reports.

    Attributes
    ----------
    place : Point or None
        EPSG:4547 (E, N) metres; None to take that of the finding or of the first parcel.
    """

    description: str
    parcel_codes: Sequence[str] = ()
    place: Point | None = None
    survey_id: int | None = None
    finding_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a reviewer does with a fault; ``survey_id`` is the registered submission that mended it."""

    act: Act
    comment: str = ""
    survey_id: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which faults to list, newest first; ``before`` is the key of the last one seen."""

    limit: int
    state: State | None = None
    county_code: str | None = None
    survey_id: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the register (底图错误); ``place`` is EPSG:4547 (E, N) metres."""

    fault_id: int
    survey_id: int | None
    finding_id: int | None
    rule_id: str | None
    parcel_codes: list[str]
    place: Point
    county_code: str | None
    description: str
    state: str
    reported_by: str
    reported_at: datetime
    mended_by_survey_id: int | None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that a reviewer let pass, and why.

    ``object_id`` is what the finding is about, a parcel code mostly; ``until`` the last day the waiver holds,
    None without end; ``county_code`` and ``office`` are None where the object tells none.
    """

    waiver_id: int
    survey_id: int
    finding_id: int
    rule_id: str
    object_id: str | None
    county_code: str | None
    office: str | None
    reason_code: str | None
    reason: str
    until: date | None
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class WaiversWanted:
    """Which waivers: decided from one day to another, of a rule, of a county, before a key."""

    limit: int
    first: date
    last: date
    rule_id: str | None = None
    county_code: str | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class FaultEvent:
    """A step of a fault."""

    at: datetime
    state: str
    login: str
    comment: str


@dataclass(frozen=True, slots=True)
class ExceptionCount:
    """Exceptions of one rule in one county: waivers of findings, and faults of the register by state.

    ``rule_id`` is None for faults without a finding, ``county_code`` and ``office`` where none can be told.
    """

    rule_id: str | None
    county_code: str | None
    office: str | None
    waivers: int
    waivers_ended: int
    faults_open: int
    faults_confirmed: int
    faults_rejected: int
    faults_mended: int
