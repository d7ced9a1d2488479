"""SQL of seals and months: what the ledger says of itself when it is checked."""

from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from data.db import load_sql
from registry.ledger.records import Period, Seal

Conn = Connection[TupleRow]

_PERIOD = "SELECT month, state, trial_sha256, signature, algorithm, moved_by, moved_at FROM money.period "


def seals(conn: Conn) -> list[Seal]:
    """Return every seal, oldest first."""
    with conn.cursor(row_factory=class_row(Seal)) as cur:
        return cur.execute(
            "SELECT biz_date, n_rows, sha256, prev_sha256, algorithm, sealed_by, sealed_at, signature"
            " FROM money.day_seal ORDER BY biz_date"
        ).fetchall()


def wrong_snapshots(conn: Conn) -> list[tuple[date, str]]:
    """Return (sealed day, account) of up to a hundred snapshots that the transfers do not give."""
    rows = conn.execute(load_sql(__package__ or "", "wrong_snapshots.sql")).fetchmany(100)
    return [(row[0], row[1]) for row in rows]


def wrong_sums(conn: Conn) -> list[tuple[date, str]]:
    """Return (unsealed day, account) of up to a hundred kept sums that the transfers do not give."""
    rows = conn.execute(load_sql(__package__ or "", "wrong_sums.sql")).fetchmany(100)
    return [(row[0], row[1]) for row in rows]


def period(conn: Conn, month: date) -> Period | None:
    """Return a month that is closing or closed."""
    with conn.cursor(row_factory=class_row(Period)) as cur:
        return cur.execute(_PERIOD + "WHERE month = %s", [month]).fetchone()


def periods(conn: Conn) -> list[Period]:
    """Return every month that is closing or closed, oldest first."""
    with conn.cursor(row_factory=class_row(Period)) as cur:
        return cur.execute(_PERIOD + "ORDER BY month").fetchall()


def begin_close(conn: Conn, month: date, *, by: str, now: datetime) -> bool:
    """Begin to close a month; false when it was begun before."""
    row = conn.execute("SELECT money.begin_month_close(%s, %s, %s)", [month, by, now]).fetchone()
    return bool(row and row[0])


def finish_close(conn: Conn, closed: Period) -> None:
    """Close a month."""
    conn.execute(
        "SELECT money.finish_month_close(%s, %s, %s, %s, %s, %s)",
        [
            closed.month,
            closed.trial_sha256,
            closed.signature,
            closed.algorithm,
            closed.moved_by,
            closed.moved_at,
        ],
    )


def earlier_open(conn: Conn, month: date) -> date | None:
    """Return the first month before one that has postings and is not closed."""
    row = conn.execute(load_sql(__package__ or "", "earlier_open.sql"), {"month": month}).fetchone()
    return None if row is None else row[0]
