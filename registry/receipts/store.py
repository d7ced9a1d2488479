"""SQL of bills."""

from collections.abc import Iterable
from datetime import date
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from data.db import load_sql
from registry.receipts.records import Bill, BillItem

Conn = Connection[TupleRow]

BILL = (
    "SELECT b.code, b.number, b.kind, b.red_of, b.order_no, b.case_no, b.county_code, b.accept_office,"
    " b.payer_name, b.payer_kind, b.payer_code, b.amount_fen, b.check_code, b.issued_at, b.issued_on,"
    " b.state, b.xml, b.xml_sha256, b.xml_signature, b.algorithm, b.pdf_sha256, b.held_reason,"
    " EXISTS (SELECT 1 FROM money.bill r WHERE r.red_of = b.code || '-' || b.number AND r.state <> 'void')"
    " AS reversed,"
    " b.supervisor_signature, b.issuer_chain, b.supervisor_chain, b.replaces, b.refund_no, b.dispute_no,"
    " b.correction_id"
    " FROM money.bill b "
)


# Fee lines with what is left of them after refunds that were approved, under the county that they belong to
# now, and the dispute whose ruling moved them there.
_LEFT = (
    "SELECT l.line_id, l.order_no, l.case_no, w.county_code, w.dispute_no,"
    " l.amount_fen - coalesce((SELECT sum(x.amount_fen)"
    "  FROM money.refund_line x JOIN money.refund r USING (refund_no)"
    "  WHERE x.line_id = l.line_id AND r.state NOT IN ('requested', 'rejected')), 0) AS fen"
    " FROM money.order_line l JOIN money.line_owed w USING (line_id) WHERE l.kind = 'fee'"
)


_UNBILLED = (
    "SELECT l.case_no, l.county_code, sum(l.fen)::bigint FROM (" + _LEFT + ") l"  # noqa: S608  constant texts
    " WHERE l.order_no = %s AND l.fen > 0 AND l.dispute_no IS NULL AND NOT EXISTS ("
    "   SELECT 1 FROM money.bill b WHERE b.kind = 'blue' AND b.state <> 'void' AND b.dispute_no IS NULL"
    "   AND b.order_no = l.order_no AND b.case_no = l.case_no AND b.county_code = l.county_code)"
    " GROUP BY 1, 2 ORDER BY 1, 2"
)
# A bill for a rest has the lines of the bill it replaces, one of a ruling the line that was moved.
_OF_BILL = (
    " WHERE l.order_no = %(order)s AND l.case_no = %(case)s AND l.county_code = %(county)s AND l.fen > 0"
    " AND CASE WHEN %(replaces)s::text IS NOT NULL THEN EXISTS (SELECT 1 FROM money.bill_line x"
    "   WHERE x.code = split_part(%(replaces)s, '-', 1) AND x.number = split_part(%(replaces)s, '-', 2)"
    "   AND x.line_id = l.line_id)"
    " ELSE l.dispute_no IS NOT DISTINCT FROM %(dispute)s END"
)
_BLUE_LINES = (
    "INSERT INTO money.bill_line (code, number, line_id, amount_fen)"  # noqa: S608  constant texts
    " SELECT %(code)s, %(number)s, l.line_id, l.fen FROM (" + _LEFT + ") l" + _OF_BILL
)
_LEFT_OF = (
    "SELECT coalesce(sum(l.fen), 0)::bigint FROM (" + _LEFT + ") l" + _OF_BILL  # noqa: S608  constant texts
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
    """Return (case, county, amount) of what an order still pays for and no blue bill was given for."""
    rows = conn.execute(_UNBILLED, [order_no]).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def insert_bill(conn: Conn, bill: Bill, pool_id: int) -> None:
    """Insert a numbered bill."""
    conn.execute(
        "INSERT INTO money.bill (code, number, pool_id, kind, red_of, order_no, case_no, county_code,"
        " accept_office, payer_name, payer_kind, payer_code, amount_fen, check_code, issued_at, issued_on,"
        " replaces, refund_no, dispute_no, correction_id)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
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
            bill.replaces,
            bill.refund_no,
            bill.dispute_no,
            bill.correction_id,
        ],
    )


