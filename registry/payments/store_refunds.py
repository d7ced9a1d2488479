"""SQL of refunds, of what counties pay back, and of money in suspense."""

from collections.abc import Sequence
from datetime import datetime

from psycopg import Connection
from psycopg.rows import TupleRow, class_row, dict_row

from registry.payments.records import CountyReturn, Refund, RefundLine, Suspended

Conn = Connection[TupleRow]

_REFUND = (
    "SELECT refund_no, order_no, suspended_id, amount_fen, whole, cause, reason,"
    " coalesce(channel, '') AS channel, coalesce(channel_txn, '') AS channel_txn, requested_by,"
    " requested_at, state, decided_by, decided_at, decision,"
    " attempts, last_error, done_at, checked_by, checked_at FROM money.refund r "
)
_RETURN = (
    "SELECT refund_no, county_code, kind, amount_fen, state, reference, sent_by, sent_at, arrived_at"
    " FROM money.county_return "
)


def fetch(conn: Conn, refund_no: str) -> Refund | None:
    """Return a refund."""
    with conn.cursor(row_factory=class_row(Refund)) as cur:
        return cur.execute(_REFUND + "WHERE refund_no = %s", [refund_no]).fetchone()


def lock(conn: Conn, refund_no: str) -> Refund | None:
    """Return a refund and keep others from moving it until the end of the transaction."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('refund:' || %s, 0))", [refund_no])
    return fetch(conn, refund_no)


def live_of_order(conn: Conn, order_no: str) -> Refund | None:
    """Return the refund of an order that is under way."""
    with conn.cursor(row_factory=class_row(Refund)) as cur:
        return cur.execute(
            _REFUND + "WHERE order_no = %s AND suspended_id IS NULL AND state NOT IN ('rejected', 'done')",
            [order_no],
        ).fetchone()


def live_of_suspended(conn: Conn, suspended_id: int) -> Refund | None:
    """Return the refund of a suspended payment that was not rejected."""
    with conn.cursor(row_factory=class_row(Refund)) as cur:
        return cur.execute(
            _REFUND + "WHERE suspended_id = %s AND state <> 'rejected'", [suspended_id]
        ).fetchone()


_VISIBLE = _REFUND + (  # noqa: S608  constant texts
    "WHERE (%(state)s::text IS NULL OR r.state = %(state)s)"
    " AND (%(order)s::text IS NULL OR r.order_no = %(order)s)"
    " AND (current_setting('ningtu.scope', true) = 'all'"
    "      OR EXISTS (SELECT 1 FROM money.payment_order o WHERE o.order_no = r.order_no))"
    " AND (%(at)s::timestamptz IS NULL OR (r.requested_at, r.refund_no) < (%(at)s, %(no)s))"
    " ORDER BY r.requested_at DESC, r.refund_no DESC LIMIT %(limit)s"
)


def visible(
    conn: Conn, *, order_no: str | None, state: str | None, before: tuple[datetime, str] | None, limit: int
) -> list[Refund]:
    """Return refunds of orders the caller may see, newest first; of suspense money those who see all."""
    at, number = before or (None, None)
    with conn.cursor(row_factory=class_row(Refund)) as cur:
        return cur.execute(
            _VISIBLE, {"state": state, "order": order_no, "at": at, "no": number, "limit": limit}
        ).fetchall()


def next_number(conn: Conn, stem: str) -> str:
    """Return the next number of a refund of a stem; the subject must be locked."""
    row = conn.execute(
        "SELECT count(*) + 1 FROM money.refund WHERE refund_no LIKE %s", [f"{stem}-%"]
    ).fetchone()
    return f"{stem}-{row[0] if row else 1}"


def insert(conn: Conn, refund: Refund) -> None:
    """Insert a refund that is asked for."""
    conn.execute(
        "INSERT INTO money.refund (refund_no, order_no, suspended_id, amount_fen, whole, cause, reason,"
        " channel, channel_txn, requested_by, requested_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            refund.refund_no,
            refund.order_no,
            refund.suspended_id,
            refund.amount_fen,
            refund.whole,
            refund.cause,
            refund.reason,
            refund.channel,
            refund.channel_txn,
            refund.requested_by,
            refund.requested_at,
        ],
    )


def insert_line(conn: Conn, refund_no: str, line: RefundLine) -> None:
    """Insert a line of a refund; the database refuses more than is left of it."""
    conn.execute(
        "INSERT INTO money.refund_line (refund_no, line_id, county_code, kind, amount_fen)"
        " VALUES (%s, %s, %s, %s, %s)",
        [refund_no, line.line_id, line.county_code, line.kind, line.amount_fen],
    )


def lines(conn: Conn, refund_no: str) -> list[RefundLine]:
    """Return the lines of a refund."""
    return lines_of(conn, [refund_no]).get(refund_no, [])


def lines_of(conn: Conn, refund_nos: Sequence[str]) -> dict[str, list[RefundLine]]:
    """Return the lines of refunds by their number; one without lines is missing."""
    found: dict[str, list[RefundLine]] = {}
    with conn.cursor(row_factory=dict_row) as cur:
        cur.execute(
            "SELECT x.refund_no, x.line_id, l.line_no, l.name, x.county_code, x.kind, x.amount_fen"
            " FROM money.refund_line x JOIN money.order_line l USING (line_id)"
            " WHERE x.refund_no = ANY(%s) ORDER BY x.refund_no, l.line_no",
            [list(refund_nos)],
        )
        for row in cur:
            found.setdefault(row.pop("refund_no"), []).append(RefundLine(**row))
    return found


def left_of_lines(conn: Conn, order_no: str) -> list[RefundLine]:
    """Return what can still go back of each line of an order."""
    with conn.cursor(row_factory=class_row(RefundLine)) as cur:
        return cur.execute(
            "SELECT l.line_id, l.line_no, l.name, w.county_code,"
            " CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END AS kind,"
            " (l.amount_fen - coalesce((SELECT sum(x.amount_fen) FROM money.refund_line x"
            "   JOIN money.refund r USING (refund_no)"
            "   WHERE x.line_id = l.line_id AND r.state <> 'rejected'), 0))::bigint AS amount_fen"
            " FROM money.order_line l JOIN money.line_owed w USING (line_id)"
            " WHERE l.order_no = %s AND l.amount_fen > 0 ORDER BY l.line_no",
            [order_no],
        ).fetchall()


def relieved(conn: Conn, case_nos: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return what reliefs gave back of which fee line of the cases, fen."""
    rows = conn.execute(
        "SELECT l.case_no, l.source, sum(x.amount_fen)::bigint FROM money.order_line l"
        " JOIN money.refund_line x USING (line_id) JOIN money.refund r USING (refund_no)"
        " WHERE l.case_no = ANY(%s) AND r.cause = 'relief' AND r.state = 'done' GROUP BY 1, 2",
        [list(case_nos)],
    ).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def returns_due(conn: Conn, county_code: str, limit: int) -> list[CountyReturn]:
    """Return what a county is asked to pay back and has not sent, oldest refund first."""
    with conn.cursor(row_factory=class_row(CountyReturn)) as cur:
        return cur.execute(
            _RETURN + "WHERE county_code = %s AND state = 'asked' ORDER BY refund_no, kind LIMIT %s",
            [county_code, limit],
        ).fetchall()


