"""Close a month of the books: all is sealed, agrees and is listed, then nothing is posted to it again."""

from datetime import date, datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.clock import day_of
from data.db import Database
from data.documents.signing import Signer
from registry.clearing import days
from registry.ledger import months
from registry.ledger import rules as ledger_rules
from registry.reconciliation import store
from registry.reconciliation.errors import MonthNotOver
from registry.reconciliation.invariants import verify
from registry.reconciliation.records import MonthClose, Obstacle

# Of what stands against a close so many are named.
NAMED = 20


def close_month(db: Database, actor: Actor, month: date, *, signer: Signer, now: datetime) -> MonthClose:
    """Begin to close a month, and close it when nothing speaks against it. Re-entrant.

    From the first call on new events belong to the month after it. It is closed when its days are sealed, the
    months before are closed, every invariant of the books holds and no refund of the month is open; what lies
    in suspense is listed, for it moves on to the next month.

    Parameters
    ----------
    db : Database
        Database.
    actor : Actor
        Who closes.
    month : date
        First day of the month.
    signer : Signer
        Signs the hash of the trial balance.
    now : datetime
        Aware instant.

    Raises
    ------
    MonthNotOver
    """
    if day_of(now) <= ledger_rules.last_day(month):
        raise MonthNotOver(month=f"{month:%Y-%m}")
    with db.transaction(SYSTEM) as conn:
        if months.period(conn, month).state == months.OPEN:
            months.begin_close(conn, month, by=actor.login, now=now)
            audit.record(conn, actor, "month.begin_close", f"{month:%Y-%m}")
    checks = verify(db, certificate=signer.certificates[0])
    broken = [Obstacle(check.id, check.breaches[:NAMED]) for check in checks if not check.holds]
    with db.transaction(SYSTEM) as conn:
        found = months.period(conn, month)
        suspense = tuple(store.suspense(conn, ledger_rules.last_day(month)))
        if found.state == months.CLOSED:
            return MonthClose(month, found.state, (), suspense, found.trial_sha256)
        obstacles = (*against(conn, month, now=now), *broken)
        if obstacles:
            return MonthClose(month, found.state, obstacles, suspense)
        closed = months.close(conn, month, signer=signer, by=actor.login, now=now)
        audit.record(conn, actor, "month.close", f"{month:%Y-%m}")
    return MonthClose(month, closed.state, (), suspense, closed.trial_sha256)


def against(conn: store.Conn, month: date, *, now: datetime) -> list[Obstacle]:
    """Return what the ledger, the last day and refunds have against closing a month; read as the system.

    The invariants of the books are left out: they take their time, and :func:`close_month` asks them.
    """
    found = [_obstacle(conn, month, reason, now) for reason in months.reasons_against(conn, month)]
    refunds = store.open_refunds(conn, ledger_rules.last_day(month))
    return [*found, Obstacle("open_refunds", tuple(refunds[:NAMED]))] if refunds else found


def _obstacle(conn: store.Conn, month: date, reason: str, now: datetime) -> Obstacle:
    if reason == "unsealed":
        last = days.day_of_books(conn, SYSTEM, ledger_rules.last_day(month), now=now)
        return Obstacle(reason, day=days.against_seal(conn, last))
    if reason == "earlier_open":
        return Obstacle(reason, (f"{months.earlier_open(conn, month):%Y-%m}",))
    return Obstacle(reason)
