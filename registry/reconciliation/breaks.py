"""Differences and what people do about them."""

from datetime import date, datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.db import Database
from registry.ledger import rules as chart
from registry.ledger import service as ledger
from registry.ledger.records import Entry, PostingDraft
from registry.reconciliation import store
from registry.reconciliation.errors import BreakActionRefused, BreakNotFound, SecondPersonNeeded
from registry.reconciliation.records import Asked, Break, BreakAction

ACTIONS = ("assign", "explain", "refund", "resolve", "confirm")
SUSPENSE_TYPES = frozenset({"WRONG_AMOUNT", "DOUBLE_PAY", "UNKNOWN_ORDER", "LATE_PAY"})
_NEXT = {
    "assign": ({"open", "assigned", "explained"}, "assigned"),
    "explain": ({"open", "assigned"}, "explained"),
    "refund": ({"open", "assigned", "explained"}, "resolved"),
    "resolve": ({"open", "assigned", "explained"}, "resolved"),
    "confirm": ({"resolved"}, "confirmed"),
}


def list_breaks(
    conn: store.Conn, day: date | None, *, state: str | None = None, after: int = 0, limit: int = 200
) -> list[Break]:
    """Return the differences of a day (or of all days), oldest first."""
    return store.breaks(conn, day, state=state, after=after, limit=limit)


def history(conn: store.Conn, break_id: int) -> list[BreakAction]:
    """Return what was done about a difference."""
    return store.actions(conn, break_id)


def act(db: Database, actor: Actor, break_id: int, *, asked: Asked, now: datetime) -> Break:
    """Take an action; ``refund`` pays suspense money back to the channel it came from.

    Raises
    ------
    BreakNotFound
    BreakActionRefused
        The state or the kind of the difference does not allow it.
    SecondPersonNeeded
        Confirmed by the one who resolved it.
    """
    with db.transaction(SYSTEM) as conn:
        found = store.lock_break(conn, break_id)
        if found is None:
            raise BreakNotFound(break_id=break_id)
        action = asked.action
        allowed, state = _NEXT[action]
        if found.state not in allowed:
            raise BreakActionRefused(break_id=break_id, state=found.state)
        if action == "confirm" and _resolver(conn, break_id) == actor.login:
            raise SecondPersonNeeded
        posting_id = _refund(conn, actor, found, now) if action == "refund" else None
        store.set_break(conn, break_id, state, asked.owner)
        store.insert_action(conn, break_id, BreakAction(action, asked.comment, posting_id, actor.login, now))
        audit.record(conn, actor, f"break.{action}", str(break_id))
        changed = store.lock_break(conn, break_id)
    return changed or found


def _resolver(conn: store.Conn, break_id: int) -> str | None:
    done = [item.actor for item in store.actions(conn, break_id) if item.action in {"refund", "resolve"}]
    return done[-1] if done else None


def _refund(conn: store.Conn, actor: Actor, found: Break, now: datetime) -> int:
    money = store.suspended(conn, found.event_id) if found.event_id is not None else None
    if found.type not in SUSPENSE_TYPES or money is None:
        raise BreakActionRefused(break_id=found.break_id, state=found.state)
    posting_id, channel, amount_fen, arrived = money
    source = chart.COLLECTION if arrived else chart.receivable(channel)
    posted = ledger.post(
        conn,
        PostingDraft(
            key=f"sus:{posting_id}",
            kind="suspense_refund",
            biz_date=ledger.biz_day(conn, now),
            event_at=now,
            actor=actor.login,
            entries=(Entry(chart.SUSPENSE, source, amount_fen),),
        ),
    )
    return posted.posting_id
