"""Differences and what people do about them."""

from collections.abc import Sequence
from datetime import date, datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.db import Database
from registry.payments import refunds
from registry.reconciliation import store
from registry.reconciliation.errors import (
    BreakActionRefused,
    BreakNotFound,
    EvidenceNeeded,
    OtherSideNeeded,
    SecondPersonNeeded,
)
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
    conn: store.Conn,
    day: date | None,
    *,
    state: str | None = None,
    after: int = 0,
    limit: int = 200,
    counties: Sequence[str] | None = None,
) -> list[Break]:
    """Return the differences of a day (or of all days) and some counties (or all), oldest first."""
    return store.breaks(conn, day, state=state, after=after, limit=limit, counties=counties)


def history(conn: store.Conn, break_id: int, *, counties: Sequence[str] | None = None) -> list[BreakAction]:
    """Return what was done about a difference of some counties (or any), oldest first.

    Raises
    ------
    BreakNotFound
    """
    found = store.lock_break(conn, break_id)
    if found is None or (counties is not None and found.county_code not in counties):
        raise BreakNotFound(break_id=break_id)
    return store.actions(conn, break_id)


def act(db: Database, actor: Actor, break_id: int, *, asked: Asked, now: datetime) -> Break:
    """Take an action; ``refund`` asks for suspense money to go back by the channel it came from.

    What one side resolved the other confirms: a county's difference settled by the city is confirmed by the
    county and the other way round; where no county is concerned, by another person.

    Raises
    ------
    BreakNotFound
        Also to a county that it does not concern.
    BreakActionRefused
        The state or the kind of the difference does not allow it.
    EvidenceNeeded
        Resolved without an existing posting or the number of a document.
    SecondPersonNeeded
        Confirmed by the one who resolved it.
    OtherSideNeeded
        Confirmed by the side that resolved it.
    """
    with db.transaction(SYSTEM) as conn:
        found = store.lock_break(conn, break_id)
        if found is None or not _concerns(actor, found):
            raise BreakNotFound(break_id=break_id)
        action = asked.action
        allowed, state = _NEXT[action]
        if found.state not in allowed or (action == "refund" and actor.scope != "all"):
            raise BreakActionRefused(break_id=break_id, state=found.state)
        if action == "confirm":
            _check_confirms(conn, actor, found)
        if action == "resolve":
            _check_evidence(conn, asked)
        document = _refund(conn, actor, found, asked, now) if action == "refund" else asked.document
        store.set_break(conn, break_id, state, asked.owner)
        done = BreakAction(
            action, asked.comment, asked.posting_id, actor.login, now, document, _county_of(actor)
        )
        store.insert_action(conn, break_id, done)
        audit.record(conn, actor, f"break.{action}", str(break_id))
        changed = store.lock_break(conn, break_id)
    return changed or found


def _concerns(actor: Actor, found: Break) -> bool:
    return actor.scope == "all" or (actor.county_code is not None and actor.county_code == found.county_code)


def _check_evidence(conn: store.Conn, asked: Asked) -> None:
    if asked.posting_id is None and not (asked.document or "").strip():
        raise EvidenceNeeded
    if asked.posting_id is not None and not store.is_posting(conn, asked.posting_id):
        raise EvidenceNeeded


def _check_confirms(conn: store.Conn, actor: Actor, found: Break) -> None:
    done = [item for item in store.actions(conn, found.break_id) if item.action in {"refund", "resolve"}]
    if not done:
        raise BreakActionRefused(break_id=found.break_id, state=found.state)
    if done[-1].actor == actor.login:
        raise SecondPersonNeeded
    if found.county_code is not None and done[-1].county_code == _county_of(actor):
        raise OtherSideNeeded


def _county_of(actor: Actor) -> str | None:
    """Return the side an actor stands for: a county, or None for the city."""
    return None if actor.scope == "all" else actor.county_code


def _refund(conn: store.Conn, actor: Actor, found: Break, asked: Asked, now: datetime) -> str:
    """Ask for the money back; returns the number of the refund, which a second person decides."""
    suspended_id = store.suspended(conn, found.event_id) if found.event_id is not None else None
    if found.type not in SUSPENSE_TYPES or suspended_id is None:
        raise BreakActionRefused(break_id=found.break_id, state=found.state)
    reason = asked.comment.strip() or found.type
    return refunds.request_suspense_refund(conn, actor, suspended_id, reason=reason, now=now).refund_no
