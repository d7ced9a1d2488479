"""Match the four books and open what differs: C channel, L ledger, B bills, K bank."""

from datetime import date, datetime, time, timedelta

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from data.db import Database
from registry.clearing import assertions, rules
from registry.reconciliation import store, store_match
from spatial.counties.register import replay_decisions

ALL_BOOKS, OF_STATEMENTS = "CKBS", "CK"
# How far back a night looks: what was missing then may still come to light.
LOOK_BACK = timedelta(days=40)
# Invariants beside the clearing's own assertions whose breach is a difference of the books themselves (G1).
OF_BOOKS = frozenset({"I9", "I15"})


def match(conn: store.Conn, first: date, last: date, *, now: datetime, books: str = ALL_BOOKS) -> int:
    """Match the days ``first`` to ``last`` and open what is not known yet; return how many are new.

    Parameters
    ----------
    conn : Connection
        Open transaction as the system.
    first, last : date
        Accounting days, both included.
    now : datetime
        Aware instant, from which ages are counted.
    books : str
        First letters of the kinds to look for: a statement alone concerns ``CK``.

    Notes
    -----
    Matching goes by keys only: channel and transaction number, order line, message id (money.md 8). Nothing
    is posted. A difference that is settled is not opened again; day shifts (C4) close by themselves when
    their pair comes.
    """
    opened = store_match.open_differences(conn, first, last, now, books=books)
    store_match.attach_statement_lines(conn, first, last, now)
    store_match.close_day_shifts(conn, now)
    return opened


def match_all(db: Database, day: date, *, now: datetime) -> int:
    """Match the days up to ``day``, replay its county decisions (D1) and check the books (G1).

    Returns
    -------
    int
        New differences, without those of the clearing's own assertions.

    Raises
    ------
    DayInFuture
    """
    rules.require_come(day, now)
    assertions.check_books(db, occasion="hand", now=now)
    midnight = datetime.combine(day, time.min, SHANGHAI)
    with db.transaction(SYSTEM) as conn:
        opened = match(conn, day - LOOK_BACK, day, now=now)
        opened += _open_replays(conn, day, midnight, now)
        return opened + _open_breaches(conn, day, now)


def _open_replays(conn: store.Conn, day: date, midnight: datetime, now: datetime) -> int:
    differing = [
        (str(item.decision_id), {"decision_id": item.decision_id, "differences": str(dict(item.differences))})
        for item in replay_decisions(conn, day, midnight=midnight)
        if not item.same
    ]
    return store_match.open_found(conn, "D1", differing, day=day, now=now)


def _open_breaches(conn: store.Conn, day: date, now: datetime) -> int:
    found = [
        (f"{check}:{breach}", {"check": check, "words": words, "breach": breach})
        for check, words, breaches in store.invariants(conn)
        if check in OF_BOOKS
        for breach in breaches
    ]
    return store_match.open_found(conn, "G1", found, day=day, now=now)