def insert_blue_lines(conn: Conn, bill: Bill) -> None:
    """Insert the lines of a blue bill: what is left of the order's fee lines of its case and county."""
    conn.execute(
        _BLUE_LINES, {**_lines_of(bill), "code": bill.code, "number": bill.number, "replaces": bill.replaces}
    )


def left_of(conn: Conn, bill: Bill) -> int:
    """Return what is left of a blue bill's lines after refunds and rulings, in fen."""
    row = conn.execute(_LEFT_OF, {**_lines_of(bill), "replaces": bill.key}).fetchone()
    return int(row[0]) if row else 0


def moved_left(conn: Conn, bill: Bill) -> int:
    """Return what is left of the line that the ruling of a bill moved to its county, in fen."""
    row = conn.execute(_LEFT_OF, {**_lines_of(bill), "replaces": None}).fetchone()
    return int(row[0]) if row else 0


def _lines_of(bill: Bill) -> dict[str, object]:
    return {
        "order": bill.order_no,
        "case": bill.case_no,
        "county": bill.county_code,
        "dispute": bill.dispute_no,
    }


def blue_bills_of_line(conn: Conn, line_id: int) -> list[Bill]:
    """Return the blue bills with a line that are neither void nor reversed."""
    with conn.cursor(row_factory=class_row(Bill)) as cur:
        return cur.execute(
            BILL + "JOIN money.bill_line x USING (code, number) WHERE x.line_id = %s AND b.kind = 'blue'"  # noqa: S608  constant texts
            " AND b.state <> 'void' AND NOT EXISTS (SELECT 1 FROM money.bill r"
            "  WHERE r.red_of = b.code || '-' || b.number AND r.state <> 'void')",
            [line_id],
        ).fetchall()


def insert_red_lines(conn: Conn, red: Bill) -> None:
    """Insert the lines of a red bill: those of the blue one, negative."""
    conn.execute(
        "INSERT INTO money.bill_line (code, number, line_id, amount_fen)"
        " SELECT %s, %s, line_id, -amount_fen FROM money.bill_line"
        " WHERE code = split_part(%s, '-', 1) AND number = split_part(%s, '-', 2)",
        [red.code, red.number, red.red_of, red.red_of],
    )


def fetch_bill(conn: Conn, code: str, number: str) -> Bill | None:
    """Return a bill the caller may see."""
    with conn.cursor(row_factory=class_row(Bill)) as cur:
        return cur.execute(BILL + "WHERE b.code = %s AND b.number = %s", [code, number]).fetchone()


def find_by_sha256(conn: Conn, sha256: bytes) -> Bill | None:
    """Return the bill one of whose files has this hash."""
    with conn.cursor(row_factory=class_row(Bill)) as cur:
        return cur.execute(
            BILL + "WHERE b.pdf_sha256 = %(sha)s OR b.xml_sha256 = %(sha)s", {"sha": sha256}
        ).fetchone()


def bills_of_order(conn: Conn, order_no: str) -> list[Bill]:
    """Return the bills of an order."""
    with conn.cursor(row_factory=class_row(Bill)) as cur:
        return cur.execute(
            BILL + "WHERE b.order_no = %s ORDER BY b.issued_at, b.code, b.number", [order_no]
        ).fetchall()


def items(conn: Conn, code: str, number: str) -> list[BillItem]:
    """Return the lines of a bill, equal items together."""
    with conn.cursor(row_factory=class_row(BillItem)) as cur:
        return cur.execute(
            "SELECT l.item_code, l.name, count(*)::integer AS quantity, abs(b.amount_fen) AS standard_fen,"
            " sum(b.amount_fen)::bigint AS amount_fen, l.reason"
            " FROM money.bill_line b JOIN money.order_line l USING (line_id)"
            " WHERE b.code = %s AND b.number = %s GROUP BY l.item_code, l.name, abs(b.amount_fen), l.reason"
            " ORDER BY min(l.line_no)",
            [code, number],
        ).fetchall()


