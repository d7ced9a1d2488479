"""A county cut into faces without gap or overlap: bent square cells inside, triangles along the line.

Every vertex is a vertex of the county line or a node of the mesh, both on the 1 mm grid, so that no cut makes
a new point and the faces tile the county exactly. CRS everywhere: EPSG:4547 (E, N) metres.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from data.synthetic.randomness import stream

CELL_M = 250.0
# A node moves by at most a fifth of a cell on each axis: every cell then stays convex.
BEND = 0.2
MM = 3
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Mesh:
    """Nodes of the bent grid over the city's box.

    Attributes
    ----------
    nodes : ndarray, shape (columns + 1, rows + 1, 2)
        EPSG:4547 (E, N) metres, 1 mm grid.
    """

    nodes: Floats

    def corners(self, cells: Integers) -> Floats:
        """Return the corners of cells ``(column, row)``, counter-clockwise from the south-west.

        Returns
        -------
        ndarray, shape (n, 4, 2)
            EPSG:4547 (E, N) metres.
        """
        i, j = cells[:, 0], cells[:, 1]
        return np.stack(
            [self.nodes[i, j], self.nodes[i + 1, j], self.nodes[i + 1, j + 1], self.nodes[i, j + 1]], axis=1
        )


@dataclass(frozen=True, slots=True)
class Faces:
    """The faces of one county.

    Attributes
    ----------
    cells : ndarray, shape (n, 2)
        Column and row of the cells that lie wholly inside.
    polygons : ndarray of Polygon
        The cells, then the triangles along the line; EPSG:4547 (E, N) metres.
    centres : ndarray, shape (m, 2)
        A point in each face.
    """

    cells: Integers
    polygons: NDArray[np.object_]
    centres: Floats


def make_mesh(bounds_m: tuple[float, float, float, float], seed: int) -> Mesh:
    """Lay the bent grid over a box.

    Parameters
    ----------
    bounds_m : tuple of float
        West, south, east, north, EPSG:4547 metres.
    seed : int
        Seed of the city.
    """
    west, south = (np.floor(value / CELL_M) * CELL_M for value in bounds_m[:2])
    columns, rows = (
        int(np.ceil((far - near) / CELL_M)) for near, far in ((west, bounds_m[2]), (south, bounds_m[3]))
    )
    shift = stream(seed, "mesh").uniform(-BEND, BEND, size=(columns + 1, rows + 1, 2)) * CELL_M
    east, north = np.meshgrid(
        west + np.arange(columns + 1) * CELL_M, south + np.arange(rows + 1) * CELL_M, indexing="ij"
    )
    return Mesh(np.round(np.stack([east, north], axis=2) + shift, MM))


def faces_of(mesh: Mesh, county: BaseGeometry) -> Faces:
    """Cut a county (EPSG:4547, 1 mm grid) into faces that tile it exactly."""
    cells = _inside(mesh, county)
    quads = shapely.polygons(mesh.corners(cells))
    border = county.difference(shapely.coverage_union_all(quads))
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(np.array(_parts(border))))
    triangles = triangles[np.argsort(_order(triangles), kind="stable")]
    polygons = np.concatenate([quads, triangles])
    return Faces(cells, polygons, shapely.get_coordinates(shapely.centroid(polygons)))


def _inside(mesh: Mesh, county: BaseGeometry) -> Integers:
    """Return the cells that lie properly inside a county, as columns and rows."""
    west, south, east, north = shapely.bounds(county)
    i = np.flatnonzero((mesh.nodes[:-1, 0, 0] > west - CELL_M) & (mesh.nodes[1:, 0, 0] < east + CELL_M))
    j = np.flatnonzero((mesh.nodes[0, :-1, 1] > south - CELL_M) & (mesh.nodes[0, 1:, 1] < north + CELL_M))
    cells = np.stack(np.meshgrid(i, j, indexing="ij"), axis=2).reshape(-1, 2)
    shapely.prepare(county)
    inside: Integers = cells[shapely.contains_properly(county, shapely.polygons(mesh.corners(cells)))]
    return inside


def _parts(shape: BaseGeometry) -> list[Polygon]:
    if isinstance(shape, Polygon):
        return [shape]
    if isinstance(shape, MultiPolygon):
        return list(shape.geoms)
    raise TypeError(shape.geom_type)


def _order(polygons: NDArray[np.object_]) -> Floats:
    """Return a key that does not depend on the order GEOS gives the triangles in."""
    bounds: Floats = shapely.bounds(polygons)
    return bounds[:, 0] * 1e7 + bounds[:, 1]
