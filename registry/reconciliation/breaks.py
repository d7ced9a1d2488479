"""Differences and what people do about them."""

from collections.abc import Sequence
from datetime import date, datetime

from data.access import audit
from data.access import service as access
from data.access.records import SYSTEM, Actor
from data.db import Database
from data.legible import is_legible
from registry.payments import refund_requests
from registry.reconciliation import store
from registry.reconciliation.errors import (
    BreakActionRefused,
    BreakNotFound,
    EvidenceNeeded,
    OtherSideNeeded,
    OwnerUnfit,
    SecondPersonNeeded,
)
from registry.reconciliation.records import Asked, Break, BreakAction, Looked

ACTIONS = ("assign", "explain", "refund", "resolve", "confirm")
# Who may settle a difference: the city's finance, and that of the county it concerns.
SETTLERS = ("finance_city", "finance_county")
UNSETTLED = ("open", "assigned", "explained")
SUSPENSE_TYPES = frozenset({"WRONG_AMOUNT", "DOUBLE_PAY", "UNKNOWN_ORDER", "LATE_PAY"})
_NEXT = {
    "assign": (set(UNSETTLED), "assigned"),
    "explain": ({"open", "assigned"}, "explained"),
    "refund": (set(UNSETTLED), "resolved"),
    "resolve": (set(UNSETTLED), "resolved"),
    "confirm": ({"resolved"}, "confirmed"),
}


def list_breaks(
    conn: store.Conn,
    day: date | None,
    *,
    states: Sequence[str] | None = None,
    after: int = 0,
    limit: int = 200,
    counties: Sequence[str] | None = None,
) -> list[Break]:
    """Return the differences of a day, in some states and of some counties (or of all), oldest first."""
    return store.breaks(conn, day, states=states, after=after, limit=limit, counties=counties)


def history(conn: store.Conn, break_id: int, *, counties: Sequence[str] | None = None) -> list[BreakAction]:
    """Return what was done about a difference of some counties (or any), oldest first.

    Raises
    ------
    BreakNotFound
    """
    _seen(conn, break_id, counties)
    return store.actions(conn, break_id)


def look_at(db: Database, actor: Actor, break_id: int, *, counties: Sequence[str] | None = None) -> Looked:
    """Return a difference of some counties (or any) with its course, its evidence, and what the actor may do.

    Raises
    ------
    BreakNotFound
    """
    with db.transaction(SYSTEM) as conn:
        found = _seen(conn, break_id, counties)
        done = store.actions(conn, break_id)
        books = store.books_of(conn, found.type)
        may = {action for action in ACTIONS if _may(conn, actor, found, action)}
        owners = [one for one in access.actors_with(conn, *SETTLERS) if _concerns(one, found)]
    with db.transaction(actor) as conn:
        evidence = store.evidence(conn, break_id)
    waits = _waits(actor, found, done) if "confirm" in may else None
    acts = tuple(action for action in ACTIONS if action in may and not (action == "confirm" and waits))
    return Looked(found, books, tuple(done), tuple(evidence), acts, waits, tuple(owners))


def _seen(conn: store.Conn, break_id: int, counties: Sequence[str] | None) -> Break:
    found = store.find_break(conn, break_id)
    if found is None or (counties is not None and found.county_code not in counties):
        raise BreakNotFound(break_id=break_id)
    return found


def _may(conn: store.Conn, actor: Actor, found: Break, action: str) -> bool:
    """Tell whether the state and the kind of a difference allow somebody an action."""
    allowed, _ = _NEXT[action]
    if found.state not in allowed or not actor.may(*SETTLERS):
        return False
    if action != "refund":
        return True
    event_id = found.event_id if found.type in SUSPENSE_TYPES else None
    return actor.scope == "all" and event_id is not None and store.in_suspense(conn, event_id)


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
    OwnerUnfit
        Assigned to nobody, or to somebody who may not settle it.
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
            _check_confirms(actor, found, store.actions(conn, break_id))
        if action == "assign":
            _check_owner(conn, found, asked.owner or "")
        if action == "resolve":
            _check_evidence(conn, asked)
        document = _refund(conn, actor, found, asked, now) if action == "refund" else asked.document
        store.set_break(conn, break_id, state, asked.owner if action == "assign" else None)
        done = BreakAction(
            action, asked.comment, asked.posting_id, actor.login, now, document, _county_of(actor)
        )
        store.insert_action(conn, break_id, done)
        audit.record(conn, actor, f"break.{action}", str(break_id))
        changed = store.lock_break(conn, break_id)
    return changed or found


def _concerns(actor: Actor, found: Break) -> bool:
    return actor.scope == "all" or (actor.county_code is not None and actor.county_code == found.county_code)


def _check_owner(conn: store.Conn, found: Break, login: str) -> None:
    owner = access.actor_named(conn, login)
    if owner is None or not owner.may(*SETTLERS) or not _concerns(owner, found):
        raise OwnerUnfit(owner=login)


def _check_evidence(conn: store.Conn, asked: Asked) -> None:
    if asked.posting_id is None and not is_legible(asked.document or ""):
        raise EvidenceNeeded
    if asked.posting_id is not None and not store.is_posting(conn, asked.posting_id):
        raise EvidenceNeeded


def _check_confirms(actor: Actor, found: Break, done: Sequence[BreakAction]) -> None:
    waits = _waits(actor, found, done)
    if waits == "nothing":
        raise BreakActionRefused(break_id=found.break_id, state=found.state)
    if waits == "second_person":
        raise SecondPersonNeeded
    if waits == "other_side":
        raise OtherSideNeeded


def _waits(actor: Actor, found: Break, done: Sequence[BreakAction]) -> str | None:
    """Return why the actor cannot confirm what was done: who did it may not, nor the side that did it."""
    settled = [item for item in done if item.action in {"refund", "resolve"}]
    if not settled:
        return "nothing"
    if settled[-1].actor == actor.login:
        return "second_person"
    if found.county_code is not None and settled[-1].county_code == _county_of(actor):
        return "other_side"
    return None


def _county_of(actor: Actor) -> str | None:
    """Return the side an actor stands for: a county, or None for the city."""
    return None if actor.scope == "all" else actor.county_code


def _refund(conn: store.Conn, actor: Actor, found: Break, asked: Asked, now: datetime) -> str:
    """Ask for the money back; returns the number of the refund, which a second person decides."""
    suspended_id = store.suspended(conn, found.event_id) if found.event_id is not None else None
    if found.type not in SUSPENSE_TYPES or suspended_id is None:
        raise BreakActionRefused(break_id=found.break_id, state=found.state)
    reason = asked.comment.strip() or found.type
    return refund_requests.request_suspense_refund(
        conn, actor, suspended_id, reason=reason, now=now
    ).refund_no
