"""SQL of corrections of bills."""

from datetime import datetime

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from registry.receipts.records import Bill, Correction, RightPayer

Conn = Connection[TupleRow]

_CORRECTION = (
    "SELECT c.correction_id, c.code, c.number, c.payer_name, c.payer_kind, c.payer_code, c.reason,"
    " c.requested_by, c.requested_at, c.state, c.decided_by, c.decided_at, c.decision,"
    " b.payer_name AS wrong_name, b.amount_fen, b.county_code"
    " FROM money.bill_correction c JOIN money.bill b USING (code, number) "
)


def fetch(conn: Conn, correction_id: int) -> Correction | None:
    """Return a correction the caller may see."""
    with conn.cursor(row_factory=class_row(Correction)) as cur:
        return cur.execute(_CORRECTION + "WHERE c.correction_id = %s", [correction_id]).fetchone()


def live_of(conn: Conn, code: str, number: str) -> Correction | None:
    """Return the correction of a bill that was not rejected."""
    with conn.cursor(row_factory=class_row(Correction)) as cur:
        return cur.execute(
            _CORRECTION + "WHERE c.code = %s AND c.number = %s AND c.state <> 'rejected'", [code, number]
        ).fetchone()


def listed(conn: Conn, state: str | None, before: int | None, limit: int) -> list[Correction]:
    """Return corrections of bills the caller may see, newest first, from before one of them."""
    with conn.cursor(row_factory=class_row(Correction)) as cur:
        return cur.execute(
            _CORRECTION + "WHERE (%(state)s::text IS NULL OR c.state = %(state)s)"
            " AND (%(before)s::bigint IS NULL OR c.correction_id < %(before)s)"
            " ORDER BY c.correction_id DESC LIMIT %(limit)s",
            {"state": state, "before": before, "limit": limit},
        ).fetchall()


def insert(conn: Conn, bill: Bill, payer: RightPayer, *, reason: str, by: str, at: datetime) -> Correction:
    """Insert a correction that is asked for."""
    row = conn.execute(
        "INSERT INTO money.bill_correction (code, number, payer_name, payer_kind, payer_code, reason,"
        " requested_by, requested_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING correction_id",
        [bill.code, bill.number, payer.name, payer.kind, payer.code, reason, by, at],
    ).fetchone()
    made = fetch(conn, int(row[0])) if row else None
    if made is None:
        raise LookupError(bill.key)
    return made


def decide(conn: Conn, correction_id: int, state: str, *, by: str, comment: str, at: datetime) -> None:
    """Write the decision; the database refuses one by who asked."""
    conn.execute(
        "UPDATE money.bill_correction SET state = %s, decided_by = %s, decided_at = %s, decision = %s"
        " WHERE correction_id = %s",
        [state, by, at, comment, correction_id],
    )
