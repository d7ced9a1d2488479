"""The SQL of buildings and units."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow, class_row

from data.db import load_sql
from spatial.buildings.records import BuildingUnit, StoredBuilding, Unit

Conn = Connection[TupleRow]
_BUILDINGS: LiteralString = (
    "SELECT building_id, building_code, parcel_code, county_code, name, address, floors, structure,"
    " built_year, use_code, geom, lower(valid) AS valid_from, upper(valid) AS valid_to, survey_id"
    " FROM spatial.building WHERE valid @> %(at)s::date"
)
_UNITS: LiteralString = (
    "SELECT unit_code, floor_no::int, room_no, address, use_code, housing, predicted_area_m2,"
    " measured_area_m2, inside_area_m2, shared_area_m2 FROM spatial.building_unit"
    " WHERE building_code = %(code)s AND valid @> %(at)s::date ORDER BY floor_no, unit_code"
)


def _sql(name: str) -> LiteralString:
    return load_sql("spatial.buildings", name)


def stage(conn: Conn, buildings: Iterable[tuple[Any, ...]], units: Iterable[tuple[Any, ...]]) -> None:
    """Copy buildings and units to the staging tables."""
    conn.execute(_sql("create_staging.sql"))
    with conn.cursor() as cur:
        with cur.copy("COPY incoming_building FROM STDIN") as copy:
            for row in buildings:
                copy.write_row(row)
        with cur.copy("COPY incoming_unit FROM STDIN") as copy:
            for row in units:
                copy.write_row(row)
    conn.execute("ANALYZE incoming_building, incoming_unit")


def buildings_without_parcel(conn: Conn) -> list[str]:
    """Return staged buildings whose parcel is not in the register."""
    return _codes(
        conn,
        "SELECT building_code FROM incoming_building i WHERE NOT EXISTS (SELECT FROM spatial.parcel p"
        " WHERE p.parcel_code = left(i.building_code, 19)) ORDER BY 1 LIMIT 20",
    )


def units_without_building(conn: Conn) -> list[str]:
    """Return staged units whose building is not in the register."""
    return _codes(
        conn,
        "SELECT unit_code FROM incoming_unit i WHERE NOT EXISTS (SELECT FROM spatial.building b"
        " WHERE b.building_code = left(i.unit_code, 24)) ORDER BY 1 LIMIT 20",
    )


def load_buildings(conn: Conn, valid_from: date) -> None:
    """Write the staged buildings."""
    conn.execute(_sql("load_buildings.sql"), {"valid_from": valid_from})


def load_units(conn: Conn, valid_from: date) -> None:
    """Write the staged units."""
    conn.execute(_sql("load_units.sql"), {"valid_from": valid_from})


def note_changes(conn: Conn) -> None:
    """Tell the map which buildings changed: one row a county."""
    conn.execute(
        "SELECT map.note_change('buildings', left(building_code, 6), 'changed', NULL, ST_Collect(geom))"
        " FROM incoming_building GROUP BY left(building_code, 6) ORDER BY 1"
    )


def building(conn: Conn, building_code: str, *, at: date) -> StoredBuilding | None:
    """Return a building in the register on a day."""
    query = sql.SQL(_BUILDINGS) + sql.SQL(" AND building_code = %(code)s")
    with conn.cursor(row_factory=class_row(StoredBuilding)) as cur:
        return cur.execute(query, {"at": at, "code": building_code}).fetchone()


def buildings_of(conn: Conn, parcel_code: str, *, at: date) -> list[StoredBuilding]:
    """Return the buildings on a parcel on a day."""
    query = sql.SQL(_BUILDINGS) + sql.SQL(" AND parcel_code = %(code)s ORDER BY building_code")
    with conn.cursor(row_factory=class_row(StoredBuilding)) as cur:
        return cur.execute(query, {"at": at, "code": parcel_code}).fetchall()


def units_of(conn: Conn, building_code: str, *, at: date) -> list[BuildingUnit]:
    """Return the units in a building on a day."""
    with conn.cursor(row_factory=class_row(BuildingUnit)) as cur:
        return cur.execute(_UNITS, {"code": building_code, "at": at}).fetchall()


def unit_in_building(conn: Conn, unit_code: str, *, at: date | None) -> Unit | None:
    """Return a unit in a building."""
    with conn.cursor(row_factory=class_row(Unit)) as cur:
        return cur.execute(_sql("find_unit.sql"), {"unit_code": unit_code, "at": at}).fetchone()


def _codes(conn: Conn, query: LiteralString, values: Sequence[object] = ()) -> list[str]:
    return [code for (code,) in conn.execute(query, values).fetchall()]
