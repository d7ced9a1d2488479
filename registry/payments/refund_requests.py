"""Ask for money to go back (退付): of an order, of lines of it, or of money in suspense."""

from datetime import datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.db import Database
from registry.payments import store, store_refunds
from registry.payments.errors import OrderNotFound, RefundNotFound, RefundRefused, RefundUnderWay
from registry.payments.records import Asked, OrderHead, Refund, RefundLine

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
    RefundUnderWay
        Another refund of it has not ended. Asked for the same again, that one is answered.
    """
    _require_order(db, actor, order_no)
    with db.transaction(SYSTEM) as conn:
        return request_in(conn, actor, order_no, asked=asked, now=now)


def request_in(conn: store.Conn, actor: Actor, order_no: str, *, asked: Asked, now: datetime) -> Refund:
    """Do what :func:`request_refund` does in a transaction that sees all lines, those of other counties too.

    Raises
    ------
    OrderNotFound, RefundRefused, RefundUnderWay
    """
    head = store.lock_order(conn, order_no)
    if head is None:
        raise OrderNotFound(order_no=order_no)
    known = store_refunds.live_of_order(conn, order_no)
    if known is not None:
        if not _asks_the_same(known, store_refunds.lines(conn, known.refund_no), asked.lines):
            raise RefundUnderWay(order_no=order_no, refund_no=known.refund_no)
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


def _asks_the_same(known: Refund, lines: list[RefundLine], asked: dict[int, int | None] | None) -> bool:
    """Tell whether what is asked is what a refund that has not ended gives back."""
    if asked is None:
        return known.whole
    given = {line.line_no: line.amount_fen for line in lines}
    return asked.keys() == given.keys() and all(fen in {None, given[no]} for no, fen in asked.items())


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
