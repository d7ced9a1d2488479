"""From rings to polygons: which ring is a hole is decided by containment, never by its number."""

from collections.abc import Sequence

import numpy as np
import shapely

from spatial.crs import Coordinates


def assemble(rings: Sequence[Coordinates]) -> shapely.MultiPolygon:
    """Build a multi-polygon from rings in any order.

    Parameters
    ----------
    rings : sequence of arrays of shape (n, 2)
        (E, N) metres, open or closed, at least three distinct points each.

    Returns
    -------
    MultiPolygon
        A ring inside an odd number of others is a hole of the smallest one around it. Nothing is repaired.

    Examples
    --------
    >>> square = lambda low, high: np.array([[low, low], [high, low], [high, high], [low, high]], float)
    >>> shape = assemble([square(4, 6), square(0, 10), square(20, 30)])
    >>> len(shape.geoms), shape.area
    (2, 196.0)
    """
    shells = shapely.polygons([shapely.linearrings(_close(ring)) for ring in rings])
    areas = np.array([abs(_signed_area(ring)) for ring in rings])
    inner = [_inner_point(shell) for shell in shells]
    around = [
        [
            other
            for other in range(len(rings))
            if other != at and areas[other] > areas[at] and shapely.contains_xy(shells[other], *inner[at])
        ]
        for at in range(len(rings))
    ]
    parts = []
    for at, outside in enumerate(around):
        if len(outside) % 2:
            continue
        holes = [
            _close(rings[hole])
            for hole, parents in enumerate(around)
            if len(parents) % 2 and min(parents, key=lambda other: float(areas[other])) == at
        ]
        parts.append(shapely.Polygon(_close(rings[at]), holes))
    return shapely.MultiPolygon(parts)


def _close(ring: Coordinates) -> Coordinates:
    return ring if bool((ring[0] == ring[-1]).all()) else np.vstack([ring, ring[:1]])


def _signed_area(ring: Coordinates) -> float:
    east, north = (ring - ring[0]).T
    return float(np.dot(east, np.roll(north, -1)) - np.dot(np.roll(east, -1), north)) / 2


def _inner_point(shell: shapely.Polygon) -> tuple[float, float]:
    """Return a point inside the ring; for a self-crossing ring, one inside its repaired form."""
    usable = shell if shapely.is_valid(shell) else shapely.make_valid(shell)
    point = shapely.point_on_surface(usable)
    return float(shapely.get_x(point)), float(shapely.get_y(point))
