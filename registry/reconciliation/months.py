"""Close a month of the books: all is sealed, agrees and is listed, then nothing is posted to it again."""

from datetime import date, datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.clock import day_of
from data.db import Database
from data.documents.signing import Signer
from registry.ledger import months
from registry.ledger import rules as ledger_rules
from registry.reconciliation import store
from registry.reconciliation.errors import MonthNotOver
from registry.reconciliation.invariants import verify
from registry.reconciliation.records import MonthClose


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
    broken = [check.id for check in verify(db, certificate=signer.certificates[0]) if not check.holds]
    with db.transaction(SYSTEM) as conn:
        found = months.period(conn, month)
        suspense = tuple(store.suspense(conn, ledger_rules.last_day(month)))
        if found.state == months.CLOSED:
            return MonthClose(month, found.state, (), suspense, found.trial_sha256)
        reasons = [*months.reasons_against(conn, month), *broken]
        reasons += ["open_refunds"] if store.open_refunds(conn, ledger_rules.last_day(month)) else []
        if reasons:
            return MonthClose(month, found.state, tuple(reasons), suspense)
        closed = months.close(conn, month, signer=signer, by=actor.login, now=now)
        audit.record(conn, actor, "month.close", f"{month:%Y-%m}")
    return MonthClose(month, closed.state, (), suspense, closed.trial_sha256)
