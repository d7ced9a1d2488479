"""Records of clearing; amounts in fen."""

from dataclasses import dataclass, field
from datetime import date, datetime

from registry.ledger.records import Seal


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account at a bank; ``cnaps`` is the bank's number in the large-value payment system."""

    name: str
    number: str
    bank: str
    cnaps: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A clearing run of a day."""

    batch_id: int
    biz_date: date
    seq: int
    frozen_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """An order line in a run."""

    line_id: int
    county_code: str
    kind: str
    amount_fen: int
    order_no: str
    line_no: int
    case_no: str
    item_code: str
    name: str
    parcel_code: str | None
    decision_id: int


@dataclass(frozen=True, slots=True)
class Payout:
    """A payment of a run to one county, of one kind."""

    msg_id: str
    batch_id: int
    county_code: str
    kind: str
    attempt: int
    amount_fen: int
    n_items: int
    items_sha256: bytes
    creditor_name: str
    creditor_number: str
    creditor_bank: str
    creditor_cnaps: str
    debit_pending_id: int
    owed_pending_id: int
    file_sha256: bytes | None
    state: str
    reason: str
    changed_at: datetime
    biz_date: date
    seq: int
    frozen_at: datetime
    execute_on: date
    items_signature: bytes | None = None
    items_algorithm: str | None = None


@dataclass(frozen=True, slots=True)
class Assertion:
    """What the books assert, and what breaks it; ``breaches`` is empty when it holds."""

    id: str
    words: str
    breaches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BankOrder:
    """A message in the sandbox bank's book: its state there, and the state it last told."""

    msg_id: str
    sha256: bytes
    amount_fen: int
    creditor_number: str
    state: str
    received_at: datetime
    execute_on: date
    reason: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class DayRow:
    """Figures of a county and kind on a day, in fen."""

    county_code: str
    kind: str
    due_fen: int
    paid_fen: int
    arrived_fen: int
    cleared_fen: int
    confirmed_fen: int
    refunded_fen: int
    suspense_fen: int
    payout_msg_id: str | None = None
    state: str = "open"


@dataclass(frozen=True, slots=True)
class CountySign:
    """A county's signature under its figures of a day."""

    county_code: str
    sheet_sha256: bytes
    signed_by: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A day: state, figures, signatures, seal. ``as_of`` is the instant of the figures."""

    date: date
    state: str
    rows: tuple[DayRow, ...]
    suspense_fen: int
    signatures: tuple[CountySign, ...] = ()
    seal: Seal | None = None
    as_of: datetime | None = None
    open_breaks: int = 0
    payouts: tuple[Payout, ...] = field(default_factory=tuple)
    books_checked_at: datetime | None = None
    books_broken: tuple[str, ...] = ()

    def total(self, name: str) -> int:
        """Return the sum of a figure over the rows; suspense also counts what has no county."""
        if name == "suspense_fen":
            return self.suspense_fen
        return sum(getattr(row, name) for row in self.rows)


@dataclass(frozen=True, slots=True)
class AgainstSeal:
    """Why a day cannot be sealed now, and what that is about; nothing stands against it without ``reasons``.

    ``unsigned`` are codes of counties and of the city, ``unfinished`` earlier days with a payout that has not
    ended, ``breaks`` differences (key and type) with which no day is sealed.
    """

    on: date
    state: str
    reasons: tuple[str, ...] = ()
    unsigned: tuple[str, ...] = ()
    unfinished: tuple[date, ...] = ()
    breaks: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CloseResult:
    """What a close did: runs frozen in this call and the state the day is in."""

    date: date
    frozen: tuple[int, ...]
    state: str