def reopen_breaks(conn: Conn, refund_no: str, *, by: str, comment: str, at: datetime) -> None:
    """Open again the differences that a refund was to settle, and say why."""
    conn.execute(
        "WITH back AS (UPDATE money.break b SET state = 'open' WHERE b.state IN ('resolved', 'confirmed')"
        "  AND EXISTS (SELECT 1 FROM money.break_action a"
        "              WHERE a.break_id = b.break_id AND a.action = 'refund' AND a.document = %(no)s)"
        "  RETURNING b.break_id)"
        " INSERT INTO money.break_action (break_id, action, comment, actor, at, document)"
        " SELECT break_id, 'reopen', %(comment)s, %(by)s, %(at)s, %(no)s FROM back",
        {"no": refund_no, "comment": comment, "by": by, "at": at},
    )


def decide(conn: Conn, refund_no: str, state: str, *, by: str, comment: str, at: datetime) -> None:
    """Write the decision; the database refuses one by who asked."""
    conn.execute(
        "UPDATE money.refund SET state = %s, decided_by = %s, decided_at = %s, decision = %s"
        " WHERE refund_no = %s",
        [state, by, at, comment, refund_no],
    )


def set_checked(conn: Conn, refund_no: str, *, by: str, at: datetime) -> None:
    """Write who checked what a payer asks for."""
    conn.execute(
        "UPDATE money.refund SET checked_by = %s, checked_at = %s WHERE refund_no = %s", [by, at, refund_no]
    )


