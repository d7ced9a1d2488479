"""SQL of fee lines of cases; amounts in fen."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from registry.cases.records import FeeLine
from registry.cases.store import Conn
from registry.fees.records import AssessedLine


def insert_lines(
    conn: Conn, case_no: str, accept_office: str, payer_party_id: int, lines: Sequence[AssessedLine]
) -> None:
    """Write the fee lines of a case."""
    with conn.cursor() as cur:
        cur.executemany(
            "INSERT INTO registry.fee_line (case_no, line_no, item_code, name, quantity, amount_fen, rule_id,"
            " reason, reason_en, basis, payer_role, payer_rule_id, count_rule_id, payer_party_id, unit_code,"
            " parcel_code, county_code, accept_office, relief_fen, relief_document, relief_by)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    case_no,
                    line.line_no,
                    line.item_code,
                    line.name,
                    line.quantity,
                    line.amount_fen,
                    line.rule_id,
                    line.reason,
                    line.reason_en,
                    line.basis,
                    line.payer_role,
                    line.payer_rule_id,
                    line.count_rule_id,
                    payer_party_id,
                    line.unit_code,
                    line.parcel_code,
                    line.county_code,
                    accept_office,
                    line.relief_fen,
                    line.relief_document,
                    line.relief_by,
                )
                for line in lines
            ],
        )


def settle_lines(conn: Conn, case_no: str, county_code: str) -> None:
    """Set the county of fee lines assessed while it was undecided."""
    conn.execute(
        "UPDATE registry.fee_line SET county_code = %s WHERE case_no = %s AND superseded_at IS NULL",
        [county_code, case_no],
    )


def supersede_lines(conn: Conn, case_no: str, *, by: str, reason: str, at: datetime) -> None:
    """Mark the fee lines of a case that count as replaced."""
    conn.execute(
        "UPDATE registry.fee_line SET superseded_at = %s, superseded_by = %s, superseded_reason = %s"
        " WHERE case_no = %s AND superseded_at IS NULL",
        [at, by, reason, case_no],
    )


def last_line_no(conn: Conn, case_no: str) -> int:
    """Return the number of the last fee line of a case."""
    row = conn.execute(
        "SELECT coalesce(max(line_no), 0) FROM registry.fee_line WHERE case_no = %s", [case_no]
    ).fetchone()
    return int(row[0]) if row else 0


def set_fee(conn: Conn, case_no: str, total_fen: int, detail: Mapping[str, Any]) -> None:
    """Write the fee of a case that was assessed again, and what it was assessed from."""
    conn.execute(
        "UPDATE registry.case SET fee_total_fen = %s, detail = %s, revision = revision + 1"
        " WHERE case_no = %s",
        [total_fen, Jsonb(dict(detail)), case_no],
    )


def fetch_lines(conn: Conn, case_no: str, *, replaced: bool = False) -> list[FeeLine]:
    """Fetch the fee lines of a case with their payer; also those ``replaced`` by a later assessment."""
    with conn.cursor(row_factory=class_row(FeeLine)) as cur:
        return cur.execute(
            "SELECT f.line_no, f.item_code, f.name, f.quantity, f.amount_fen, f.rule_id, f.reason,"
            " f.reason_en, f.basis, f.payer_role, f.payer_rule_id, f.count_rule_id, f.relief_fen,"
            " f.relief_document, f.relief_by, f.payer_party_id, p.name AS payer_name, p.kind AS payer_kind,"
            " p.id_masked AS payer_id_masked,"
            " CASE p.id_type WHEN 'uscc' THEN p.id_number END AS payer_code,"
            " f.unit_code, f.parcel_code, f.county_code, f.superseded_at, f.superseded_by,"
            " f.superseded_reason"
            " FROM registry.fee_line f JOIN registry.party p ON p.party_id = f.payer_party_id"
            " WHERE f.case_no = %s AND (f.superseded_at IS NULL OR %s) ORDER BY f.line_no",
            [case_no, replaced],
        ).fetchall()
