"""Disputes (属地争议): a county raises, the city holds, two persons of the city rule.

What a ruling moves is carried out by ``adjusting`` in the next run. Timing decides nothing: a line that was
cleared before it was held is adjusted out of the same county's next payouts of the same kind.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.clock import day_of
from data.db import Database
from data.reference import service as reference
from registry.clearing.disputes import posting, store
from registry.clearing.disputes.errors import (
    DisputeCountyBad,
    DisputeNotFound,
    DisputeNotYours,
    DisputeRefused,
    DisputeSamePerson,
    DisputeStateRefuses,
    DisputeTooLate,
)
from registry.clearing.disputes.records import (
    FOLLOWS,
    Claim,
    DecidedLine,
    Dispute,
    DisputedLine,
    Ruling,
    WholeDispute,
)
from registry.clearing.rules import COUNTIES
from registry.payments import service as payments
from registry.payments.errors import OrderNotFound
from spatial.counties import register
from spatial.counties.records import Statement

OPEN_STATES = ("raised", "held", "ruled")


def raise_dispute(db: Database, actor: Actor, claim: Claim, *, now: datetime) -> Dispute:
    """Say for a county that a paid line belongs to another one; nothing is held before the city agrees.

    Parameters
    ----------
    actor : Actor
        Finance of one of the two counties.
    claim : Claim
        Line, county, reason and document.
    now : datetime
        Aware instant.

    Raises
    ------
    DisputeNotFound
        There is no such line.
    DisputeNotYours
        By a third county, or by nobody's.
    DisputeCountyBad
    DisputeRefused
        Not paid, of no amount, going back to its payer, or disputed before.
    DisputeTooLate
    """
    if actor.county_code is None:
        raise DisputeNotYours
    with db.transaction(SYSTEM) as conn:
        line = _locked_line(conn, claim)
        claim = _between(actor, claim, line)
        if line.amount_fen == 0 or line.paid_at is None:
            raise DisputeRefused(order_no=claim.order_no, line_no=claim.line_no)
        since = max(line.paid_at, line.frozen_at or line.paid_at)
        days = reference.county_policy(conn, on=day_of(now)).dispute_days
        if now > since + timedelta(days=days):
            raise DisputeTooLate(days=days, since=since.isoformat())
        dispute_no = f"D{claim.order_no}-{claim.line_no}-{line.disputes + 1}"
        store.insert(conn, dispute_no, claim, line, by=(actor.login, actor.county_code), at=now)
        store.add_event(conn, dispute_no, ("none", "raised"), actor=actor.login, comment=claim.reason, at=now)
        audit.record(conn, actor, "dispute.raise", dispute_no, detail={"claimed": claim.claimed_county})
        return _require(conn, dispute_no)


def _locked_line(conn: store.Conn, claim: Claim) -> DisputedLine:
    """Lock the order and return the line."""
    try:
        payments.lock_order(conn, claim.order_no)
    except OrderNotFound as error:
        raise DisputeNotFound(dispute_no=claim.order_no) from error
    line = store.disputed_line(conn, claim.order_no, claim.line_no)
    if line is None:
        raise DisputeNotFound(dispute_no=f"{claim.order_no}-{claim.line_no}")
    return line


def _between(actor: Actor, claim: Claim, line: DisputedLine) -> Claim:
    """Return the claim with its county: a county claims for itself, or gives its own line to another."""
    claimed = claim.claimed_county or str(actor.county_code)
    if claimed not in COUNTIES or claimed == line.county_code:
        raise DisputeCountyBad(county_code=claimed)
    if actor.county_code not in {claimed, line.county_code}:
        raise DisputeNotYours
    return replace(claim, claimed_county=claimed)


def hold(db: Database, actor: Actor, dispute_no: str, *, comment: str, now: datetime) -> Dispute:
    """Hold the line: it enters no run and is not refunded; of one that was cleared nothing is posted yet.

    Raises
    ------
    DisputeNotFound, DisputeStateRefuses, DisputeNotYours
    DisputeRefused
        The line goes back to its payer.
    """
    _require_city(actor)
    with db.transaction(SYSTEM) as conn:
        dispute = _locked(conn, dispute_no, to="held")
        line = store.disputed_line(conn, dispute.order_no, dispute.line_no)
        if line is None or line.order_state not in {"paid", "cleared"}:
            raise DisputeRefused(order_no=dispute.order_no, line_no=dispute.line_no)
        if line.frozen_at is None:
            posting.hold(conn, dispute, posting.Occasion(actor.login, now))
        return _move(conn, actor, dispute, "held", comment=comment, now=now)


def reject(db: Database, actor: Actor, dispute_no: str, *, comment: str, now: datetime) -> Dispute:
    """Reject a dispute that was raised without ground; the line was never held.

    Raises
    ------
    DisputeNotFound, DisputeStateRefuses, DisputeNotYours
    """
    _require_city(actor)
    with db.transaction(SYSTEM) as conn:
        dispute = _locked(conn, dispute_no, to="rejected")
        return _move(conn, actor, dispute, "rejected", comment=comment, now=now)


def withdraw(db: Database, actor: Actor, dispute_no: str, *, comment: str, now: datetime) -> Dispute:
    """Withdraw a dispute for the county that raised it; what was held is owed as before.

    Raises
    ------
    DisputeNotFound
    DisputeStateRefuses
        A ruling is proposed or made.
    DisputeNotYours
    """
    with db.transaction(SYSTEM) as conn:
        dispute = _locked(conn, dispute_no, to="withdrawn")
        if actor.county_code != dispute.raised_county:
            raise DisputeNotYours
        if dispute.state == "ruled" or _open_ruling(conn, dispute_no) is not None:
            raise DisputeStateRefuses(dispute_no=dispute_no, state="ruled")
        if dispute.state == "held" and not dispute.cleared:
            posting.release(conn, dispute, posting.Occasion(actor.login, now))
        return _move(conn, actor, dispute, "withdrawn", comment=comment, now=now)


def propose_ruling(
    db: Database,
    actor: Actor,
    dispute_no: str,
    *,
    county_code: str,
    words: tuple[str, str],
    now: datetime,
) -> Dispute:
    """Propose for the city to which of the two counties a held line belongs; a second person confirms.

    Parameters
    ----------
    words : tuple of str
        Document relied on, and reason.

    Raises
    ------
    DisputeNotFound, DisputeStateRefuses, DisputeNotYours, DisputeCountyBad
    """
    _require_city(actor)
    with db.transaction(SYSTEM) as conn:
        dispute = _locked(conn, dispute_no, to="ruled")
        if county_code not in {dispute.county_code, dispute.claimed_county}:
            raise DisputeCountyBad(county_code=county_code)
        store.insert_ruling(
            conn,
            Ruling(0, dispute_no, county_code, *words, actor.login, now, None, None, None, "", None),
        )
        audit.record(conn, actor, "dispute.propose", dispute_no, detail={"county_code": county_code})
        return _require(conn, dispute_no)


def end_ruling(
    db: Database, actor: Actor, dispute_no: str, *, accept: bool, comment: str, now: datetime
) -> Dispute:
    """Confirm a proposed ruling as a second person of the city, or decline it.

    Confirmed for the other county, a county decision that supersedes the line's is recorded and the next run
    moves the money; confirmed for the same county, what was held is owed as before at once.

    Raises
    ------
    DisputeNotFound
    DisputeStateRefuses
        Nothing is proposed.
    DisputeNotYours
        By a county.
    DisputeSamePerson
    """
    _require_city(actor)
    with db.transaction(SYSTEM) as conn:
        dispute = _locked(conn, dispute_no, to="ruled")
        ruling = _open_ruling(conn, dispute_no)
        if ruling is None:
            raise DisputeStateRefuses(dispute_no=dispute_no, state=dispute.state)
        if actor.login in {ruling.proposed_by, dispute.raised_by}:
            raise DisputeSamePerson
        moves = accept and ruling.county_code != dispute.county_code
        decision_id = _decide(conn, dispute, ruling, actor, now) if moves else None
        ended = replace(
            ruling,
            accepted=accept,
            ended_by=actor.login,
            ended_at=now,
            comment=comment,
            decision_id=decision_id,
        )
        store.end_ruling(conn, ended)
        if not accept:
            audit.record(conn, actor, "dispute.decline", dispute_no)
            return _require(conn, dispute_no)
        dispute = _move(conn, actor, dispute, "ruled", comment=comment, now=now)
        if moves:
            return dispute
        if not dispute.cleared:
            posting.release(conn, dispute, posting.Occasion(actor.login, now))
        return _move(conn, actor, dispute, "adjusted", comment=comment, now=now)


def _decide(conn: store.Conn, dispute: Dispute, ruling: Ruling, actor: Actor, now: datetime) -> int:
    """Record the county decision of a ruling, signed by both persons; it supersedes the one that stands."""
    before = register.get_decision(conn, dispute.decision_id)
    statement = Statement(
        before.subject, ruling.county_code, ruling.basis_doc, ruling.reason, ruling.proposed_by
    )
    made = register.propose(conn, statement, as_of=day_of(now), now=now)
    return register.confirm(conn, made.decision_id, confirmed_by=actor.login, now=now).decision_id


def get_dispute(conn: store.Conn, dispute_no: str) -> WholeDispute:
    """Return a dispute with rulings, events, adjustments and files.

    Raises
    ------
    DisputeNotFound
        None, or none this caller may see.
    """
    head = _require(conn, dispute_no)
    return WholeDispute(
        head,
        tuple(store.rulings(conn, dispute_no)),
        tuple(store.events(conn, dispute_no)),
        tuple(store.adjustments(conn, dispute_no)),
        tuple(store.documents(conn, dispute_no)),
    )


def list_disputes(
    conn: store.Conn,
    *,
    order_no: str | None = None,
    states: list[str] | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[Dispute]:
    """Return disputes the caller may see, newest first."""
    return store.find(conn, order_no=order_no, states=states, before=before, limit=limit)


def lines_by_decision(
    db: Database, actor: Actor, decision_id: int, *, before: int | None = None, limit: int = 50
) -> list[DecidedLine]:
    """Return the order lines by a county decision that the caller may dispute or judge, newest first.

    ``before`` is the key of the line that they come before.
    """
    with db.transaction(SYSTEM) as conn:
        return store.lines_by_decision(conn, decision_id, actor.county_code, before=before, limit=limit)


def open_ruling(conn: store.Conn, dispute_no: str) -> Ruling | None:
    """Return the ruling that waits for a second person."""
    return _open_ruling(conn, dispute_no)


def _open_ruling(conn: store.Conn, dispute_no: str) -> Ruling | None:
    return next((item for item in store.rulings(conn, dispute_no) if item.accepted is None), None)


def _require_city(actor: Actor) -> None:
    """Refuse a county: none holds or rules on its own money."""
    if actor.county_code is not None or actor.scope != "all":
        raise DisputeNotYours


def _require(conn: store.Conn, dispute_no: str) -> Dispute:
    found = store.fetch(conn, dispute_no)
    if found is None:
        raise DisputeNotFound(dispute_no=dispute_no)
    return found


def _locked(conn: store.Conn, dispute_no: str, *, to: str) -> Dispute:
    """Return a dispute that may go to a state, its order locked."""
    payments.lock_order(conn, _require(conn, dispute_no).order_no)
    found = _require(conn, dispute_no)
    if to not in FOLLOWS.get(found.state, frozenset()):
        raise DisputeStateRefuses(dispute_no=dispute_no, state=found.state)
    return found


def _move(
    conn: store.Conn, actor: Actor, dispute: Dispute, to: str, *, comment: str, now: datetime
) -> Dispute:
    store.add_event(conn, dispute.dispute_no, (dispute.state, to), actor=actor.login, comment=comment, at=now)
    audit.record(conn, actor, f"dispute.{to}", dispute.dispute_no)
    return _require(conn, dispute.dispute_no)
