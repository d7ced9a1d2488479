"""SQL of bills."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from data.db import load_sql
from registry.receipts.records import Bill, BillItem

Conn = Connection[TupleRow]

_BILL = (
    "SELECT b.code, b.number, b.kind, b.red_of, b.order_no, b.case_no, b.county_code, b.accept_office,"
    " b.payer_name, b.payer_kind, b.payer_code, b.amount_fen, b.check_code, b.issued_at, b.issued_on,"
    " b.state, b.xml, b.xml_sha256, b.xml_signature, b.algorithm, b.pdf_sha256, b.held_reason,"
    " EXISTS (SELECT 1 FROM money.bill r WHERE r.red_of = b.code || '-' || b.number) AS reversed"
    " FROM money.bill b "
)


def insert_pool(conn: Conn, code: str, county_code: str, *, size: int, issued_by: str) -> None:
    """Enter the next free segment of a code for a county."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('bill_pool:' || %s, 0))", [code])
    conn.execute(
        "INSERT INTO money.bill_pool (code, county_code, lo, hi, next, issued_by)"
        " SELECT %(code)s, %(county)s, m.hi + 1, m.hi + %(size)s, m.hi + 1, %(by)s"
        " FROM (SELECT coalesce(max(hi), 0) AS hi FROM money.bill_pool WHERE code = %(code)s) m"
        " WHERE NOT EXISTS (SELECT 1 FROM money.bill_pool"
        "                   WHERE code = %(code)s AND county_code = %(county)s AND next <= hi)",
        {"code": code, "county": county_code, "size": size, "by": issued_by},
    )


def take_number(conn: Conn, code: str, county_code: str) -> tuple[int, str] | None:
    """Take the next number of a county's pool; None when no segment has one left."""
    row = conn.execute(
        "UPDATE money.bill_pool SET next = next + 1 WHERE pool_id ="
        " (SELECT pool_id FROM money.bill_pool WHERE code = %s AND county_code = %s AND next <= hi"
        "  ORDER BY lo LIMIT 1 FOR UPDATE) AND next <= hi RETURNING pool_id, next - 1",
        [code, county_code],
    ).fetchone()
    return None if row is None else (row[0], f"{row[1]:010d}")


def unbilled(conn: Conn, order_no: str) -> list[tuple[str, str, int]]:
    """Return (case, county, amount) of an order's fee lines that have no blue bill."""
    rows = conn.execute(
        "SELECT l.case_no, l.county_code, sum(l.amount_fen)::bigint FROM money.order_line l"
        " WHERE l.order_no = %s AND l.kind = 'fee' AND l.amount_fen > 0 AND NOT EXISTS ("
        "   SELECT 1 FROM money.bill b WHERE b.kind = 'blue' AND b.order_no = l.order_no"
        "   AND b.case_no = l.case_no AND b.county_code = l.county_code)"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        [order_no],
    ).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def insert_bill(conn: Conn, bill: Bill, pool_id: int) -> None:
    """Insert a numbered bill."""
    conn.execute(
        "INSERT INTO money.bill (code, number, pool_id, kind, red_of, order_no, case_no, county_code,"
        " accept_office, payer_name, payer_kind, payer_code, amount_fen, check_code, issued_at, issued_on)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            bill.code,
            bill.number,
            pool_id,
            bill.kind,
            bill.red_of,
            bill.order_no,
            bill.case_no,
            bill.county_code,
            bill.accept_office,
            bill.payer_name,
            bill.payer_kind,
            bill.payer_code,
            bill.amount_fen,
            bill.check_code,
            bill.issued_at,
            bill.issued_on,
        ],
    )


def insert_blue_lines(conn: Conn, bill: Bill) -> None:
    """Insert the lines of a blue bill: the order's fee lines of its case and county."""
    conn.execute(
        "INSERT INTO money.bill_line (code, number, line_id, amount_fen)"
        " SELECT %s, %s, line_id, amount_fen FROM money.order_line"
        " WHERE order_no = %s AND case_no = %s AND county_code = %s AND kind = 'fee' AND amount_fen > 0",
        [bill.code, bill.number, bill.order_no, bill.case_no, bill.county_code],
    )


def insert_red_lines(conn: Conn, red: Bill, blue: Bill) -> None:
    """Insert the lines of a red bill: those of the blue one, negative."""
    conn.execute(
        "INSERT INTO money.bill_line (code, number, line_id, amount_fen)"
        " SELECT %s, %s, line_id, -amount_fen FROM money.bill_line WHERE code = %s AND number = %s",
        [red.code, red.number, blue.code, blue.number],
    )


def fetch_bill(conn: Conn, code: str, number: str) -> Bill | None:
    """Return a bill the caller may see."""
    with conn.cursor(row_factory=class_row(Bill)) as cur:
        return cur.execute(_BILL + "WHERE b.code = %s AND b.number = %s", [code, number]).fetchone()


def find_by_sha256(conn: Conn, sha256: bytes) -> Bill | None:
    """Return the bill one of whose files has this hash."""
    with conn.cursor(row_factory=class_row(Bill)) as cur:
        return cur.execute(
            _BILL + "WHERE b.pdf_sha256 = %(sha)s OR b.xml_sha256 = %(sha)s", {"sha": sha256}
        ).fetchone()


