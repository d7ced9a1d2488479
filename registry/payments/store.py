"""SQL of orders, channel events, refunds and tax assessments."""

from collections.abc import Sequence
from datetime import datetime

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow, class_row
from psycopg.types.json import Jsonb

from data.db import load_sql
from registry.payments.records import (
    Arrival,
    ChannelResult,
    JointCase,
    OrderEvent,
    OrderHead,
    OrderLine,
    WantedLine,
)

Conn = Connection[TupleRow]

HEAD = (
    "SELECT order_no, payment_code, state, amount_fen, payer_name, payer_kind, payer_code, payer_last4,"
    " accept_office, county_codes, created_by, issued_at, expires_at FROM money.payment_order "
)


def apply_events(conn: Conn, arrivals: Sequence[Arrival]) -> list[ChannelResult]:
    """Store and apply channel events in one call."""
    events = [arrival.event for arrival in arrivals]
    rows = conn.execute(
        "SELECT result, order_no FROM money.apply_channel_events("
        "%b::text[], %b::text[], %b::text[], %b::text[], %b::bigint[], %b::timestamptz[], %b::bytea[],"
        " %b::jsonb[], %b::bytea[], %b::timestamptz[], %b::text[], %b::boolean[])",
        [
            [event.channel for event in events],
            [event.channel_txn for event in events],
            [event.kind for event in events],
            [event.payment_code for event in events],
            [event.amount_fen for event in events],
            [event.occurred_at for event in events],
            [event.raw for event in events],
            [Jsonb(event.headers) for event in events],
            [event.body_sha256 for event in events],
            [arrival.received_at for arrival in arrivals],
            [event.source for event in events],
            [arrival.in_account for arrival in arrivals],
        ],
    ).fetchall()
    return [ChannelResult(result, order_no) for result, order_no in rows]


def insert_refused_event(
    conn: Conn, channel: str, raw: bytes, *, headers: dict[str, str], sha256: bytes, now: datetime
) -> None:
    """Keep a message whose signature was bad; nothing follows from it."""
    conn.execute(
        "INSERT INTO money.channel_event (channel, received_at, raw, headers, sig_ok, body_sha256)"
        " VALUES (%s, %s, %s, %s, false, %s)",
        [channel, now, raw, Jsonb(headers), sha256],
    )


def insert_unreadable_event(
    conn: Conn, channel: str, raw: bytes, *, headers: dict[str, str], field: str, now: datetime
) -> None:
    """Keep a signed message that cannot be read, with its result and its difference."""
    row = conn.execute(
        "INSERT INTO money.channel_event (channel, received_at, raw, headers, sig_ok, body_sha256)"
        " VALUES (%(channel)s, %(now)s, %(raw)s, %(headers)s, true, sha256(%(raw)s)) RETURNING event_id",
        {"channel": channel, "now": now, "raw": raw, "headers": Jsonb(headers)},
    ).fetchone()
    if row is None:
        raise LookupError(channel)
    conn.execute(
        "INSERT INTO money.event_result (event_id, result, reason, at) VALUES (%s, 'unapplied', %s, %s)",
        [row[0], f"UNREADABLE:{field}", now],
    )
    conn.execute(
        "INSERT INTO money.break (key, type, biz_date, event_id, detail, opened_at)"
        " VALUES ('UNREADABLE:' || encode(sha256(%(raw)s), 'hex'), 'UNREADABLE', money.biz_day(%(now)s),"
        " %(event)s, %(detail)s, %(now)s) ON CONFLICT (key) DO NOTHING",
        {"raw": raw, "now": now, "event": row[0], "detail": Jsonb({"field": field})},
    )


def known_event(conn: Conn, channel: str, sha256: bytes) -> tuple[int, str | None] | None:
    """Return (event, order number) of a good event with these bytes."""
    return conn.execute(
        "SELECT e.event_id, o.order_no FROM money.channel_event e"
        " LEFT JOIN money.payment_order o USING (payment_code)"
        " WHERE e.channel = %s AND e.body_sha256 = %s AND e.sig_ok",
        [channel, sha256],
    ).fetchone()


