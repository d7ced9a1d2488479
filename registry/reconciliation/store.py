"""SQL of reconciliation."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from data.db import load_sql
from registry.reconciliation.records import Break, BreakAction, Evidence, Statement

Conn = Connection[TupleRow]

_BREAK = (
    "SELECT break_id, type, biz_date, county_code, order_no, event_id, msg_id, amount_fen, detail, state,"
    " owner, opened_at, side, due_on FROM money.break "
)


def trace_rows(conn: Conn, order_no: str) -> list[tuple[Any, ...]]:
    """Return (kind, id, at, amount, county, detail) of the steps of an order's money."""
    return conn.execute(load_sql(__package__ or "", "trace.sql"), {"order": order_no}).fetchall()


def invariants(conn: Conn) -> list[tuple[str, str, list[str]]]:
    """Run every check; return (id, words, breaches)."""
    found = []
    for block in load_sql(__package__ or "", "invariants.sql").split("-- check: ")[1:]:
        head, _, query = block.partition("\n")
        name, _, words = head.partition(" ")
        rows = conn.execute(query.encode()).fetchmany(100)
        found.append((name, words, [str(row[0]) for row in rows]))
    return found


def overdue_lines(conn: Conn, today: date) -> list[str]:
    """Return (order:line) whose money arrived and is not with its county a working day later."""
    return [row[0] for row in conn.execute(load_sql(__package__ or "", "liveness.sql"), {"today": today})]


def insert_statement(
    conn: Conn, statement: Statement, *, raw: bytes, sha256: bytes, by: str, now: datetime
) -> int | None:
    """Insert a statement with its entries; None when account and number are taken."""
    row = conn.execute(
        "INSERT INTO money.statement (account, statement_ref, format, sha256, raw, opening_fen, closing_fen,"
        " loaded_by, loaded_at, from_on, to_on, seq_no)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING statement_id",
        [
            statement.account,
            statement.ref,
            statement.format,
            sha256,
            raw,
            statement.opening_fen,
            statement.closing_fen,
            by,
            now,
            statement.from_on,
            statement.to_on,
            statement.seq_no,
        ],
    ).fetchone()
    if row is None:
        return None
    with (
        conn.cursor() as cur,
        cur.copy(
            "COPY money.statement_entry (statement_id, seq, booked_on, amount_fen, reference, counterparty)"
            " FROM STDIN"
        ) as copy,
    ):
        for item in statement.entries:
            copy.write_row(
                (row[0], item.seq, item.booked_on, item.amount_fen, item.reference, item.counterparty)
            )
    return int(row[0])


def statement_by_sha256(conn: Conn, sha256: bytes) -> int | None:
    """Return the statement with these bytes."""
    row = conn.execute("SELECT statement_id FROM money.statement WHERE sha256 = %s", [sha256]).fetchone()
    return None if row is None else int(row[0])


def breaks(
    conn: Conn,
    day: date | None,
    *,
    states: Sequence[str] | None,
    after: int,
    limit: int,
    counties: Sequence[str] | None = None,
) -> list[Break]:
    """Return breaks of a day, in some states and of some counties (or of all), oldest first."""
    with conn.cursor(row_factory=class_row(Break)) as cur:
        return cur.execute(
            _BREAK + "WHERE (%(day)s::date IS NULL OR biz_date = %(day)s)"
            " AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s)) AND break_id > %(after)s"
            " AND (%(counties)s::text[] IS NULL OR county_code = ANY(%(counties)s))"
            " ORDER BY break_id LIMIT %(limit)s",
            {
                "day": day,
                "states": None if states is None else list(states),
                "after": after,
                "limit": limit,
                "counties": None if counties is None else list(counties),
            },
        ).fetchall()


def find_break(conn: Conn, break_id: int) -> Break | None:
    """Return a break."""
    with conn.cursor(row_factory=class_row(Break)) as cur:
        return cur.execute(_BREAK + "WHERE break_id = %s", [break_id]).fetchone()


