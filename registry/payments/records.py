"""Records of orders and channel events; amounts in fen."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class WantedLine:
    """A line that an order shall have, its county not yet decided.

    Attributes
    ----------
    source : str
        Which fee line or tax assessment of the case.
    place : Point, optional
        Point of the unit, EPSG:4547 (E, N) metres.
    """

    case_no: str
    source: str
    kind: str
    item_code: str
    name: str
    amount_fen: int
    rule_id: str
    reason: str
    reason_en: str
    unit_code: str | None
    parcel_code: str | None
    accept_office: str
    place: Any = None


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays; ``code`` is a unit's social credit code, ``last4`` the end of the identity number."""

    name: str
    kind: str
    code: str | None
    last4: str | None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of an order as stored."""

    line_id: int
    line_no: int
    kind: str
    item_code: str
    name: str
    amount_fen: int
    rule_id: str
    reason: str
    reason_en: str
    case_no: str
    unit_code: str | None
    parcel_code: str | None
    county_code: str
    decision_id: int


@dataclass(frozen=True, slots=True)
class OrderHead:
    """An order as stored, without its lines."""

    order_no: str
    payment_code: str | None
    state: str
    amount_fen: int
    payer_name: str
    payer_kind: str
    payer_code: str | None
    payer_last4: str | None
    accept_office: str
    county_codes: list[str]
    created_by: str
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """A change of an order's state."""

    seq: int
    from_state: str
    to_state: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order with lines and events."""

    head: OrderHead
    lines: tuple[OrderLine, ...] = ()
    events: tuple[OrderEvent, ...] = ()

    @property
    def case_nos(self) -> list[str]:
        """Return the cases of the lines, in order."""
        return list(dict.fromkeys(line.case_no for line in self.lines))


@dataclass(frozen=True, slots=True)
class JointCase:
    """A case that can stand in one order with another of the same payer; unpaid fees in fen."""

    case_no: str
    address: str
    status: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class LateMoney:
    """Money of an order that came too late and lies in suspense; ``arrived`` in the collection account."""

    posting_id: int
    event_id: int
    amount_fen: int
    arrived: bool


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """What a channel says, checked and read; ``raw`` is the body as it came, ``source`` how it came.

    Sources are ``callback``, ``poll``, ``return`` (asked as the payer came back) and ``statement``.
    """

    channel: str
    channel_txn: str
    kind: str
    payment_code: str
    amount_fen: int
    occurred_at: datetime
    raw: bytes
    body_sha256: bytes
    headers: dict[str, str] = field(default_factory=dict)
    source: str = "callback"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event as it came to us.

    Attributes
    ----------
    received_at : datetime
        Aware instant; its accounting day gets the posting.
    in_account : bool
        Whether the money counts as arrived in the collection account (sandbox).
    """

    event: ChannelEvent
    received_at: datetime
    in_account: bool


@dataclass(frozen=True, slots=True)
class ChannelResult:
    """What became of an event: accepted, duplicate, conflict, suspense or unapplied."""

    result: str
    order_no: str | None


@dataclass(frozen=True, slots=True)
class Channel:
    """A payment channel; ``kind`` is how a payer pays there."""

    channel: str
    name: str
    name_en: str
    kind: str
    sandbox: bool


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """What goes on at a channel: open attempts, messages that wait or are lost, events by source."""

    open_attempts: int
    waiting: int
    lost: int
    sources: dict[str, int]


@dataclass(frozen=True, slots=True)
class ChannelKey:
    """A key id of a channel and when it holds; the key itself is in the keys folder."""

    channel: str
    kid: str
    valid_from: datetime
    valid_until: datetime | None
    added_by: str
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A payment that a payer began at a channel: open, paid or failed."""

    attempt_id: int
    order_no: str
    payment_code: str
    channel: str
    channel_txn: str
    amount_fen: int
    started_at: datetime
    state: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class SandboxPayment:
    """A payment in a sandbox channel's own book: open, paid or failed; amount in fen."""

    channel: str
    channel_txn: str
    payment_code: str
    amount_fen: int
    state: str
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class SandboxNotice:
    """A message of a sandbox channel that is to be sent."""

    notice_id: int
    channel: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Switch:
    """Faults of a sandbox channel: delay in seconds at most, the others in per cent of its notices."""

    channel: str
    delay_s: int = 0
    duplicate_pct: int = 0
    reorder_pct: int = 0
    lose_pct: int = 0
    seed: int = 0
    set_by: str = ""
    set_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature header: Unix time, key id, hex HMAC-SHA256."""

    at: int
    kid: str
    digest: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """An amount assessed by the tax authority (税款核定), as it stands; amounts in fen.

    Attributes
    ----------
    tax_source_no : str or None
        Tax source number (税源编号).
    replaces : str or None
        Assessment that it takes the place of.
    state : str
        ``assessed``, ``withdrawn``, ``paid``, ``certified`` or ``refunded``.
    """

    assessment_no: str
    case_no: str
    tax_code: str
    name: str
    amount_fen: int
    unit_code: str
    payer_name: str
    body_sha256: bytes
    tax_source_no: str | None = None
    replaces: str | None = None
    state: str = "assessed"


@dataclass(frozen=True, slots=True)
class TaxNews:
    """What the tax authority says of an assessment it made before: withdrawn, or certified as paid."""

    assessment_no: str
    case_no: str
    state: str
    reason: str | None
    certificate_no: str | None
    body_sha256: bytes


@dataclass(frozen=True, slots=True)
class TaxEvent:
    """A change of state of an assessment."""

    assessment_no: str
    seq: int
    from_state: str
    to_state: str
    at: datetime
    actor: str
    order_no: str | None = None
    certificate_no: str | None = None
    reason: str | None = None
    body_sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund of an order, of lines of it, or of money in suspense, whose posting is ``suspended_id``."""

    refund_no: str
    order_no: str | None
    suspended_id: int | None
    amount_fen: int
    whole: bool
    cause: str
    reason: str
    channel: str
    channel_txn: str
    requested_by: str
    requested_at: datetime
    state: str = "requested"
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision: str = ""
    attempts: int = 0
    last_error: str = ""
    done_at: datetime | None = None
    checked_by: str | None = None
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundLine:
    """What of which order line goes back; ``kind`` is nontax or tax."""

    line_id: int
    line_no: int
    name: str
    county_code: str
    kind: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CountyReturn:
    """What a county pays back of cleared money: asked, sent or arrived."""

    refund_no: str
    county_code: str
    kind: str
    amount_fen: int
    state: str
    reference: str
    sent_by: str | None
    sent_at: datetime | None
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Suspended:
    """Money in suspense that may go back: its posting, payment and why it lies there."""

    suspended_id: int
    channel: str
    channel_txn: str
    payment_code: str | None
    order_no: str | None
    reason: str
    amount_fen: int
    at: datetime
    arrived: bool
    refund_no: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a refund and why; ``lines`` maps line numbers to fen, None for all that is left."""

    cause: str
    reason: str
    lines: dict[int, int | None] | None = None
