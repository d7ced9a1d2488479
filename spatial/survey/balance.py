"""What differs between two states of parcels: attributes, ground, and whether areas balance (domain 6.2)."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.predicates import Vertices, area_errors_m2
from spatial.survey.records import Features, Geometries, Registered
from spatial.survey.tolerances import POINT_ERROR_M

# Registered areas have two decimals.
_HALF_A_DECIMAL_M2 = 0.005


def restated(
    features: Features, known: Sequence[int], registered: Mapping[str, Registered]
) -> dict[int, tuple[str, ...]]:
    """Return of known features which attributes the upload states otherwise than the register.

    What an upload leaves blank it does not state.

    Parameters
    ----------
    features : Features
        Upload.
    known : sequence of int
        Indices of features with a live parcel of their code.
    registered : mapping
        What the register says by parcel code; areas in square metres.
    """
    found = {}
    for at in known:
        before = registered.get(str(features.codes[at]))
        differs = () if before is None else _differing(features, at, before)
        if differs:
            found[at] = differs
    return found


def _differing(features: Features, at: int, before: Registered) -> tuple[str, ...]:
    declared, use, address = features.declared_m2[at], features.land_use[at], features.address[at]
    differs = []
    if declared is not None and before.area_m2 is not None:
        rounding = max(_HALF_A_DECIMAL_M2, features.resolution_m2[at] or 0.0)
        if abs(declared - before.area_m2) > rounding + 1e-9:
            differs.append("area")
    if use and use != (before.land_use or ""):
        differs.append("land_use")
    if address and address != (before.address or ""):
        differs.append("address")
    return tuple(differs)


def exchanged_m2(new: Geometries, old: Geometries) -> NDArray[np.float64]:
    """Return how much ground each pair of valid polygons does not have in common, square metres."""
    if not len(new):
        return np.zeros(0)
    areas: NDArray[np.float64] = shapely.area(shapely.symmetric_difference(new, old))
    return areas


def area_tolerance_m2(before: Geometries, after: Geometries) -> float:
    """Return how far the sums of areas of two surveys of the same ground may lie apart.

    Twice the mean error of their difference, ``2·sqrt(m_S,old² + m_S,new²)``: what is common to both sides
    of a boundary inside the ground leaves the sum as it is, so m_S is taken of the outline of all of it. For
    one parcel measured twice this is ``2·m_S·√2`` (domain 6.2).

    Parameters
    ----------
    before, after : array of polygons
        EPSG:4547, valid; neither empty.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> plot = np.array([box(0, 0, 30, 20)], dtype=object)
    >>> round(area_tolerance_m2(plot, plot), 2)
    3.61
    """
    outlines = np.array([_outline(before), _outline(after)], dtype=object)
    errors = area_errors_m2(Vertices(outlines), 2, POINT_ERROR_M)
    return float(2.0 * np.hypot(*errors))


def _outline(geoms: Geometries) -> shapely.MultiPolygon:
    parts = [part for part in shapely.get_parts(shapely.union_all(geoms)) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)
