"""SQL of serial numbers."""

from collections.abc import Sequence

from psycopg import Connection
from psycopg.rows import TupleRow


def take(conn: Connection[TupleRow], prefix: str, count: int) -> int:
    """Raise the serial of a prefix by ``count``; return the last serial now taken."""
    row = conn.execute(
        "INSERT INTO spatial.code_serial AS s (prefix, last_serial) VALUES (%(prefix)s, %(count)s)"
        " ON CONFLICT (prefix) DO UPDATE SET last_serial = s.last_serial + excluded.last_serial"
        " RETURNING last_serial",
        {"prefix": prefix, "count": count},
    ).fetchone()
    if row is None:
        raise RuntimeError("RETURNING gave no row")
    return int(row[0])


def note_used(conn: Connection[TupleRow], used: Sequence[tuple[str, int]]) -> None:
    """Raise serials to those already used: ``(prefix, serial)`` pairs."""
    conn.execute(
        "INSERT INTO spatial.code_serial AS s (prefix, last_serial)"
        " SELECT prefix, max(serial) FROM unnest(%s::text[], %s::int[]) AS used (prefix, serial)"
        " GROUP BY prefix ORDER BY prefix"
        " ON CONFLICT (prefix) DO UPDATE SET last_serial = excluded.last_serial"
        " WHERE s.last_serial < excluded.last_serial",
        [[prefix for prefix, _ in used], [serial for _, serial in used]],
    )
