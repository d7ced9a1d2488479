"""What fixes do to a polygon: pure functions, EPSG:4547 (E, N) metres, results on the 1 mm grid."""

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.fixes.records import FixCode, Operation, Place
from spatial.survey.predicates import polygons_of
from spatial.survey.tolerances import GRID_M, NEAR_LINE_M, SAME_POINT_M

Ring = NDArray[np.float64]
# A ring of a polygon has three corners and repeats the first.
_LEAST_RING = 4


def apply(operation: Operation, geom: shapely.Geometry) -> shapely.MultiPolygon | None:
    """Return a polygon after an operation; None where it cannot be done or leaves no valid polygon.

    Parameters
    ----------
    operation : Operation
        What is done.
    geom : Polygon or MultiPolygon
        Perhaps invalid where it is to be repaired.

    Examples
    --------
    >>> plot = shapely.box(0, 0, 20, 10)
    >>> apply(Operation(FixCode.INSERT_POINT, (10.0, 0.02)), plot).area
    199.8
    """
    made = _DO[operation.code](geom, operation)
    if made is None:
        return None
    polygons = polygons_of(made)
    if polygons is None or not shapely.is_valid(polygons):
        return None
    return polygons


def moved_m(before: shapely.Geometry, after: shapely.Geometry) -> float:
    """Return how far a boundary moved at most, metres."""
    lines = shapely.boundary(before), shapely.boundary(after)
    if shapely.equals(*lines):
        return 0.0
    return round(float(shapely.hausdorff_distance(*lines)), 4)


def effect(before: shapely.Geometry, after: shapely.Geometry) -> tuple[float, float]:
    """Return how far a boundary moved at most (metres), and what the area gained (square metres).

    Parameters
    ----------
    before : Polygon or MultiPolygon
        Perhaps invalid: then the area is that of what would be repaired. Its boundary is taken as drawn, for
        a spike that is a line only has none once repaired.
    after : MultiPolygon
        Valid.
    """
    known = before if shapely.is_valid(before) else shapely.make_valid(before)
    return moved_m(before, after), round(float(shapely.area(after) - shapely.area(known)), 3)


def has_corner(geom: shapely.Geometry, place: Place) -> bool:
    """Tell whether a polygon has a corner at a place, both on the grid."""
    apart = np.hypot(*(shapely.get_coordinates(geom) - np.array(place)).T)
    return bool((apart < GRID_M / 2).any())


def _repair(geom: shapely.Geometry, _: Operation) -> shapely.Geometry:
    return _gridded(shapely.make_valid(geom, method="structure", keep_collapsed=False))


def _remove_repeated(geom: shapely.Geometry, _: Operation) -> shapely.Geometry:
    return shapely.remove_repeated_points(geom, SAME_POINT_M)


def _remove_spike(geom: shapely.Geometry, operation: Operation) -> shapely.Geometry | None:
    """Take the tip away; where its two sides then meet in one point, that point stays once."""

    def without(ring: Ring, at: int) -> Ring:
        kept = np.delete(ring[:-1], at, axis=0)
        return np.vstack([kept, kept[:1]])

    made = _at_corner(geom, operation.point, without)
    return None if made is None else shapely.remove_repeated_points(made, SAME_POINT_M)


def _snap_point(geom: shapely.Geometry, operation: Operation) -> shapely.Geometry | None:
    to = operation.to

    def moved(ring: Ring, at: int) -> Ring:
        corners = ring[:-1].copy()
        corners[at] = to
        return np.vstack([corners, corners[:1]])

    made = _at_corner(geom, operation.point, moved)
    return None if made is None else shapely.remove_repeated_points(made, SAME_POINT_M)


def _insert_point(geom: shapely.Geometry, operation: Operation) -> shapely.Geometry | None:
    """Put a corner on the nearest side, if one is within 5 cm."""
    rings, (which, side, apart) = _rings(geom), (-1, -1, np.inf)
    point = np.array(operation.point)
    for number, ring in enumerate(rings):
        distances = shapely.distance(
            shapely.linestrings(np.stack([ring[:-1], ring[1:]], axis=1)), shapely.points(point)
        )
        nearest = int(np.argmin(distances))
        if distances[nearest] < apart:
            which, side, apart = number, nearest, float(distances[nearest])
    if apart > NEAR_LINE_M:
        return None
    rings[which] = np.insert(rings[which], side + 1, point, axis=0)
    return _built(geom, rings)


def _cut_overlap(geom: shapely.Geometry, operation: Operation) -> shapely.Geometry:
    return _gridded(shapely.difference(geom, operation.ground))


_DO: dict[FixCode, Callable[[Any, Operation], Any]] = {
    FixCode.REPAIR: _repair,
    FixCode.REMOVE_REPEATED: _remove_repeated,
    FixCode.REMOVE_SPIKE: _remove_spike,
    FixCode.SNAP_POINT: _snap_point,
    FixCode.INSERT_POINT: _insert_point,
    FixCode.CUT_OVERLAP: _cut_overlap,
}


def _at_corner(
    geom: shapely.Geometry, place: Place | None, change: Callable[[Ring, int], Ring]
) -> shapely.Geometry | None:
    """Change the ring that has a corner at a place; None where none has, or too little is left of it."""
    rings = _rings(geom)
    for number, ring in enumerate(rings):
        apart = np.hypot(*(ring[:-1] - np.array(place)).T)
        at = int(np.argmin(apart))
        if apart[at] <= GRID_M / 2:
            rings[number] = change(ring, at)
            return _built(geom, rings) if len(rings[number]) >= _LEAST_RING else None
    return None


def _rings(geom: shapely.Geometry) -> list[Ring]:
    return [shapely.get_coordinates(ring) for part in shapely.get_parts(geom) for ring in _rings_of(part)]


def _rings_of(polygon: shapely.Polygon) -> list[shapely.LinearRing]:
    return [polygon.exterior, *polygon.interiors]


def _built(geom: shapely.Geometry, rings: list[Ring]) -> shapely.MultiPolygon:
    """Put changed rings together as they were."""
    left = iter(rings)
    parts = []
    for part in shapely.get_parts(geom):
        own = [next(left) for _ in _rings_of(part)]
        parts.append(shapely.Polygon(own[0], own[1:]))
    return shapely.MultiPolygon(parts)


def _gridded(geom: shapely.Geometry) -> shapely.Geometry:
    """Round to the grid; what falls together there is no ground."""
    return shapely.set_precision(shapely.set_precision(geom, GRID_M), 0.0)
