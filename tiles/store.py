"""The SQL of the tile room: tiles of views in schema ``map``, changes, and the overview cells."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Final, LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow

from data.db import load_sql
from tiles.records import Change, OverviewBuild
from tiles.rules import AS_KNOWN

Conn = Connection[TupleRow]


_KNOWN_NOW: Final = "upper_inf(p.known)"
# Written so that each half is the condition of an index of its own.
_KNOWN_THEN: Final = (
    "(upper_inf(p.known) AND lower(p.known) <= %(known_at)s::timestamptz"
    " OR NOT upper_inf(p.known) AND p.known @> %(known_at)s::timestamptz)"
)


@cache
def tile_sql(query: str) -> LiteralString:
    """Return the text of a tile query; with ``AS_KNOWN`` behind its name, of what the register knew then."""
    name = query.removesuffix(AS_KNOWN)
    text = load_sql(__package__, f"{name}.sql")
    return text if name == query else text.replace(_KNOWN_NOW, _KNOWN_THEN)


def run_tile(conn: Conn, query: str, values: Mapping[str, object]) -> bytes:
    """Run a tile query on a connection; an empty tile gives no bytes."""
    row = conn.execute(tile_sql(query), values, binary=True).fetchone()
    return bytes(row[0]) if row and row[0] else b""


def changes_since(conn: Conn, mark: str) -> tuple[str, list[Change]]:
    """Return changes of transactions not yet finished at a mark, and the mark for the next call.

    The mark is the oldest transaction still running when it was taken, so a change that commits late is
    not missed; a change may be seen twice.
    """
    found = conn.execute(load_sql(__package__, "changes_since.sql"), {"mark": mark}).fetchall()
    changes = [
        Change(row[1], row[2], None if row[3] is None else (row[3], row[4], row[5], row[6]))
        for row in found
        if row[1] is not None
    ]
    return str(found[0][0]), changes


def newest_change_at(conn: Conn) -> datetime | None:
    """Return the instant of the newest change of the data, or None; new overview cells are no new data."""
    row = conn.execute(
        "SELECT at FROM map.change WHERE layer <> 'overview' ORDER BY change_id DESC LIMIT 1"
    ).fetchone()
    return row[0] if row else None


def replace_cells(conn: Conn, day: date, registers: list[str]) -> OverviewBuild:
    """Write the overview cells of some registers anew; readers see the old ones until commit."""
    # A million parcels take longer than a request may.
    conn.execute("SET LOCAL statement_timeout = '30min'")
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('map.parcel_cell', 0))")
    conn.execute("DELETE FROM map.parcel_cell WHERE register = ANY (%s)", [registers])
    values = {"day": day, "registers": registers}
    cells = conn.execute(load_sql(__package__, "build_cells.sql"), values).rowcount
    row = conn.execute(
        "SELECT coalesce(sum(n), 0) FROM map.parcel_cell WHERE z = 12 AND register = ANY (%s)", [registers]
    ).fetchone()
    built = OverviewBuild(cells, int(row[0]) if row else 0)
    conn.execute(
        "INSERT INTO map.overview_build (day, cells, parcels) VALUES (%s, %s, %s)",
        [day, built.cells, built.parcels],
    )
    conn.execute("SELECT map.note_change('overview', NULL, 'changed', NULL, NULL)")
    return built
