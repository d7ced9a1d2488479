"""What the books should hold: the rules of the arrival table and of clearing, told once more in Python.

Written from the rules, not from the SQL: it reads no table. Amounts in fen; an account is named by its code.
The driver tells it what it did; the auditor compares what it expects with what stands in the database.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from data.clock import day_of
from registry.payments.rules import GRACE
from tests.money_proof.papers import DEAD, LIVE, UNDER_WAY, Payment, Refund


@dataclass
class Book:
    """Everything that should be so; ``moves`` are (debit, credit) -> fen."""

    orders: dict = field(default_factory=dict)
    payments: dict = field(default_factory=dict)
    refunds: dict = field(default_factory=dict)
    disputes: dict = field(default_factory=dict)
    cases: dict = field(default_factory=dict)
    # Units that a ruling gave to another county: what is ordered of them from then on may follow it.
    moved: set = field(default_factory=set)
    adjusted: Counter = field(default_factory=Counter)
    waiting: list = field(default_factory=list)
    seen: set = field(default_factory=set)
    moves: Counter = field(default_factory=Counter)
    breaks: Counter = field(default_factory=Counter)
    received: int = 0
    sealed: date | None = None
    closing: date | None = None

    def day(self, now):
        """Return the accounting day of an instant: later than what is sealed or closing."""
        days = [day_of(now)]
        if self.sealed:
            days.append(self.sealed + timedelta(days=1))
        if self.closing:
            days.append((self.closing.replace(day=28) + timedelta(days=4)).replace(day=1))
        return max(days)

    def move(self, debit, credit, fen):
        self.moves[debit, credit] += fen

    def by_code(self, code):
        return next((order for order in self.orders.values() if order.code == code), None)

    # ------------------------------------------------------------ what channels say

    def hear(self, event, now, *, arrive):
        """Take a channel's event and return what it should lead to."""
        key = (event.channel, event.channel_txn, event.kind, event.raw)
        if key in self.seen:
            return "duplicate"
        self.seen.add(key)
        if event.kind == "paid":
            result = self._paid(event, now, arrive)
            self.waiting = [
                item
                for item in self.waiting
                if item.payment_code != event.payment_code or self._refunded(item, now) == "unapplied"
            ]
            return result
        if event.kind == "refunded":
            result = self._refunded(event, now)
            if result == "unapplied":
                self.waiting.append(event)
            return "unapplied" if result == "mismatch" else result
        order = self.by_code(event.payment_code)
        return "accepted" if order else "unapplied"

    def _paid(self, event, now, arrive):
        order = self.by_code(event.payment_code)
        if order and order.state in LIVE and order.expires_at < event.occurred_at:
            order.die("expired", now)
        if (event.channel, event.channel_txn) in self.payments:
            self.breaks["DUP_CONFLICT"] += 1
            return "conflict"
        trouble = self._trouble(order, event.amount_fen)
        payment = Payment(event.channel, event.channel_txn, event.amount_fen, self.day(now), order, trouble)
        self.payments[event.channel, event.channel_txn] = payment
        self.received += payment.fen
        receivable = f"1101.{event.channel}"
        if trouble:
            self.breaks[trouble] += 1
            self.move(receivable, "2301", payment.fen)
        else:
            order.state, order.payment = "paid", payment
            for line in order.asked():
                self.move(receivable, line.owed, line.fen)
        if arrive:
            self.arrive(payment, now)
        return "suspense" if trouble else "accepted"

    @staticmethod
    def _trouble(order, fen):
        if order is None:
            return "UNKNOWN_ORDER"
        if order.state in DEAD:
            return "LATE_PAY"
        if order.state not in LIVE:
            return "DOUBLE_PAY"
        return "WRONG_AMOUNT" if order.fen != fen else None

    def arrive(self, payment, now):
        payment.arrived_at, payment.arrived_day = now, self.day(now)
        self.move("1001", f"1101.{payment.channel}", payment.fen)

    def _refunded(self, event, now):
        """Return accepted, unapplied (it waits for its payment) or mismatch (a person must look)."""
        order = self.by_code(event.payment_code)
        payment = self.payments.get((event.channel, event.channel_txn))
        if payment and payment.trouble and payment.fen == event.amount_fen:
            if not payment.left:
                payment.left = True
                self.move("2301", payment.source, payment.fen)
            return "accepted"
        if order is None or order.state in LIVE | DEAD:
            return "unapplied"
        if any(
            item.order is order
            and item.payment is None
            and item.fen == event.amount_fen
            and item.state in UNDER_WAY
            for item in self.refunds.values()
        ):
            return "accepted"
        if order.state != "paid" or order.fen != event.amount_fen or order.frozen:
            self.breaks["REFUND_MISMATCH"] += 1
            return "mismatch"
        for item in self.refunds.values():
            if item.order is order and item.state == "requested":
                item.state = "rejected"
        refund = Refund(
            f"R{order.no}",
            order,
            [(line, line.fen) for line in order.asked()],
            cleared=False,
            by_channel=True,
        )
        self.refunds[refund.no] = refund
        self.promise(refund)
        return "accepted"

    # ------------------------------------------------------------ refunds

    def promise(self, refund):
        """Approve: the order leaves clearing, and what counties were owed is owed to the payer."""
        refund.state = "approved"
        if refund.order is None or refund.payment:
            return
        if refund.order.state == "paid":
            self._end_disputes(refund.order)
        refund.order.state = "refunding"
        for line, fen in refund.lines:
            line.given_back += fen
            if not refund.cleared:
                self.move(line.owed, f"2201.{line.county}", fen)

    def county_paid_back(self, refund, county, kind, *, arrived):
        """A county's own account pays its part back; then it arrives in the collection account."""
        part = sum(fen for line, fen in refund.lines if (line.county, line.kind) == (county, kind))
        account, discharged = ("1201", "3101") if kind == "nontax" else ("1301", "3102")
        before = refund.returned.get((county, kind), "asked")
        if before == "asked":
            self.move(f"1901.{county}", f"{account}.{county}", part)
            self.move(f"{discharged}.{county}", f"2201.{county}", part)
        if arrived and before != "arrived":
            self.move("1001", f"1901.{county}", part)
        refund.returned[county, kind] = "arrived" if arrived else "sent"

    def refunded(self, refund):
        """The money is back with its payer."""
        if refund.booked:
            return
        refund.booked = True
        refund.state = "done"
        if refund.payment:
            if not refund.payment.left:
                refund.payment.left = True
                self.move("2301", refund.payment.source, refund.payment.fen)
            return
        for line, fen in refund.lines:
            self.move(f"2201.{line.county}", refund.order.payment.source, fen)
            if refund.relief:
                self.cases[line.case_no].back[line.source] += fen
        rest = any(line.fen > line.given_back for line in refund.order.lines)
        refund.order.state = "cleared" if rest else "refunded"

    # ------------------------------------------------------------ clearing

    def freeze(self, day, cut, seq):
        """Return the orders of which a run takes lines, and put those into it; then do the rulings."""
        taken = []
        for order in self.orders.values():
            arrived = order.state == "paid" and order.fen and order.payment.arrived_at is not None
            if not arrived or order.payment.arrived_day > day or order.payment.arrived_at > cut:
                continue
            free = [
                line
                for line in order.asked()
                if line.run is None and not (line.dispute and line.dispute.state == "held")
            ]
            for line in free:
                line.run = (day, seq)
                line.paid_to = line.dispute.ruled if line.in_dispute else line.county
            taken += [order] * bool(free)
        for dispute in self.disputes.values():
            if dispute.state == "ruled":
                self._adjust(dispute, (day, seq))
        return taken

    def owed_in(self, run):
        """Return what a run owes: fen by (county, kind)."""
        fen = Counter()
        for order in self.orders.values():
            for line in order.asked():
                if line.run == run:
                    fen[line.paid_to, line.kind] += line.fen
        for (at, *key), more in self.adjusted.items():
            if at == run:
                fen[tuple(key)] += more
        return fen

    def expire(self, now):
        for order in self.orders.values():
            if order.state in LIVE and order.expires_at + GRACE < now:
                order.die("expired", now)

    # ------------------------------------------------------------ fees of cases

    def claims(self, cases):
        """Return which order asks for, or has, which fee line of the cases: by (case, source)."""
        nos = {case.no for case in cases}
        return {
            (line.case_no, line.source): order
            for order in self.orders.values()
            if order.state not in DEAD | {"refunded"}
            for line in order.lines
            if line.case_no in nos
        }

    def still_owed(self, order):
        """Tell whether a dead order asks for no more than its cases owe, and no other asks for it."""
        asked = Counter()
        for line in order.lines:
            if line.case_no in self.cases:
                asked[line.case_no, line.source] += line.fen
        held = self.claims([self.cases[case_no] for case_no, _ in asked])
        return not any(key in held for key in asked) and all(
            fen <= (self.cases[case_no].owed(source) or 0) for (case_no, source), fen in asked.items()
        )

    # ------------------------------------------------------------ dead orders, disputes

    def late_money(self, order):
        """Return the payment that pays a dead order when it is revived."""
        asked_back = [
            item.payment for item in self.refunds.values() if item.payment and item.state != "rejected"
        ]
        return next(
            (
                item
                for item in self.payments.values()
                if item.order is order
                and item.trouble
                and not item.left
                and item.fen == order.fen
                and not any(item is other for other in asked_back)
            ),
            None,
        )

    def revive(self, order, now, life):
        payment = self.late_money(order)
        order.state, order.expires_at = "issued", now + life
        if payment is None:
            return
        receivable = f"1101.{payment.channel}"
        self.move("2301", "1001", payment.fen)
        for line in order.asked():
            self.move(receivable, line.owed, line.fen)
        payment.trouble, order.state, order.payment = None, "paid", payment
        self.arrive(payment, now)

    def hold(self, dispute):
        dispute.state, dispute.cleared = "held", dispute.line.run is not None
        if not dispute.cleared:
            self.move(dispute.line.owed, f"2401.{dispute.line.county}", dispute.line.fen)

    def release(self, dispute, state):
        """End a dispute: what was held is owed to the line's county as before."""
        if dispute.state in {"held", "ruled"} and not dispute.cleared:
            self.move(f"2401.{dispute.line.county}", dispute.line.owed, dispute.line.fen)
        dispute.state = state

    def _end_disputes(self, order):
        for dispute in self.disputes.values():
            if dispute.order is order and dispute.state in {"raised", "held", "ruled"}:
                self.release(dispute, "withdrawn")

    def _adjust(self, dispute, run):
        """Do in a run what it can of a ruling: all that it pays a county but one fen may be kept."""
        line = dispute.line
        disputed = f"2401.{line.county}"
        if dispute.cleared:
            part = min(line.fen - dispute.kept, self.owed_in(run)[line.county, line.kind] - 1)
            if part <= 0:
                return
            self.move(line.owed, disputed, part)
            self.adjusted[run, line.county, line.kind] -= part
            dispute.kept += part
            if dispute.kept < line.fen:
                return
            self.adjusted[run, dispute.ruled, line.kind] += line.fen
        elif line.run != run:
            return
        line.county, dispute.state = dispute.ruled, "adjusted"
        self.move(disputed, line.owed, line.fen)
