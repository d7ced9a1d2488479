"""One code for several unpaid orders of a payer (合并缴款码): tax and fee of a case are paid in one act."""

from datetime import datetime

from data.access import audit
from data.db import Database
from registry.cases.errors import CountyUndecided
from registry.payments import rules, service, store, store_combining
from registry.payments.errors import NothingToCombine, OrderLinesGone, OrderStateRefuses
from registry.payments.issuing import issue_in
from registry.payments.records import Order, OrderHead
from registry.payments.refund_requests import PAYER


def joinable(conn: store.Conn, head: OrderHead, *, now: datetime) -> list[OrderHead]:
    """Return the payer's other orders of the same cases that can be paid now and are not being paid."""
    return [other for other in store_combining.joinable(conn, head) if rules.payable(other, now)]


def successor(conn: store.Conn, head: OrderHead) -> str | None:
    """Return the payment code of the live order of the same payer that asks for what a dead one asked for."""
    return store_combining.successor(conn, head)


def combine(db: Database, order_no: str, *, now: datetime) -> Order:
    """Cancel a payer's unpaid orders of the same cases and issue one for all their lines, taxes and fees.

    Counties are decided and frozen anew, as with every issue. Money that still comes under an old code goes
    to suspense and back to its payer.

    Raises
    ------
    OrderNotFound
    OrderStateRefuses
        It, or another, is being paid, paid, dead, or its time is over.
    NothingToCombine
    OrderLinesGone
        What they ask for is no longer what the cases owe.
    CountyUndecided
    """
    with db.transaction(PAYER) as conn:
        first = service.get_order(conn, order_no)
        for case_no in sorted(first.case_nos):
            store.lock_case(conn, case_no)
        numbers = sorted({order_no, *(other.order_no for other in joinable(conn, first.head, now=now))})
        if len(numbers) == 1:
            raise NothingToCombine(order_no=order_no)
        heads = [service.lock_order(conn, number) for number in numbers]
        for head in heads:
            if head.state != "issued" or not rules.payable(head, now):
                raise OrderStateRefuses(order_no=head.order_no, state=head.state)
            store.add_event(conn, head.order_no, "issued", "cancelled", at=now, actor=PAYER.login)
        case_nos = [no for number in numbers for no in service.get_order(conn, number).case_nos]
        made = issue_in(conn, PAYER, case_nos, now=now)
        if not isinstance(made, Order):
            raise CountyUndecided(decision_id=made.decision_id, subject=made.subject)
        if made.head.amount_fen != sum(head.amount_fen for head in heads):
            raise OrderLinesGone(order_no=order_no, case_no=case_nos[0])
        audit.record(conn, PAYER, "order.combine", made.head.order_no, detail={"of": numbers})
    return made