def bills_of_order(conn: Conn, order_no: str) -> list[Bill]:
    """Return the bills of an order."""
    with conn.cursor(row_factory=class_row(Bill)) as cur:
        return cur.execute(
            _BILL + "WHERE b.order_no = %s ORDER BY b.issued_at, b.code, b.number", [order_no]
        ).fetchall()


def items(conn: Conn, code: str, number: str) -> list[BillItem]:
    """Return the lines of a bill, equal items together."""
    with conn.cursor(row_factory=class_row(BillItem)) as cur:
        return cur.execute(
            "SELECT l.item_code, l.name, count(*)::integer AS quantity, l.amount_fen AS standard_fen,"
            " sum(b.amount_fen)::bigint AS amount_fen, l.reason"
            " FROM money.bill_line b JOIN money.order_line l USING (line_id)"
            " WHERE b.code = %s AND b.number = %s GROUP BY l.item_code, l.name, l.amount_fen, l.reason"
            " ORDER BY min(l.line_no)",
            [code, number],
        ).fetchall()


def sign_bill(conn: Conn, bill: Bill, *, sm3: tuple[bytes, bytes]) -> bool:
    """Write the files of a bill; false when another worker was first. ``sm3`` is of XML and PDF."""
    cur = conn.execute(
        "UPDATE money.bill SET state = 'signed', xml = %s, xml_sha256 = %s, xml_sm3 = %s, xml_signature = %s,"
        " algorithm = %s, pdf_sha256 = %s, pdf_sm3 = %s, held_reason = ''"
        " WHERE code = %s AND number = %s AND state <> 'signed'",
        [
            bill.xml,
            bill.xml_sha256,
            sm3[0],
            bill.xml_signature,
            bill.algorithm,
            bill.pdf_sha256,
            sm3[1],
            bill.code,
            bill.number,
        ],
    )
    return cur.rowcount == 1


def hold_bill(conn: Conn, bill: Bill, reason: str) -> None:
    """Hold a bill that cannot be printed."""
    conn.execute(
        "UPDATE money.bill SET state = 'held', held_reason = %s"
        " WHERE code = %s AND number = %s AND state <> 'signed'",
        [reason, bill.code, bill.number],
    )


def list_bills(
    conn: Conn, *, county_code: str | None, day: date | None, before: tuple[datetime, str] | None, limit: int
) -> list[Bill]:
    """Return bills the caller may see, newest first."""
    at, number = before or (None, None)
    with conn.cursor(row_factory=class_row(Bill)) as cur:
        return cur.execute(
            _BILL + "WHERE (%(county)s::text IS NULL OR b.county_code = %(county)s)"
            " AND (%(day)s::date IS NULL OR b.issued_on = %(day)s)"
            " AND (%(at)s::timestamptz IS NULL OR (b.issued_at, b.number) < (%(at)s, %(number)s))"
            " ORDER BY b.issued_at DESC, b.number DESC LIMIT %(limit)s",
            {"county": county_code, "day": day, "at": at, "number": number, "limit": limit},
        ).fetchall()


def take_numbers(conn: Conn, code: str, county_code: str, count: int) -> tuple[int, int, int] | None:
    """Take up to ``count`` numbers of one segment; return (pool, first, how many), or None."""
    row = conn.execute(
        "WITH pool AS (SELECT pool_id, next AS first, least(%(count)s, hi - next + 1) AS size"
        "  FROM money.bill_pool WHERE code = %(code)s AND county_code = %(county)s AND next <= hi"
        "  ORDER BY lo LIMIT 1 FOR UPDATE)"
        " UPDATE money.bill_pool p SET next = pool.first + pool.size FROM pool"
        " WHERE p.pool_id = pool.pool_id RETURNING p.pool_id, pool.first, pool.size",
        {"code": code, "county": county_code, "count": count},
    ).fetchone()
    return None if row is None else (row[0], row[1], row[2])


def stage_history(conn: Conn) -> None:
    """Make the staging tables."""
    conn.execute(load_sql(__package__ or "", "stage_history.sql"))


def load_past_orders(conn: Conn) -> None:
    """Write what is staged of orders."""
    conn.execute("ANALYZE past_order, past_line")
    conn.execute(load_sql(__package__ or "", "load_orders.sql"))


def load_past_payouts(conn: Conn) -> None:
    """Write what is staged of payouts and bills."""
    conn.execute("ANALYZE past_payout, past_bill")
    conn.execute(load_sql(__package__ or "", "load_payouts.sql"))


def copy_past_orders(conn: Conn, rows: Iterable[tuple[object, ...]]) -> None:
    """Stage orders."""
    _copy(conn, "COPY past_order FROM STDIN", rows)


def copy_past_lines(conn: Conn, rows: Iterable[tuple[object, ...]]) -> None:
    """Stage lines."""
    _copy(conn, "COPY past_line FROM STDIN", rows)


def copy_past_payouts(conn: Conn, rows: Iterable[tuple[object, ...]]) -> None:
    """Stage payouts."""
    _copy(conn, "COPY past_payout FROM STDIN", list(rows))


def copy_past_bills(conn: Conn, rows: Iterable[tuple[object, ...]]) -> None:
    """Stage bills."""
    _copy(conn, "COPY past_bill FROM STDIN", list(rows))


def _copy(conn: Conn, statement: LiteralString, rows: Iterable[tuple[object, ...]]) -> None:
    with conn.cursor() as cur, cur.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
