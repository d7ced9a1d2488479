"""How an unpaid order ends, and how a dead one comes back: cancel, expire, revive."""

from datetime import datetime, timedelta

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.db import Database
from registry.cases import service as cases
from registry.ledger import service as ledger
from registry.payments import rules, store, store_refunds, store_revival, store_tax
from registry.payments.errors import (
    CaseNotPayable,
    LateMoneyOnTheWay,
    OrderLinesGone,
    OrderNotFound,
    OrderStateRefuses,
    PaymentUnderWay,
    ReviveTooLate,
)
from registry.payments.records import LateMoney, OrderHead

NOT_PAYABLE = frozenset({"draft", "supplement", "refused", "withdrawn", "suspended"})


def cancel_order(db: Database, actor: Actor, order_no: str, *, now: datetime) -> None:
    """Cancel an unpaid order; its fee lines can be ordered again.

    Raises
    ------
    OrderNotFound
    OrderStateRefuses
        It is paid or dead.
    PaymentUnderWay
        An attempt to pay has not ended.
    """
    with db.transaction(actor) as conn:
        head = _locked(conn, order_no)
        if head.state not in rules.LIVE_UNPAID:
            raise OrderStateRefuses(order_no=order_no, state=head.state)
        until = rules.attempt_ends(store.fetch_events(conn, order_no))
        if until is not None and until > now:
            raise PaymentUnderWay(order_no=order_no, until=until.isoformat())
        store.add_event(conn, order_no, head.state, "cancelled", at=now, actor=actor.login)
        audit.record(conn, actor, "order.cancel", order_no)


def cancel_of_case(db: Database, case_no: str, *, now: datetime) -> list[str]:
    """Cancel the unpaid orders of a case that ended without result; joint orders give all lines back.

    A payment under way is no reason to wait: its money goes to suspense and back to the payer.

    Returns
    -------
    list of str
        Numbers of the orders cancelled.
    """
    cancelled = []
    with db.transaction(SYSTEM) as conn:
        for order_no in store.unpaid_of_case(conn, case_no):
            head = store.lock_order(conn, order_no)
            if head is not None and head.state in rules.LIVE_UNPAID:
                store.add_event(conn, order_no, head.state, "cancelled", at=now, actor="system")
                cancelled.append(order_no)
    return cancelled


def expire_if_due(db: Database, head: OrderHead, *, now: datetime) -> bool:
    """Expire an unpaid order whose time is over; tell whether it was."""
    if head.state not in rules.LIVE_UNPAID or head.expires_at + rules.GRACE >= now:
        return False
    with db.transaction(SYSTEM) as conn:
        return expire(conn, head.order_no, now=now)


def expire(conn: store.Conn, order_no: str, *, now: datetime, grace: timedelta = rules.GRACE) -> bool:
    """Expire an order, in the caller's transaction, if it is unpaid, its time over, and nobody is paying it.

    Parameters
    ----------
    grace : timedelta
        How long to wait for a payment made in time.
    """
    head = store.lock_order(conn, order_no)
    if head is None or head.state not in rules.LIVE_UNPAID or head.expires_at + grace >= now:
        return False
    until = rules.attempt_ends(store.fetch_events(conn, order_no))
    if until is not None and until > now:
        return False
    store.add_event(conn, order_no, head.state, "expired", at=now, actor="system")
    return True


def expire_due(db: Database, *, now: datetime, limit: int = 1000) -> int:
    """Expire unpaid orders whose time is over; returns how many."""
    with db.transaction(SYSTEM) as conn:
        due = store.due_to_expire(conn, now - rules.GRACE, limit)
        return sum(expire(conn, order_no, now=now) for order_no, _ in due)


