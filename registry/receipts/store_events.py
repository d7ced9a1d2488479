"""SQL of what happens to bills after their number, of their certificates and of the segments of numbers."""

from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow, class_row
from psycopg.types.json import Jsonb

from registry.receipts.records import Bill, BillEvent, Chain, Segment

Conn = Connection[TupleRow]

_EVENT = "SELECT code, number, kind, seq, actor, detail, at FROM money.bill_event "


def lock_bill(conn: Conn, code: str, number: str) -> None:
    """Let one transaction at a time write what happens to a bill."""
    conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('bill:' || %s || '-' || %s, 0))", [code, number]
    )


def add_event(
    conn: Conn, bill: Bill, kind: str, *, actor: str, detail: dict[str, Any], at: datetime
) -> BillEvent:
    """Write the next event of a kind; the bill must be locked."""
    with conn.cursor(row_factory=class_row(BillEvent)) as cur:
        found = cur.execute(
            "INSERT INTO money.bill_event (code, number, kind, seq, actor, detail, at)"
            " SELECT %(code)s, %(no)s, %(kind)s, coalesce(max(seq), 0) + 1, %(actor)s, %(detail)s, %(at)s"
            " FROM money.bill_event WHERE code = %(code)s AND number = %(no)s AND kind = %(kind)s"
            " RETURNING code, number, kind, seq, actor, detail, at",
            {
                "code": bill.code,
                "no": bill.number,
                "kind": kind,
                "actor": actor,
                "detail": Jsonb(detail),
                "at": at,
            },
        ).fetchone()
    if found is None:
        raise LookupError(bill.key)
    return found


def entry_of(conn: Conn, code: str, number: str) -> BillEvent | None:
    """Return the first entry of a bill in somebody's books."""
    with conn.cursor(row_factory=class_row(BillEvent)) as cur:
        return cur.execute(
            _EVENT + "WHERE code = %s AND number = %s AND kind = 'entry'", [code, number]
        ).fetchone()


def copies_of(conn: Conn, code: str, number: str) -> int:
    """Return how many paper copies of a bill were printed."""
    row = conn.execute(
        "SELECT count(*) FROM money.bill_event WHERE code = %s AND number = %s AND kind = 'copy'",
        [code, number],
    ).fetchone()
    return int(row[0]) if row else 0


def events_of(conn: Conn, code: str, number: str) -> list[BillEvent]:
    """Return what happened to a bill, oldest first."""
    with conn.cursor(row_factory=class_row(BillEvent)) as cur:
        return cur.execute(
            _EVENT + "WHERE code = %s AND number = %s ORDER BY event_id", [code, number]
        ).fetchall()


def set_void(conn: Conn, bill: Bill) -> None:
    """Mark a bill void whose reason is written; the database refuses a signed one."""
    conn.execute(
        "UPDATE money.bill SET state = 'void' WHERE code = %s AND number = %s",
        [bill.code, bill.number],
    )


def keep_chains(conn: Conn, chains: tuple[Chain, ...], at: datetime) -> None:
    """Keep the certificates under which a bill is signed."""
    for chain in chains:
        conn.execute(
            "INSERT INTO money.signing_chain (chain_id, role, subject, chain, first_used_at)"
            " SELECT %(id)s, %(role)s, %(subject)s, %(chain)s, %(at)s"
            " WHERE NOT EXISTS (SELECT 1 FROM money.signing_chain WHERE chain_id = %(id)s)"
            " ON CONFLICT (chain_id) DO NOTHING",
            {
                "id": chain.chain_id,
                "role": chain.role,
                "subject": chain.subject,
                "chain": b"".join(chain.certificates).decode(),
                "at": at,
            },
        )


def chains_of(conn: Conn, bill: Bill) -> dict[bytes, Chain]:
    """Return the certificates a bill was signed under, by their hash."""
    rows = conn.execute(
        "SELECT chain_id, role, subject, chain FROM money.signing_chain WHERE chain_id IN (%s, %s)",
        [bill.issuer_chain, bill.supervisor_chain],
    ).fetchall()
    return {bytes(row[0]): Chain(bytes(row[0]), row[1], row[2], _split(row[3])) for row in rows}


def _split(text: str) -> tuple[bytes, ...]:
    end = "-----END CERTIFICATE-----\n"
    return tuple((part + end).encode() for part in text.split(end) if part)


def segments(conn: Conn, code: str | None = None) -> list[Segment]:
    """Return the segments of bill numbers, by county and number."""
    with conn.cursor(row_factory=class_row(Segment)) as cur:
        return cur.execute(
            "SELECT pool_id, code, county_code, lo, hi, next, issued_by, document, received_by, received_at"
            " FROM money.bill_pool WHERE %(code)s::text IS NULL OR code = %(code)s"
            " ORDER BY code DESC, county_code, lo",
            {"code": code},
        ).fetchall()


def insert_segment(conn: Conn, segment: Segment) -> int:
    """Enter a segment received from the bureau."""
    row = conn.execute(
        "INSERT INTO money.bill_pool (code, county_code, lo, hi, next, issued_by, document, received_by,"
        " received_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING pool_id",
        [
            segment.code,
            segment.county_code,
            segment.lo,
            segment.hi,
            segment.next,
            segment.issued_by,
            segment.document,
            segment.received_by,
            segment.received_at,
        ],
    ).fetchone()
    return int(row[0]) if row else 0