def next_order_numbers(conn: Conn, count: int) -> list[int]:
    """Return new serials of orders, rising."""
    rows = conn.execute(
        "SELECT nextval('money.order_no_seq') FROM generate_series(1, %s)", [count]
    ).fetchall()
    return [row[0] for row in rows]


def insert_order(conn: Conn, head: OrderHead) -> bool:
    """Insert an order as draft; false when its payment code is taken."""
    try:
        with conn.transaction():
            conn.execute(
                "INSERT INTO money.payment_order (order_no, payment_code, amount_fen, payer_name, payer_kind,"
                " payer_code, payer_last4, accept_office, county_codes, created_by, issued_at, expires_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    head.order_no,
                    head.payment_code,
                    head.amount_fen,
                    head.payer_name,
                    head.payer_kind,
                    head.payer_code,
                    head.payer_last4,
                    head.accept_office,
                    head.county_codes,
                    head.created_by,
                    head.issued_at,
                    head.expires_at,
                ],
            )
    except UniqueViolation as error:
        if error.diag.constraint_name == "payment_order_payment_code_key":
            return False
        raise
    return True


def insert_line(
    conn: Conn, order_no: str, line_no: int, line: WantedLine, *, county_code: str, decision_id: int
) -> None:
    """Insert a line with its frozen county."""
    conn.execute(
        "INSERT INTO money.order_line (order_no, line_no, kind, item_code, name, amount_fen, rule_id, reason,"
        " reason_en, case_no, source, unit_code, parcel_code, county_code, decision_id, accept_office, place)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            order_no,
            line_no,
            line.kind,
            line.item_code,
            line.name,
            line.amount_fen,
            line.rule_id,
            line.reason,
            line.reason_en,
            line.case_no,
            line.source,
            line.unit_code,
            line.parcel_code,
            county_code,
            decision_id,
            line.accept_office,
            line.place,
        ],
    )


def joint_cases(conn: Conn, case_no: str) -> list[JointCase]:
    """Return other open cases of the same payer with fee lines in no live order, oldest first."""
    with conn.cursor(row_factory=class_row(JointCase)) as cur:
        return cur.execute(load_sql(__package__, "joint_cases.sql"), {"case": case_no}).fetchall()


def insert_claims(conn: Conn, order_no: str, lines: Sequence[WantedLine]) -> None:
    """Take the fee lines for a live order; a second order of one of them breaks the key."""
    with conn.cursor() as cur:
        cur.executemany(
            "INSERT INTO money.order_claim (case_no, source, order_no) VALUES (%s, %s, %s)",
            [(line.case_no, line.source, order_no) for line in lines],
        )


def claimed(conn: Conn, case_nos: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return which live order has which fee line of the cases."""
    rows = conn.execute(
        "SELECT case_no, source, order_no FROM money.order_claim WHERE case_no = ANY(%s)", [list(case_nos)]
    ).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def paid_sources(conn: Conn, case_no: str) -> set[str]:
    """Return the fee lines and assessments of a case that stand in a paid order."""
    rows = conn.execute(
        "SELECT c.source FROM money.order_claim c JOIN money.payment_order o USING (order_no)"
        " WHERE c.case_no = %s AND o.state IN ('paid', 'cleared')",
        [case_no],
    ).fetchall()
    return {row[0] for row in rows}


def lock_case(conn: Conn, case_no: str) -> None:
    """Let one transaction at a time make orders of a case."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('order:' || %s, 0))", [case_no])


def add_event(conn: Conn, order_no: str, from_state: str, to_state: str, *, at: datetime, actor: str) -> None:
    """Write a change of state; the order's row must be locked."""
    conn.execute(
        "SELECT money.add_order_event(%s, %s, %s, %s, %s)", [order_no, from_state, to_state, at, actor]
    )


