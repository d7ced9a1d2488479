"""Reads public tiles as fast as the database gives them.

Each thread has one connection that is the role ``<db>_tiles`` for its whole life; a tile is one prepared
statement, sent and awaited in one libpq call, so that Python does next to nothing while PostGIS works.
"""

import logging
import re
import threading
from collections.abc import Mapping
from datetime import datetime

import psycopg
from psycopg import pq, sql
from psycopg.errors import error_from_result

from data.db import role_prefix, translated
from tiles.records import Change
from tiles.store import Conn, changes_since, newest_change_at, tile_sql

log = logging.getLogger(__name__)

# A second process for one tile takes the core of another tile: rates fall.
_OPTIONS = (
    "-c statement_timeout=10000 -c max_parallel_workers_per_gather=0 -c jit=off -c timezone=Asia/Shanghai"
)
_PARAMETER = re.compile(r"%\((\w+)\)s")


class PublicReader:
    """Connections for layers without persons, one a thread.

    Parameters
    ----------
    url : str
        Connection string of the login role.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._role = f"{role_prefix(url)}_tiles"
        self._mine = threading.local()
        self._all: list[_Line] = []
        self._lock = threading.Lock()

    def read(self, query: str, values: Mapping[str, str]) -> bytes:
        """Run a tile query; a connection that the server has closed is replaced once.

        Parameters
        ----------
        query : str
            Name of a file in ``tiles/sql``.
        values : mapping
            Parameters as PostgreSQL reads them in text.

        Raises
        ------
        Unavailable
            If the database does not answer.
        """
        with translated():
            try:
                return self._line().read(query, values)
            except psycopg.OperationalError as error:
                if isinstance(error, psycopg.errors.QueryCanceled):
                    raise
                log.info("tile connection lost, reconnecting")
                self._drop()
                return self._line().read(query, values)

    def changes(self, mark: str) -> tuple[str, list[Change]]:
        """Return changes that became visible since a mark, and the next mark."""
        with translated():
            try:
                return changes_since(self._line().conn, mark)
            except psycopg.OperationalError:
                self._drop()
                return changes_since(self._line().conn, mark)

    def data_at(self) -> datetime | None:
        """Return the instant of the newest change of the map, or None when there is none."""
        with translated():
            try:
                return newest_change_at(self._line().conn)
            except psycopg.OperationalError:
                self._drop()
                return newest_change_at(self._line().conn)

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for line in self._all:
                line.conn.close()
            self._all.clear()

    def _line(self) -> "_Line":
        line: _Line | None = getattr(self._mine, "line", None)
        if line is None or line.conn.closed:
            line = _Line(self._url, self._role)
            self._mine.line = line
            with self._lock:
                self._all.append(line)
        return line

    def _drop(self) -> None:
        line: _Line | None = getattr(self._mine, "line", None)
        self._mine.line = None
        if line is not None:
            line.conn.close()
            with self._lock:
                self._all = [other for other in self._all if other is not line]


class _Line:
    """One connection and the statements prepared on it."""

    def __init__(self, url: str, role: str) -> None:
        self.conn: Conn = psycopg.connect(
            url, autocommit=True, connect_timeout=5, application_name="ningtu tiles", options=_OPTIONS
        )
        self.conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        self._names: dict[str, list[str]] = {}

    def read(self, query: str, values: Mapping[str, str]) -> bytes:
        names = self._names.get(query)
        if names is None:
            names = self._names[query] = self._prepare(query)
        result = self.conn.pgconn.exec_prepared(
            query.encode(), [values[name].encode() for name in names], result_format=pq.Format.BINARY
        )
        _check(result, self.conn)
        return result.get_value(0, 0) or b""

    def _prepare(self, query: str) -> list[str]:
        """Prepare a query under its own name; return the names of its parameters in order."""
        names: list[str] = []

        def numbered(found: re.Match[str]) -> str:
            if found[1] not in names:
                names.append(found[1])
            return f"${names.index(found[1]) + 1}"

        text = _PARAMETER.sub(numbered, tile_sql(query))
        _check(self.conn.pgconn.prepare(query.encode(), text.encode()), self.conn)
        return names


def _check(result: pq.abc.PGresult, conn: Conn) -> None:
    if result.status in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}:
        return
    if conn.pgconn.status != pq.ConnStatus.OK:
        raise psycopg.OperationalError("the connection is lost")
    raise error_from_result(result)
