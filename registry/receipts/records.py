"""Records of bills and of payments of the past."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class PastLine:
    """A fee line of a past order.

    Attributes
    ----------
    source : str
        Which fee line of the case: ``fee:<line_no>``.
    county_code : str
        County that was owed, as decided by ``decision_id`` (spatial.county_decision).
    place_m : tuple of float, optional
        Point of the unit, EPSG:4547 (E, N) metres.
    """

    source: str
    item_code: str
    name: str
    amount_fen: int
    rule_id: str
    reason: str
    unit_code: str | None
    parcel_code: str | None
    county_code: str
    decision_id: int
    place_m: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order that was issued, paid, cleared and billed in the past.

    ``issued_at`` and ``paid_at`` are aware instants; money arrived when it was paid and was cleared on
    the same day.
    """

    case_no: str
    payer_name: str
    payer_last4: str
    accept_office: str
    issued_at: datetime
    paid_at: datetime
    lines: tuple[PastLine, ...]


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill as stored; amounts in fen, negative on a red bill."""

    code: str
    number: str
    kind: str
    red_of: str | None
    order_no: str
    case_no: str
    county_code: str
    accept_office: str
    payer_name: str
    payer_kind: str
    payer_code: str | None
    amount_fen: int
    check_code: str
    issued_at: datetime
    issued_on: date
    state: str
    xml: bytes | None
    xml_sha256: bytes | None
    xml_signature: bytes | None
    algorithm: str | None
    pdf_sha256: bytes | None
    held_reason: str
    reversed: bool


@dataclass(frozen=True, slots=True)
class BillItem:
    """A line of a bill; amounts in fen."""

    item_code: str
    name: str
    quantity: int
    standard_fen: int
    amount_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of a bill says; None where only printed facts were compared."""

    valid: bool
    bytes_match: bool | None
    signature_valid: bool | None
    status: str
    reason: str | None
    bill: Bill | None
