"""SQL of following."""

from psycopg import Connection
from psycopg.rows import TupleRow

Conn = Connection[TupleRow]


def present_snapshot(conn: Conn) -> str:
    """Return which transactions are over now."""
    row = conn.execute("SELECT pg_current_snapshot()::text").fetchone()
    if row is None:
        raise LookupError("pg_current_snapshot")
    return str(row[0])
