"""SQL of disputes."""

from datetime import datetime

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from data.db import load_sql
from data.documents.attachments import Attachment
from registry.clearing.disputes.records import (
    Adjustment,
    Claim,
    DecidedLine,
    Dispute,
    DisputedLine,
    DisputeDocument,
    DisputeEvent,
    Ruling,
)

Conn = Connection[TupleRow]

_RULING = (
    "SELECT ruling_id, dispute_no, county_code, basis_doc, reason, proposed_by, proposed_at, accepted,"
    " ended_by, ended_at, comment, decision_id FROM money.dispute_ruling "
)


def disputed_line(conn: Conn, order_no: str, line_no: int) -> DisputedLine | None:
    """Return a line as a dispute finds it."""
    with conn.cursor(row_factory=class_row(DisputedLine)) as cur:
        return cur.execute(
            load_sql(__package__ or "", "disputed_line.sql"), {"order": order_no, "line": line_no}
        ).fetchone()


def insert(
    conn: Conn, dispute_no: str, claim: Claim, line: DisputedLine, *, by: tuple[str, str], at: datetime
) -> None:
    """Insert a dispute; ``by`` is sign-in name and county; the first event is written apart."""
    conn.execute(
        "INSERT INTO money.dispute (dispute_no, line_id, order_no, county_code, claimed_county, kind,"
        " amount_fen, reason, basis_doc, raised_by, raised_county, raised_at, changed_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            dispute_no,
            line.line_id,
            claim.order_no,
            line.county_code,
            claim.claimed_county,
            line.kind,
            line.amount_fen,
            claim.reason,
            claim.basis_doc,
            *by,
            at,
            at,
        ],
    )


def add_event(
    conn: Conn, dispute_no: str, states: tuple[str, str], *, actor: str, comment: str, at: datetime
) -> None:
    """Write a change of state; the database refuses what cannot follow."""
    conn.execute(
        "INSERT INTO money.dispute_event (dispute_no, seq, from_state, to_state, at, actor, comment)"
        " SELECT %(no)s, coalesce(max(seq), 0) + 1, %(from)s, %(to)s, %(at)s, %(actor)s, %(comment)s"
        " FROM money.dispute_event WHERE dispute_no = %(no)s",
        {
            "no": dispute_no,
            "from": states[0],
            "to": states[1],
            "at": at,
            "actor": actor,
            "comment": comment,
        },
    )


def fetch(conn: Conn, dispute_no: str) -> Dispute | None:
    """Return a dispute the caller may see."""
    found = find(conn, dispute_no=dispute_no, limit=1)
    return found[0] if found else None


