"""Records of bills and of payments of the past."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


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
    supervisor_signature: bytes | None = None
    issuer_chain: bytes | None = None
    supervisor_chain: bytes | None = None
    replaces: str | None = None
    refund_no: str | None = None
    dispute_no: str | None = None
    correction_id: int | None = None

    @property
    def key(self) -> str:
        """Return code and number in one word, as other bills refer to it."""
        return f"{self.code}-{self.number}"


@dataclass(frozen=True, slots=True)
class BillQuery:
    """Which bills; what is None does not narrow. ``before`` is the (issued_at, key) that a page follows.

    ``state`` is that of the bill as it is shown: ``reversed`` is a signed one that a red bill cancels.
    """

    text: str | None = None
    kind: str | None = None
    state: str | None = None
    county_code: str | None = None
    first: date | None = None
    last: date | None = None
    before: tuple[datetime, str] | None = None
    limit: int = 50


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
class Chain:
    """Certificates under which bills were signed: PEM, the signer's own first, the root last."""

    chain_id: bytes
    role: str
    subject: str
    certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class CheckedSignature:
    """One signature of a bill: whose, by which algorithm, and whether it is good."""

    role: str
    subject: str
    algorithm: str
    valid: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of a bill says; None where only printed facts were compared.

    ``entry`` is its first use in somebody's books, ``copies`` counts its paper copies.
    """

    valid: bool
    bytes_match: bool | None
    signature_valid: bool | None
    status: str
    reason: str | None
    bill: Bill | None
    signatures: tuple[CheckedSignature, ...] = ()
    entry: "BillEvent | None" = None
    copies: int = 0


@dataclass(frozen=True, slots=True)
class BillEvent:
    """What happened to a bill after its number: ``void``, ``copy``, ``entry`` or ``entry_again``."""

    code: str
    number: str
    kind: str
    seq: int
    actor: str
    detail: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class PaperCopy:
    """A paper copy of a bill (打印件): which one, printed by whom and when (aware instant)."""

    seq: int
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RightPayer:
    """The payer as a bill should have named it; ``kind`` is person or unit, ``code`` of a unit."""

    name: str
    kind: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Correction:
    """A bill that is to be made out anew (更正换开); ``state`` is requested, approved or rejected."""

    correction_id: int
    code: str
    number: str
    payer_name: str
    payer_kind: str
    payer_code: str | None
    reason: str
    requested_by: str
    requested_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    decision: str
    wrong_name: str
    amount_fen: int
    county_code: str


@dataclass(frozen=True, slots=True)
class BookUse:
    """Whose books a bill is entered in, and under which voucher."""

    organisation: str
    voucher: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Bill numbers received from the finance bureau (入库): ``lo`` to ``hi``, the next one to be used."""

    pool_id: int
    code: str
    county_code: str
    lo: int
    hi: int
    next: int
    issued_by: str
    document: str
    received_by: str
    received_at: datetime
