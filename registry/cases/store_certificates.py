"""SQL of certificates and their numbers."""

from datetime import date
from typing import LiteralString

from psycopg.rows import class_row

from registry.cases.records import Certificate
from registry.cases.store import Conn

_SELECT: LiteralString = (
    "SELECT t.certificate_no, t.kind, t.authority, t.year, t.serial, t.case_no, t.rrr_id, t.unit_code,"
    " t.copy_no, t.check_code, t.county_code, t.issued_at,"
    " NOT EXISTS (SELECT FROM registry.rrr_end e WHERE e.rrr_id = t.rrr_id) AS live"
    " FROM registry.certificate t"
)


def authority_of(conn: Conn, county_code: str, on: date) -> tuple[str, str]:
    """Fetch the name in certificate numbers and the registration authority of a county on a day."""
    row = conn.execute(
        "SELECT certificate_name, registrar_name FROM ref.county WHERE county_code = %s"
        " AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s)",
        [county_code, on, on],
    ).fetchone()
    if row is None:
        raise LookupError(county_code)
    return str(row[0]), str(row[1])


def next_serial(conn: Conn, authority: str, kind: str, year: int) -> int:
    """Take the next serial; a rollback gives it back, so that there are no gaps."""
    row = conn.execute(
        "INSERT INTO registry.certificate_serial AS s (authority, kind, year, last_serial)"
        " VALUES (%s, %s, %s, 1) ON CONFLICT (authority, kind, year)"
        " DO UPDATE SET last_serial = s.last_serial + 1 RETURNING last_serial",
        [authority, kind, year],
    ).fetchone()
    if row is None:
        raise LookupError(authority)
    return int(row[0])


def insert(conn: Conn, certificate: Certificate, accept_office: str) -> None:
    """Write a certificate."""
    conn.execute(
        "INSERT INTO registry.certificate (certificate_no, kind, authority, year, serial, case_no, rrr_id,"
        " unit_code, copy_no, check_code, county_code, accept_office, issued_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            certificate.certificate_no,
            certificate.kind,
            certificate.authority,
            certificate.year,
            certificate.serial,
            certificate.case_no,
            certificate.rrr_id,
            certificate.unit_code,
            certificate.copy_no,
            certificate.check_code,
            certificate.county_code,
            accept_office,
            certificate.issued_at,
        ],
    )


def of_case(conn: Conn, case_no: str) -> list[Certificate]:
    """Fetch the certificates of a case, in order of serial."""
    with conn.cursor(row_factory=class_row(Certificate)) as cur:
        return cur.execute(
            _SELECT + " WHERE t.case_no = %s ORDER BY t.serial, t.certificate_no", [case_no]
        ).fetchall()


def of_unit(conn: Conn, unit_code: str) -> list[Certificate]:
    """Fetch the certificates of a unit, in order of entry and copy."""
    with conn.cursor(row_factory=class_row(Certificate)) as cur:
        return cur.execute(
            _SELECT + " WHERE t.unit_code = %s ORDER BY t.rrr_id, t.copy_no", [unit_code]
        ).fetchall()


def by_number(conn: Conn, certificate_no: str) -> Certificate | None:
    """Fetch a certificate by its number."""
    with conn.cursor(row_factory=class_row(Certificate)) as cur:
        return cur.execute(_SELECT + " WHERE t.certificate_no = %s", [certificate_no]).fetchone()


def code_names(conn: Conn, list_code: str, on: date) -> dict[str, str]:
    """Fetch the meanings of a code list on a day."""
    rows = conn.execute(
        "SELECT code, name_zh FROM ref.code WHERE list_code = %s AND daterange(valid_from, valid_to) @> %s",
        [list_code, on],
    ).fetchall()
    return {str(code): str(name) for code, name in rows}
