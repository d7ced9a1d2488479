"""SQL of callbacks and their events."""

from datetime import datetime
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import TupleRow, class_row
from psycopg.types.json import Jsonb

from data.callbacks.records import Callback, Event, Outcome

Conn = Connection[TupleRow]

_CALLBACK = sql.SQL(
    """
    SELECT c.callback_id, u.login, k.prefix AS key_prefix, c.url, c.secret_no, c.active, c.changed_at,
           count(e.event_id) FILTER (WHERE e.state = 'waiting') AS waiting,
           count(e.event_id) FILTER (WHERE e.state = 'given_up') AS given_up
    FROM registry.callback c
    JOIN registry.api_key k USING (key_id) JOIN registry.app_user u USING (user_id)
    LEFT JOIN registry.callback_event e ON e.callback_id = c.callback_id AND e.state <> 'delivered'
    WHERE {} GROUP BY c.callback_id, u.login, k.prefix ORDER BY c.callback_id
    """
)
_EVENT = sql.SQL(
    "event_id, callback_id, subject, kind, payload, at, state, attempts, next_at, lease_until, last_status,"
    " last_error, finished_at"
)


def save(conn: Conn, key_id: int, url: str, now: datetime) -> None:
    """Write the address of a key; the secret of a former address is worth nothing any more."""
    conn.execute(
        "INSERT INTO registry.callback (key_id, url, changed_at) VALUES (%(key)s, %(url)s, %(now)s)"
        " ON CONFLICT (key_id) DO UPDATE SET url = excluded.url, active = true,"
        " secret_no = callback.secret_no + 1, changed_at = excluded.changed_at",
        {"key": key_id, "url": url, "now": now},
    )


def deactivate(conn: Conn, key_id: int, now: datetime) -> bool:
    """Write no more events for a key's address; whether there was one."""
    done = conn.execute(
        "UPDATE registry.callback SET active = false, changed_at = %s WHERE key_id = %s AND active",
        [now, key_id],
    )
    return done.rowcount == 1


def by_key(conn: Conn, key_id: int) -> Callback | None:
    """Fetch the live address of a key."""
    query = _CALLBACK.format(sql.SQL("c.key_id = %s AND c.active"))
    with conn.cursor(row_factory=class_row(Callback)) as cur:
        return cur.execute(query, [key_id]).fetchone()


def by_id(conn: Conn, callback_id: int) -> Callback | None:
    """Fetch an address whose key is live."""
    query = _CALLBACK.format(sql.SQL("c.callback_id = %s AND c.active AND k.revoked_at IS NULL"))
    with conn.cursor(row_factory=class_row(Callback)) as cur:
        return cur.execute(query, [callback_id]).fetchone()


def every(conn: Conn) -> list[Callback]:
    """Fetch all addresses."""
    with conn.cursor(row_factory=class_row(Callback)) as cur:
        return cur.execute(_CALLBACK.format(sql.SQL("true"))).fetchall()


def insert_events(
    conn: Conn, login: str, subject: str, kind: str, payload: dict[str, Any], at: datetime
) -> list[int]:
    """Write an event for every live address of an account; return the addresses."""
    rows = conn.execute(
        """
        INSERT INTO registry.callback_event (callback_id, subject, kind, payload, at, next_at)
        SELECT c.callback_id, %(subject)s, %(kind)s, %(payload)s, %(at)s, %(at)s
        FROM registry.callback c
        JOIN registry.api_key k USING (key_id) JOIN registry.app_user u USING (user_id)
        WHERE c.active AND u.login = %(login)s
          AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
        RETURNING callback_id
        """,
        {"login": login, "subject": subject, "kind": kind, "payload": Jsonb(payload), "at": at},
    ).fetchall()
    return [int(callback_id) for (callback_id,) in rows]


def head(conn: Conn, callback_id: int, subject: str) -> Event | None:
    """Fetch and lock the oldest waiting event of a subject."""
    query = sql.SQL(
        "SELECT {} FROM registry.callback_event"
        " WHERE callback_id = %s AND subject = %s AND state = 'waiting'"
        " ORDER BY event_id LIMIT 1 FOR UPDATE"
    ).format(_EVENT)
    with conn.cursor(row_factory=class_row(Event)) as cur:
        return cur.execute(query, [callback_id, subject]).fetchone()


def lease(conn: Conn, event_id: int, until: datetime) -> None:
    """Write that somebody sends an event now."""
    conn.execute(
        "UPDATE registry.callback_event SET lease_until = %s, attempts = attempts + 1 WHERE event_id = %s",
        [until, event_id],
    )


def settle(
    conn: Conn, event_id: int, state: str, outcome: Outcome, *, next_at: datetime, now: datetime
) -> None:
    """Write how a try ended."""
    conn.execute(
        """
        UPDATE registry.callback_event SET state = %(state)s, next_at = %(next)s, lease_until = NULL,
               last_status = %(status)s, last_error = %(error)s,
               finished_at = CASE WHEN %(state)s = 'waiting' THEN NULL ELSE %(now)s::timestamptz END
        WHERE event_id = %(event)s AND state = 'waiting'
        """,
        {
            "event": event_id,
            "state": state,
            "next": next_at,
            "now": now,
            "status": outcome.status,
            "error": outcome.error,
        },
    )


def revive(conn: Conn, event_id: int, now: datetime) -> tuple[int, str] | None:
    """Let an event that was given up wait again; return its address and subject."""
    row = conn.execute(
        "UPDATE registry.callback_event SET state = 'waiting', attempts = 0, next_at = %s, finished_at = NULL"
        " WHERE event_id = %s AND state = 'given_up' RETURNING callback_id, subject",
        [now, event_id],
    ).fetchone()
    return None if row is None else (int(row[0]), str(row[1]))


def events(
    conn: Conn, *, callback_id: int | None, state: str | None, before: int | None, limit: int
) -> list[Event]:
    """Fetch events, newest first."""
    query = sql.SQL(
        "SELECT {} FROM registry.callback_event"
        " WHERE (%(callback)s::bigint IS NULL OR callback_id = %(callback)s)"
        " AND (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(before)s::bigint IS NULL OR event_id < %(before)s) ORDER BY event_id DESC LIMIT %(limit)s"
    ).format(_EVENT)
    values = {"callback": callback_id, "state": state, "before": before, "limit": limit}
    with conn.cursor(row_factory=class_row(Event)) as cur:
        return cur.execute(query, values).fetchall()
