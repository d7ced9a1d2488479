"""The one set of predicates of the checks: interior relation and areas, never ``overlaps``.

All geometries are polygons in EPSG:4547 (E, N), metres.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.tolerances import (
    CROWDED_NEIGHBOURS,
    CROWDED_PAIRS,
    GRID_M,
    NEAR_LINE_M,
    OVERLAP_M2,
    ROUNDED_APART_M,
    SHRINK_M,
)

Geometries = NDArray[np.object_]
Index = NDArray[np.int64]
INTERIORS_MEET = "T********"
_PAIRS_AT_ONCE = 4_000_000  # index pairs held in memory, 16 bytes each


def pairs_within(geoms: Geometries) -> tuple[Index, Index]:
    """Return index pairs i < j whose boxes meet."""
    left, right = shapely.STRtree(geoms).query(geoms)
    half = left < right
    return left[half], right[half]


def crowded(geoms: Geometries) -> bool:
    """Tell whether more boxes meet than in any real layer of parcels, so that comparing them would not end.

    Parameters
    ----------
    geoms : array of polygon or None
    """
    present = geoms[shapely.is_geometry(geoms)]
    most = CROWDED_PAIRS + CROWDED_NEIGHBOURS * len(present)
    tree, met, at = shapely.STRtree(present), 0, 0
    while at < len(present):
        step = max(1, _PAIRS_AT_ONCE // len(present))
        met += len(tree.query(present[at : at + step])[0])
        at += step
        if met > most:
            return True
    return False


def grouped(keys: Index, values: Index) -> Iterator[tuple[int, Index]]:
    """Yield each key once, in rising order, with the values that stand beside it in theirs.

    Examples
    --------
    >>> [(key, own.tolist()) for key, own in grouped(np.array([7, 3, 7]), np.array([0, 1, 2]))]
    [(3, [1]), (7, [0, 2])]
    """
    order = np.argsort(keys, kind="stable")
    found, first = np.unique(keys[order], return_index=True)
    if len(found):
        yield from zip(found.tolist(), np.split(values[order], first[1:]), strict=True)


def pairs_between(geoms: Geometries, others: Geometries) -> tuple[Index, Index]:
    """Return index pairs (geometry, other) whose boxes meet."""
    if not len(geoms) or not len(others):
        return np.array([], dtype=np.int64), np.array([], dtype=np.int64)
    left, right = shapely.STRtree(others).query(geoms)
    return left, right


@dataclass(frozen=True)
class Overlap:
    """Pairs of polygons that share ground.

    Parameters
    ----------
    left, right : array of int
        Indices.
    shapes : array of geometry
        The shared ground.
    areas_m2 : array of float
        Its area.
    refused : array of bool
        Whether the database would refuse the pair.
    """

    left: Index
    right: Index
    shapes: Geometries
    areas_m2: NDArray[np.float64]
    refused: NDArray[np.bool_]


def overlaps(geoms: Geometries, others: Geometries, left: Index, right: Index) -> Overlap:
    """Judge candidate pairs: refused by the database, or sharing more than a registered area can show.

    Parameters
    ----------
    geoms, others : array of polygon
        Valid.
    left, right : array of int
        Candidate pairs, indices into ``geoms`` and ``others``.
    """
    meet = shapely.relate_pattern(geoms[left], others[right], INTERIORS_MEET)
    left, right = left[meet], right[meet]
    shapes = shapely.intersection(geoms[left], others[right])
    areas = shapely.area(shapes)
    refused = shapely.relate_pattern(shrunk(geoms[left]), shrunk(others[right]), INTERIORS_MEET)
    told = refused | (areas > OVERLAP_M2)
    return Overlap(left[told], right[told], shapes[told], areas[told], refused[told])


def shrunk(geoms: Geometries) -> Geometries:
    """Shrink polygons by the tolerance of the database's guard."""
    made: Geometries = np.asarray(shapely.buffer(geoms, -SHRINK_M, join_style="mitre"), dtype=object)
    return made


