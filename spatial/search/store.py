"""The SQL of the search box."""

from datetime import date
from typing import LiteralString

import numpy as np
from psycopg import Connection
from psycopg.rows import DictRow, TupleRow, dict_row

from data.db import load_sql
from spatial.crs import to_degrees
from spatial.search.records import Hit

Conn = Connection[TupleRow]


def by_code(conn: Conn, code: str, *, limit: int) -> list[Hit]:
    """Return parcels and units whose code begins with a text."""
    return _hits(conn, load_sql("spatial.search", "by_code.sql"), {"code": code, "limit": limit})


def by_words(conn: Conn, words: str, *, today: date, limit: int) -> list[Hit]:
    """Return places by name, parcels and units by a part of their address."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values = {"words": escaped, "today": today, "limit": limit}
    return _hits(conn, load_sql("spatial.search", "by_words.sql"), values)


def _hits(conn: Conn, query: LiteralString, values: dict[str, object]) -> list[Hit]:
    with conn.cursor(row_factory=dict_row) as cur:
        return [_hit(row) for row in cur.execute(query, values, prepare=False).fetchall()]


def _hit(row: DictRow) -> Hit:
    place = row.pop("place")
    lon, lat = (float(value) for value in to_degrees(np.array([[place.x, place.y]]))[0])
    return Hit(**row, lon=lon, lat=lat)
