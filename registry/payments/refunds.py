"""Refunds (退付) and money in suspense as they are read, and a refused one tried again.

``refund_requests`` asks, ``refund_decisions`` decides, ``refund_returns`` follows what counties pay back, and
``refund_steps`` carries out.
"""

from datetime import datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.db import Database
from data.jobs.service import enqueue
from registry.payments import store, store_refunds
from registry.payments.errors import RefundNotFound, RefundRefused
from registry.payments.records import CountyReturn, Refund, RefundLine, Suspended

WholeRefund = tuple[Refund, list[RefundLine], list[CountyReturn]]


def retry(db: Database, actor: Actor, refund_no: str, *, now: datetime) -> Refund:
    """Try a refund again that the channel refused.

    Raises
    ------
    RefundNotFound
    RefundRefused
        It did not fail.
    """
    with db.transaction(SYSTEM) as conn:
        refund = store_refunds.lock(conn, refund_no)
        if refund is None:
            raise RefundNotFound(refund_no=refund_no)
        if refund.state != "failed":
            raise RefundRefused(order_no=refund.order_no or refund_no, state=refund.state)
        enqueue(
            conn,
            "refund_order",
            {"refund_no": refund_no},
            key=f"refund_order:{refund_no}:retry:{refund.attempts}",
        )
        audit.record(conn, actor, "refund.retry", refund_no)
    return refund


def list_refunds(
    conn: store.Conn,
    *,
    order_no: str | None = None,
    state: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[WholeRefund]:
    """Return refunds the caller may see, newest first, each with its lines and what counties pay back."""
    found = store_refunds.visible(conn, order_no=order_no, state=state, before=before, limit=limit)
    numbers = [refund.refund_no for refund in found]
    lines, returns = store_refunds.lines_of(conn, numbers), store_refunds.returns_of(conn, numbers)
    return [(refund, lines.get(refund.refund_no, []), returns.get(refund.refund_no, [])) for refund in found]


def get_refund(conn: store.Conn, refund_no: str) -> WholeRefund:
    """Return a refund with its lines and what counties pay back.

    Raises
    ------
    RefundNotFound
    """
    refund = store_refunds.fetch(conn, refund_no)
    if refund is None or (refund.order_no and store.fetch_head(conn, refund.order_no) is None):
        raise RefundNotFound(refund_no=refund_no)
    return refund, store_refunds.lines(conn, refund_no), store_refunds.returns(conn, refund_no)


def suspense_of_order(conn: store.Conn, order_no: str) -> list[Suspended]:
    """Return what was paid for an order and lies in suspense, oldest first."""
    return store_refunds.suspended_of_order(conn, order_no)


def suspense(conn: store.Conn, *, after: int = 0, limit: int = 50) -> list[Suspended]:
    """Return money that lies in suspense, oldest first, from after one of it."""
    return store_refunds.all_suspended(conn, after, limit)
