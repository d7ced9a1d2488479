"""Give a whole order back before it is cleared: red bill first, then the money."""

import hashlib
from datetime import datetime

from data.access import audit
from data.access.records import Actor
from data.db import Database
from data.jobs.service import enqueue
from registry.ledger import service as ledger
from registry.payments import store
from registry.payments.errors import OrderNotFound, RefundRefused
from registry.payments.records import Refund

CAUSES = frozenset({"mistaken", "excess", "withdrawn", "refused", "relief"})


def request_refund(
    db: Database, actor: Actor, order_no: str, *, cause: str, reason: str, now: datetime
) -> Refund:
    """Promise an order's money back to its payer; the job ``refund_order`` does the rest.

    Parameters
    ----------
    cause : str
        One of :data:`CAUSES` (误收, 多收, 撤回, 不予登记, 减免补认).
    reason : str
        Words.
    now : datetime
        Aware instant.

    Raises
    ------
    OrderNotFound
    RefundRefused
        The order is not paid, or is in a clearing run.
    """
    with db.transaction(actor) as conn:
        head = store.lock_order(conn, order_no)
        if head is None:
            raise OrderNotFound(order_no=order_no)
        known = store.fetch_refund(conn, order_no)
        if known is not None:
            return known
        if head.state != "paid" or head.amount_fen == 0 or store.in_batch(conn, order_no):
            raise RefundRefused(order_no=order_no, state=head.state)
        refund = Refund(
            f"R{order_no}", order_no, head.amount_fen, cause, reason, actor.login, now, "requested", None
        )
        store.insert_refund(conn, refund)
        store.add_event(conn, order_no, "paid", "refunding", at=now, actor=actor.login)
        store.promise_refund(
            conn,
            order_no,
            sha256=_digest(order_no),
            day=ledger.biz_day(conn, now),
            now=now,
            actor=actor.login,
        )
        channel = store.payment_channel(conn, order_no)
        enqueue(
            conn, "refund_order", {"order_no": order_no, "channel": channel}, key=f"refund_order:{order_no}"
        )
        audit.record(conn, actor, "order.refund", order_no, detail={"cause": cause})
    return refund


def pay_back(conn: store.Conn, order_no: str, channel: str, *, now: datetime, actor: str) -> None:
    """Pay the payer back and end the refund; to be called when the red bills are signed. Re-entrant.

    Raises
    ------
    OrderNotFound
    """
    head = store.lock_order(conn, order_no)
    if head is None:
        raise OrderNotFound(order_no=order_no)
    if head.state != "refunding":
        return
    store.pay_refund(
        conn,
        order_no,
        channel,
        sha256=_digest(order_no),
        day=ledger.biz_day(conn, now),
        now=now,
    )
    store.finish_refund(conn, order_no, now)
    store.add_event(conn, order_no, "refunding", "refunded", at=now, actor=actor)


def _digest(order_no: str) -> bytes:
    return hashlib.sha256(f"refund:{order_no}".encode()).digest()
