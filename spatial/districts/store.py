"""The SQL of cadastral districts."""

from collections.abc import Sequence
from datetime import date
from typing import Any, LiteralString

import shapely
from psycopg import Connection, sql
from psycopg.rows import TupleRow, class_row
from shapely.geometry.base import BaseGeometry

from data.db import load_sql
from spatial.districts.records import District, StoredDistrict

Conn = Connection[TupleRow]
_COLUMNS: LiteralString = (
    "SELECT district_id, district_code, level, county_code, name, geom, lower(valid) AS valid_from,"
    " upper(valid) AS valid_to, source FROM spatial.cadastral_district WHERE valid @> %(at)s::date"
)


def load(conn: Conn, districts: Sequence[District], shapes: Any, valid_from: date) -> int:
    """Write districts that are new or different; return how many."""
    conn.execute("SET CONSTRAINTS spatial.cadastral_district_one_at_a_time DEFERRED")
    written = conn.execute(
        load_sql("spatial.districts", "load.sql"),
        {
            "codes": [district.district_code for district in districts],
            "names": [district.name for district in districts],
            "shapes": list(shapely.to_wkb(shapes, hex=True)),
            "sources": [district.source for district in districts],
            "valid_from": valid_from,
        },
    ).rowcount
    conn.execute("SET CONSTRAINTS spatial.cadastral_district_one_at_a_time IMMEDIATE")
    return written


def note_change(conn: Conn) -> None:
    """Tell the map that districts changed."""
    conn.execute("SELECT map.note_change('districts', NULL, 'changed', NULL, NULL)")


def select(conn: Conn, *, at: date, county_code: str | None, level: str | None) -> list[StoredDistrict]:
    """Return districts in force, of a county or a level if asked for."""
    query = sql.SQL(_COLUMNS) + sql.SQL(
        " AND (%(county)s::text IS NULL OR county_code = %(county)s)"
        " AND (%(level)s::text IS NULL OR level = %(level)s) ORDER BY district_code"
    )
    with conn.cursor(row_factory=class_row(StoredDistrict)) as cur:
        return cur.execute(query, {"at": at, "county": county_code, "level": level}).fetchall()


def by_codes(conn: Conn, codes: Sequence[str], *, at: date) -> list[StoredDistrict]:
    """Return districts in force by code."""
    query = sql.SQL(_COLUMNS) + sql.SQL(" AND district_code = ANY (%(codes)s) ORDER BY district_code")
    with conn.cursor(row_factory=class_row(StoredDistrict)) as cur:
        return cur.execute(query, {"at": at, "codes": list(codes)}).fetchall()


def covering(conn: Conn, geom: BaseGeometry, *, at: date, level: str) -> StoredDistrict | None:
    """Return the district with the largest part of a shape (EPSG:4547)."""
    query = sql.SQL(_COLUMNS) + sql.SQL(
        " AND level = %(level)s AND geom && ST_SetSRID(%(geom)s::geometry, 4547)"
        " AND ST_Intersects(geom, ST_SetSRID(%(geom)s::geometry, 4547))"
        " ORDER BY ST_Area(ST_Intersection(geom, ST_SetSRID(%(geom)s::geometry, 4547))) DESC, district_code"
        " LIMIT 1"
    )
    with conn.cursor(row_factory=class_row(StoredDistrict)) as cur:
        return cur.execute(query, {"at": at, "geom": geom, "level": level}).fetchone()
