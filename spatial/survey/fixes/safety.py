"""Whether a fix may be offered: it must leave less trouble than it found (EPSG:4547, metres)."""

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.predicates import shrunk
from spatial.survey.tolerances import LEAST_AREA_M2, OVERLAP_M2

Geometries = NDArray[np.object_]


def harms(before: shapely.Geometry, after: shapely.Geometry, others: Geometries) -> bool:
    """Tell whether a polygon would be worse than it was.

    It would be where it is no valid polygon or hardly one any more, falls into more parts, or shares more
    ground with another parcel than before (up to the last decimal of an area), or ground that the database
    refuses where it did not.

    Parameters
    ----------
    before, after : Polygon or MultiPolygon
        Before perhaps invalid.
    others : array of polygon
        Valid parcels around it.
    """
    if not shapely.is_valid(after) or shapely.area(after) <= LEAST_AREA_M2:
        return True
    known = before if shapely.is_valid(before) else shapely.make_valid(before)
    if shapely.get_num_geometries(after) > max(shapely.get_num_geometries(known), 1):
        return True
    if not len(others):
        return False
    then, now = (
        shapely.area(shapely.intersection(known, others)),
        shapely.area(shapely.intersection(after, others)),
    )
    if (now > np.maximum(then, OVERLAP_M2)).any():
        return True
    near = others[now > 0]
    if not len(near):
        return False
    less = shrunk(near)
    refused_now = shapely.relate_pattern(shrunk(np.array([after], dtype=object))[0], less, "T********")
    refused_then = shapely.relate_pattern(shrunk(np.array([known], dtype=object))[0], less, "T********")
    return bool((refused_now & ~refused_then).any())
