"""The Shapely form of the measurement: shapes against the pieces of a boundary set, on arrays.

Equal to the SQL form (``sql/measure_whole.sql``, ``measure.sql``, ``assign_rest.sql``) in every digit.
A polygon of one part that meets no line lies wholly in the county of its first vertex; of all others
both forms take the same pieces, intersect on a grid of 1 µm and round each piece's area to 1 mm².
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from spatial.counties.records import Measured
from spatial.counties.rules import GRID_M, MM2_PER_M2, summarise


@dataclass(frozen=True, slots=True)
class BoundaryPieces:
    """A boundary set cut up for measuring; EPSG:4547 (E, N) metres.

    Attributes
    ----------
    pieces : array of Polygon
        Tile the counties.
    county_codes : array of str
        County of each piece.
    in_city : array of bool
        Whether it is a county of the city.
    lines : array of LineString
        Parts of the lines that bound the city's counties.
    """

    pieces: NDArray[Any]
    county_codes: NDArray[Any]
    in_city: NDArray[np.bool_]
    lines: NDArray[Any]


def measure(geoms: Sequence[BaseGeometry], boundary: BoundaryPieces) -> list[Measured]:
    """Measure shapes against a boundary set.

    Parameters
    ----------
    geoms : sequence of Point, Polygon or MultiPolygon
        Valid, EPSG:4547 (E, N) metres, 1 mm grid.
    boundary : BoundaryPieces

    Returns
    -------
    list of Measured
        Areas in mm², distances in metres, never None.
    """
    shapes = np.asarray(geoms, dtype=object)
    totals = np.rint(shapely.area(shapes) * MM2_PER_M2).astype(np.int64)
    distances = _distances(shapes, boundary.lines)
    counties = _whole(shapes, distances, boundary)
    others = np.array([county is None for county in counties], dtype=bool)
    measured = iter(_shared(shapes[others], boundary))
    return [
        summarise(
            next(measured) if county is None else [(county, True, int(total))],
            total_mm2=int(total),
            distance_to_line_m=float(distance),
        )
        for county, total, distance in zip(counties, totals, distances, strict=True)
    ]


def _whole(shapes: NDArray[Any], distances: NDArray[np.float64], boundary: BoundaryPieces) -> NDArray[Any]:
    """Return the county of the city in which a shape lies wholly; None where that cannot be said."""
    single = (shapely.get_num_geometries(shapes) == 1) & (shapely.get_dimensions(shapes) == _AREAL)
    clear = np.flatnonzero(single & (distances > 0))
    vertices = shapely.get_point(shapely.get_exterior_ring(shapely.get_geometry(shapes[clear], 0)), 0)
    which, piece = shapely.STRtree(boundary.pieces).query(vertices, predicate="intersects")
    inside = boundary.in_city[piece]
    counties = np.full(len(shapes), None, dtype=object)
    counties[clear[which[inside]]] = boundary.county_codes[piece[inside]]
    return counties


def _shared(shapes: NDArray[Any], boundary: BoundaryPieces) -> list[list[tuple[str, bool, int]]]:
    """Return what each shape shares with each county: code, whether of the city, mm² by piece."""
    which, piece = shapely.STRtree(boundary.pieces).query(shapes)
    areas = _areas(shapes[which], boundary.pieces[piece])
    touched = shapely.intersects(shapes[which], boundary.pieces[piece])
    found: list[dict[tuple[str, bool], int]] = [defaultdict(int) for _ in shapes]
    for row in np.flatnonzero(touched):
        key = (str(boundary.county_codes[piece[row]]), bool(boundary.in_city[piece[row]]))
        found[which[row]][key] += int(areas[row])
    return [[(code, in_city, area) for (code, in_city), area in shape.items()] for shape in found]


def _areas(shapes: NDArray[Any], pieces: NDArray[Any]) -> NDArray[np.float64]:
    """Return the area each shape shares with its piece, whole mm²."""
    shared = shapely.area(shapes)
    cut = ~shapely.covers(pieces, shapes) & (shared > 0)
    shared[cut] = shapely.area(shapely.intersection(shapes[cut], pieces[cut], grid_size=GRID_M))
    rounded: NDArray[np.float64] = np.rint(shared * MM2_PER_M2)
    return rounded


_AREAL = 2


def _distances(shapes: NDArray[Any], lines: NDArray[Any]) -> NDArray[np.float64]:
    """Return the distance of each shape to the nearest line, metres on 1 mm."""
    pairs, distances = shapely.STRtree(lines).query_nearest(shapes, return_distance=True, all_matches=False)
    found = np.empty(len(shapes))
    found[pairs[0]] = distances
    return np.round(found, 3)
