"""SQL of tax assessments."""

from datetime import datetime

from psycopg.rows import class_row

from registry.payments.records import Assessment
from registry.payments.store import Conn


def insert_assessment(conn: Conn, item: Assessment, now: datetime) -> tuple[str, bytes] | None:
    """Insert a tax assessment; return (case, hash) of the known one when its number is taken."""
    cur = conn.execute(
        "INSERT INTO money.tax_assessment (assessment_no, case_no, tax_code, name, amount_fen, unit_code,"
        " payer_name, body_sha256, received_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (assessment_no) DO NOTHING",
        [
            item.assessment_no,
            item.case_no,
            item.tax_code,
            item.name,
            item.amount_fen,
            item.unit_code,
            item.payer_name,
            item.body_sha256,
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
    """Return the tax assessments of a case."""
    with conn.cursor(row_factory=class_row(Assessment)) as cur:
        return cur.execute(
            "SELECT assessment_no, case_no, tax_code, name, amount_fen, unit_code, payer_name, body_sha256"
            " FROM money.tax_assessment WHERE case_no = %s ORDER BY received_at, assessment_no",
            [case_no],
        ).fetchall()
