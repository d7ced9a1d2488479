"""From layers as stored to content in EPSG:4547: parcels, sub-districts, and the tables beside them."""

import re
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.city_window import Looks
from spatial.crs import PLANE, PLANE_ZONE_38
from spatial.survey.readers import sense, tables
from spatial.survey.readers.records import Asked, Content, Note, ObjectTable, Source, Subdistricts, Unreadable

_DISTRICT_CODE: Final = ("djzqdm", "subdistrict_code")
_DISTRICT_NAME: Final = ("djzqmc", "name")
# North and east of a boundary point where the table has no geometry (columns of the standard).
_NORTH, _EAST = "XZBZ", "YZBZ"
_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class Layers:
    """What a file holds, as stored: the parcels and what stands beside them, by standard name."""

    driver: str
    parcels: tables.Table
    encoding: str | None = None
    districts: tables.Table | None = None
    objects: dict[str, tables.Table] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def layered_content(layers: Layers, asked: Asked) -> Content:
    """Judge the coordinates and bring everything to EPSG:4547.

    Parameters
    ----------
    layers : Layers
        As stored.
    asked : Asked
        What the sender says of system and axes.

    Raises
    ------
    Unreadable
    """
    table = layers.parcels
    absent = "shp_without_prj" if layers.driver == "ESRI Shapefile" else "crs_not_declared"
    settled = sense.settle(shapely.get_coordinates(table.geoms), asked, table.declared_crs, absent=absent)
    geoms = _multi(shapely.transform(table.geoms, settled.plane))
    return Content(
        source=Source(layers.driver, table.name, settled.epsg, table.declared_crs[:200], layers.encoding),
        geoms=geoms,
        rows=table.rows,
        faults=table.faults,
        notes=layer_notes(table.has_z, layers.left) + settled.notes,
        subdistricts=subdistricts(layers.districts, asked, settled) if layers.districts else None,
        resolution_m2=[None] * len(geoms),
        objects={name: beside(found, asked, settled) for name, found in layers.objects.items()},
    )


def layer_notes(has_z: bool, left: list[str]) -> list[Note]:
    """Return what is to be said of heights that were dropped and of layers that are not read."""
    notes = [Note("z_dropped", "info")] if has_z else []
    if left:
        notes.append(Note("layers_left", "info", params={"layers": left[:_LISTED]}))
    return notes


def beside(table: tables.Table, asked: Asked, settled: sense.Settled | None) -> ObjectTable:
    """Bring a table beside the parcels to EPSG:4547, its columns under upper-case names.

    Parameters
    ----------
    table : Table
        As stored; without geometries, boundary points take theirs from the columns of north and east.
    asked : Asked
        What the sender says.
    settled : Settled or None
        How the parcels were taken; counts where the table names no system of its own.

    Raises
    ------
    Unreadable
        With the table's name as ``table``.
    """
    rows = [{_upper(key): value for key, value in row.items()} for row in table.rows]
    present = np.array([geom is not None for geom in table.geoms], dtype=bool)
    try:
        if not present.any():
            return ObjectTable(_written_points(rows, asked), rows)
        own = _own(table, shapely.get_coordinates(table.geoms), asked, settled)
        return ObjectTable(shapely.transform(table.geoms, own.plane), rows)
    except Unreadable as problem:
        problem.params.setdefault("table", table.name)
        raise


def _own(
    table: tables.Table, coordinates: NDArray[np.float64], asked: Asked, settled: sense.Settled | None
) -> sense.Settled:
    if not table.declared_crs and settled is not None:
        asked = replace(asked, crs=f"EPSG:{settled.epsg}")
    return sense.settle(coordinates, asked, table.declared_crs)


def _upper(key: str) -> str:
    return key.upper() if key.isascii() else key


def _written_points(rows: list[dict[str, Any]], asked: Asked) -> NDArray[np.object_]:
    """Make points of the columns north and east: by the standard metres of the plane, with or without 38."""
    points = np.full(len(rows), None, dtype=object)
    pairs = {at: pair for at, row in enumerate(rows) if (pair := _pair(row)) is not None}
    if not pairs:
        return points
    coordinates = np.array(list(pairs.values()))
    swapped = asked.axes == sense.SWAP
    seen = sense.majority(coordinates[:, ::-1] if swapped else coordinates)
    epsg = PLANE_ZONE_38 if seen is Looks.ZONED else PLANE
    own = sense.settle(coordinates, Asked(crs=f"EPSG:{epsg}", axes=asked.axes), "")
    points[list(pairs)] = shapely.points(own.plane(coordinates))
    return points


def _pair(row: dict[str, Any]) -> tuple[float, float] | None:
    try:
        return float(row[_EAST]), float(row[_NORTH])
    except (KeyError, TypeError, ValueError):
        return None


def _multi(moved: NDArray[np.object_]) -> NDArray[np.object_]:
    """Make each polygon a multi-polygon; stray features keep what they have."""
    single = shapely.get_type_id(moved) == shapely.GeometryType.POLYGON
    multi: NDArray[np.object_] = np.array(moved, dtype=object)
    multi[single] = shapely.multipolygons(moved[single], indices=np.arange(single.sum()))
    return multi


def subdistricts(table: tables.Table, asked: Asked, settled: sense.Settled) -> Subdistricts:
    """Take the cadastral sub-districts of a file.

    Raises
    ------
    Unreadable
    """
    fields = {key.lower(): key for key in (table.rows[0] if table.rows else {})}
    code_field = next((fields[name] for name in _DISTRICT_CODE if name in fields), None)
    if code_field is None:
        raise Unreadable("unreadable_file", "subdistricts_without_code")
    name_field = next((fields[name] for name in _DISTRICT_NAME if name in fields), None)
    codes = [str(row.get(code_field) or "") for row in table.rows]
    bad = next((code for code in codes if not re.fullmatch(r"\d{12}", code)), None)
    sound = not table.faults and bool(shapely.is_valid(table.geoms).all())
    if bad is not None or not sound or len(set(codes)) != len(codes):
        raise Unreadable("unreadable_file", "subdistricts_bad", value=bad or "")
    own = settled
    if table.declared_crs:
        own = sense.settle(shapely.get_coordinates(table.geoms), asked, table.declared_crs)
    names = [str(row[name_field]) if name_field and row[name_field] else None for row in table.rows]
    return Subdistricts(codes, names, _multi(shapely.transform(table.geoms, own.plane)))
