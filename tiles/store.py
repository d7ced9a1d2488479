"""The SQL of the tile room: tiles of views in schema ``map``, changes, and the overview cells."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from data.db import load_sql, role_prefix, translated
from tiles.records import Change, OverviewBuild

log = logging.getLogger(__name__)

Conn = Connection[TupleRow]


@cache
def tile_sql(query: str) -> LiteralString:
    """Return the text of a tile query."""
    return load_sql(__package__, f"{query}.sql")


class PublicReader:
    """Connections that are the role ``<db>_tiles`` for their whole life, for layers without persons.

    No transaction and no role change is made for a tile: each request is one prepared statement.

    Parameters
    ----------
    url : str
        Connection string of the login role.
    size : int
        Connections kept at most.
    """

    def __init__(self, url: str, *, size: int) -> None:
        self._role = f"{role_prefix(url)}_tiles"
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=5.0,
            open=False,
            kwargs={
                "autocommit": True,
                "prepare_threshold": 0,
                "application_name": "ningtu tiles",
                "options": "-c statement_timeout=10000 -c jit=off -c timezone=Asia/Shanghai",
            },
            configure=self._configure,
        )
        self._opening = threading.Lock()

    def read(self, query: str, values: Mapping[str, object]) -> bytes:
        """Run a tile query; a connection that the server has closed is replaced once."""
        with translated():
            for attempt in (1, 2):
                try:
                    with self._connection() as conn:
                        return run_tile(conn, query, values)
                except psycopg.OperationalError:
                    if attempt == 2:  # noqa: PLR2004  the second failure is the caller's
                        raise
                    log.info("tile connection lost, reconnecting")
                    self._pool.check()
        return b""

    def changes(self, mark: str) -> tuple[str, list[Change]]:
        """Return changes that became visible since a mark, and the next mark."""
        with translated(), self._connection() as conn:
            return changes_since(conn, mark)

    def data_at(self) -> datetime | None:
        """Return the instant of the newest change of the map, or None when there is none."""
        with translated(), self._connection() as conn:
            row = conn.execute("SELECT at FROM map.change ORDER BY change_id DESC LIMIT 1").fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def _connection(self) -> Iterator[Conn]:
        # Opened at the first tile, so that a server that forks workers shares no connection.
        if self._pool.closed:
            with self._opening:
                if self._pool.closed:
                    self._pool.open()
        with self._pool.connection() as conn:
            yield conn

    def _configure(self, conn: Connection[Any]) -> None:
        conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(self._role)))


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


def replace_cells(conn: Conn, day: date, registers: list[str]) -> OverviewBuild:
    """Write the overview cells of some registers anew; readers see the old ones until commit."""
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
