"""Templates and samples to download, made by the writers from shapes invented here."""

import tempfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from spatial.parcels.points import boundary_points
from spatial.survey.readers.records import ObjectTable
from spatial.survey.records import Features
from spatial.survey.writers.boundary_txt import boundary_text
from spatial.survey.writers.bundle import bundle, geopackage_bytes
from spatial.survey.writers.geopackage import write_template
from spatial.survey.writers.records import Result

# Invented ground in 通山县, kilometres from any county line; EPSG:4547 (E, N) metres. It is cut into places,
# row after row, so that samples sent by many need not lie on each other.
_EAST, _NORTH = 572_000.0, 3_268_000.0
_WIDTH_M, _DEPTH_M = 24.0, 30.0
_PITCH_EAST_M, _PITCH_NORTH_M = 60.0, 40.0
_COLUMNS: Final = 30
PLACES: Final = 600
_PARCELS: Final = 2
# The sub-district of the demo city that it lies in.
_DISTRICT: Final = "421224005009"
_DAY: Final = date(2026, 1, 1)
_AUTHOR: Final = "示例测绘单位"
TEMPLATE: Final = "template.gpkg"
PROJECT: Final = "XN-SAMPLE-001"
_MANIFEST: Final = {
    "project_name": "示例项目（虚构）", "survey_unit": _AUTHOR,
    "qualification_no": "乙测资字0000000", "surveyor": "示例作业员", "checker": "示例检查员",
    "survey_date": "2026-01-01", "height_datum": "1985国家高程基准", "accuracy_grade": "一级",
    "instrument": "GNSS RTK", "items": ["不动产权籍调查"], "version": "1",
}  # fmt: skip
# Columns of each table (register standard); an empty template shows them.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "JZD": ("ZDZHDM", "JZDH", "SXH", "JBLX", "JZDLX", "JDDJ", "XZBZ", "YZBZ"),
    "JZX": ("ZDZHDM", "JZXCD", "JZXLB", "JZXWZ", "JXXZ"),
    "ZRZ": ("ZDDM", "ZRZH", "BDCDYH", "XMMC", "JGRQ", "ZZDMJ", "SCJZMJ", "ZCS", "FWJG"),
    "LJZ": ("ZRZH", "LJZH", "ZCS"),
    "C": ("ZRZH", "CH", "SJC", "CJZMJ"),
    "H": (
        "ZRZH",
        "BDCDYH",
        "FWBM",
        "CH",
        "SHBW",
        "FWYT1",
        "YCJZMJ",
        "YCTNJZMJ",
        "YCFTJZMJ",
        "SCJZMJ",
        "SCTNJZMJ",
        "SCFTJZMJ",
        "FTTDMJ",
        "QTGSD",
        "QTGSN",
        "QTGSX",
        "QTGSB",
    ),
    "FHT": ("BDCDYH", "SJCS"),
}


def sample(name: str, place: int = 0, project: str = PROJECT) -> bytes:
    """Return a file to download.

    Parameters
    ----------
    name : {"template.gpkg", "sample.gpkg", "sample.txt", "sample_bundle.zip"}
        Which; the template has the layers and columns and no rows.
    place : int
        Where its parcels lie, below `PLACES`; each place has parcel codes of its own.
    project : str
        Project code that a bundle is described by.
    """
    return SAMPLES[name](place, project)


