"""Refunds (退付): one person asks, another decides; what they decide is carried out by ``refund_steps``."""

from datetime import datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.db import Database
from data.jobs.service import enqueue
from registry.ledger import rules as chart
from registry.ledger import service as ledger
from registry.ledger.records import Entry, PostingDraft
from registry.payments import store, store_refunds
from registry.payments.errors import (
    OrderNotFound,
    RefundNotFound,
    RefundRefused,
    RefundUnchecked,
    RefundWaitsForClearing,
    SamePersonDecides,
)
from registry.payments.records import Asked, CountyReturn, OrderHead, Refund, RefundLine, Suspended

# Who has the payment code and the last four characters; sees all lines of the one order asked about.
PAYER = Actor(None, "payer", "缴款人", frozenset(), None, None, system=True)
CAUSES = frozenset({"mistaken", "excess", "withdrawn", "refused", "relief"})
REFUNDABLE = frozenset({"paid", "cleared"})


def request_refund(db: Database, actor: Actor, order_no: str, *, asked: Asked, now: datetime) -> Refund:
    """Ask for an order's money, or part of it, to go back to its payer; a second person decides.

    Parameters
    ----------
    asked : Asked
        Cause, words, and which lines with how many fen.
    now : datetime
        Aware instant.

    Raises
    ------
    OrderNotFound
    RefundRefused
        The order is not paid, or what is asked is not left of it.
    """
    _require_order(db, actor, order_no)
    with db.transaction(SYSTEM) as conn:
        return request_in(conn, actor, order_no, asked=asked, now=now)


def request_in(conn: store.Conn, actor: Actor, order_no: str, *, asked: Asked, now: datetime) -> Refund:
    """Do what :func:`request_refund` does in a transaction that sees all lines, those of other counties too.

    Raises
    ------
    OrderNotFound, RefundRefused
    """
    head = store.lock_order(conn, order_no)
    if head is None:
        raise OrderNotFound(order_no=order_no)
    known = store_refunds.live_of_order(conn, order_no)
    if known is not None:
        return known
    payment = store_refunds.payment_of(conn, order_no)
    if head.state not in REFUNDABLE or payment is None:
        raise RefundRefused(order_no=order_no, state=head.state)
    left = [line for line in store_refunds.left_of_lines(conn, order_no) if line.amount_fen]
    wanted = _wanted(head, left, asked.lines)
    refund = Refund(
        refund_no=store_refunds.next_number(conn, f"R{order_no}"),
        order_no=order_no,
        suspended_id=None,
        amount_fen=sum(line.amount_fen for line in wanted),
        whole=wanted == left,
        cause=asked.cause,
        reason=asked.reason,
        channel=payment[0],
        channel_txn=payment[1],
        requested_by=actor.login,
        requested_at=now,
    )
    store_refunds.insert(conn, refund)
    for line in wanted:
        store_refunds.insert_line(conn, refund.refund_no, line)
    audit.record(conn, actor, "refund.request", refund.refund_no, detail={"cause": asked.cause})
    return refund


def _require_order(db: Database, actor: Actor, order_no: str) -> None:
    """Refuse an order the caller may not see; what is done then sees all lines, those of other counties too.

    Raises
    ------
    OrderNotFound
    """
    with db.transaction(actor) as conn:
        if store.fetch_head(conn, order_no) is None:
            raise OrderNotFound(order_no=order_no)


def _wanted(head: OrderHead, left: list[RefundLine], asked: dict[int, int | None] | None) -> list[RefundLine]:
    """Return the lines that go back, each with its fen.

    Raises
    ------
    RefundRefused
    """
    by_number = {line.line_no: line for line in left}
    if asked is None:
        asked = dict.fromkeys(by_number)
    wanted = []
    for line_no, amount_fen in sorted(asked.items()):
        line = by_number.get(line_no)
        taken = line.amount_fen if line and amount_fen is None else amount_fen
        if line is None or taken is None or not 0 < taken <= line.amount_fen:
            raise RefundRefused(order_no=head.order_no, state=head.state)
        wanted.append(RefundLine(line.line_id, line_no, line.name, line.county_code, line.kind, taken))
    if not wanted:
        raise RefundRefused(order_no=head.order_no, state=head.state)
    return wanted


