"""Refunds and bills together: the red bill is signed first, then the money may go. Re-entrant."""

from dataclasses import dataclass
from datetime import datetime

from data.access.records import SYSTEM
from registry.clearing.disputes import service as disputes
from registry.payments import refunds
from registry.payments import service as payments
from registry.payments.records import Refund
from registry.payments.refund_steps import RefundDesk
from registry.receipts import custody, store
from registry.receipts.errors import ReceiptHeld
from registry.receipts.issuing import BillOffice, red_of, rest_of
from registry.receipts.rebilling import rebill


@dataclass(frozen=True, slots=True)
class Refunding:
    """Carries refunds out: bills by the office, money by the desk."""

    office: BillOffice
    desk: RefundDesk

    def advance(self, refund_no: str, *, now: datetime) -> Refund:
        """Go on with a refund as far as it can go now.

        Raises
        ------
        RefundNotFound
        ReceiptHeld
            A red bill cannot be printed: the money waits.
        """
        with self.office.db.transaction(SYSTEM) as conn:
            refund, _, _ = refunds.get_refund(conn, refund_no)
        if refund.state in {"approved", "returning"} and refund.suspended_id is None:
            self._reverse(refund, now)
        done = self.desk.pay(refund_no, now=now)
        if done.state == "done" and done.suspended_id is None:
            # What is left of an order whose bills were not issued, or held, when the refund was approved.
            self.office.issue_for_order(str(done.order_no), now=now, refund_no=refund_no)
            self._bill_moved(str(done.order_no), now)
        return done

    def _bill_moved(self, order_no: str, now: datetime) -> None:
        """Give the bills of lines that a ruling moved: while the order was being refunded none were given."""
        with self.office.db.transaction(SYSTEM) as conn:
            moved = disputes.list_disputes(conn, order_no=order_no, states=["adjusted"])
        for dispute in moved:
            rebill(self.office, dispute.dispute_no, now=now)

    def _reverse(self, refund: Refund, now: datetime) -> None:
        """Give numbers to the red bills, and to blue ones for what is left; sign them all."""
        order_no = str(refund.order_no)
        for bill in self.office.sign_all(order_no):
            if bill.state == "held" and bill.kind == "blue":
                with self.office.db.transaction(SYSTEM) as conn:
                    custody.void_in(conn, SYSTEM, bill, reason=f"退付 {refund.refund_no}", now=now)
        with self.office.db.transaction(SYSTEM) as conn:
            payments.lock_order(conn, order_no)
            touched = set(store.unreversed(conn, refund.refund_no))
            bills = [bill for bill in store.bills_of_order(conn, order_no) if bill.state != "void"]
            reversed_now = {
                bill.red_of for bill in bills if bill.kind == "red" and bill.refund_no == refund.refund_no
            }
            replaced = {bill.replaces for bill in bills}
            for blue in bills:
                if blue.kind != "blue" or blue.key not in touched | reversed_now:
                    continue
                if not blue.reversed:
                    self.office.number(conn, red_of(blue, refund.refund_no, now))
                left_fen = store.left_of(conn, blue)
                if left_fen and blue.key not in replaced:
                    self.office.number(conn, rest_of(blue, left_fen, refund.refund_no, now))
        for bill in self.office.sign_all(order_no):
            if bill.state != "signed":
                raise ReceiptHeld(bill=bill.key, characters=bill.held_reason)