def sign_bill(conn: Conn, bill: Bill, *, sm3: tuple[bytes, bytes]) -> bool:
    """Write the files of a bill; false when another worker was first. ``sm3`` is of XML and PDF."""
    cur = conn.execute(
        "UPDATE money.bill SET state = 'signed', xml = %s, xml_sha256 = %s, xml_sm3 = %s, xml_signature = %s,"
        " algorithm = %s, pdf_sha256 = %s, pdf_sm3 = %s, held_reason = '', supervisor_signature = %s,"
        " issuer_chain = %s, supervisor_chain = %s"
        " WHERE code = %s AND number = %s AND state NOT IN ('signed', 'void')",
        [
            bill.xml,
            bill.xml_sha256,
            sm3[0],
            bill.xml_signature,
            bill.algorithm,
            bill.pdf_sha256,
            sm3[1],
            bill.supervisor_signature,
            bill.issuer_chain,
            bill.supervisor_chain,
            bill.code,
            bill.number,
        ],
    )
    return cur.rowcount == 1


def hold_bill(conn: Conn, bill: Bill, reason: str) -> None:
    """Hold a bill that cannot be printed."""
    conn.execute(
        "UPDATE money.bill SET state = 'held', held_reason = %s"
        " WHERE code = %s AND number = %s AND state NOT IN ('signed', 'void')",
        [reason, bill.code, bill.number],
    )


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


def unreversed(conn: Conn, refund_no: str) -> list[str]:
    """Return code-number of the blue bills of a refund's lines whose red bill is not signed yet."""
    rows = conn.execute(
        "SELECT code || '-' || number FROM money.unreversed_bills(%s) ORDER BY 1", [refund_no]
    ).fetchall()
    return [row[0] for row in rows]


_WITHOUT_FILES = (
    " FROM money.payment_order o"
    " WHERE o.state IN ('paid', 'cleared') AND o.amount_fen > 0 AND (EXISTS ("
    "   SELECT 1 FROM money.bill b WHERE b.order_no = o.order_no AND b.state = 'numbered')"
    "   OR EXISTS (SELECT 1 FROM money.order_line l JOIN money.line_owed w USING (line_id)"
    "     WHERE l.order_no = o.order_no AND l.kind = 'fee' AND w.dispute_no IS NULL"
    "     AND l.amount_fen > 0 AND NOT EXISTS (SELECT 1 FROM money.bill b WHERE b.kind = 'blue'"
    "       AND b.state <> 'void' AND b.order_no = l.order_no AND b.case_no = l.case_no"
    "       AND b.county_code = l.county_code)"
    "     AND NOT EXISTS (SELECT 1 FROM money.refund_line x JOIN money.refund r USING (refund_no)"
    "       WHERE x.line_id = l.line_id AND r.state NOT IN ('requested', 'rejected'))))"
)

_PAID_SINCE = (
    " AND (%s::date IS NULL OR EXISTS (SELECT 1 FROM money.posting p"
    "   WHERE p.order_no = o.order_no AND p.kind = 'pay' AND p.biz_date >= %s))"
)


def orders_without_files(conn: Conn, limit: int, since: date | None) -> list[str]:
    """Return orders paid since a day that wait for bills or files, oldest first.

    Held bills wait for a person.
    """
    query = "SELECT o.order_no" + _WITHOUT_FILES + _PAID_SINCE + " ORDER BY o.issued_at, o.order_no LIMIT %s"
    return [row[0] for row in conn.execute(query, [since, since, limit]).fetchall()]


def count_without_files(conn: Conn) -> int:
    """Return how many orders :func:`orders_without_files` would return without a limit."""
    row = conn.execute("SELECT count(*)" + _WITHOUT_FILES).fetchone()
    return int(row[0]) if row else 0