def set_state(conn: Conn, refund_no: str, state: str, *, done_at: datetime | None = None) -> None:
    """Move a refund on; the database refuses what cannot follow."""
    conn.execute(
        "UPDATE money.refund SET state = %s, done_at = %s WHERE refund_no = %s", [state, done_at, refund_no]
    )


def begin_attempt(conn: Conn, refund_no: str) -> None:
    """Count an attempt to pay."""
    conn.execute(
        "UPDATE money.refund SET state = 'paying', attempts = attempts + 1 WHERE refund_no = %s", [refund_no]
    )


def fail(conn: Conn, refund_no: str, reason: str) -> None:
    """Write that the channel refused."""
    conn.execute(
        "UPDATE money.refund SET state = 'failed', last_error = %s WHERE refund_no = %s", [reason, refund_no]
    )


def payment_of(conn: Conn, order_no: str) -> tuple[str, str, bool] | None:
    """Return (channel, its number, whether the money arrived) of the payment that paid an order."""
    return conn.execute(
        "SELECT split_part(p.key, ':', 2), CASE WHEN p.event_id IS NULL"
        # Late money that paid a revived order has the number of its payment and a word behind it.
        " THEN regexp_replace(p.key, '^pay:[^:]*:(.*):late$', '\\1')"
        " ELSE regexp_replace(p.key, '^pay:[^:]*:', '') END,"
        " EXISTS (SELECT 1 FROM money.posting a WHERE a.key = 'arr:' || substr(p.key, 5))"
        " FROM money.posting p WHERE p.order_no = %s AND p.kind = 'pay'",
        [order_no],
    ).fetchone()


