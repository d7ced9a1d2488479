"""The acts of a history: all that payers, channels, clerks, counties and the bank may do, in any order.

Each act asks the book first whether it may succeed: one that may must, one that may not must be refused.
"""

from contextlib import suppress
from datetime import datetime, time, timedelta

import pytest

from data.clock import SHANGHAI, day_of
from data.errors import NingtuError
from data.signed_messages import sign
from registry.clearing.errors import SealRefused
from registry.ledger.rules import last_day
from registry.payments import channel
from registry.payments.channel import Delivery
from registry.payments.errors import SignatureBad
from tests.money_proof.book import LIVE
from tests.money_proof.world import CHANNEL, KEY, KEYS

CALM_ROUNDS = 12


def pick(items, index):
    """Return one of some things, or None when there is none."""
    found = list(items)
    return found[index % len(found)] if found else None


class Acts:
    """What can happen to a world; indexes choose what it happens to."""

    def __init__(self, world):
        self.world, self.book = world, world.book
        self.txns = 0

    def next_txn(self):
        self.txns += 1
        return f"T{self.txns}"

    def order(self, index):
        return pick(self.book.orders.values(), index)

    # ------------------------------------------------------------ channels

    def pay(self, index, off=0, late=False):
        order = self.order(index)
        if order is None or order.fen + off <= 0:
            return
        at = order.expires_at + timedelta(seconds=1) if late else None
        self.world.deliver(self.world.message(order.code, order.fen + off, txn=self.next_txn(), at=at))

    def pay_for_nobody(self, fen):
        self.world.deliver(self.world.message("42129999999999999999", fen, txn=self.next_txn()))

    def deliver_again(self, index):
        """The same bytes, signed anew: a channel that got no answer."""
        known = pick(self.world.deliveries, index)
        if known is not None:
            self.world.deliver(self.world.resign(known))

    def replay(self, index):
        """The same request a day later: no window is open for it, and its bytes are known."""
        known = pick(self.world.deliveries, index)
        if known is None:
            return
        old = Delivery(
            CHANNEL, sign(KEY, "demo", known.raw, at=int(self.world.now.timestamp()) - 86_400), known.raw
        )
        found = channel.receive(
            self.world.arrivals, old, keys=KEYS, now=self.world.now, arrive_at_once=self.world.arrive
        )
        assert found.result == "duplicate"

    def contradict(self, index, off):
        """The number of a known payment with another amount."""
        payment = pick(self.book.payments.values(), index)
        if payment is not None:
            code = payment.order.code if payment.order else "0"
            self.world.deliver(self.world.message(code, payment.fen + off, txn=payment.txn))

    def fail(self, index):
        order = self.order(index)
        if order is not None:
            self.world.deliver(
                self.world.message(order.code, max(order.fen, 1), txn=self.next_txn(), kind="failed")
            )
            if order.state == "issued":
                order.state, order.tried = "paying", True

    def notify_refund(self, index, off):
        """A channel says that it paid back; perhaps before it says that it was paid."""
        payment = pick(self.book.payments.values(), index)
        order = self.order(index)
        code = payment.order.code if payment and payment.order else order.code if order else "0"
        fen = (payment.fen if payment else order.fen if order else 1) + off
        txn = payment.txn if payment else f"T{self.txns + 1}"
        if fen <= 0:
            return
        unknown = payment is not None and not off and not self.world.payers.paid_back()[txn]
        found = self.world.deliver(self.world.message(code, fen, txn=txn, kind="refunded"))
        if found == "accepted" and unknown:
            self.world.payers.own[txn] = fen

    def forge(self, index):
        order = self.order(index)
        if order is None or not order.fen:
            return
        good = self.world.message(order.code, order.fen, txn=self.next_txn())
        bad = Delivery(CHANNEL, good.signature[:-1] + ("0" if good.signature[-1] != "0" else "1"), good.raw)
        with pytest.raises(SignatureBad):
            channel.receive(self.world.arrivals, bad, keys=KEYS, now=self.world.now, arrive_at_once=True)

    def mumble(self, number):
        """A signed message that cannot be read."""
        raw = b'{"kind": "paid", "number": %d}' % number
        known = raw in self.book.seen
        self.book.seen.add(raw)
        delivery = Delivery(CHANNEL, sign(KEY, "demo", raw, at=int(self.world.now.timestamp())), raw)
        found = channel.receive(
            self.world.arrivals, delivery, keys=KEYS, now=self.world.now, arrive_at_once=True
        ).result
        assert found == ("duplicate" if known else "unapplied")
        self.book.breaks["UNREADABLE"] += not known

    # ------------------------------------------------------------ clerks

    def must(self, allowed, act):
        """Do what is allowed; see what is not refused."""
        if allowed:
            return act()
        with pytest.raises(NingtuError):
            act()
        return None

    def cancel(self, index):
        order = self.order(index)
        if order is not None and not order.tried:
            self.must(order.state in LIVE, lambda: self.world.cancel(order))

    def ask_refund(self, index, part):
        order = self.order(index)
        if order is None:
            return
        under_way = any(
            item.order is order and item.payment is None and item.state not in {"rejected", "done"}
            for item in self.book.refunds.values()
        )
        if under_way:
            return
        left = [line for line in order.asked() if line.fen > line.given_back]
        lines = {left[0].no: min(part, left[0].fen - left[0].given_back)} if part and left else None
        allowed = order.state in {"paid", "cleared"} and bool(left)
        self.must(allowed, lambda: self.world.ask_refund(order, lines))

    def ask_suspense(self, index):
        payment = pick(
            (item for item in self.book.payments.values() if item.trouble and not item.left), index
        )
        if payment is not None:
            self.world.ask_suspense_refund(payment)

    def decide(self, index, approve):
        refund = pick((item for item in self.book.refunds.values() if item.state == "requested"), index)
        if refund is None:
            return
        order = refund.order
        allowed = True
        if approve and refund.payment is None:
            whole = all(line.fen - line.given_back == fen for line, fen in refund.lines) and len(
                refund.lines
            ) == len([line for line in order.asked() if line.fen > line.given_back])
            allowed = order.state == "cleared" or (order.state == "paid" and order.batch is None and whole)
        self.must(allowed, lambda: self.world.decide(refund, approve=approve))

    def return_money(self, index, arrives):
        """A county pays its part of a refund back."""
        refund = pick((item for item in self.book.refunds.values() if item.state == "returning"), index)
        if refund is None:
            return
        for county in sorted({line.county for line, _ in refund.lines}):
            sent = [state for (code, _), state in refund.returned.items() if code == county]
            if not arrives or sent:
                self.world.pay_back(refund, county, arrives=arrives)

    # ------------------------------------------------------------ bank, days, months

    def bank_works(self, index, refuse):
        item = pick(self.world.bank.waiting(), index)
        if item is not None:
            self.world.bank.refuse(item) if refuse else self.world.bank.work(item)

    def pass_hours(self, hours):
        for clock in {id(clock): clock for clock in (self.world.clock, self.world.bank.clock)}.values():
            clock.at += timedelta(hours=hours)

    def close_yesterday(self):
        if self.world.book.sealed != day_of(self.world.now) - timedelta(days=1):
            self.world.close_day(day_of(self.world.now) - timedelta(days=1))

    def seal_yesterday(self):
        """Sign and seal the day before; refused while something of it is under way."""
        day = day_of(self.world.now) - timedelta(days=1)
        if self.book.sealed is None or day > self.book.sealed:
            with suppress(SealRefused):
                self.world.seal(day)

    def end_month(self):
        """Jump to the next month's first minutes, begin to close the old one, seal its last day, close it."""
        last = last_day(day_of(self.world.now))
        if self.book.closing == last.replace(day=1):
            return
        midnight = datetime.combine(last + timedelta(days=1), time(0, 5), SHANGHAI)
        self.world.clock.at = max(self.world.now, midnight)
        assert self.world.close_month(last.replace(day=1)).state == "closing"
        self.world.seal_at_once(last)
        self.world.close_month(last.replace(day=1))

    # ------------------------------------------------------------ the end

    def calm(self):
        """Let nothing go wrong any more and everybody do their work, for a day at most."""
        world = self.world
        world.bank.mood = world.payers.mood = "confirm"
        world.bank.twice = False
        for _ in range(CALM_ROUNDS):
            world.pass_on()
            world.retry_payouts()
            for refund in list(self.book.refunds.values()):
                if refund.state == "requested":
                    self.decide(0, approve=False)
            for arrives in (False, True):
                for index in range(len(self.book.refunds)):
                    self.return_money(index, arrives)
            world.retry_refunds()
            self.pass_hours(1)
