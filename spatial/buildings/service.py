"""Use cases of buildings: load, get, and find the unit behind a code."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from spatial.buildings import store
from spatial.buildings.errors import (
    BuildingCodeBad,
    BuildingWithoutParcel,
    UnitNotFound,
    UnitWithoutBuilding,
)
from spatial.buildings.outlines import outline_columns
from spatial.buildings.records import (
    Building,
    BuildingUnit,
    DrawnUnit,
    StoredBuilding,
    Unit,
    UnitVersion,
)
from spatial.codes.records import UNIT_LENGTH
from spatial.codes.rules import bare_land_unit, parse
from spatial.codes.service import note_unit_codes
from spatial.parcels.errors import ParcelShapeBad
from spatial.parcels.records import ParcelVersion
from spatial.parcels.rules import faults, snap
from spatial.parcels.service import get_live

Conn = Connection[TupleRow]
BUILDING_CODE = re.compile(r"\d{12}[GJZ][A-Z]\d{5}F\d{4}", re.ASCII)
# Land uses (GB/T 21010 codes 0701, 0702) whose fee is that of housing.
HOUSING_LAND_USE = ("070",)


def load_buildings(
    conn: Conn,
    buildings: Sequence[Building],
    units: Sequence[BuildingUnit],
    *,
    valid_from: date,
    now: datetime | None = None,
) -> None:
    """Write versions of buildings and units from a day on.

    A version in force before ends on that day and stays readable; one that says the same is left alone. Areas
    that the load does not name stay, so that predicted and measured areas stand side by side.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    buildings : sequence of Building
        Footprints in EPSG:4547 (E, N) metres; rounded to 1 mm. Their parcels are registered before.
    units : sequence of BuildingUnit
        Units of these or of known buildings.
    valid_from : date
        First day of the versions.
    now : datetime, optional
        Aware instant from which the register knows it; default that of the database's transaction.

    Raises
    ------
    BuildingCodeBad, CodeBad, ParcelShapeBad, UnitOutlineBad
        The data itself is wrong.
    BuildingWithoutParcel, UnitWithoutBuilding
    BuildingChangedMeanwhile
        Translated by the database's transaction: somebody was faster.
    """
    codes = _stage(conn, buildings, units)
    orphans = store.buildings_without_parcel(conn)
    if orphans:
        raise BuildingWithoutParcel(building_codes=orphans)
    known_at = store.known_from(conn, now)
    store.load_buildings(conn, valid_from, known_at)
    homeless = store.units_without_building(conn)
    if homeless:
        raise UnitWithoutBuilding(unit_codes=homeless)
    store.load_units(conn, valid_from, known_at)
    note_unit_codes(conn, codes)
    store.note_changes(conn)


def _stage(conn: Conn, buildings: Sequence[Building], units: Sequence[BuildingUnit]) -> list[str]:
    """Judge codes and shapes, write all to the staging tables, and return the codes of the units."""
    for building in buildings:
        if not BUILDING_CODE.fullmatch(building.building_code):
            raise BuildingCodeBad(building_code=building.building_code[:40])
    codes = [parse(unit.unit_code).text for unit in units]
    shapes = _footprints(buildings)
    store.stage(
        conn,
        (_building_row(b, wkb) for b, wkb in zip(buildings, shapely.to_wkb(shapes, hex=True), strict=True)),
        (_unit_row(unit, *drawn) for unit, drawn in zip(units, outline_columns(units), strict=True)),
    )
    return codes


def buildings_of(
    conn: Conn, parcel_code: str, *, at: date, known_at: datetime | None = None
) -> list[StoredBuilding]:
    """Return the buildings on a parcel on a day; ``known_at`` asks what the register knew then."""
    return store.buildings_of(conn, parcel_code, at=at, known_at=known_at)


def units_of(
    conn: Conn, building_codes: Sequence[str], *, at: date, known_at: datetime | None = None
) -> list[BuildingUnit]:
    """Return the units in buildings on a day, by building and floor; ``known_at`` as :func:`buildings_of`."""
    return store.units_of(conn, building_codes, at=at, known_at=known_at)


def drawn_units(
    conn: Conn,
    building_code: str,
    floors: Sequence[int] | None = None,
    *,
    at: date,
    known_at: datetime | None = None,
) -> list[DrawnUnit]:
    """Return the units of a building that have outlines on a day, EPSG:4547 (E, N) metres.

    ``floors`` leaves those out that have none on one of these floors; ``known_at`` as :func:`buildings_of`.
    """
    return store.drawn_units(conn, building_code, floors, at=at, known_at=known_at)


def drawn_codes(conn: Conn, unit_codes: Sequence[str]) -> frozenset[str]:
    """Return those of the units of which there is a floor plan."""
    return store.drawn_codes(conn, unit_codes)


def unit_history(conn: Conn, unit_code: str) -> list[UnitVersion]:
    """Return everything the register ever said of a unit in a building, oldest knowledge first."""
    return store.unit_history(conn, unit_code)


def find_unit(conn: Conn, unit_code: str, *, at: date | None = None) -> Unit | None:
    """Return the real-estate unit behind a code.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    unit_code : str
        Unit code (28), or parcel code (19) for the bare land.
    at : date, optional
        Day; default now.

    Returns
    -------
    Unit or None
        A unit in a building, or the live parcel itself when the code is its own (``W``, ``L``, ``Q``).

    Raises
    ------
    CodeBad
    """
    code = parse(unit_code)
    wanted = code.text if len(code.text) == UNIT_LENGTH else bare_land_unit(code.text)
    if wanted[19] == "F":
        return store.unit_in_building(conn, wanted, at=at)
    parcel = get_live(conn, code.parcel_code, at=at)
    if parcel is None or (wanted[19] != "W" and wanted != parcel.unit_code):
        return None
    return _land(parcel, wanted)


def get_unit(conn: Conn, unit_code: str, *, at: date | None = None) -> Unit:
    """Return the real-estate unit behind a code, as :func:`find_unit`.

    Raises
    ------
    CodeBad, UnitNotFound
    """
    found = find_unit(conn, unit_code, at=at)
    if found is None:
        raise UnitNotFound(unit_code=unit_code[:40])
    return found


def _land(parcel: ParcelVersion, unit_code: str) -> Unit:
    return Unit(
        unit_code=unit_code,
        parcel_code=parcel.parcel_code,
        county_code=parcel.county_code,
        kind=unit_code[19],
        use_code=parcel.land_use,
        housing=(parcel.land_use or "").startswith(HOUSING_LAND_USE),
        address=parcel.address,
        area_m2=parcel.official_area_m2,
        layer=parcel.layer,
        geom_point=shapely.point_on_surface(parcel.geom),
    )


def _footprints(buildings: Sequence[Building]) -> Any:
    shapes = snap(np.array([building.geom for building in buildings], dtype=object))
    if not len(shapes):
        return shapes
    bad = faults(shapes)
    if bad:
        raise ParcelShapeBad(
            errors=[{"building_code": buildings[i].building_code, "reason": reason} for i, reason in bad]
        )
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    shapes[single] = shapely.multipolygons(shapes[single], indices=np.arange(single.sum()))
    return shapes


def _building_row(building: Building, wkb: str) -> tuple[Any, ...]:
    return (
        building.building_code,
        wkb,
        building.name,
        building.address,
        building.floors,
        building.structure,
        building.built_year,
        building.use_code,
        building.survey_id,
        building.floors_below,
        building.height_m,
        building.footprint_area_m2,
        building.predicted_area_m2,
        building.measured_area_m2,
    )


def _unit_row(unit: BuildingUnit, outline: str | None, floors: list[int] | None) -> tuple[Any, ...]:
    return (
        parse(unit.unit_code).text,
        unit.floor_no,
        unit.room_no,
        unit.address,
        unit.use_code,
        unit.housing,
        unit.predicted_area_m2,
        unit.measured_area_m2,
        unit.inside_area_m2,
        unit.shared_area_m2,
        unit.predicted_inside_area_m2,
        unit.predicted_shared_area_m2,
        unit.land_share_m2,
        unit.survey_id,
        outline,
        floors,
        unit.party_walls,
    )
