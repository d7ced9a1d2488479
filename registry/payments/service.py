"""Read orders, and let payers look theirs up."""

import hmac
from datetime import datetime

from registry.cases import service as cases
from registry.payments import rules, store, store_refunds, store_tax
from registry.payments.errors import (
    LookupRefused,
    OrderNotFound,
)
from registry.payments.records import JointCase, Order, OrderHead


def get_order(conn: store.Conn, order_no: str) -> Order:
    """Return an order with the lines the caller may see.

    Raises
    ------
    OrderNotFound
    """
    head = store.fetch_head(conn, order_no)
    if head is None:
        raise OrderNotFound(order_no=order_no)
    return _whole(conn, head)


def lock_order(conn: store.Conn, order_no: str) -> OrderHead:
    """Return an order and keep its state until the end of the transaction.

    Raises
    ------
    OrderNotFound
    """
    head = store.lock_order(conn, order_no)
    if head is None:
        raise OrderNotFound(order_no=order_no)
    return head


def find_by_code(conn: store.Conn, payment_code: str, last4: str) -> Order:
    """Return a payer's order by payment code and the last four characters of the identity number.

    Raises
    ------
    LookupRefused
        Unknown code or wrong characters; never says which.
    """
    head = store.fetch_head_by_code(conn, payment_code) if rules.code_is_sound(payment_code) else None
    expected = (head.payer_last4 if head else None) or "\0"
    if head is None or not hmac.compare_digest(expected.upper().encode(), last4.upper().encode()):
        raise LookupRefused
    return _whole(conn, head)


def list_orders(
    conn: store.Conn,
    *,
    case_no: str | None = None,
    state: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[OrderHead]:
    """Return orders the caller may see, newest first, from before an (issued_at, order_no)."""
    return store.list_orders(conn, case_no=case_no, state=state, before=before, limit=limit)


def joint_cases(conn: store.Conn, case_no: str) -> list[JointCase]:
    """Return other open cases of a case's payer with something unpaid that no live order asks for.

    Raises
    ------
    CaseNotFound
    """
    cases.get_case(conn, case_no)
    return store.joint_cases(conn, case_no)


def is_paid_up(conn: store.Conn, case_no: str) -> bool:
    """Tell whether all that a case asks for, fees and taxes, is paid; keeps the case locked meanwhile.

    What a relief gave back is not asked for any more.

    Raises
    ------
    CaseNotFound
    """
    cases.get_case(conn, case_no, lock=True)
    relieved = store_refunds.relieved(conn, [case_no])
    fees = {f"fee:{line.line_no}": line.amount_fen for line in cases.fee_lines(conn, case_no)}
    owed = {source for source, fen in fees.items() if fen > relieved.get((case_no, source), 0)}
    owed |= {f"tax:{item.assessment_no}" for item in store_tax.assessments(conn, case_no) if item.amount_fen}
    return owed <= store.paid_sources(conn, case_no)


def _whole(conn: store.Conn, head: OrderHead) -> Order:
    return Order(
        head,
        tuple(store.fetch_lines(conn, head.order_no)),
        tuple(store.fetch_events(conn, head.order_no)),
    )