def find(
    conn: Conn,
    *,
    dispute_no: str | None = None,
    order_no: str | None = None,
    states: list[str] | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> list[Dispute]:
    """Return disputes the caller may see, newest first, from before a (raised_at, number)."""
    at, number = before or (None, None)
    with conn.cursor(row_factory=class_row(Dispute)) as cur:
        return cur.execute(
            load_sql(__package__ or "", "disputes.sql"),
            {
                "no": dispute_no,
                "order": order_no,
                "states": states,
                "at": at,
                "before": number,
                "limit": limit,
            },
        ).fetchall()


def events(conn: Conn, dispute_no: str) -> list[DisputeEvent]:
    """Return the events of a dispute in order."""
    with conn.cursor(row_factory=class_row(DisputeEvent)) as cur:
        return cur.execute(
            "SELECT seq, from_state, to_state, at, actor, comment FROM money.dispute_event"
            " WHERE dispute_no = %s ORDER BY seq",
            [dispute_no],
        ).fetchall()


def rulings(conn: Conn, dispute_no: str) -> list[Ruling]:
    """Return the rulings on a dispute, oldest first."""
    with conn.cursor(row_factory=class_row(Ruling)) as cur:
        return cur.execute(_RULING + "WHERE dispute_no = %s ORDER BY ruling_id", [dispute_no]).fetchall()


def adjustments(conn: Conn, dispute_no: str) -> list[Adjustment]:
    """Return what runs paid more or less by a dispute's ruling."""
    with conn.cursor(row_factory=class_row(Adjustment)) as cur:
        return cur.execute(
            "SELECT b.biz_date, b.seq, a.county_code, a.kind, a.amount_fen FROM money.batch_adjustment a"
            " JOIN money.batch b USING (batch_id) WHERE a.dispute_no = %s"
            " ORDER BY b.biz_date, b.seq, a.amount_fen",
            [dispute_no],
        ).fetchall()


def documents(conn: Conn, dispute_no: str) -> list[DisputeDocument]:
    """Return the files of a dispute, oldest first."""
    with conn.cursor(row_factory=class_row(DisputeDocument)) as cur:
        return cur.execute(
            "SELECT document_id, purpose, file_name, media_type, size_bytes, sha256, added_by, added_at"
            " FROM money.dispute_document WHERE dispute_no = %s ORDER BY document_id",
            [dispute_no],
        ).fetchall()


def add_document(
    conn: Conn, dispute_no: str, purpose: str, file: Attachment, *, by: str, at: datetime
) -> DisputeDocument:
    """Write a file that is in the archive; one that stands already stays as it is."""
    conn.execute(
        "INSERT INTO money.dispute_document (dispute_no, purpose, file_name, media_type, size_bytes, sha256,"
        " added_by, added_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT ON CONSTRAINT dispute_document_once_key DO NOTHING",
        [dispute_no, purpose, file.file_name, file.media_type, file.size_bytes, file.sha256, by, at],
    )
    key = (purpose, file.sha256)
    return next(item for item in documents(conn, dispute_no) if (item.purpose, bytes(item.sha256)) == key)


def lines_by_decision(
    conn: Conn, decision_id: int, county_code: str | None, *, before: int | None, limit: int
) -> list[DecidedLine]:
    """Return order lines by a decision, newest first, from before one: a county has or could claim them."""
    with conn.cursor(row_factory=class_row(DecidedLine)) as cur:
        return cur.execute(
            load_sql(__package__ or "", "lines_by_decision.sql"),
            {"decision": decision_id, "county": county_code, "before": before, "limit": limit},
        ).fetchall()


def insert_ruling(conn: Conn, ruling: Ruling) -> None:
    """Insert a ruling that is proposed."""
    conn.execute(
        "INSERT INTO money.dispute_ruling (dispute_no, county_code, basis_doc, reason, proposed_by,"
        " proposed_office, proposed_at) VALUES (%s, %s, %s, %s, %s, 'city', %s)",
        [
            ruling.dispute_no,
            ruling.county_code,
            ruling.basis_doc,
            ruling.reason,
            ruling.proposed_by,
            ruling.proposed_at,
        ],
    )


def end_ruling(conn: Conn, ruling: Ruling) -> None:
    """Write what the second person says; the database refuses who proposed it."""
    conn.execute(
        "UPDATE money.dispute_ruling SET accepted = %s, ended_by = %s, ended_office = 'city', ended_at = %s,"
        " comment = %s, decision_id = %s WHERE ruling_id = %s",
        [
            ruling.accepted,
            ruling.ended_by,
            ruling.ended_at,
            ruling.comment,
            ruling.decision_id,
            ruling.ruling_id,
        ],
    )


def lock_adjusting(conn: Conn) -> None:
    """Let one run at a time carry rulings out, until the end of the transaction."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('money.batch_adjustment', 0))")


def in_batch(conn: Conn, batch_id: int, line_id: int) -> bool:
    """Tell whether a line is in a run."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM money.batch_item WHERE batch_id = %s AND line_id = %s)",
        [batch_id, line_id],
    ).fetchone()
    return bool(row and row[0])


def payable(conn: Conn, batch_id: int, county_code: str, kind: str) -> int:
    """Return what a run pays a county of one kind so far, fen."""
    row = conn.execute(
        "SELECT coalesce(sum(amount_fen), 0)::bigint FROM ("
        " SELECT amount_fen FROM money.batch_item"
        " WHERE batch_id = %(batch)s AND county_code = %(county)s AND kind = %(kind)s"
        " UNION ALL SELECT amount_fen FROM money.batch_adjustment"
        " WHERE batch_id = %(batch)s AND county_code = %(county)s AND kind = %(kind)s) x",
        {"batch": batch_id, "county": county_code, "kind": kind},
    ).fetchone()
    return int(row[0]) if row else 0


def insert_adjustment(conn: Conn, batch_id: int, dispute: Dispute, *, county_code: str, fen: int) -> None:
    """Write what a run pays a county more or less by a ruling."""
    conn.execute(
        "INSERT INTO money.batch_adjustment (batch_id, dispute_no, county_code, kind, amount_fen)"
        " VALUES (%s, %s, %s, %s, %s)",
        [batch_id, dispute.dispute_no, county_code, dispute.kind, fen],
    )
