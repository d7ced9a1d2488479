"""SQL of changes."""

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from data.db import load_sql
from spatial.changes.records import Change, Place, Wanted

Conn = Connection[TupleRow]


def final_place(conn: Conn) -> Place | None:
    """Return the last change before which nothing can come any more."""
    row = conn.execute(load_sql(__package__, "final_place.sql")).fetchone()
    return None if row is None else (row[0], row[1])


def stands(conn: Conn, place: Place) -> bool:
    """Tell whether there is a change of this transaction and key."""
    row = conn.execute(
        "SELECT 1 FROM map.change WHERE change_id = %s AND tx = %s::xid8", [place[1], str(place[0])]
    ).fetchone()
    return row is not None


def read(conn: Conn, after: Place, upto: Place, wanted: Wanted, *, limit: int) -> list[Change]:
    """Return changes behind one place up to another, in order."""
    values = {
        "after_tx": str(after[0]),
        "after_id": after[1],
        "upto_tx": str(upto[0]),
        "upto_id": upto[1],
        "layers": list(wanted.layers),
        "county_code": wanted.county_code,
        "limit": limit,
    }
    with conn.cursor(row_factory=class_row(Change)) as cur:
        return cur.execute(load_sql(__package__, "read_changes.sql"), values).fetchall()
