"""The acts of a history: all that payers, channels, clerks, counties and the bank may do, in any order.

Each act asks the book first whether it may succeed: one that may must, one that may not must be refused.
"""

from contextlib import nullcontext, suppress
from datetime import datetime, time, timedelta

import pytest

from data.access.records import Actor
from data.clock import SHANGHAI, day_of
from data.errors import NingtuError
from data.signed_messages import sign
from registry.clearing.disputes import service as disputes
from registry.clearing.disputes.records import Claim
from registry.clearing.errors import SealRefused
from registry.clearing.rules import COUNTIES
from registry.ledger.rules import last_day
from registry.payments import channel
from registry.payments.channel import Delivery
from registry.payments.errors import SignatureBad
from registry.payments.rules import REVIVE_WITHIN
from registry.receipts import correcting
from registry.receipts.records import RightPayer
from tests.money_proof.papers import DEAD, LIVE, Dispute
from tests.money_proof.world import ASKS, CHANNEL, DECIDES, KEY, KEYS

CALM_ROUNDS = 12


def pick(items, index):
    """Return one of some things, or None when there is none."""
    found = list(items)
    return found[index % len(found)] if found else None


def county_actor(code):
    """Return somebody of a county's finance."""
    return Actor(7, f"f_{code}", "f", frozenset({"finance_county"}), "x", code)