def revive_order(db: Database, actor: Actor, order_no: str, *, reason: str, now: datetime) -> None:
    """Bring an expired or cancelled order back; late money of its amount pays it at once.

    Payees and amounts stay as frozen. Another person confirms the difference that the payment opened.

    Parameters
    ----------
    db : Database
        Database.
    actor : Actor
        Who may see the order.
    order_no : str
        Order.
    reason : str
        Words, kept with the order.
    now : datetime
        Aware instant; the order can be paid for :data:`rules.ORDER_LIFE` from now.

    Raises
    ------
    OrderNotFound
    OrderStateRefuses
        It is not dead.
    ReviveTooLate
        It died more than :data:`rules.REVIVE_WITHIN` ago.
    CaseNotPayable, CaseClosed
        A case of it has ended.
    OrderLinesGone
        A tax of it was withdrawn, or a relief changed a fee of it.
    OrderLinesClaimed
        Another live order asks for the same.
    LateMoneyOnTheWay
        Late money of its amount has not arrived.
    """
    with db.transaction(actor) as conn:
        if store.fetch_head(conn, order_no) is None:
            raise OrderNotFound(order_no=order_no)
    # As the system: a joint order may have lines of cases that the actor does not see.
    with db.transaction(SYSTEM) as conn:
        head = _locked(conn, order_no)
        _require_recent_death(conn, head, now)
        _require_owed(conn, order_no)
        money = _late_money_of(conn, head)
        store_revival.revive(conn, head, at=now, actor=actor.login, reason=reason)
        if money is not None:
            _apply(conn, actor, head, money, reason=reason, now=now)
        paid_with = None if money is None else money.posting_id
        audit.record(conn, actor, "order.revive", order_no, detail={"reason": reason, "paid_with": paid_with})


def late_fen(conn: store.Conn, order_no: str) -> int:
    """Return what was paid for an order and lies in suspense, fen."""
    return sum(money.amount_fen for money in store_revival.late_money(conn, order_no))


def _locked(conn: store.Conn, order_no: str) -> OrderHead:
    head = store.lock_order(conn, order_no)
    if head is None:
        raise OrderNotFound(order_no=order_no)
    return head


def _require_recent_death(conn: store.Conn, head: OrderHead, now: datetime) -> None:
    died_at = rules.died_at(store.fetch_events(conn, head.order_no))
    if died_at is None:
        raise OrderStateRefuses(order_no=head.order_no, state=head.state)
    if died_at + rules.REVIVE_WITHIN < now:
        raise ReviveTooLate(order_no=head.order_no, days=rules.REVIVE_WITHIN.days)


def _require_owed(conn: store.Conn, order_no: str) -> None:
    """Refuse when a case has ended or stands still, or what the order asks for is no longer owed."""
    asked = store_revival.asked_of_cases(conn, order_no)
    for case_no, sources in asked.items():
        case = cases.require_orderable(conn, case_no, undecided=True)
        if case.status in NOT_PAYABLE:
            raise CaseNotPayable(case_no=case_no, status=case.status)
        taxes = {f"tax:{item.assessment_no}" for item in store_tax.assessments(conn, case_no)}
        gone = {name for name in sources if name.startswith("tax:")} - taxes
        if gone or _asks_too_much(conn, case_no, sources):
            raise OrderLinesGone(order_no=order_no, case_no=case_no)


def _asks_too_much(conn: store.Conn, case_no: str, asked: dict[str, int]) -> bool:
    """Tell whether a fee was replaced by a later assessment, or a relief gave some of it back."""
    back = store_refunds.relieved(conn, [case_no])
    owed = {
        f"fee:{line.line_no}": 0 if line.superseded_at else line.amount_fen
        for line in cases.fee_lines(conn, case_no, replaced=True)
    }
    return any(fen > owed.get(name, fen) - back.get((case_no, name), 0) for name, fen in asked.items())


def _late_money_of(conn: store.Conn, head: OrderHead) -> LateMoney | None:
    """Return late money of just the order's amount."""
    found = store_revival.late_money(conn, head.order_no)
    money = next((item for item in found if item.amount_fen == head.amount_fen), None)
    if money is not None and not money.arrived:
        raise LateMoneyOnTheWay(order_no=head.order_no)
    return money


def _apply(
    conn: store.Conn, actor: Actor, head: OrderHead, money: LateMoney, *, reason: str, now: datetime
) -> None:
    day = ledger.biz_day(conn, now)
    posting_id = store_revival.apply_late_money(
        conn, head.order_no, money, day=day, at=now, actor=actor.login
    )
    store_revival.resolve_break(conn, money.event_id, posting_id, comment=reason, actor=actor.login, now=now)