def books_of(conn: Conn, kind: str) -> str:
    """Return the letters of the books that differ in a kind of break; empty for a kind nobody declared."""
    row = conn.execute("SELECT books FROM money.break_type WHERE type = %s", [kind]).fetchone()
    return "" if row is None else str(row[0])


def evidence(conn: Conn, break_id: int) -> list[Evidence]:
    """Return what the books have about a break, from the order to the refund."""
    rows = conn.execute(load_sql(__package__ or "", "break_evidence.sql"), {"break_id": break_id}).fetchall()
    return [Evidence(*row[:-1]) for row in rows]


def lock_break(conn: Conn, break_id: int) -> Break | None:
    """Return a break and lock its row."""
    with conn.cursor(row_factory=class_row(Break)) as cur:
        return cur.execute(_BREAK + "WHERE break_id = %s FOR UPDATE", [break_id]).fetchone()


def set_break(conn: Conn, break_id: int, state: str, owner: str | None) -> None:
    """Write state and owner of a break."""
    conn.execute(
        "UPDATE money.break SET state = %s, owner = coalesce(%s, owner) WHERE break_id = %s",
        [state, owner, break_id],
    )


def insert_action(conn: Conn, break_id: int, action: BreakAction) -> None:
    """Write what was done."""
    conn.execute(
        "INSERT INTO money.break_action (break_id, action, comment, posting_id, actor, at, document,"
        " county_code) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            break_id,
            action.action,
            action.comment,
            action.posting_id,
            action.actor,
            action.at,
            action.document,
            action.county_code,
        ],
    )


def actions(conn: Conn, break_id: int) -> list[BreakAction]:
    """Return what was done about a break."""
    with conn.cursor(row_factory=class_row(BreakAction)) as cur:
        return cur.execute(
            "SELECT action, comment, posting_id, actor, at, document, county_code FROM money.break_action"
            " WHERE break_id = %s ORDER BY action_id",
            [break_id],
        ).fetchall()


def suspense(conn: Conn, day: date) -> list[tuple[str, int]]:
    """Return (posting key, fen) of the money in suspense at the end of a day, oldest first."""
    rows = conn.execute(
        "SELECT p.key, p.total_fen FROM money.posting p WHERE p.kind = 'suspend' AND p.biz_date <= %(day)s"
        " AND NOT EXISTS (SELECT 1 FROM money.posting r"
        "   WHERE r.biz_date <= %(day)s AND (r.key = 'sus:' || p.posting_id OR r.reverses = p.posting_id))"
        " ORDER BY p.posting_id",
        {"day": day},
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


def open_refunds(conn: Conn, day: date) -> list[str]:
    """Return the refunds asked for by the end of a day and not paid back, oldest first."""
    rows = conn.execute(
        "SELECT refund_no FROM money.refund WHERE done_at IS NULL AND state <> 'rejected'"
        " AND requested_at < (%s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' ORDER BY requested_at",
        [day],
    ).fetchall()
    return [row[0] for row in rows]


def suspended(conn: Conn, event_id: int) -> int | None:
    """Return the posting that put an event's money into suspense."""
    row = conn.execute(
        "SELECT posting_id FROM money.posting WHERE event_id = %s AND kind = 'suspend'", [event_id]
    ).fetchone()
    return None if row is None else int(row[0])


def in_suspense(conn: Conn, event_id: int) -> bool:
    """Tell whether an event's money lies in suspense and nobody asked for it to go back."""
    found = conn.execute(
        "SELECT 1 FROM money.posting p WHERE p.event_id = %s AND p.kind = 'suspend'"
        " AND NOT EXISTS (SELECT FROM money.posting q WHERE q.key = 'sus:' || p.posting_id)"
        " AND NOT EXISTS (SELECT FROM money.refund r"
        "   WHERE r.suspended_id = p.posting_id AND r.state <> 'rejected')",
        [event_id],
    ).fetchone()
    return found is not None


def is_posting(conn: Conn, posting_id: int) -> bool:
    """Tell whether there is such a posting."""
    found = conn.execute("SELECT 1 FROM money.posting WHERE posting_id = %s", [posting_id]).fetchone()
    return found is not None
