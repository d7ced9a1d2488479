"""SQL of the books' assertions."""

from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from data.db import load_sql
from registry.clearing.records import Assertion

Conn = Connection[TupleRow]


def run(conn: Conn, after: date | None) -> list[Assertion]:
    """Run every assertion; each names up to a hundred breaches."""
    found = []
    for block in load_sql(__package__ or "", "assertions.sql").split("-- check: ")[1:]:
        head, _, query = block.partition("\n")
        name, _, words = head.partition(" ")
        # Some assertions look at everything at any rate: a parameter that they lack does no harm.
        rows = conn.execute(query.encode(), {"after": after}).fetchmany(100)
        found.append(Assertion(name, words, tuple(str(row[0]) for row in rows)))
    return found


def insert_check(
    conn: Conn, occasion: str, after: date | None, broken: list[Assertion], now: datetime
) -> None:
    """Keep that the assertions ran and what they found."""
    breaches = [[found.id, breach] for found in broken for breach in found.breaches[:10]]
    conn.execute(
        "INSERT INTO money.books_check (at, occasion, after_day, breaches) VALUES (%s, %s, %s, %s)",
        [now, occasion, after, Jsonb(breaches)],
    )


def open_break(conn: Conn, found: Assertion, day: date, now: datetime) -> None:
    """Open a difference G1 about a broken assertion, once a day."""
    conn.execute(
        "INSERT INTO money.break (key, type, biz_date, detail, opened_at) VALUES (%s, 'G1', %s, %s, %s)"
        " ON CONFLICT (key) DO NOTHING",
        [
            f"G1:{day}:{found.id}",
            day,
            Jsonb({"assertion": found.id, "words": found.words, "breaches": list(found.breaches[:10])}),
            now,
        ],
    )


def last_check(conn: Conn) -> tuple[datetime, list[str]] | None:
    """Return when the assertions ran last and which were broken."""
    row = conn.execute("SELECT at, breaches FROM money.books_check ORDER BY check_id DESC LIMIT 1").fetchone()
    return None if row is None else (row[0], sorted({item[0] for item in row[1]}))


def broken_as_a_whole(conn: Conn) -> set[str]:
    """Return which assertions were broken when everything was looked at last."""
    row = conn.execute(
        "SELECT breaches FROM money.books_check WHERE after_day IS NULL AND occasion <> 'close'"
        " ORDER BY check_id DESC LIMIT 1"
    ).fetchone()
    return set() if row is None else {item[0] for item in row[0]}


def checked_at_night(conn: Conn, since: datetime) -> bool:
    """Tell whether the assertions ran over everything since an instant."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM money.books_check WHERE occasion = 'night' AND at >= %s)", [since]
    ).fetchone()
    return bool(row and row[0])
