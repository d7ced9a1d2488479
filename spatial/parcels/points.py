"""Boundary points (界址点) of a parcel, and their exchange file."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shapely.geometry import LinearRing, MultiPolygon, Polygon
from shapely.geometry.polygon import orient

from spatial.crs import ZONE, ZONE_PREFIX_M
from spatial.parcels.records import ParcelVersion

Corner = tuple[float, float]
M2_PER_HECTARE = 10_000
# What separates in the file, also as readers take it from full-width letters.
_SEPARATORS = str.maketrans({",": ";", "，": ";", "@": " ", "＠": " "})


@dataclass(frozen=True, slots=True)
class BoundaryPoint:
    """A boundary point (界址点).

    Attributes
    ----------
    name : str
        ``J1`` and so on, running over all rings.
    ring : int
        Ring it belongs to, from 1.
    north_m, east_m : float
        EPSG:4547, metres, without zone number.
    side_m : float
        Distance to the next point of the ring, metres.
    """

    name: str
    ring: int
    north_m: float
    east_m: float
    side_m: float


def boundary_points(geom: Polygon | MultiPolygon) -> list[BoundaryPoint]:
    """Return the points of a shape: outer rings clockwise from the north-west corner, holes the other way.

    A ring starts at the vertex nearest to the north-west corner of its box. Parts and the holes of a part
    follow each other by how near they begin to the north-west corner of the whole; numbers run on. So the
    land is always on the right hand.

    Parameters
    ----------
    geom : Polygon or MultiPolygon
        EPSG:4547 (E, N) metres.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> [(p.name, p.north_m, p.east_m, p.side_m) for p in boundary_points(box(0, 0, 3, 4))][:2]
    [('J1', 4.0, 0.0, 3.0), ('J2', 4.0, 3.0, 4.0)]
    """
    points: list[BoundaryPoint] = []
    for ring_no, corners in enumerate(_rings(geom), start=1):
        for at, (east, north) in enumerate(corners):
            next_east, next_north = corners[(at + 1) % len(corners)]
            side = math.hypot(next_east - east, next_north - north)
            points.append(BoundaryPoint(f"J{len(points) + 1}", ring_no, north, east, side))
    return points


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot (地块) of an exchange file: EPSG:4547 (E, N) metres, its area in square metres."""

    code: str
    name: str
    use: str
    area_m2: float
    geom: Polygon | MultiPolygon


def points_file(parcel: ParcelVersion, *, made_on: date, made_by: str) -> str:
    """Return the boundary-point exchange file (界址点坐标, 电子报盘) of a parcel; see :func:`plots_file`."""
    code = parcel.parcel_code
    plot = Plot(code, code, parcel.land_use or "", float(parcel.official_area_m2), parcel.geom)
    return plots_file([plot], made_on=made_on, made_by=made_by)


def plots_file(plots: Sequence[Plot], *, made_on: date, made_by: str) -> str:
    """Return the boundary-point exchange file of several plots.

    Coordinates are north, then east with the zone number 38 before it, metres with three decimals; each ring
    is closed; the count of a head is the number of its rows. Lines end with CR LF.
    """
    head = [
        "[属性描述]",
        "格式版本号=1.01",
        f"数据产生单位={_field(made_by)}",
        f"数据产生日期={made_on.isoformat()}",
        "坐标系=2000国家大地坐标系",
        "几度分带=3",
        "投影类型=高斯克吕格",
        "计量单位=米",
        f"带号={ZONE}",
        "精度=0.001",
        "转换参数=0,0,0,0,0,0,0",
        "[地块坐标]",
    ]
    lines = [line for plot in plots for line in _plot(plot)]
    return "\r\n".join([*head, *lines, ""])


def _plot(plot: Plot) -> list[str]:
    lines = _closed(boundary_points(plot.geom))
    hectares = plot.area_m2 / M2_PER_HECTARE
    code, name, use = _field(plot.code), _field(plot.name), _field(plot.use)
    return [f"{len(lines)},{hectares:.4f},{code},{name},面,,{use},,@", *lines]


def _field(text: str) -> str:
    """Return a text that cannot end its field, its head or its line."""
    kept = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(kept.translate(_SEPARATORS).split())


def _closed(points: list[BoundaryPoint]) -> list[str]:
    lines: list[str] = []
    for at, point in enumerate(points):
        lines.append(_line(point))
        if at + 1 == len(points) or points[at + 1].ring != point.ring:
            first = next(other for other in points if other.ring == point.ring)
            lines.append(_line(first))
    return lines


def _line(point: BoundaryPoint) -> str:
    return f"{point.name},{point.ring},{point.north_m:.3f},{point.east_m + ZONE_PREFIX_M:.3f}"


def _rings(geom: Polygon | MultiPolygon) -> list[list[Corner]]:
    """Return the rings in order, each from its north-west corner, the first point not repeated."""
    west, _, _, north = geom.bounds
    parts = []
    for polygon in geom.geoms if isinstance(geom, MultiPolygon) else [geom]:
        turned = orient(polygon, sign=-1.0)
        outer, *holes = (_from_north_west(ring) for ring in (turned.exterior, *turned.interiors))
        parts.append([outer, *sorted(holes, key=lambda ring: _reach(ring[0], west, north))])
    parts.sort(key=lambda rings: _reach(rings[0][0], west, north))
    return [ring for rings in parts for ring in rings]


def _from_north_west(ring: LinearRing) -> list[Corner]:
    corners = [(float(x), float(y)) for x, y in list(ring.coords)[:-1]]
    west, _, _, north = ring.bounds
    start = min(range(len(corners)), key=lambda at: _reach(corners[at], west, north))
    return corners[start:] + corners[:start]


def _reach(corner: Corner, west: float, north: float) -> tuple[float, float, float]:
    """Return the distance from the north-west corner of a box; of equals the more western comes first."""
    east_m, north_m = corner
    return (math.hypot(east_m - west, north - north_m), east_m, -north_m)