def lock_order(conn: Conn, order_no: str) -> OrderHead | None:
    """Return an order and lock its row."""
    found = fetch_head(conn, order_no)
    if found is not None:
        conn.execute("SELECT money.lock_order(%s)", [order_no])
        found = fetch_head(conn, order_no)
    return found


def fetch_head(conn: Conn, order_no: str) -> OrderHead | None:
    """Return an order."""
    with conn.cursor(row_factory=class_row(OrderHead)) as cur:
        return cur.execute(HEAD + "WHERE order_no = %s", [order_no]).fetchone()


def fetch_head_by_code(conn: Conn, payment_code: str) -> OrderHead | None:
    """Return the order of a payment code."""
    with conn.cursor(row_factory=class_row(OrderHead)) as cur:
        return cur.execute(HEAD + "WHERE payment_code = %s", [payment_code]).fetchone()


def fetch_lines(conn: Conn, order_no: str) -> list[OrderLine]:
    """Return the lines of an order the caller may see."""
    with conn.cursor(row_factory=class_row(OrderLine)) as cur:
        return cur.execute(
            "SELECT line_id, line_no, kind, item_code, name, amount_fen, rule_id, reason, reason_en, case_no,"
            " unit_code, parcel_code, county_code, decision_id FROM money.order_line"
            " WHERE order_no = %s ORDER BY line_no",
            [order_no],
        ).fetchall()


def fetch_events(conn: Conn, order_no: str) -> list[OrderEvent]:
    """Return the changes of an order's state."""
    with conn.cursor(row_factory=class_row(OrderEvent)) as cur:
        return cur.execute(
            "SELECT seq, from_state, to_state, at, actor FROM money.order_event"
            " WHERE order_no = %s ORDER BY seq",
            [order_no],
        ).fetchall()


_LIST = HEAD + (  # noqa: S608  constant texts
    "WHERE (%(state)s::text IS NULL OR state = %(state)s)"
    " AND (%(case)s::text IS NULL OR order_no IN"
    "   (SELECT order_no FROM money.order_line WHERE case_no = %(case)s))"
    " AND (%(at)s::timestamptz IS NULL OR (issued_at, order_no) < (%(at)s, %(no)s))"
    " ORDER BY issued_at DESC, order_no DESC LIMIT %(limit)s"
)


def list_orders(
    conn: Conn, *, case_no: str | None, state: str | None, before: tuple[datetime, str] | None, limit: int
) -> list[OrderHead]:
    """Return orders the caller may see, newest first."""
    at, order_no = before or (None, None)
    with conn.cursor(row_factory=class_row(OrderHead)) as cur:
        return cur.execute(
            _LIST,
            {"state": state, "case": case_no, "at": at, "no": order_no, "limit": limit},
        ).fetchall()


def unpaid_of_case(conn: Conn, case_no: str) -> list[str]:
    """Return the live unpaid orders with a line of a case."""
    rows = conn.execute(
        "SELECT DISTINCT order_no FROM money.order_line JOIN money.payment_order USING (order_no)"
        " WHERE case_no = %s AND state IN ('issued', 'paying') ORDER BY order_no",
        [case_no],
    ).fetchall()
    return [row[0] for row in rows]


def due_to_expire(conn: Conn, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Return (order, state) of live orders whose time is over."""
    rows = conn.execute(
        "SELECT order_no, state FROM money.payment_order"
        " WHERE state IN ('issued', 'paying') AND expires_at < %s ORDER BY order_no LIMIT %s",
        [now, limit],
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


def in_batch(conn: Conn, order_no: str) -> bool:
    """Tell whether a line of the order is in a clearing run."""
    row = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM money.order_line JOIN money.batch_item USING (line_id)"
        " WHERE order_no = %s)",
        [order_no],
    ).fetchone()
    return bool(row and row[0])
