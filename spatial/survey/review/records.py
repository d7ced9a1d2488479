"""Words of reviews: answers to findings, decisions, who must decide with whom."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from data.reference.records import SecondReviewRule


class Reply(StrEnum):
    """What a reviewer answers to a finding."""

    LET_PASS = "let_pass"  # noqa: S105 - no password
    TO_CORRECT = "to_correct"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to answer; without ``reply`` an answer is taken back."""

    reply: Reply | None
    reason_code: str | None = None
    reason: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer kept before the decision; ``until`` is the last day a waiver holds."""

    finding_id: int
    answer: Reply
    reason_code: str | None
    reason: str
    until: date | None
    answered_by: str


@dataclass(frozen=True, slots=True)
class Review:
    """A reviewer's decision; the first of two acceptances does not take effect."""

    review_id: int
    run_id: int | None
    decision: str
    takes_effect: bool
    second_rules: list[str]
    reason_codes: list[str]
    comment: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Weight:
    """What the rules for a second reviewer look at.

    Attributes
    ----------
    area_m2 : float
        Sum of the draft parcels, square metres in the plane of EPSG:4547.
    waivers : int
        Errors let pass.
    straddles : bool
        Whether a parcel was found to cross a county line.
    """

    kind: str
    features: int
    area_m2: float
    waivers: int
    straddles: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """How far the review of a submission is.

    Attributes
    ----------
    findings, answered : int
        Findings of the last run that want an answer (errors and warnings), and those that have one.
    second : list of SecondReviewRule
        Rules that ask for a second reviewer as things stand.
    first : Review or None
        The acceptance that waits for another person's.
    """

    findings: int
    answered: int
    second: list[SecondReviewRule]
    first: Review | None
    reviews: list[Review]
