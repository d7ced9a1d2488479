"""SQL of the bank's messages, and of the sandbox bank's book."""

from datetime import datetime

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from registry.clearing.records import BankOrder
from registry.clearing.reports import BankMessage, Report

Conn = Connection[TupleRow]

_ORDER = (
    "SELECT msg_id, sha256, amount_fen, creditor_number, state, received_at, execute_on, reason, told"
    " FROM money.sandbox_bank_order "
)


def take_order(conn: Conn, order: BankOrder, *, again: str, careless: bool) -> str:
    """Write a message into the sandbox bank's book and return its state there.

    A lost message that is sent again comes in with the state ``again``; any other known one is only counted,
    and executed again by a careless bank.
    """
    row = conn.execute(
        "INSERT INTO money.sandbox_bank_order AS k (msg_id, sha256, amount_fen, creditor_number, state,"
        " received_at, execute_on, executions)"
        " VALUES (%(msg)s, %(sha)s, %(fen)s, %(creditor)s, %(state)s, %(at)s, %(on)s,"
        "         CASE %(state)s WHEN 'lost' THEN 0 ELSE 1 END)"
        " ON CONFLICT (msg_id) DO UPDATE SET submissions = k.submissions + 1,"
        " state = CASE k.state WHEN 'lost' THEN %(again)s ELSE k.state END,"
        " received_at = CASE k.state WHEN 'lost' THEN %(at)s ELSE k.received_at END,"
        " executions = k.executions + CASE WHEN k.state = 'lost' OR %(careless)s THEN 1 ELSE 0 END"
        " RETURNING state",
        {
            "msg": order.msg_id,
            "sha": order.sha256,
            "fen": order.amount_fen,
            "creditor": order.creditor_number,
            "state": order.state,
            "at": order.received_at,
            "on": order.execute_on,
            "again": again,
            "careless": careless,
        },
    ).fetchone()
    return str(row[0]) if row else ""


def order(conn: Conn, msg_id: str) -> BankOrder | None:
    """Return a message in the sandbox bank's book."""
    with conn.cursor(row_factory=class_row(BankOrder)) as cur:
        return cur.execute(_ORDER + "WHERE msg_id = %s", [msg_id]).fetchone()


def untold(conn: Conn) -> list[BankOrder]:
    """Return and lock the messages whose state the sandbox bank has not reported."""
    with conn.cursor(row_factory=class_row(BankOrder)) as cur:
        return cur.execute(
            _ORDER + "WHERE told <> state AND state <> 'lost' ORDER BY received_at, msg_id"
            " FOR UPDATE SKIP LOCKED"
        ).fetchall()


def set_order(conn: Conn, msg_id: str, state: str, reason: str) -> None:
    """Move a message in the sandbox bank's book."""
    conn.execute(
        "UPDATE money.sandbox_bank_order SET state = %s, reason = %s WHERE msg_id = %s",
        [state, reason, msg_id],
    )


def set_told(conn: Conn, msg_id: str, state: str) -> None:
    """Note which state the sandbox bank has reported."""
    conn.execute("UPDATE money.sandbox_bank_order SET told = %s WHERE msg_id = %s", [state, msg_id])


def insert_message(
    conn: Conn, message: BankMessage, *, raw: bytes, sha256: bytes, by: str, now: datetime
) -> int | None:
    """Keep a message; None when the same bytes are known."""
    row = conn.execute(
        "INSERT INTO money.bank_message (kind, ref, sha256, raw, received_by, received_at)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (sha256) DO NOTHING RETURNING message_id",
        [message.kind, message.ref, sha256, raw, by, now],
    ).fetchone()
    return None if row is None else int(row[0])


def insert_report(conn: Conn, message_id: int, seq: int, report: Report, result: str) -> None:
    """Write what a message says of a payout and what it led to."""
    conn.execute(
        "INSERT INTO money.bank_report"
        " (message_id, seq, msg_id, state, entry_ref, amount_fen, reason, result)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            message_id,
            seq,
            report.msg_id,
            report.state,
            report.entry_ref,
            report.amount_fen,
            report.reason,
            result,
        ],
    )


def other_entry(conn: Conn, report: Report) -> bool:
    """Tell whether the same step of a payout was reported before under another reference of the bank."""
    row = conn.execute(
        "SELECT 1 FROM money.bank_report WHERE msg_id = %s AND state = %s"
        " AND entry_ref NOT IN ('', %s) LIMIT 1",
        [report.msg_id, report.state, report.entry_ref],
    ).fetchone()
    return row is not None
