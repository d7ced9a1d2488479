"""The world outside the books: a bank with six county banks behind it, and channels that pay back.

They keep books of their own in memory, know nothing of ours, and do what a mood says. What they say is what
truly happened: the auditor holds our books against it.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace

from lxml import etree

from registry.clearing import sandbox_reports
from registry.clearing.bank import BankStatus
from registry.clearing.errors import BankSilent
from registry.clearing.records import BankOrder
from registry.clearing.rules import COLLECTION_ACCOUNT
from registry.payments.refund_channel import ChannelSilent, RefundStatus

LAG_S = 120.0
# confirm: pays at once; hold: takes and waits; reject: refuses; silent: takes, the answer is lost; lost: the
# message never comes in; lag: takes, and shows it only after a while.
MOODS = ("confirm", "hold", "reject", "silent", "lost", "lag")
_NEXT = {"received": "debited", "debited": "credited"}


@dataclass
class Instruction:
    """A message in the bank's book."""

    msg_id: str
    amount_fen: int
    creditor: str
    state: str
    received_at: object
    shown_at: object
    executions: int = 1
    submissions: int = 1
    told: str = ""
    debited_on: object = None
    credited_on: object = None


@dataclass
class Bank:
    """Takes every submission for payment, also of an id it knows: only who asks first pays once."""

    clock: object
    mood: str = "confirm"
    twice: bool = False
    visibility_s: float = LAG_S
    name: str = "test"
    keeps_bank_days: bool = False
    book: dict = field(default_factory=dict)
    county_fen: Counter = field(default_factory=Counter)
    paid_fen: int = 0

    def submit(self, msg_id, message):
        if self.mood == "lost":
            raise BankSilent
        amount_fen, creditor = read_instruction(message, msg_id)
        now = self.clock.now()
        known = self.book.get(msg_id)
        if known is not None:
            known.submissions += 1
            known.executions += 1
            self._pay(known)
        else:
            state = "rejected" if self.mood == "reject" else "received"
            shown = now if self.mood != "lag" else now + lag()
            self.book[msg_id] = made = Instruction(msg_id, amount_fen, creditor, state, now, shown)
            if self.mood == "confirm":
                self.work(made)
                self.work(made)
        if self.mood in {"silent", "lag"}:
            raise BankSilent

    def status(self, msg_id):
        found = self.book.get(msg_id)
        if found is None or found.shown_at > self.clock.now():
            return BankStatus("absent")
        return BankStatus(found.state, "AC01" if found.state == "rejected" else "")

    def hidden(self, msg_id):
        """Tell whether the bank has a message and does not show it yet."""
        return self.book[msg_id].shown_at > self.clock.now()

    def messages(self):
        made = []
        for item in self.book.values():
            if item.told == item.state or item.shown_at > self.clock.now():
                continue
            made += reports_of(item)
            item.told = item.state
        return made * 2 if self.twice else made

    def work(self, item):
        """Bring an instruction one step on: debit the collection account, then credit the county."""
        after = _NEXT.get(item.state)
        if after is None:
            return
        item.state = after
        today = self.clock.now().date()
        if after == "debited":
            item.debited_on = today
            self._pay(item)
        else:
            item.credited_on = today
            self.county_fen[item.creditor] += item.amount_fen

    def refuse(self, item):
        """Refuse an instruction that was taken and is not paid yet."""
        if item.state == "received":
            item.state = "rejected"

    def waiting(self):
        return [item for item in self.book.values() if item.state in _NEXT]

    def _pay(self, item):
        self.paid_fen += item.amount_fen


@dataclass
class PaidBack:
    """An instruction to pay back in a channel's book."""

    state: str
    txn: str
    amount_fen: int
    submissions: int = 1
    done_on: object = None


@dataclass
class Payers:
    """The channels' side of refunds: pays each instruction back once, by the mood it is in."""

    clock: object
    mood: str = "confirm"
    book: dict = field(default_factory=dict)
    # What channels gave back of their own accord, fen by their number of the payment.
    own: Counter = field(default_factory=Counter)

    def submit(self, order):
        if self.mood == "lost":
            raise ChannelSilent(order.instruction)
        known = self.book.get(order.instruction)
        if known is not None:
            known.submissions += 1
        else:
            state = "failed" if self.mood == "reject" else "received"
            self.book[order.instruction] = made = PaidBack(state, order.channel_txn, order.amount_fen)
            if self.mood != "hold":
                self._do(made)
        if self.mood == "silent":
            raise ChannelSilent(order.instruction)

    def status(self, instruction):
        found = self.book.get(instruction)
        return RefundStatus("absent") if found is None else RefundStatus(found.state, found.state)

    def work(self):
        for item in self.book.values():
            self._do(item)

    def _do(self, item):
        if item.state == "received":
            item.state, item.done_on = "done", self.clock.now().date()

    def paid_back(self):
        """Return what payers truly got: fen by the channel's number of the payment."""
        fen = Counter(self.own)
        for item in self.book.values():
            if item.state == "done":
                fen[item.txn] += item.amount_fen
        return fen


def lag():
    from datetime import timedelta

    return timedelta(seconds=LAG_S)


def read_instruction(message, msg_id):
    """Read amount and creditor of a pain.001 message, by names alone."""
    root = etree.fromstring(message)
    found = {etree.QName(item).localname: (item.text or "").strip() for item in root.iter()}
    creditor = root.findtext(".//{*}CdtrAcct/{*}Id/{*}Othr/{*}Id")
    yuan, _, rest = found["InstdAmt"].partition(".")
    assert root.findtext(".//{*}GrpHdr/{*}MsgId") == msg_id
    assert len(rest) == 2
    return int(yuan) * 100 + int(rest), creditor


def reports_of(item):
    """Return the messages about an instruction's state since the one it was told in."""
    order = BankOrder(
        item.msg_id,
        hashlib.sha256(item.msg_id.encode()).digest(),
        item.amount_fen,
        item.creditor,
        item.state,
        item.received_at,
        None,
    )
    debit = sandbox_reports.notification(order, COLLECTION_ACCOUNT.number, "DBIT", at=item.received_at)
    match item.state:
        case "received":
            return [sandbox_reports.status_report(order, "ACSP", at=item.received_at)]
        case "rejected":
            return [sandbox_reports.status_report(replace(order, reason="AC01"), "RJCT", at=item.received_at)]
        case "debited":
            return [debit]
    credit = sandbox_reports.notification(order, item.creditor, "CRDT", at=item.received_at)
    return [credit] if item.told == "debited" else [debit, credit]
