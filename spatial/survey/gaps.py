"""Ground that no parcel has: narrow gaps between neighbours, and holes in a layer that covers everything.

All geometries are polygons in EPSG:4547 (E, N), metres.
"""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.predicates import Geometries, pairs_within
from spatial.survey.tolerances import GAP_LENGTH_M, GAP_M, ROUNDED_APART_M

_AT_ONCE: Final = 4_000


def narrow_gaps(geoms: Geometries, wanted: int) -> Geometries:
    """Find gaps up to 20 cm wide and longer than half a metre between polygons.

    Parameters
    ----------
    geoms : array of MultiPolygon
        Valid.
    wanted : int
        Search ends after so many.

    Returns
    -------
    array of Polygon
        Each gap once.
    """
    facing = shapely.coverage_invalid_edges(geoms, gap_width=GAP_M)
    candidates = np.flatnonzero(~shapely.is_empty(facing))
    zones = shapely.buffer(facing[candidates], GAP_M, cap_style="flat", join_style="mitre")
    rest = _uncovered(zones, geoms)
    gaps: list[Geometries] = [np.array([], dtype=object)]
    left, right = pairs_within(rest)
    found = 0
    for start in range(0, len(left), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        # What lies before the sides of two parcels is a gap; before one alone it is open land.
        pieces = shapely.get_parts(shapely.intersection(rest[left[part]], rest[right[part]]))
        gaps.append(pieces[_is_narrow_gap(pieces)])
        found += len(gaps[-1])
        if found >= wanted:
            break
    return _each_once(np.concatenate(gaps))


def _uncovered(zones: Geometries, geoms: Geometries) -> Geometries:
    """Take from each zone what polygons cover, one polygon of each zone at a time."""
    zone, polygon = shapely.STRtree(geoms).query(zones, predicate="intersects")
    rank = np.arange(len(zone)) - np.searchsorted(zone, zone)
    rest = zones.copy()
    for turn in range(int(rank.max(initial=-1)) + 1):
        now = rank == turn
        rest[zone[now]] = shapely.difference(rest[zone[now]], geoms[polygon[now]])
    return rest


def _is_narrow_gap(pieces: Geometries) -> NDArray[np.bool_]:
    length = shapely.length(pieces) / 2.0
    with np.errstate(invalid="ignore", divide="ignore"):
        width = shapely.area(pieces) / length
    kept: NDArray[np.bool_] = (length > GAP_LENGTH_M) & (width > ROUNDED_APART_M / 2.0)
    return kept


def _each_once(gaps: Geometries) -> Geometries:
    """Keep of gaps seen from both sides the first."""
    if not len(gaps):
        return gaps
    one, other = shapely.STRtree(gaps).query(gaps, predicate="intersects")
    again = np.zeros(len(gaps), dtype=bool)
    again[one[other < one]] = True
    return gaps[~again]


def holes(geoms: Geometries, inside: Geometries | None) -> Geometries:
    """Find ground that polygons enclose, or leave over of given areas.

    Parameters
    ----------
    geoms : array of MultiPolygon
        Valid.
    inside : array of polygon or None
        Areas that should be covered; without them, what the polygons enclose.

    Returns
    -------
    array of Polygon
    """
    union = shapely.union_all(geoms)
    if inside is not None:
        rest = shapely.difference(shapely.union_all(inside), union)
    else:
        shells = shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(union)))
        rest = shapely.difference(shapely.union_all(shells), union)
    parts: Geometries = shapely.get_parts(rest)
    return parts
