"""Carry an approved refund out: counties pay back, the channel pays the payer, the books follow."""

from dataclasses import dataclass
from datetime import datetime

from data.access.records import SYSTEM
from data.db import Database
from data.jobs.service import enqueue
from registry.ledger import rules as chart
from registry.ledger.records import Entry
from registry.payments import refund_postings, store, store_refunds
from registry.payments.errors import RefundNotFound
from registry.payments.records import Refund
from registry.payments.refund_channel import ChannelSilent, RefundChannel, RefundOrder, RefundStatus

TRIES = 5
FIRST_WAIT_S = 60.0
# A refund that the channel made of its own accord is only booked.
BY_CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class RefundDesk:
    """Pays refunds: books and the channels' port."""

    db: Database
    channel: RefundChannel

    def pay(self, refund_no: str, *, now: datetime) -> Refund:
        """Go on with an approved refund whose red bills are signed, as far as it can go now.

        Raises
        ------
        RefundNotFound
        """
        refund = self._begin(refund_no)
        if refund.state != "paying":
            return refund
        if refund.cause == BY_CHANNEL:
            return self._finish(refund_no, now)
        order = RefundOrder(
            f"{refund_no}A{refund.attempts}", refund.channel, refund.channel_txn, refund.amount_fen
        )
        # Asked first: an instruction that was sent before a crash must not be sent twice.
        status = self.channel.status(order.instruction)
        if status.state == "absent" and self._given_back(refund):
            # Its notice came between the request and now: told to pay, it would pay a second time.
            status = RefundStatus("done")
        elif status.state == "absent":
            try:
                self.channel.submit(order)
            except ChannelSilent:
                return self._look_again(refund, now)
            status = self.channel.status(order.instruction)
        if status.state == "done":
            return self._finish(refund_no, now)
        if status.state == "failed":
            return self._fail(refund, status.reason)
        return self._look_again(refund, now)

    def _begin(self, refund_no: str) -> Refund:
        """Ask counties for cleared money, or begin to pay when all of it is there."""
        with self.db.transaction(SYSTEM) as conn:
            refund = _locked(conn, refund_no)
            if refund.state == "approved" and refund.suspended_id is None:
                store_refunds.ask_counties(conn, refund_no)
            waits = [item for item in store_refunds.returns(conn, refund_no) if item.state != "arrived"]
            if refund.state == "approved" and waits:
                store_refunds.set_state(conn, refund_no, "returning")
            elif refund.state in {"approved", "returning", "failed"} and not waits:
                store_refunds.begin_attempt(conn, refund_no)
            return _locked(conn, refund_no)

    def _given_back(self, refund: Refund) -> bool:
        with self.db.transaction(SYSTEM) as conn:
            return store_refunds.given_back_by_channel(conn, refund)

    def _finish(self, refund_no: str, now: datetime) -> Refund:
        with self.db.transaction(SYSTEM) as conn:
            refund = _locked(conn, refund_no)
            if refund.state != "paying":
                return refund
            _book(conn, refund, now)
            store_refunds.set_state(conn, refund_no, "done", done_at=now)
            if refund.order_no is not None and refund.suspended_id is None:
                after = (
                    "cleared"
                    if any(line.amount_fen for line in store_refunds.left_of_lines(conn, refund.order_no))
                    else "refunded"
                )
                store.add_event(conn, refund.order_no, "refunding", after, at=now, actor="system")
            return _locked(conn, refund_no)

    def _fail(self, refund: Refund, reason: str) -> Refund:
        """Write the refusal, and try again later under a new instruction, at most :data:`TRIES` times."""
        with self.db.transaction(SYSTEM) as conn:
            if _locked(conn, refund.refund_no).state == "paying":
                store_refunds.fail(conn, refund.refund_no, reason)
                if refund.attempts < TRIES:
                    self._again(conn, refund, f"try:{refund.attempts}", FIRST_WAIT_S * 2**refund.attempts)
            return _locked(conn, refund.refund_no)

    def _look_again(self, refund: Refund, now: datetime) -> Refund:
        with self.db.transaction(SYSTEM) as conn:
            self._again(conn, refund, f"ask:{refund.attempts}:{int(now.timestamp())}", FIRST_WAIT_S)
            return _locked(conn, refund.refund_no)

    def _again(self, conn: store.Conn, refund: Refund, why: str, delay_s: float) -> None:
        key = f"refund_order:{refund.refund_no}:{why}"
        enqueue(conn, "refund_order", {"refund_no": refund.refund_no}, key=key, delay_s=delay_s)


def _locked(conn: store.Conn, refund_no: str) -> Refund:
    refund = store_refunds.lock(conn, refund_no)
    if refund is None:
        raise RefundNotFound(refund_no=refund_no)
    return refund


def _book(conn: store.Conn, refund: Refund, now: datetime) -> None:
    """Post what left for the payer, from where the money was."""
    entries: tuple[Entry, ...]
    if refund.suspended_id is not None:
        found = store_refunds.suspended(conn, refund.suspended_id)
        if found is None:
            return  # the channel's own notice was posted first; nothing else takes money that is asked back
        source = chart.COLLECTION if found.arrived else chart.receivable(refund.channel)
        key, kind = f"sus:{refund.suspended_id}", "suspense_refund"
        entries = (Entry(chart.SUSPENSE, source, refund.amount_fen),)
    else:
        payment = store_refunds.payment_of(conn, str(refund.order_no))
        arrived = payment is not None and payment[2]
        source = chart.COLLECTION if arrived else chart.receivable(refund.channel)
        key, kind = f"rfd:{refund.refund_no}", "refund"
        entries = tuple(
            Entry(chart.refunds_owed(line.county_code), source, line.amount_fen, line_id=line.line_id)
            for line in store_refunds.lines(conn, refund.refund_no)
        )
    refund_postings.post(conn, (key, kind), entries, refund=refund, now=now, actor="system")
