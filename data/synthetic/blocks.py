"""The lots of one cell: a lattice in the bent square, so that neighbours share their corners.

A cell is drawn in its own coordinates (u, v) from 0 to 1 and set into its four corners by bilinear
interpolation; every node is rounded to 1 mm once, and all lots that meet there use it. Lots keep off the
cell's edge, so that lots of two cells never meet; only strips of street reach it, along the straight edge
that both cells have.
CRS: EPSG:4547 (E, N) metres.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from data.synthetic.mesh import CELL_M, MM, Floats
from data.synthetic.plan import LOTS, TOWN_KINDS, Kind

STREET_M = 9.0
LANE_M = 4.0
PATH_M = 1.0
HAMLET_EDGE = 0.26
# A house stands in the middle of its lot and takes this part of its width and depth.
HOUSE_PART = 0.5


@dataclass(frozen=True, slots=True)
class Lots:
    """The lots of a cell.

    Attributes
    ----------
    polygons : ndarray of Polygon
        Lots by column and row, then, in town, the street strips south, east, north, west.
    houses : ndarray of Polygon
        A house in the middle of each lot (not of the streets).
    """

    polygons: NDArray[np.object_]
    houses: NDArray[np.object_]


def lots_in(kind: Kind, corners: Floats) -> Lots:
    """Lay out a cell.

    Parameters
    ----------
    kind : Kind
        What the cell holds; not empty.
    corners : ndarray, shape (4, 2)
        Counter-clockwise from the south-west, EPSG:4547 (E, N) metres.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [250.0, 0.0], [250.0, 250.0], [0.0, 250.0]])
    >>> lots = lots_in(Kind.PARK, square)
    >>> len(lots.polygons), len(lots.houses)
    (5, 1)
    >>> bool(shapely.coverage_is_valid(lots.polygons))
    True
    """
    spans_u, spans_v = _spans(kind)
    quads = shapely.polygons(_quads(corners, spans_u, spans_v))
    houses = shapely.polygons(_quads(corners, _middles(spans_u), _middles(spans_v)))
    if kind in TOWN_KINDS:
        quads = np.concatenate([quads, _streets(corners, spans_u, spans_v)])
    return Lots(quads, houses)


def _spans(kind: Kind) -> tuple[Floats, Floats]:
    """Return where the columns and rows begin and end, in (u, v)."""
    columns, rows = LOTS[kind]
    if kind is Kind.HAMLET:
        return _pairs(columns), _even(rows, HAMLET_EDGE)
    edge = (STREET_M if kind in TOWN_KINDS else PATH_M) / CELL_M
    return _even(columns, edge), _even(rows, edge)


def _even(count: int, edge: float) -> Floats:
    nodes = np.linspace(edge, 1 - edge, count + 1)
    return np.stack([nodes[:-1], nodes[1:]], axis=1)


def _pairs(columns: int) -> Floats:
    """Return columns two by two, back to back, with a lane between the pairs."""
    lane = LANE_M / CELL_M
    pairs = columns // 2
    width = (1 - 2 * HAMLET_EDGE - lane * (pairs - 1)) / columns
    starts = [
        HAMLET_EDGE + (index // 2) * (2 * width + lane) + (index % 2) * width for index in range(columns)
    ]
    return np.array([[start, start + width] for start in starts])


def _middles(spans: Floats) -> Floats:
    width = spans[:, 1:] - spans[:, :1]
    trim = (1 - HOUSE_PART) / 2
    return np.concatenate([spans[:, :1] + trim * width, spans[:, 1:] - trim * width], axis=1)


def _quads(corners: Floats, spans_u: Floats, spans_v: Floats) -> Floats:
    """Return the corners of every lot, columns first; shape (columns * rows, 4, 2)."""
    u, v = (grid.reshape(-1, 2) for grid in _grid(spans_u, spans_v))
    around = ((0, 0), (1, 0), (1, 1), (0, 1))
    return np.stack([place(corners, u[:, a], v[:, b]) for a, b in around], axis=1)


def _grid(spans_u: Floats, spans_v: Floats) -> tuple[Floats, Floats]:
    n, m = len(spans_u), len(spans_v)
    return np.repeat(spans_u[:, None], m, axis=1), np.repeat(spans_v[None], n, axis=0)


def place(corners: Floats, u: Floats, v: Floats) -> Floats:
    """Set points of the cell into the plane, rounded to 1 mm."""
    u, v = u[:, None], v[:, None]
    south = (1 - u) * corners[0] + u * corners[1]
    north = (1 - u) * corners[3] + u * corners[2]
    placed: Floats = np.round((1 - v) * south + v * north, MM)
    return placed


def _streets(corners: Floats, spans_u: Floats, spans_v: Floats) -> NDArray[np.object_]:
    """Return the four strips between the lots and the cell's edge, with the lots' nodes on the inner side."""
    u = np.append(spans_u[:, 0], spans_u[-1, 1])
    v = np.append(spans_v[:, 0], spans_v[-1, 1])
    inner = (
        place(corners, u, np.full_like(u, v[0])),
        place(corners, np.full_like(v, u[-1]), v),
        place(corners, u[::-1], np.full_like(u, v[-1])),
        place(corners, np.full_like(v, u[0]), v[::-1]),
    )
    strips = [
        Polygon([corners[side], corners[(side + 1) % 4], *inner[side][::-1]]) for side in range(len(corners))
    ]
    return np.array(strips, dtype=object)