def given_back_by_channel(conn: Conn, refund: Refund) -> bool:
    """Tell whether the channel said that it gave just this money back, and no refund of it is done."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM money.channel_event e JOIN money.event_result x USING (event_id)"
        "  WHERE e.kind = 'refunded' AND e.sig_ok AND x.result = 'accepted' AND e.channel = %(channel)s"
        "  AND e.channel_txn = %(txn)s AND e.amount_fen = %(fen)s)"
        " AND NOT EXISTS (SELECT FROM money.refund r WHERE r.channel = %(channel)s"
        "  AND r.channel_txn = %(txn)s AND r.amount_fen = %(fen)s AND r.state = 'done')",
        {"channel": refund.channel, "txn": refund.channel_txn, "fen": refund.amount_fen},
    ).fetchone()
    return bool(row and row[0])


def ask_counties(conn: Conn, refund_no: str) -> int:
    """Write what each county has to pay back of cleared lines; returns how many."""
    return conn.execute(
        "INSERT INTO money.county_return (refund_no, county_code, kind, amount_fen)"
        " SELECT x.refund_no, x.county_code, x.kind, sum(x.amount_fen) FROM money.refund_line x"
        " JOIN money.batch_item i USING (line_id) WHERE x.refund_no = %s GROUP BY 1, 2, 3"
        " ON CONFLICT DO NOTHING",
        [refund_no],
    ).rowcount


def returns(conn: Conn, refund_no: str) -> list[CountyReturn]:
    """Return what counties pay back for a refund."""
    return returns_of(conn, [refund_no]).get(refund_no, [])


def returns_of(conn: Conn, refund_nos: Sequence[str]) -> dict[str, list[CountyReturn]]:
    """Return what counties pay back for refunds, by their number; one without returns is missing."""
    found: dict[str, list[CountyReturn]] = {}
    with conn.cursor(row_factory=class_row(CountyReturn)) as cur:
        rows = cur.execute(
            _RETURN + "WHERE refund_no = ANY(%s) ORDER BY refund_no, county_code, kind", [list(refund_nos)]
        )
        for row in rows:
            found.setdefault(row.refund_no, []).append(row)
    return found


def set_sent(conn: Conn, item: CountyReturn, *, reference: str, by: str, at: datetime) -> bool:
    """Write that a county has paid back; false when it had before."""
    cur = conn.execute(
        "UPDATE money.county_return SET state = 'sent', reference = %s, sent_by = %s, sent_at = %s"
        " WHERE refund_no = %s AND county_code = %s AND kind = %s AND state = 'asked'",
        [reference, by, at, item.refund_no, item.county_code, item.kind],
    )
    return cur.rowcount == 1


def set_arrived(conn: Conn, item: CountyReturn, *, at: datetime) -> bool:
    """Write that a county's money arrived; false when it had before, or was not sent."""
    cur = conn.execute(
        "UPDATE money.county_return SET state = 'arrived', arrived_at = %s"
        " WHERE refund_no = %s AND county_code = %s AND kind = %s AND state = 'sent'",
        [at, item.refund_no, item.county_code, item.kind],
    )
    return cur.rowcount == 1


_SUSPENDED = (
    "SELECT p.posting_id AS suspended_id, e.channel, e.channel_txn, e.payment_code, p.order_no,"
    " coalesce(x.reason, '') AS reason, p.total_fen AS amount_fen, p.event_at AS at,"
    " EXISTS (SELECT 1 FROM money.posting a WHERE a.key = 'arr:' || substr(p.key, 5)) AS arrived,"
    " (SELECT r.refund_no FROM money.refund r WHERE r.suspended_id = p.posting_id AND r.state <> 'rejected')"
    " AS refund_no"
    " FROM money.posting p JOIN money.channel_event e USING (event_id)"
    " LEFT JOIN money.event_result x USING (event_id)"
    " WHERE p.kind = 'suspend' "
)


def suspended(conn: Conn, suspended_id: int) -> Suspended | None:
    """Return money in suspense that has not left it."""
    with conn.cursor(row_factory=class_row(Suspended)) as cur:
        return cur.execute(_SUSPENDED + _STILL + "AND p.posting_id = %s", [suspended_id]).fetchone()


def all_suspended(conn: Conn, after: int, limit: int) -> list[Suspended]:
    """Return what lies in suspense, oldest first, from after a posting."""
    with conn.cursor(row_factory=class_row(Suspended)) as cur:
        return cur.execute(
            _SUSPENDED + _STILL + "AND p.posting_id > %s ORDER BY p.posting_id LIMIT %s", [after, limit]
        ).fetchall()


def suspended_of_order(conn: Conn, order_no: str) -> list[Suspended]:
    """Return what was paid for an order and lies in suspense, oldest first."""
    with conn.cursor(row_factory=class_row(Suspended)) as cur:
        return cur.execute(
            _SUSPENDED + _STILL + "AND p.order_no = %s ORDER BY p.posting_id", [order_no]
        ).fetchall()


_STILL = "AND NOT EXISTS (SELECT 1 FROM money.posting q WHERE q.key = 'sus:' || p.posting_id) "
