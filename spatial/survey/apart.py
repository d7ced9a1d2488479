"""Pairs of polygons that the line through a side keeps apart: most neighbours, found without their relation.

If all corners of one polygon lie on or left of a line and all of another's on or right of it, their interiors
do not meet, whatever their shapes. Corners are whole millimetres from the middle of all, so that the products
are exact in doubles up to 150 km apart. All geometries are polygons in EPSG:4547 (E, N), metres.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from spatial.survey.predicates import Geometries, Index, Vertices
from spatial.survey.tolerances import GRID_M

# Polygons of more corners are left to the exact relation; pairs are judged in classes of like size.
_CLASSES: Final = (4, 8, 16)
_PAIRS_AT_ONCE: Final = 20_000

Floats = NDArray[np.float64]


def kept_apart(geoms: Geometries, others: Geometries, left: Index, right: Index) -> NDArray[np.bool_]:
    """Tell of candidate pairs which ones a line surely keeps apart.

    Parameters
    ----------
    geoms, others : array of MultiPolygon
        Valid.
    left, right : array of int
        Candidate pairs, indices into ``geoms`` and ``others``.

    Returns
    -------
    array of bool
        True: the interiors do not meet. False: unknown.
    """
    apart = np.zeros(len(left), dtype=bool)
    if not len(left):
        return apart
    own = _Corners(geoms)
    other = own if others is geoms else _Corners(others, own.middle)
    sizes = np.maximum(own.sizes[left], other.sizes[right])
    least = 0
    for most in _CLASSES:
        chosen = np.flatnonzero((sizes > least) & (sizes <= most))
        for first in range(0, len(chosen), _PAIRS_AT_ONCE):
            part = chosen[first : first + _PAIRS_AT_ONCE]
            apart[part] = _parted(own, left[part], other, right[part], most)
            rest = part[~apart[part]]
            apart[rest] = _parted(other, right[rest], own, left[rest], most)
        least = most
    return apart


class _Corners:
    """Corners and sides of many polygons on the grid, with where each polygon's begin."""

    def __init__(self, geoms: Geometries, middle: Floats | None = None) -> None:
        corners = Vertices(geoms)
        self.middle: Floats = np.rint(corners.xy.mean(axis=0)) if middle is None else middle
        self.sizes = np.bincount(corners.feature, minlength=len(geoms))
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        grid = np.rint((corners.xy - self.middle) / GRID_M)
        step = grid[corners.following] - grid
        self.x, self.y = np.ascontiguousarray(grid.T)
        self.dx, self.dy = np.ascontiguousarray(step.T)
        self.level = self.dx * self.y - self.dy * self.x

    def rows(self, which: Index, width: int) -> Index:
        """Return the places of the polygons' corners, one column each, the last repeated up to a width."""
        place = np.minimum(np.arange(width)[:, None], self.sizes[which] - 1)
        found: Index = self.starts[which] + place
        return found


def _parted(own: _Corners, which: Index, other: _Corners, against: Index, width: int) -> NDArray[np.bool_]:
    """Tell for which pairs a line through a side of the first has both on its two sides."""
    at, to = own.rows(which, width), other.rows(against, width)
    x, y, far_x, far_y = own.x[at], own.y[at], other.x[to], other.y[to]
    found = np.zeros(len(which), dtype=bool)
    for side in range(width):
        dx, dy, level = own.dx[at[side]], own.dy[at[side]], own.level[at[side]]
        near = dx * y - dy * x - level
        far = dx * far_y - dy * far_x - level
        left = (near.min(axis=0) >= 0) & (far.max(axis=0) <= 0)
        right = (near.max(axis=0) <= 0) & (far.min(axis=0) >= 0)
        found |= (left | right) & ((dx != 0) | (dy != 0))
    return found
