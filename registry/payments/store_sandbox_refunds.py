"""SQL of the sandbox channels' book of refunds."""

from datetime import datetime

from psycopg import Connection
from psycopg.rows import TupleRow

Conn = Connection[TupleRow]


def insert(
    conn: Conn, instruction: str, *, payment: tuple[str, str, int], state: str, reason: str, now: datetime
) -> None:
    """Enter an instruction, or count that it was sent in again."""
    conn.execute(
        "INSERT INTO money.sandbox_refund (instruction, channel, channel_txn, amount_fen, state, reason,"
        " received_at) VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (instruction) DO UPDATE SET submissions = sandbox_refund.submissions + 1",
        [instruction, *payment, state, reason, now],
    )


def fetch(conn: Conn, instruction: str) -> tuple[str, str] | None:
    """Return (state, reason)."""
    return conn.execute(
        "SELECT state, reason FROM money.sandbox_refund WHERE instruction = %s", [instruction]
    ).fetchone()


def settle(conn: Conn, instruction: str, state: str, reason: str) -> None:
    """End an instruction that waits."""
    conn.execute(
        "UPDATE money.sandbox_refund SET state = %s, reason = %s WHERE instruction = %s",
        [state, reason, instruction],
    )
