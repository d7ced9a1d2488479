"""From raw object tables to typed drafts."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry

from spatial.crs import ZONE_PREFIX_M
from spatial.survey.objects.columns import Cells
from spatial.survey.objects.records import (
    BuildingDraft,
    FlatDraft,
    FloorDraft,
    LineDraft,
    Objects,
    OutlineDraft,
    PlotDraft,
    PointDraft,
    StandDraft,
)
from spatial.survey.predicates import polygons_of
from spatial.survey.readers.records import Note, ObjectTable
from spatial.survey.tolerances import GRID_M

_PARCEL: Final = ("ZDZHDM", "ZDDM")
_BUILDING_LENGTH: Final = 24
_UNIT_LENGTH: Final = 28
_YEARS: Final = range(1000, 2201)
# Bounds of the register's columns.
_STOREYS: Final = 200
_BELOW: Final = 20
_HIGHEST_M: Final = 2_000
_MANY: Final = 1_000_000
# An easting above this carries the zone number 38.
_WITH_ZONE_M: Final = 1e7
_CLASSES: Final = {
    **{str(number): number for number in (1, 2, 3)},
    **{word: number for number, word in enumerate("一二三", start=1)},
}
# Whose the east, south, west and north wall is (墙体归属: 自墙, 共墙, 借墙).
_WALL_COLUMNS: Final = ("QTGSD", "QTGSN", "QTGSX", "QTGSB")
_WALLS: Final = {
    **dict.fromkeys(("自", "1"), "O"),
    **dict.fromkeys(("共", "2"), "S"),
    **dict.fromkeys(("借", "3"), "B"),
}
# What a table row is read from: cells, index of the row, geometry of the row.
_Read = Callable[[Cells, int, Geometry | None], Any]
# What geometries of a large table are brought to, all at once.
_Shape = Callable[[NDArray[np.object_]], NDArray[np.object_]]
_POINT: Final = 0
_NOWHERE: Final = shapely.Point()
_LINES: Final = (1, 5)


def draft_objects(tables: dict[str, ObjectTable]) -> tuple[Objects, list[Note]]:
    """Take the known columns out of the tables beside the parcels.

    Parameters
    ----------
    tables : dict
        By standard name; geometries EPSG:4547 (E, N) metres; the case of column names does not matter.

    Returns
    -------
    Objects, list of Note
        Numbers that cannot be read are None and become a remark, one a column.
    """
    notes: list[Note] = []

    def rows(name: str, read: _Read, shape: _Shape | None = None) -> list[Any]:
        table = tables.get(name)
        if table is None:
            return []
        cells = Cells(name, table.rows)
        geoms = shape(table.geoms) if shape and len(table.geoms) else table.geoms
        shapes = list(geoms) + [None] * (len(table.rows) - len(geoms))
        found = [read(cells, at, shapes[at]) for at in range(len(cells))]
        notes.extend(cells.notes())
        return found

    objects = Objects(
        points=rows("JZD", _point, _singles),
        lines=rows("JZX", _line, _merged),
        buildings=rows("ZRZ", _building),
        floors=rows("C", _floor),
        flats=rows("H", _flat),
        outlines=rows("FHT", _outline),
        plots=rows("DK", _plot),
        stands=rows("XB", _stand),
        tables=frozenset(name for name, table in tables.items() if table.rows),
    )
    return objects, notes


def _point(cells: Cells, at: int, geom: Geometry | None) -> PointDraft:
    north, east = cells.number(at, "XZBZ"), cells.number(at, "YZBZ")
    if geom is None and north is not None and east is not None:
        plane = east - ZONE_PREFIX_M if east > _WITH_ZONE_M else east
        geom = shapely.set_precision(shapely.Point(plane, north), GRID_M)
    return PointDraft(
        no=at + 1,
        parcel_code=cells.code(at, *_PARCEL),
        point_no=cells.text(at, "JZDH"),
        seq=cells.whole(at, "SXH", least=-_MANY, most=_MANY),
        geom=None if geom is _NOWHERE else geom,
        marker_type=cells.text(at, "JBLX"),
        point_type=cells.text(at, "JZDLX"),
        # The standard's table has no such column; these are the names met in practice.
        accuracy_class=_accuracy(cells.text(at, "JDDJ", "JZDDJ", "JZDJD", "accuracy_class")),
    )


def _singles(geoms: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the point of each geometry, nowhere when it is no point or more than one."""
    first = shapely.get_geometry(shapely.force_2d(geoms), 0)
    point = (shapely.get_num_geometries(geoms) == 1) & (shapely.get_type_id(first) == _POINT)
    found: NDArray[np.object_] = np.where(point & ~shapely.is_empty(first), first, _NOWHERE)
    found[shapely.is_missing(geoms)] = None
    return found


