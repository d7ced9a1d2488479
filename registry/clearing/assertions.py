"""The books' own assertions (I1, I4, I5, I6): run nightly and before each close; a breach stops clearing."""

from datetime import date, datetime

from data.access.records import SYSTEM
from data.clock import day_of
from data.db import Database
from registry.clearing import store, store_assertions
from registry.clearing.errors import BooksBroken
from registry.clearing.records import Assertion
from registry.ledger import store as ledger_store

# What an operator may search the log for; alarms listen to it.
ALARM = "BOOKS BROKEN"


def run(conn: store.Conn, *, after: date | None = None) -> list[Assertion]:
    """Run every assertion over what was posted after a sealed day, or over everything."""
    return store_assertions.run(conn, after)


def check_books(db: Database, *, occasion: str, now: datetime) -> list[Assertion]:
    """Run the assertions, keep that they ran, and open a difference (G1) for each that is broken.

    Parameters
    ----------
    db : Database
        Database.
    occasion : str
        ``close`` looks at what was posted since the last seal; ``night`` and ``hand`` at everything.
    now : datetime
        Aware instant.

    Returns
    -------
    list of Assertion
        Those that are broken.
    """
    with db.transaction(SYSTEM) as conn:
        last = ledger_store.last_seal(conn) if occasion == "close" else None
        after = last.biz_date if last else None
        broken = [found for found in run(conn, after=after) if found.breaches]
        store_assertions.insert_check(conn, occasion, after, broken, now)
        for found in broken:
            store_assertions.open_break(conn, found, day_of(now), now)
    return broken


def require_books(db: Database, *, now: datetime) -> None:
    """Refuse to go on when the books do not hold.

    What was posted since the last seal is looked at now. A breach of what lies before it, which a night has
    found, stops money as well, until a look at everything (the next night's, or by hand) finds none.

    Raises
    ------
    BooksBroken
        Names the assertions; the differences are open by then.
    """
    broken = {found.id for found in check_books(db, occasion="close", now=now)}
    with db.transaction(SYSTEM) as conn:
        broken |= store_assertions.broken_as_a_whole(conn)
    if broken:
        raise BooksBroken(assertions=sorted(broken))
