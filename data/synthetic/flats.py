"""The flats on one floor of a house: around a stairwell that takes the shared part of the floor.

The floor is drawn in its own coordinates (u, v) from 0 to 1 and set into the house's four corners, each node
rounded to 1 mm once, so that flats share their corners and never overlap.
CRS: EPSG:4547 (E, N) metres.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from data.synthetic.blocks import place
from data.synthetic.mesh import Floats

# Outlines by how many flats share the floor; what they leave free is the stairwell, 0.15 of the floor.
_ONE = (((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.7, 0.5), (0.7, 1.0), (0.0, 1.0)),)
_LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.35, 0.5), (0.35, 1.0), (0.0, 1.0))
_CORNER = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.3125), (0.3, 0.3125), (0.3, 0.5), (0.0, 0.5))
Shape = tuple[tuple[float, float], ...]


def _turned(shape: Shape, *, east: bool = False, north: bool = False) -> Shape:
    """Return a shape mirrored to the other side, with its corners in the same sense."""
    mirrored = [(1 - u if east else u, 1 - v if north else v) for u, v in shape]
    return tuple(mirrored[::-1] if east != north else mirrored)


_LAYOUTS: dict[int, tuple[Shape, ...]] = {
    1: _ONE,
    2: (_LEFT, _turned(_LEFT, east=True)),
    4: (
        _CORNER,
        _turned(_CORNER, east=True),
        _turned(_CORNER, east=True, north=True),
        _turned(_CORNER, north=True),
    ),
}


def flats_in(house: Polygon, count: int) -> NDArray[np.object_]:
    """Return the outlines of the flats on one floor.

    Parameters
    ----------
    house : Polygon
        Four corners, counter-clockwise from the south-west, EPSG:4547 (E, N) metres.
    count : int
        1, 2 or 4.

    Examples
    --------
    >>> flats = flats_in(Polygon([(0, 0), (20, 0), (20, 12), (0, 12)]), 4)
    >>> round(float(shapely.area(flats).sum()), 2), bool(shapely.coverage_is_valid(flats))
    (204.0, True)
    """
    corners: Floats = shapely.get_coordinates(house)[:4]
    layout = _LAYOUTS[count]
    nodes = np.array([node for shape in layout for node in shape])
    placed = place(corners, nodes[:, 0], nodes[:, 1])
    rings = np.split(placed, np.cumsum([len(shape) for shape in layout])[:-1])
    return np.array([Polygon(ring) for ring in rings], dtype=object)
