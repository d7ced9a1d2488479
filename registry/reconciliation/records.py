"""Records of reconciliation; amounts in fen."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from data.access.records import Actor
from registry.clearing.records import AgainstSeal


@dataclass(frozen=True, slots=True)
class Step:
    """A step in the way of an order's money."""

    kind: str
    id: str
    at: datetime | None
    amount_fen: int | None = None
    county_code: str | None = None
    link: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """An entry: positive amounts are credits. ``reference`` is a message id or settlement reference."""

    seq: int
    booked_on: date
    amount_fen: int
    reference: str
    counterparty: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A bank statement as read; balances are None where the file has none.

    ``from_on`` and ``to_on`` are the first and last day it speaks of, ``seq_no`` the bank's running number.
    """

    account: str
    ref: str
    format: str
    opening_fen: int | None
    closing_fen: int | None
    entries: tuple[StatementEntry, ...]
    from_on: date | None = None
    to_on: date | None = None
    seq_no: int | None = None

    @property
    def gap_fen(self) -> int:
        """Return what opening balance and entries lack to the closing balance, 0 without balances."""
        if self.opening_fen is None or self.closing_fen is None:
            return 0
        return self.opening_fen + sum(item.amount_fen for item in self.entries) - self.closing_fen


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A line of a channel's statement: ``kind`` is paid or refunded, ``occurred_at`` aware.

    ``refund_id`` is the number by which the channel knows a refund, None where it tells none.
    """

    seq: int
    channel_txn: str
    kind: str
    payment_code: str
    amount_fen: int
    fee_fen: int
    occurred_at: datetime
    refund_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelStatement:
    """A channel's statement of a day (Asia/Shanghai) as read."""

    channel: str
    stated_on: date
    lines: tuple[ChannelLine, ...]

    @property
    def net_fen(self) -> int:
        """Return what was paid less what was refunded, before fees."""
        return sum(line.amount_fen if line.kind == "paid" else -line.amount_fen for line in self.lines)

    @property
    def fee_fen(self) -> int:
        """Return the fees."""
        return sum(line.fee_fen for line in self.lines)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a statement did."""

    statement_id: int
    entries: int
    matched: int
    breaks: int


@dataclass(frozen=True, slots=True)
class Break:
    """A difference that a person must settle."""

    break_id: int
    type: str
    biz_date: date
    county_code: str | None
    order_no: str | None
    event_id: int | None
    msg_id: str | None
    amount_fen: int
    detail: dict[str, Any]
    state: str
    owner: str | None
    opened_at: datetime
    side: str
    due_on: date


@dataclass(frozen=True, slots=True)
class BreakAction:
    """What was done about a difference; ``county_code`` of who acted, None for the city."""

    action: str
    comment: str
    posting_id: int | None
    actor: str
    at: datetime
    document: str | None = None
    county_code: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the books have about a difference: an order, a posting, an entry of a statement, a bill.

    ``what`` is its state or kind, ``note`` a second number by which it is known.
    """

    kind: str
    id: str
    at: datetime | None
    amount_fen: int | None
    county_code: str | None
    what: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Looked:
    """A difference looked at by somebody: its course, its evidence, and what that person may do now.

    ``waits`` says why a resolved one cannot be confirmed by that person: ``second_person`` or ``other_side``;
    ``owners`` are the people it can be assigned to.
    """

    found: Break
    books: str
    history: tuple[BreakAction, ...]
    evidence: tuple[Evidence, ...]
    acts: tuple[str, ...]
    waits: str | None
    owners: tuple[Actor, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """An invariant and what breaks it; ``breaches`` is empty when it holds."""

    id: str
    name: str
    breaches: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Return whether nothing breaks it."""
        return not self.breaches


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants done about a difference; ``owner`` for ``assign``.

    ``posting_id`` or ``document`` is the evidence of ``resolve``.
    """

    action: str
    comment: str
    owner: str | None = None
    posting_id: int | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """The last keys of the register at an instant, 0 for none."""

    change_id: int = 0
    version_id: int = 0
    lineage_id: int = 0
    rrr_id: int = 0
    end_id: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """A signed hash of what the register wrote since the head before (每日摘要)."""

    head_on: date
    cut: Cut
    n_rows: int
    sha256: bytes
    prev_sha256: bytes
    signature: bytes
    algorithm: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands against the close of a month: a reason or the invariant that does not hold, and where.

    ``items`` are an earlier month, refunds or breaches; ``day`` is the last day of the month, not sealed.
    """

    reason: str
    items: tuple[str, ...] = ()
    day: AgainstSeal | None = None


@dataclass(frozen=True, slots=True)
class MonthClose:
    """What closing a month came to: its state, why it is not closed yet, and what still lies in suspense."""

    month: date
    state: str
    against: tuple[Obstacle, ...]
    suspense: tuple[tuple[str, int], ...]
    trial_sha256: bytes | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return why it is not closed yet."""
        return tuple(obstacle.reason for obstacle in self.against)