def polygons_of(geom: shapely.Geometry) -> shapely.MultiPolygon | None:
    """Return the polygons in a geometry of any kind, None when there is none."""
    parts = shapely.get_parts(shapely.get_parts(geom))
    kept = [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]
    return shapely.MultiPolygon(kept) if kept else None


def mean_width_m(shape: shapely.Geometry) -> float:
    """Return twice a shape's area by its circumference, metres to 0.1 mm: the width of a long thin one."""
    length = float(shapely.length(shape))
    return round(2.0 * float(shapely.area(shape)) / length, 4) if length else 0.0


class Vertices:
    """All corners of many polygons as flat arrays, each with its neighbours along the ring.

    Parameters
    ----------
    geoms : array of MultiPolygon or None
        Missing ones have no corners.
    """

    def __init__(self, geoms: Geometries) -> None:
        present = np.array([at for at, geom in enumerate(geoms) if geom is not None], dtype=np.int64)
        _, coordinates, offsets = shapely.to_ragged_array(geoms[present])
        ring_starts, part_starts, feature_starts = offsets
        lengths = np.diff(ring_starts)
        kept = np.ones(len(coordinates), dtype=bool)
        kept[ring_starts[1:] - 1] = False  # the closing corner repeats the first
        ring_of = np.repeat(np.arange(len(lengths)), lengths)[kept]
        self.xy = coordinates[kept]
        part_of_ring = np.repeat(np.arange(len(part_starts) - 1), np.diff(part_starts))
        feature_of_part = np.repeat(np.arange(len(feature_starts) - 1), np.diff(feature_starts))
        self.feature = present[feature_of_part[part_of_ring[ring_of]]]
        counts = lengths - 1
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]]) if len(counts) else counts
        own, size, start = np.arange(len(self.xy)), counts[ring_of], starts[ring_of]
        self.following = start + (own - start + 1) % np.maximum(size, 1)
        self.preceding = start + (own - start - 1) % np.maximum(size, 1)

    @cached_property
    def side_m(self) -> NDArray[np.float64]:
        """Length of the side from each corner to the next."""
        step = self.xy[self.following] - self.xy
        length: NDArray[np.float64] = np.hypot(step[:, 0], step[:, 1])
        return length

    @cached_property
    def angle_deg(self) -> NDArray[np.float64]:
        """Angle at each corner between its two sides, 0 to 180 degrees."""
        back = self.xy[self.preceding] - self.xy
        ahead = self.xy[self.following] - self.xy
        cross = back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0]
        dot = (back * ahead).sum(axis=1)
        angle: NDArray[np.float64] = np.degrees(np.abs(np.arctan2(cross, dot)))
        return angle


@dataclass(frozen=True)
class LoosePoints:
    """Points near a polygon's line that are none of its points.

    Parameters
    ----------
    xy : array of float
        The points, EPSG:4547 (E, N) metres, one row each.
    holder, lacking : array of int
        The first polygon that has the point, and the one that lacks it.
    distances_m : array of float
        From the point to the line.
    """

    xy: NDArray[np.float64]
    holder: Index
    lacking: Index
    distances_m: NDArray[np.float64]


def loose_points(geoms: Geometries) -> LoosePoints:
    """Find the points that polygons should share and do not.

    A point within 5 cm of a polygon's line, and farther than rounding from all its points, is loose unless
    another polygon fills the ground between: then two boundaries part at a narrow angle.

    Parameters
    ----------
    geoms : array of MultiPolygon
        Valid.
    """
    corners = Vertices(geoms)
    xy, first = _unshared(geoms, corners)
    point, side, foot, distance = _near_sides(xy, corners)
    lacking = corners.feature[side]
    order = np.lexsort((distance, lacking, point))
    starts = np.flatnonzero(np.diff(point[order] * len(geoms) + lacking[order], prepend=-1))
    step = xy[point] - corners.xy[side]
    to_corner = np.hypot(step[:, 0], step[:, 1])[order]
    nearest = np.minimum.reduceat(to_corner, starts) if len(starts) else to_corner
    kept = order[starts[nearest > ROUNDED_APART_M]]
    point, lacking = point[kept], lacking[kept]
    loose = ~_filled(geoms, (xy[point] + foot[kept]) / 2.0, distance[kept], lacking)
    return LoosePoints(
        xy[point][loose], corners.feature[first[point]][loose], lacking[loose], distance[kept][loose]
    )


