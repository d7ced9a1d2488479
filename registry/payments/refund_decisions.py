"""Decide a refund (退付): one person asked, another decides; ``refund_steps`` carries it out."""

from datetime import datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.db import Database
from data.jobs.service import enqueue
from registry.ledger import rules as chart
from registry.ledger.records import Entry
from registry.payments import refund_postings, store, store_refunds
from registry.payments.errors import (
    OrderNotFound,
    RefundNotFound,
    RefundRefused,
    RefundUnchecked,
    RefundWaitsForClearing,
    SamePersonDecides,
)
from registry.payments.records import Refund
from registry.payments.refund_requests import PAYER, REFUNDABLE


def check(db: Database, actor: Actor, refund_no: str, *, now: datetime) -> Refund:
    """Look at what a payer asks for (初审); another person then decides.

    Raises
    ------
    RefundNotFound
    RefundRefused
        It is decided, checked already, or was not asked by a payer.
    """
    with db.transaction(SYSTEM) as conn:
        refund = _undecided(conn, actor, refund_no)
        if refund.requested_by != PAYER.login or refund.checked_by is not None:
            raise RefundRefused(order_no=refund.order_no or refund_no, state=refund.state)
        store_refunds.set_checked(conn, refund_no, by=actor.login, at=now)
        audit.record(conn, actor, "refund.check", refund_no)
        return store_refunds.fetch(conn, refund_no) or refund


def _undecided(conn: store.Conn, actor: Actor, refund_no: str) -> Refund:
    """Return a refund that waits for a decision by such as the actor, locked.

    Raises
    ------
    RefundNotFound, RefundRefused
    """
    refund = store_refunds.lock(conn, refund_no)
    if refund is None:
        raise RefundNotFound(refund_no=refund_no)
    if refund.state != "requested":
        raise RefundRefused(order_no=refund.order_no or refund_no, state=refund.state)
    lines = store_refunds.lines(conn, refund_no)
    # Money in suspense is nobody's but the city's to decide on.
    own = refund.suspended_id is None and all(line.county_code == actor.county_code for line in lines)
    if actor.county_code and not own:
        raise RefundNotFound(refund_no=refund_no)
    return refund


def decide(
    db: Database, actor: Actor, refund_no: str, *, approve: bool, comment: str, now: datetime
) -> Refund:
    """Approve or reject a refund; approved, it is promised to the payer and the job carries it out.

    Rejected, the difference that it was to settle is open again.

    Raises
    ------
    RefundNotFound
    SamePersonDecides
        By who asked, or who checked what a payer asks.
    RefundUnchecked
        A payer asks for it and nobody has checked it.
    RefundWaitsForClearing
        Its money is in a clearing run, or only a part of an uncleared order is asked for.
    RefundRefused
        It is decided already.
    """
    with db.transaction(SYSTEM) as conn:
        refund = _undecided(conn, actor, refund_no)
        if actor.login in {refund.requested_by, refund.checked_by}:
            raise SamePersonDecides
        if approve and refund.requested_by == PAYER.login and refund.checked_by is None:
            raise RefundUnchecked(refund_no=refund_no)
        if approve and refund.suspended_id is None:
            _promise(conn, actor, refund, now)
        state = "approved" if approve else "rejected"
        store_refunds.decide(conn, refund_no, state, by=actor.login, comment=comment, at=now)
        if approve:
            enqueue(conn, "refund_order", {"refund_no": refund_no}, key=f"refund_order:{refund_no}")
        else:
            store_refunds.reopen_breaks(conn, refund_no, by=actor.login, comment=comment, at=now)
        audit.record(conn, actor, f"refund.{state}", refund_no)
        return store_refunds.fetch(conn, refund_no) or refund


def _promise(conn: store.Conn, actor: Actor, refund: Refund, now: datetime) -> None:
    """Keep the order out of clearing and move what counties are owed to what the payer is owed."""
    order_no = str(refund.order_no)
    head = store.lock_order(conn, order_no)
    if head is None:
        raise OrderNotFound(order_no=order_no)
    if head.state not in REFUNDABLE:
        raise RefundRefused(order_no=order_no, state=head.state)
    if head.state == "paid" and (store.in_batch(conn, order_no) or not refund.whole):
        raise RefundWaitsForClearing(order_no=order_no)
    store.add_event(conn, order_no, head.state, "refunding", at=now, actor=actor.login)
    if head.state == "cleared":
        return
    entries = tuple(
        Entry(
            chart.owed(line.county_code, line.kind),
            chart.refunds_owed(line.county_code),
            line.amount_fen,
            line_id=line.line_id,
        )
        for line in store_refunds.lines(conn, refund.refund_no)
    )
    what = (f"rfp:{refund.refund_no}", "refund_promise")
    refund_postings.post(conn, what, entries, refund=refund, now=now, actor=actor.login)
