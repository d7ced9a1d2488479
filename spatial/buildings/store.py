"""The SQL of buildings and units."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow, class_row

from data.db import load_sql
from spatial.buildings.records import BuildingUnit, DrawnUnit, FloorOutline, StoredBuilding, Unit, UnitVersion

Conn = Connection[TupleRow]
_BUILDINGS: LiteralString = (
    "SELECT building_id, building_code, parcel_code, county_code, name, address, floors, structure,"
    " built_year, use_code, geom, lower(valid) AS valid_from, upper(valid) AS valid_to, survey_id,"
    " floors_below, height_m, footprint_area_m2, predicted_area_m2, measured_area_m2"
    " FROM spatial.building_version WHERE valid @> %(at)s::date"
    " AND CASE WHEN %(known_at)s::timestamptz IS NULL THEN upper_inf(known)"
    " ELSE known @> %(known_at)s::timestamptz END"
)
_UNITS: LiteralString = (
    "SELECT unit_code, floor_no::int, room_no, address, use_code, housing, predicted_area_m2,"
    " measured_area_m2, inside_area_m2, shared_area_m2, predicted_inside_area_m2, predicted_shared_area_m2,"
    " land_share_m2, survey_id, party_walls, outline IS NOT NULL AS drawn FROM spatial.building_unit_version"
    " WHERE building_code = ANY(%(codes)s) AND valid @> %(at)s::date"
    " AND CASE WHEN %(known_at)s::timestamptz IS NULL THEN upper_inf(known)"
    " ELSE known @> %(known_at)s::timestamptz END"
    " ORDER BY building_code, floor_no, unit_code"
)
_UNIT_VERSIONS: LiteralString = (
    "SELECT unit_code, predicted_area_m2, predicted_inside_area_m2, predicted_shared_area_m2,"
    " measured_area_m2, inside_area_m2, shared_area_m2, lower(valid) AS valid_from, upper(valid) AS valid_to,"
    " lower(known) AS known_from, upper(known) AS known_to, survey_id FROM spatial.building_unit_version"
    " WHERE unit_code = %s ORDER BY lower(known), lower(valid)"
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
        "SELECT unit_code FROM incoming_unit i WHERE NOT EXISTS (SELECT FROM spatial.building_identity b"
        " WHERE b.building_code = left(i.unit_code, 24)) ORDER BY 1 LIMIT 20",
    )


def known_from(conn: Conn, now: datetime | None) -> datetime:
    """Return the instant from which the register knows the load: after all it knows of these codes."""
    row = conn.execute(_sql("known_from.sql"), {"now": now}).fetchone()
    if row is None:
        raise LookupError("known_from")
    found: datetime = row[0]
    return found


def load_buildings(conn: Conn, valid_from: date, known_at: datetime) -> None:
    """Write versions of the staged buildings; those that say nothing new leave the staging table."""
    values = {"valid_from": valid_from, "known_at": known_at}
    conn.execute(
        "INSERT INTO spatial.building_identity (building_code, created_at)"
        " SELECT building_code, %s FROM incoming_building ORDER BY 1 ON CONFLICT (building_code) DO NOTHING",
        [known_at],
    )
    conn.execute(_sql("keep_building_areas.sql"))
    conn.execute(_sql("drop_same_buildings.sql"), values)
    conn.execute(_sql("close_buildings.sql"), values)
    conn.execute(_sql("insert_buildings.sql"), values)
    conn.execute("TRUNCATE closing_version")


def load_units(conn: Conn, valid_from: date, known_at: datetime) -> None:
    """Write versions of the staged units; those that say nothing new leave the staging table."""
    values = {"valid_from": valid_from, "known_at": known_at}
    conn.execute(_sql("keep_unit_areas.sql"))
    conn.execute(_sql("drop_same_units.sql"), values)
    conn.execute(_sql("close_units.sql"), values)
    conn.execute(_sql("insert_units.sql"), values)
    conn.execute("TRUNCATE closing_version")


def standing_on(conn: Conn, parcel_codes: Sequence[str], day: date) -> list[tuple[str, str | None]]:
    """Fetch buildings (without unit) and units on parcels, in force on a day or later."""
    values = {"parcels": list(parcel_codes), "day": day}
    return [(building, unit) for building, unit in conn.execute(_sql("standing_on.sql"), values).fetchall()]


def held_units(conn: Conn, codes: Sequence[str]) -> list[str]:
    """Fetch the units among the codes, or in the buildings among them, that have a live entry.

    The register of rights answers through its function, without persons and for any reader.
    """
    query: LiteralString = (
        "SELECT DISTINCT unit_code FROM registry.unit_state(%s)"
        " WHERE unit_code = ANY(%s) OR left(unit_code, 24) = ANY(%s) ORDER BY 1"
    )
    wanted = list(codes)
    return _codes(conn, query, [sorted({code[:19] for code in wanted}), wanted, wanted])


def end(
    conn: Conn, building_codes: Sequence[str], unit_codes: Sequence[str], *, day: date, now: datetime
) -> None:
    """End versions on a day, known from an instant after all that is known of them."""
    codes = {"buildings": list(building_codes), "units": list(unit_codes)}
    row = conn.execute(_sql("ends_known_from.sql"), {**codes, "now": now}).fetchone()
    values = {"day": day, "known_at": now if row is None else row[0]}
    conn.execute(_sql("end_units.sql"), {**values, "codes": codes["units"]})
    conn.execute(_sql("end_buildings.sql"), {**values, "codes": codes["buildings"]})


def note_changes(conn: Conn) -> None:
    """Tell the map which buildings changed: one row a county."""
    conn.execute(
        "SELECT map.note_change('buildings', left(building_code, 6), 'changed', NULL, ST_Collect(geom))"
        " FROM incoming_building GROUP BY left(building_code, 6) ORDER BY 1"
    )


def buildings_of(
    conn: Conn, parcel_code: str, *, at: date, known_at: datetime | None
) -> list[StoredBuilding]:
    """Return the buildings on a parcel on a day, as the register knew them at an instant, default now."""
    query = sql.SQL(_BUILDINGS) + sql.SQL(" AND parcel_code = %(code)s ORDER BY building_code")
    with conn.cursor(row_factory=class_row(StoredBuilding)) as cur:
        return cur.execute(query, {"at": at, "known_at": known_at, "code": parcel_code}).fetchall()


def units_of(
    conn: Conn, building_codes: Sequence[str], *, at: date, known_at: datetime | None
) -> list[BuildingUnit]:
    """Return the units in buildings on a day, as the register knew them at an instant, default now."""
    with conn.cursor(row_factory=class_row(BuildingUnit)) as cur:
        values = {"codes": list(building_codes), "at": at, "known_at": known_at}
        return cur.execute(_UNITS, values).fetchall()


def drawn_units(
    conn: Conn, building_code: str, floors: Sequence[int] | None, *, at: date, known_at: datetime | None
) -> list[DrawnUnit]:
    """Return the units of a building that have outlines, on one of the floors if any are named."""
    rows = conn.execute(
        "SELECT unit_code, room_no, outline_floors, outline FROM spatial.building_unit_version"
        " WHERE building_code = %(code)s AND valid @> %(at)s::date AND outline IS NOT NULL"
        " AND CASE WHEN %(known_at)s::timestamptz IS NULL THEN upper_inf(known)"
        " ELSE known @> %(known_at)s::timestamptz END"
        " AND (%(floors)s::smallint[] IS NULL OR outline_floors && %(floors)s::smallint[])"
        " ORDER BY unit_code",
        {
            "code": building_code,
            "at": at,
            "known_at": known_at,
            "floors": None if floors is None else list(floors),
        },
    ).fetchall()
    return [
        DrawnUnit(code, room, [FloorOutline(*one) for one in zip(numbers, outline.geoms, strict=True)])
        for code, room, numbers, outline in rows
    ]


def drawn_codes(conn: Conn, unit_codes: Sequence[str]) -> frozenset[str]:
    """Return those of the units that have outlines now."""
    query: LiteralString = (
        "SELECT unit_code FROM spatial.building_unit_version WHERE unit_code = ANY(%s)"
        " AND upper_inf(known) AND upper_inf(valid) AND outline IS NOT NULL"
    )
    return frozenset(_codes(conn, query, [list(unit_codes)]))


def unit_history(conn: Conn, unit_code: str) -> list[UnitVersion]:
    """Return everything the register ever said of a unit."""
    with conn.cursor(row_factory=class_row(UnitVersion)) as cur:
        return cur.execute(_UNIT_VERSIONS, [unit_code]).fetchall()


def unit_in_building(conn: Conn, unit_code: str, *, at: date | None) -> Unit | None:
    """Return a unit in a building."""
    with conn.cursor(row_factory=class_row(Unit)) as cur:
        return cur.execute(_sql("find_unit.sql"), {"unit_code": unit_code, "at": at}).fetchone()


def _codes(conn: Conn, query: LiteralString, values: Sequence[object] = ()) -> list[str]:
    return [code for (code,) in conn.execute(query, values).fetchall()]
