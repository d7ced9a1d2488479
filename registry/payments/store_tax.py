"""SQL of tax assessments and their states."""

from dataclasses import asdict
from datetime import datetime

from psycopg.rows import class_row

from registry.payments.records import Assessment, TaxEvent
from registry.payments.store import Conn

_ASSESSMENT = (
    "SELECT a.assessment_no, a.case_no, a.tax_code, a.name, a.amount_fen, a.unit_code, a.payer_name,"
    " a.body_sha256, a.tax_source_no, a.replaces, s.to_state AS state"
    " FROM money.tax_assessment a JOIN LATERAL (SELECT to_state FROM money.tax_event e"
    "   WHERE e.assessment_no = a.assessment_no ORDER BY seq DESC LIMIT 1) s ON true"
)


def insert_assessment(conn: Conn, item: Assessment, now: datetime) -> tuple[str, bytes] | None:
    """Insert a tax assessment; return (case, hash) of the known one when its number is taken."""
    cur = conn.execute(
        "INSERT INTO money.tax_assessment (assessment_no, case_no, tax_code, name, amount_fen, unit_code,"
        " payer_name, body_sha256, tax_source_no, replaces, received_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (assessment_no) DO NOTHING",
        [
            item.assessment_no,
            item.case_no,
            item.tax_code,
            item.name,
            item.amount_fen,
            item.unit_code,
            item.payer_name,
            item.body_sha256,
            item.tax_source_no,
            item.replaces,
            now,
        ],
    )
    if cur.rowcount == 1:
        return None
    row = conn.execute(
        "SELECT case_no, body_sha256 FROM money.tax_assessment WHERE assessment_no = %s",
        [item.assessment_no],
    ).fetchone()
    return None if row is None else (row[0], bytes(row[1]))


def assessments(conn: Conn, case_no: str) -> list[Assessment]:
    """Return the tax assessments of a case that were not withdrawn."""
    return [item for item in all_assessments(conn, case_no) if item.state != "withdrawn"]


def all_assessments(conn: Conn, case_no: str) -> list[Assessment]:
    """Return the tax assessments of a case, withdrawn ones too."""
    with conn.cursor(row_factory=class_row(Assessment)) as cur:
        return cur.execute(
            _ASSESSMENT + " WHERE a.case_no = %s ORDER BY a.received_at, a.assessment_no", [case_no]
        ).fetchall()


def of_order(conn: Conn, order_no: str) -> list[Assessment]:
    """Return the tax assessments that an order asks for."""
    with conn.cursor(row_factory=class_row(Assessment)) as cur:
        return cur.execute(
            _ASSESSMENT + " JOIN money.order_line l ON l.case_no = a.case_no"
            " AND l.source = 'tax:' || a.assessment_no WHERE l.order_no = %s ORDER BY l.line_no",
            [order_no],
        ).fetchall()


def lock_assessment(conn: Conn, case_no: str, assessment_no: str) -> Assessment | None:
    """Return an assessment of a case; nobody else changes its state until the end of the transaction."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('tax:' || %s, 0))", [assessment_no])
    with conn.cursor(row_factory=class_row(Assessment)) as cur:
        return cur.execute(
            _ASSESSMENT + " WHERE a.case_no = %s AND a.assessment_no = %s", [case_no, assessment_no]
        ).fetchone()


def events(conn: Conn, assessment_no: str) -> list[TaxEvent]:
    """Return the changes of state of an assessment."""
    with conn.cursor(row_factory=class_row(TaxEvent)) as cur:
        return cur.execute(
            "SELECT assessment_no, seq, from_state, to_state, at, actor, order_no, certificate_no, reason,"
            " body_sha256 FROM money.tax_event WHERE assessment_no = %s ORDER BY seq",
            [assessment_no],
        ).fetchall()


def insert_event(conn: Conn, event: TaxEvent) -> None:
    """Write a change of state."""
    conn.execute(
        "INSERT INTO money.tax_event (assessment_no, seq, from_state, to_state, at, actor, order_no,"
        " certificate_no, reason, body_sha256) VALUES (%(assessment_no)s, %(seq)s, %(from_state)s,"
        " %(to_state)s, %(at)s, %(actor)s, %(order_no)s, %(certificate_no)s, %(reason)s, %(body_sha256)s)",
        asdict(event),
    )


def claiming_order(conn: Conn, case_no: str, assessment_no: str) -> str | None:
    """Return the live order that asks for an assessment."""
    row = conn.execute(
        "SELECT order_no FROM money.order_claim WHERE case_no = %s AND source = 'tax:' || %s",
        [case_no, assessment_no],
    ).fetchone()
    return None if row is None else str(row[0])


def paid_order(conn: Conn, case_no: str) -> str | None:
    """Return the last paid order of a case."""
    row = conn.execute(
        "SELECT max(o.order_no) FROM money.order_claim c JOIN money.payment_order o USING (order_no)"
        " WHERE c.case_no = %s AND o.state IN ('paid', 'cleared')",
        [case_no],
    ).fetchone()
    return None if row is None or row[0] is None else str(row[0])