def ground(place: int | None = None) -> Polygon:
    """Return the ground of the parcels at a place, or of all places; EPSG:4547 (E, N) metres."""
    if place is None:
        rows = -(-PLACES // _COLUMNS)
        return box(_EAST, _NORTH, _EAST + _COLUMNS * _PITCH_EAST_M, _NORTH + rows * _PITCH_NORTH_M)
    east, north = _corner(place)
    return box(east, north, east + _PARCELS * _WIDTH_M, north + _DEPTH_M)


def _corner(place: int) -> tuple[float, float]:
    row, column = divmod(place, _COLUMNS)
    return _EAST + column * _PITCH_EAST_M, _NORTH + row * _PITCH_NORTH_M


def _parcels(place: int) -> Features:
    count, (east, north) = _PARCELS, _corner(place)
    shapes = [
        box(east + _WIDTH_M * at, north, east + _WIDTH_M * (at + 1), north + _DEPTH_M) for at in range(count)
    ]
    geoms = np.full(count, None, dtype=object)
    geoms[:] = [MultiPolygon([shape]) for shape in shapes]
    codes: list[str | None] = [f"{_DISTRICT}GB{place * count + at + 1:05d}" for at in range(count)]
    return Features(
        geoms=geoms,
        codes=codes,
        unit_codes=[f"{code}W00000000" for code in codes],
        declared_m2=[round(shape.area, 2) for shape in shapes],
        resolution_m2=[None] * count,
        land_use=["城镇住宅用地"] * count,
        address=[f"示例路{at + 1}号" for at in range(count)],
    )


def _table(geoms: list[Any], rows: list[dict[str, Any]]) -> ObjectTable:
    array = np.full(len(rows), None, dtype=object)
    if geoms:
        array[:] = geoms
    return ObjectTable(array, rows)


def _objects(parcels: Features) -> dict[str, ObjectTable]:
    """Return points and lines of every parcel, one building, its floors and flats on the first."""
    code = str(parcels.codes[0])
    west, south, *_ = parcels.geoms[0].bounds
    building = box(west + 4, south + 6, west + 16, south + 16)
    number = f"{code}F0001"
    floors = [{"ZRZH": number, "CH": str(at), "SJC": at, "CJZMJ": 120.0} for at in (1, 2)]
    flats = [
        {
            "ZRZH": number, "BDCDYH": f"{number}{at:04d}", "FWBM": f"{at:04d}", "CH": str(at),
            "SHBW": f"{at}01", "FWYT1": "11", "SCJZMJ": 120.0, "SCTNJZMJ": 100.0, "SCFTJZMJ": 20.0,
            "QTGSD": "自墙", "QTGSN": "自墙", "QTGSX": "自墙", "QTGSB": "共墙",
        }
        for at in (1, 2)
    ]  # fmt: skip
    house = {
        "ZDDM": code,
        "ZRZH": number,
        "BDCDYH": f"{number}0000",
        "ZZDMJ": 120.0,
        "SCJZMJ": 240.0,
        "ZCS": 2,
    }
    points, lines = _boundary_tables(parcels)
    return {
        "JZD": points,
        "JZX": lines,
        "ZRZ": _table([MultiPolygon([building])], [house]),
        "C": _table([], floors),
        "H": _table([], flats),
        "FHT": _table(
            [_flat_outline(building)] * 2, [{"BDCDYH": f"{number}{at:04d}", "SJCS": at} for at in (1, 2)]
        ),
    }


def _flat_outline(building: Polygon) -> Polygon:
    """Return the outline of a flat: the building but for the stairs in its north-east corner (20 m²)."""
    west, south, east, north = building.bounds
    corners = [(west, south), (east, south), (east, north - 5), (east - 4, north - 5), (east - 4, north)]
    return Polygon([*corners, (west, north)])


def _boundary_tables(parcels: Features) -> tuple[ObjectTable, ObjectTable]:
    """Return points and lines of the parcels, each from its north-west corner, clockwise."""
    points: list[tuple[Point, dict[str, Any]]] = []
    lines: list[tuple[LineString, dict[str, Any]]] = []
    for code, geom in zip(parcels.codes, parcels.geoms, strict=True):
        corners = boundary_points(geom)
        places = [Point(corner.east_m, corner.north_m) for corner in corners]
        for seq, (corner, place) in enumerate(zip(corners, places, strict=True), start=1):
            row = {"ZDZHDM": code, "JZDH": corner.name, "SXH": seq, "XZBZ": place.y, "YZBZ": place.x}
            points.append((place, row | {"JDDJ": "一级"}))
            side = LineString([place, places[seq % len(places)]])
            lines.append((side, {"ZDZHDM": code, "JZXCD": round(side.length, 2)}))
    return (
        _table([place for place, _ in points], [row for _, row in points]),
        _table([side for side, _ in lines], [row for _, row in lines]),
    )


def _result(place: int, project: str) -> Result:
    parcels = _parcels(place)
    manifest = {"project_code": project, **_MANIFEST}
    return Result(parcels, _objects(parcels), _DAY, _AUTHOR, manifest)


@cache
def _template() -> bytes:
    """Return a GeoPackage with every layer and column and no row."""
    with tempfile.TemporaryDirectory(prefix="ningtu-write-") as folder:
        path = Path(folder) / "template.gpkg"
        write_template(path, COLUMNS)
        return path.read_bytes()


SAMPLES: Final[dict[str, Callable[[int, str], bytes]]] = {
    TEMPLATE: lambda _place, _project: _template(),
    "sample.gpkg": lambda place, project: geopackage_bytes(_result(place, project)),
    "sample.txt": lambda place, project: boundary_text(_result(place, project)),
    "sample_bundle.zip": lambda place, project: bundle(_result(place, project)),
}