class Acts:
    """What can happen to a world; indexes choose what it happens to."""

    def __init__(self, world):
        self.world, self.book = world, world.book
        self.txns = self.names = 0

    def next_txn(self):
        self.txns += 1
        return f"T{self.txns}"

    def order(self, index):
        return pick(self.book.orders.values(), index)

    # ------------------------------------------------------------ channels

    def pay(self, index, off=0, late=False):
        order = self.order(index)
        if order is None or order.code is None or order.fen + off <= 0:
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
        if order is not None and order.code is not None:
            self.world.deliver(
                self.world.message(order.code, max(order.fen, 1), txn=self.next_txn(), kind="failed")
            )
            if order.state == "issued":
                order.state, order.tried = "paying", True

    def notify_refund(self, index, off):
        """A channel says that it paid back; perhaps before it says that it was paid."""
        payment = pick(self.book.payments.values(), index)
        order = self.order(index)
        code = (payment.order.code if payment and payment.order else order.code if order else None) or "0"
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
        held = any(line.in_dispute for line in (left[:1] if lines else left))
        allowed = order.state in {"paid", "cleared"} and bool(left) and not held
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
            allowed = order.state == "cleared" or (order.state == "paid" and not order.frozen and whole)
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

    def revive(self, index):
        """Bring a dead order back; late money of its amount pays it."""
        order = pick((item for item in self.book.orders.values() if item.state in DEAD), index)
        if order is not None:
            self._revive(order)

    def _revive(self, order):
        allowed = order.died_at + REVIVE_WITHIN >= self.world.now and self.book.still_owed(order)
        self.must(allowed, lambda: self.world.revive(order))

    def publish(self, _index):
        """Give lands to other counties from tomorrow on: what was ordered before keeps its county."""
        if self.world.ground.since is None:
            self.world.publish()

    def pay_late_and_revive(self, index):
        """Pay an order that still waits by a message of after its last moment, and bring it back."""
        order = pick((item for item in self.book.orders.values() if item.state in LIVE and item.fen), index)
        if order is not None:
            self.pay(list(self.book.orders.values()).index(order), late=True)
            self._revive(order)

    def correct(self, index):
        """Make a bill out to another payer: two persons, no money; not one that a ruling is to reverse."""
        bill = self._bill_in_force(index)
        if bill is None:
            return
        code, number, order_no, county, lines = bill
        self.names += 1
        payer = RightPayer(f"更正{self.names}", "person", None)

        def ask():
            return correcting.request(
                self.world.office, ASKS, (code, number), payer=payer, reason="x", now=self.world.now
            )

        if any(self.book.orders[order_no].lines[line - 1].county != county for line in lines):
            self.must(False, ask)
            return
        back = any(
            item.order and item.order.no == order_no and item.state != "rejected"
            for item in self.book.refunds.values()
        )
        with suppress(NingtuError) if back else nullcontext():
            decided = correcting.decide(
                self.world.office, DECIDES, ask().correction_id, approve=True, comment="", now=self.world.now
            )
            self.world.corrected.add(decided.correction_id)

    def _bill_in_force(self, index):
        """Return code, number, order, county and lines of a signed blue bill that no red one reversed."""
        with self.world.transaction() as conn:
            found = conn.execute(
                "SELECT code, number, order_no, county_code, ARRAY(SELECT l.line_no FROM money.bill_line x"
                "  JOIN money.order_line l USING (line_id) WHERE (x.code, x.number) = (b.code, b.number))"
                " FROM money.bill b WHERE kind = 'blue' AND state = 'signed'"
                " AND NOT EXISTS (SELECT FROM money.bill r WHERE r.kind = 'red' AND r.state <> 'void'"
                " AND r.red_of = b.code || '-' || b.number) ORDER BY code, number"
            ).fetchall()
        return pick(found, index)

    # ------------------------------------------------------------ disputes

    def dispute(self, index, act):
        """A county raises a dispute, or somebody goes on with one: held, ruled on, withdrawn or rejected."""
        if act == "raise":
            self._raise(index)
            return
        found = pick(
            (item for item in self.book.disputes.values() if item.state in {"raised", "held"}), index
        )
        if found is None:
            return
        db, now = self.world.db, self.world.now
        match act:
            case "hold":
                allowed = found.state == "raised" and found.order.state in {"paid", "cleared"}
                allowed = allowed and not self._goes_back(found.line)
                self.must(allowed, lambda: disputes.hold(db, ASKS, found.no, comment="", now=now))
                if allowed:
                    self.book.hold(found)
            case "withdraw":
                who = county_actor(found.raised_by)
                disputes.withdraw(db, who, found.no, comment="", now=now)
                self.book.release(found, "withdrawn")
            case "reject":
                allowed = found.state == "raised"
                self.must(allowed, lambda: disputes.reject(db, ASKS, found.no, comment="", now=now))
                if allowed:
                    found.state = "rejected"
            case "rule own" | "rule other":
                self._rule(found, found.claimed if act == "rule other" else found.line.county)

    def _raise(self, index):
        lines = [(order, line) for order in self.book.orders.values() for line in order.asked()]
        # Seven of eight times one that may be disputed, if there is one.
        fit = [item for item in lines if index and self._may_raise(*item)]
        found = pick(fit or lines, index)
        if found is None:
            return
        order, line = found
        decided = line.county
        claimed = next(code for code in COUNTIES[index % 3 :] + COUNTIES if code != decided)
        allowed = self._may_raise(order, line)
        claim = Claim(order.no, line.no, claimed, "x", "x")
        made = self.must(
            allowed,
            lambda: disputes.raise_dispute(self.world.db, county_actor(claimed), claim, now=self.world.now),
        )
        if allowed:
            line.dispute = Dispute(made.dispute_no, order, line, claimed, claimed)
            self.book.disputes[made.dispute_no] = line.dispute

    def _may_raise(self, order, line):
        live = line.dispute is not None and line.dispute.state not in {"withdrawn", "rejected"}
        return order.state in {"paid", "cleared"} and not live and not self._goes_back(line)

    def _goes_back(self, line):
        return any(
            any(line is other for other, _ in item.lines) and item.state != "rejected"
            for item in self.book.refunds.values()
        )

    def _rule(self, found, county):
        def rule():
            disputes.propose_ruling(
                self.world.db, ASKS, found.no, county_code=county, words=("x", "x"), now=self.world.now
            )
            disputes.end_ruling(self.world.db, DECIDES, found.no, accept=True, comment="", now=self.world.now)

        allowed = found.state == "held"
        self.must(allowed, rule)
        if allowed and county == found.claimed:
            found.state, found.ruled = "ruled", county
            self.book.moved.add(found.line.unit)
        elif allowed:
            found.ruled = county
            self.book.release(found, "adjusted")

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
        for found in self.book.disputes.values():
            if found.state == "raised":
                disputes.reject(world.db, ASKS, found.no, comment="", now=world.now)
                found.state = "rejected"
            elif found.state == "held":
                self._rule(found, found.line.county)
        # All of them: what a bank lost is asked about again only after hours in which nothing happens.
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