def _merged(geoms: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return lines, None for anything else; pieces that meet are one line."""
    found = np.full(len(geoms), None, dtype=object)
    lines = np.isin(shapely.get_type_id(geoms), _LINES)
    found[lines] = shapely.line_merge(geoms[lines])
    return found


def _accuracy(written: str | None) -> int | None:
    """Read 1, 一 or 一级 as class 1."""
    return _CLASSES.get(written.removesuffix("级").removesuffix("等")) if written else None


def _line(cells: Cells, at: int, geom: Geometry | None) -> LineDraft:
    return LineDraft(
        no=at + 1,
        parcel_code=cells.code(at, *_PARCEL),
        geom=geom,
        length_m=cells.number(at, "JZXCD", least=0),
        start_no=cells.text(at, "QDH", "QSDH", "QSJZDH"),
        end_no=cells.text(at, "ZDH", "ZZDH", "ZZJZDH"),
        category=cells.text(at, "JZXLB"),
        position=cells.text(at, "JZXWZ"),
        nature=cells.text(at, "JXXZ"),
        agreement_no=cells.text(at, "QSJXXYSBH"),
        dispute_no=cells.text(at, "QSJXZYYYSBH"),
    )


def _building(cells: Cells, at: int, geom: Geometry | None) -> BuildingDraft:
    code = cells.code(at, "ZRZH", "building_code")
    unit = cells.code(at, "BDCDYH")
    if not code and unit and len(unit) == _UNIT_LENGTH:
        code = unit[:_BUILDING_LENGTH]
    below = cells.whole(at, "DXCS", least=0, most=_BELOW)
    return BuildingDraft(
        no=at + 1,
        building_code=code,
        parcel_code=cells.code(at, *_PARCEL) or (code[:19] if code else None),
        geom=None if geom is None else polygons_of(geom),
        name=cells.text(at, "JZWMC", "XMMC"),
        address=cells.text(at, "ZL"),
        floors=_floors(
            cells.whole(at, "DSCS", least=0, most=_STOREYS),
            cells.whole(at, "ZCS", least=0, most=_STOREYS),
            below,
        ),
        floors_below=below,
        structure=cells.text(at, "FWJG"),
        use_code=cells.text(at, "GHYT"),
        built_year=_year(cells.text(at, "JGRQ")),
        height_m=cells.number(at, "JZWGD", least=0, most=_HIGHEST_M),
        footprint_m2=cells.area(at, "ZZDMJ"),
        predicted_m2=cells.area(at, "YCJZMJ"),
        measured_m2=cells.area(at, "SCJZMJ"),
    )


def _floors(above: int | None, total: int | None, below: int | None) -> int | None:
    return above if above is not None or total is None else max(total - (below or 0), 0)


def _year(written: str | None) -> int | None:
    """Read the year of 2023-06-15, 20230615 or 2023年6月."""
    first = (written or "")[:4]
    return int(first) if first.isascii() and first.isdigit() and int(first) in _YEARS else None


def _floor(cells: Cells, at: int, geom: Geometry | None) -> FloorDraft:
    return FloorDraft(
        no=at + 1,
        building_code=cells.code(at, "ZRZH"),
        floor_no=cells.whole(at, "SJC", "CH", least=-_BELOW, most=_STOREYS),
        area_m2=cells.area(at, "CJZMJ", "SCJZMJ"),
    )


def _flat(cells: Cells, at: int, geom: Geometry | None) -> FlatDraft:
    unit = cells.code(at, "BDCDYH", "unit_code")
    return FlatDraft(
        no=at + 1,
        unit_code=unit,
        building_code=cells.code(at, "ZRZH") or (unit[:_BUILDING_LENGTH] if unit else None),
        floor_no=cells.whole(at, "SJCS", "CH", least=-_BELOW, most=_STOREYS),
        room_no=cells.text(at, "SHBW", "HH"),
        address=cells.text(at, "ZL"),
        use_code=cells.text(at, "FWYT1", "FWYT", "GHYT"),
        predicted_m2=cells.area(at, "YCJZMJ"),
        predicted_inside_m2=cells.area(at, "YCTNJZMJ"),
        predicted_shared_m2=cells.number(at, "YCFTJZMJ", least=0),
        measured_m2=cells.area(at, "SCJZMJ"),
        measured_inside_m2=cells.area(at, "SCTNJZMJ"),
        measured_shared_m2=cells.number(at, "SCFTJZMJ", least=0),
        land_share_m2=cells.area(at, "FTTDMJ"),
        geom=None if geom is None else polygons_of(geom),
        party_walls=_walls(cells, at),
    )


def _walls(cells: Cells, at: int) -> str | None:
    """Read whose the four walls are: 自有, 共有 (墙中), 借用, or 1, 2, 3; None when no side says so."""
    sides = [_WALLS.get((cells.text(at, name) or "")[:1], "?") for name in _WALL_COLUMNS]
    return "".join(sides) if set(sides) != {"?"} else None


def _outline(cells: Cells, at: int, geom: Geometry | None) -> OutlineDraft:
    return OutlineDraft(
        no=at + 1,
        unit_code=cells.code(at, "BDCDYH", "unit_code"),
        floor_no=cells.whole(at, "SJCS", "CH", least=-_BELOW, most=_STOREYS),
        geom=None if geom is None else polygons_of(geom),
    )


def _plot(cells: Cells, at: int, geom: Geometry | None) -> PlotDraft:
    return PlotDraft(
        no=at + 1,
        parcel_code=cells.code(at, *_PARCEL),
        plot_code=cells.code(at, "DKBM"),
        contract_m2=cells.area(at, "HTMJ"),
        measured_m2=cells.area(at, "SCMJ"),
    )


def _stand(cells: Cells, at: int, geom: Geometry | None) -> StandDraft:
    return StandDraft(
        no=at + 1,
        parcel_code=cells.code(at, *_PARCEL),
        compartment=cells.text(at, "LB"),
        stand_no=cells.text(at, "XB", "XBH"),
        area_m2=cells.area(at, "XBMJ"),
    )