def request_suspense_refund(
    conn: store.Conn, actor: Actor, suspended_id: int, *, reason: str, now: datetime
) -> Refund:
    """Ask for money in suspense (wrong amount, paid twice, late, unknown order) to go back to its payer.

    A second person decides; until then, and if that person agrees, the money pays no order.

    Parameters
    ----------
    conn : Connection
        Open transaction as the system.
    suspended_id : int
        Posting that put the money into suspense.

    Raises
    ------
    RefundNotFound
        There is no such money, or it left suspense.
    """
    known = store_refunds.live_of_suspended(conn, suspended_id)
    if known is not None:
        return known
    found = store_refunds.suspended(conn, suspended_id)
    if found is None:
        raise RefundNotFound(refund_no=str(suspended_id))
    refund = Refund(
        refund_no=store_refunds.next_number(conn, f"S{suspended_id}"),
        order_no=found.order_no,
        suspended_id=suspended_id,
        amount_fen=found.amount_fen,
        whole=True,
        cause="mistaken",
        reason=reason,
        channel=found.channel,
        channel_txn=found.channel_txn,
        requested_by=actor.login,
        requested_at=now,
    )
    store_refunds.insert(conn, refund)
    audit.record(conn, actor, "refund.request", refund.refund_no, detail={"cause": found.reason})
    return refund


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
    _post(
        conn,
        (f"rfp:{refund.refund_no}", "refund_promise"),
        entries,
        refund=refund,
        now=now,
        actor=actor.login,
    )


def _post(
    conn: store.Conn,
    what: tuple[str, str],
    entries: tuple[Entry, ...],
    *,
    refund: Refund,
    now: datetime,
    actor: str,
) -> None:
    """Post something of a refund: ``what`` is its business key and kind."""
    ledger.post(
        conn,
        PostingDraft(
            key=what[0],
            kind=what[1],
            biz_date=ledger.biz_day(conn, now),
            event_at=now,
            actor=actor,
            entries=entries,
            order_no=refund.order_no,
        ),
    )


def send_return(
    db: Database, actor: Actor, refund_no: str, county_code: str, *, reference: str, now: datetime
) -> list[CountyReturn]:
    """Write that a county has paid its part of a refund back (退付) out of its own account.

    Raises
    ------
    RefundNotFound
        Nothing is asked of this county.
    """
    with db.transaction(SYSTEM) as conn:
        refund, items = _of_county(conn, refund_no, county_code)
        for item in items:
            if not store_refunds.set_sent(conn, item, reference=reference, by=actor.login, at=now):
                continue
            entries = (
                Entry(
                    chart.in_transit(county_code),
                    chart.county_account(county_code, item.kind),
                    item.amount_fen,
                ),
                Entry(
                    chart.discharged(county_code, item.kind), chart.refunds_owed(county_code), item.amount_fen
                ),
            )
            key = f"crt:{refund_no}:{county_code}:{item.kind}"
            _post(conn, (key, "county_return"), entries, refund=refund, now=now, actor=actor.login)
            audit.record(conn, actor, "refund.return", refund_no, detail={"county_code": county_code})
        return store_refunds.returns(conn, refund_no)


def take_return(
    db: Database, actor: Actor, refund_no: str, county_code: str, *, now: datetime
) -> list[CountyReturn]:
    """Write that a county's money arrived in the collection account; the job goes on with the refund.

    Raises
    ------
    RefundNotFound
    """
    with db.transaction(SYSTEM) as conn:
        refund, items = _of_county(conn, refund_no, county_code)
        for item in items:
            if not store_refunds.set_arrived(conn, item, at=now):
                continue
            entries = (Entry(chart.COLLECTION, chart.in_transit(county_code), item.amount_fen),)
            key = f"cra:{refund_no}:{county_code}:{item.kind}"
            _post(conn, (key, "county_return_arrive"), entries, refund=refund, now=now, actor=actor.login)
            enqueue(
                conn,
                "refund_order",
                {"refund_no": refund_no},
                key=f"refund_order:{refund_no}:{county_code}:{item.kind}",
            )
        return store_refunds.returns(conn, refund_no)


def _of_county(conn: store.Conn, refund_no: str, county_code: str) -> tuple[Refund, list[CountyReturn]]:
    refund = store_refunds.lock(conn, refund_no)
    items = [item for item in store_refunds.returns(conn, refund_no) if item.county_code == county_code]
    if refund is None or not items:
        raise RefundNotFound(refund_no=refund_no)
    return refund, items


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
) -> list[Refund]:
    """Return refunds the caller may see, newest first."""
    return store_refunds.visible(conn, order_no=order_no, state=state, before=before, limit=limit)


def returns_due(conn: store.Conn, county_code: str, *, limit: int) -> list[CountyReturn]:
    """Return what a county is asked to pay back (退付) and has not sent, oldest refund first."""
    return store_refunds.returns_due(conn, county_code, limit)


def get_refund(conn: store.Conn, refund_no: str) -> tuple[Refund, list[RefundLine], list[CountyReturn]]:
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


def suspense(conn: store.Conn, *, limit: int = 200) -> list[Suspended]:
    """Return money that lies in suspense, oldest first."""
    return store_refunds.all_suspended(conn, limit)