def _unshared(geoms: Geometries, corners: Vertices) -> tuple[NDArray[np.float64], Index]:
    """Return the distinct points that not every polygon near by has, and the first place of each."""
    _, first, number = np.unique(
        corners.xy[:, 0] + 1j * corners.xy[:, 1], return_index=True, return_inverse=True
    )
    held = np.unique(number * len(geoms) + corners.feature) // len(geoms)
    xy = corners.xy[first]
    boxes = shapely.box(*(xy - NEAR_LINE_M).T, *(xy + NEAR_LINE_M).T)
    near, _ = shapely.STRtree(geoms).query(boxes)
    lacked = np.bincount(near, minlength=len(xy)) > np.bincount(held, minlength=len(xy))
    return xy[lacked], first[lacked]


def _near_sides(
    xy: NDArray[np.float64], corners: Vertices
) -> tuple[Index, Index, NDArray[np.float64], NDArray[np.float64]]:
    """Return pairs of point and side within 5 cm, with the foot on the side and the distance to it."""
    ends = corners.xy, corners.xy[corners.following]
    low, high = np.minimum(*ends) - NEAR_LINE_M, np.maximum(*ends) + NEAR_LINE_M
    side, point = shapely.STRtree(shapely.points(xy)).query(shapely.box(*low.T, *high.T))
    start = corners.xy[side]
    along, to_point = corners.xy[corners.following[side]] - start, xy[point] - start
    square = (along**2).sum(axis=1)
    share = np.clip((along * to_point).sum(axis=1) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    foot = start + share[:, None] * along
    distance = np.hypot(*(xy[point] - foot).T)
    near = distance <= NEAR_LINE_M
    return point[near], side[near], foot[near], distance[near]


def _filled(
    geoms: Geometries, middles: NDArray[np.float64], distances: NDArray[np.float64], lacking: Index
) -> NDArray[np.bool_]:
    """Tell whether the ground in the middle between point and line is a polygon's, and not an overlap.

    The rim of a polygon counts only where the distance is no rounding: a point on the line is on its own rim.
    Nothing lies between a point and a line that it is on, whatever side of them the last digit falls.
    """
    places = shapely.points(middles)
    number, polygon = shapely.STRtree(geoms).query(places, predicate="intersects")
    inside = (distances[number] > GRID_M / 2.0) & shapely.contains(geoms[polygon], places[number])
    counts = (distances[number] > ROUNDED_APART_M) | inside
    overlapped = counts & (polygon == lacking[number])
    filled = np.zeros(len(middles), dtype=bool)
    filled[number[counts]] = True
    filled[number[overlapped]] = False
    return filled


def area_errors_m2(corners: Vertices, count: int, point_error_m: float) -> NDArray[np.float64]:
    """Return the mean error of each polygon's area, ``m_p·sqrt(⅛·Σd²)``, square metres.

    Parameters
    ----------
    corners : Vertices
        EPSG:4547.
    count : int
        Number of polygons.
    point_error_m : float
        Mean error of a boundary point, metres.

    Examples
    --------
    >>> from shapely.geometry import box, MultiPolygon
    >>> corners = Vertices(np.array([MultiPolygon([box(0, 0, 30, 20)])], dtype=object))
    >>> area_errors_m2(corners, 1, 0.05).round(2).tolist()
    [1.27]
    """
    chord = corners.xy[corners.following] - corners.xy[corners.preceding]
    sums = np.bincount(corners.feature, weights=(chord**2).sum(axis=1), minlength=count)
    errors: NDArray[np.float64] = point_error_m * np.sqrt(sums / 8.0)
    return errors
