"""What the book is about: orders with their lines, payments, refunds, disputes. Amounts in fen."""

from dataclasses import dataclass, field
from datetime import date, datetime

LIVE = frozenset({"issued", "paying"})
DEAD = frozenset({"expired", "cancelled"})
UNDER_WAY = frozenset({"approved", "returning", "paying", "failed", "done"})


@dataclass
class Line:
    """A line of an order: ``kind`` is nontax or tax; ``given_back`` is what refunds took of it.

    ``issued_to`` is the county on the day of the order; ``county`` has its money, or is owed it; ``run`` is
    (day, number) once frozen, then for ``paid_to``. A line of a fee has its ``unit`` and its ``source``.
    """

    no: int
    kind: str
    county: str
    fen: int
    case_no: str
    given_back: int = 0
    run: tuple | None = None
    paid_to: str | None = None
    dispute: object = None
    issued_to: str = ""
    unit: str = ""
    source: str = ""

    def __post_init__(self):
        self.issued_to = self.county

    @property
    def in_dispute(self):
        return self.dispute is not None and self.dispute.state in {"held", "ruled"}

    @property
    def owed(self):
        return f"{'2101' if self.kind == 'nontax' else '2102'}.{self.county}"


@dataclass
class Order:
    """An order and how it stands."""

    no: str
    code: str
    lines: list
    expires_at: datetime
    state: str = "issued"
    payment: object = None
    tried: bool = False
    died_at: datetime | None = None

    @property
    def frozen(self):
        return any(line.run for line in self.lines)

    def die(self, state, now):
        self.state, self.died_at = state, now

    @property
    def fen(self):
        return sum(line.fen for line in self.lines)

    def asked(self):
        return [line for line in self.lines if line.fen]


@dataclass
class Payment:
    """Money a channel says it took; ``trouble`` is why it pays no order."""

    channel: str
    txn: str
    fen: int
    day: date
    order: Order | None
    trouble: str | None
    arrived_at: datetime | None = None
    arrived_day: date | None = None
    left: bool = False

    @property
    def source(self):
        return "1001" if self.arrived_at else f"1101.{self.channel}"


@dataclass
class Refund:
    """A refund and the lines it takes back; ``payment`` is of money in suspense, ``relief`` of a fee."""

    no: str
    order: Order | None
    lines: list
    cleared: bool
    payment: Payment | None = None
    by_channel: bool = False
    relief: bool = False
    state: str = "requested"
    booked: bool = False
    returned: dict = field(default_factory=dict)

    @property
    def fen(self):
        return self.payment.fen if self.payment else sum(fen for _, fen in self.lines)


@dataclass
class Dispute:
    """A dispute about a line; ``cleared`` once held: whether a run had it; ``kept`` fen of its county."""

    no: str
    order: Order
    line: Line
    claimed: str
    raised_by: str
    state: str = "raised"
    cleared: bool = False
    ruled: str | None = None
    kept: int = 0
