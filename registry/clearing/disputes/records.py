"""Records of disputes; amounts in fen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

# Changes of state that people and programs make, as ``money.dispute_transition`` lists them.
FOLLOWS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "none": frozenset({"raised"}),
        "raised": frozenset({"held", "rejected", "withdrawn"}),
        "held": frozenset({"ruled", "withdrawn"}),
        "ruled": frozenset({"adjusted", "withdrawn"}),
    }
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a county says: a line of an order belongs to another county, by a document.

    ``claimed_county`` None stands for the county of who says it.
    """

    order_no: str
    line_no: int
    claimed_county: str | None
    reason: str
    basis_doc: str


@dataclass(frozen=True, slots=True)
class DisputedLine:
    """An order line as a dispute finds it.

    Attributes
    ----------
    county_code : str
        County it was decided for at issue.
    paid_at, frozen_at : datetime or None
        Instants of payment, and of the cut of the run it is in.
    disputes : int
        How many disputes there were about it.
    """

    line_id: int
    county_code: str
    kind: str
    amount_fen: int
    order_state: str
    decision_id: int
    paid_at: datetime | None
    frozen_at: datetime | None
    disputes: int


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """An order line by the county decision it follows, without persons; amount in fen."""

    line_id: int
    order_no: str
    line_no: int
    item: str
    county_code: str
    order_state: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute (属地争议) as it stands, with what its line is for.

    Attributes
    ----------
    cleared : bool or None
        Whether the line was in a run when it was held; None before.
    ruled_county : str or None
        County of the ruling that stands.
    kept_fen : int
        What runs have kept from the county that has the money.
    """

    dispute_no: str
    line_id: int
    order_no: str
    line_no: int
    line_name: str
    case_no: str
    parcel_code: str | None
    decision_id: int
    county_code: str
    claimed_county: str
    kind: str
    amount_fen: int
    reason: str
    basis_doc: str
    raised_by: str
    raised_county: str
    raised_at: datetime
    state: str
    cleared: bool | None
    ruled_county: str | None
    changed_at: datetime
    kept_fen: int

    @property
    def moves(self) -> bool:
        """Tell whether the ruling gives the line to another county."""
        return self.ruled_county is not None and self.ruled_county != self.county_code


@dataclass(frozen=True, slots=True)
class Ruling:
    """A ruling: proposed by one person of the city, accepted or declined by another."""

    ruling_id: int
    dispute_no: str
    county_code: str
    basis_doc: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    accepted: bool | None
    ended_by: str | None
    ended_at: datetime | None
    comment: str
    decision_id: int | None


@dataclass(frozen=True, slots=True)
class DisputeEvent:
    """A change of a dispute's state."""

    seq: int
    from_state: str
    to_state: str
    at: datetime
    actor: str
    comment: str


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a run pays more (positive) or less (negative) to a county by a ruling, fen."""

    biz_date: date
    seq: int
    county_code: str
    kind: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class DisputeDocument:
    """A file of a document: of a county's claim, or of the ruling; ``sha256`` is its name in the archive."""

    document_id: int
    purpose: str
    file_name: str
    media_type: str
    size_bytes: int
    sha256: bytes
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class WholeDispute:
    """A dispute with its rulings, events, files and what runs did by it."""

    head: Dispute
    rulings: tuple[Ruling, ...]
    events: tuple[DisputeEvent, ...]
    adjustments: tuple[Adjustment, ...]
    documents: tuple[DisputeDocument, ...]
