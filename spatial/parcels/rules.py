"""Pure rules of parcel shapes, on arrays; EPSG:4547 (E, N) metres throughout."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Geometries = NDArray[Any]

# Coordinates of the register have three decimals (TD/T 1001: boundary points to the millimetre).
GRID_DECIMALS = 3
# Pieces are shrunk by 1 mm on each side, so that neighbours that meet or differ by rounding do not collide;
# and by a hundredth of it more, because PostgreSQL's polygon && is true for polygons that only touch.
SHRINK_M = 0.00101
# Pieces with more vertices are cut: the exact test of two polygons costs the product of their vertices.
PIECE_VERTICES = 128


def snap(geoms: Sequence[BaseGeometry] | Geometries) -> Geometries:
    """Round coordinates to 1 mm and drop repeated vertices.

    Parameters
    ----------
    geoms : sequence of geometry
        EPSG:4547 (E, N) metres.

    Returns
    -------
    ndarray of geometry
        Same CRS, two dimensions; validity is not checked.

    Examples
    --------
    >>> import shapely
    >>> snap([shapely.Point(530925.10049, 3302420.1931)])[0].wkt
    'POINT (530925.1 3302420.193)'
    """
    flat = shapely.force_2d(np.asarray(geoms, dtype=object))
    rounded = shapely.transform(flat, lambda xy: np.round(xy, GRID_DECIMALS))
    try:
        result: Geometries = shapely.remove_repeated_points(rounded, 0.0)
    except shapely.GEOSException:
        result = np.array([_without_repeats(geom) for geom in rounded], dtype=object)
    return result


def _without_repeats(geom: BaseGeometry) -> BaseGeometry:
    """Drop repeated vertices; a ring that would have fewer than three stays as it is, and is invalid."""
    try:
        return shapely.remove_repeated_points(geom, 0.0)
    except shapely.GEOSException:
        return geom


def geometry_sha256(geoms: Sequence[BaseGeometry] | Geometries) -> list[bytes]:
    """Return the SHA-256 of each geometry's normalised little-endian WKB.

    Parameters
    ----------
    geoms : sequence of geometry
        EPSG:4547 (E, N) metres, on the 1 mm grid.

    Returns
    -------
    list of bytes
        Equal for shapes that differ only in start vertex or direction.
    """
    normal = shapely.normalize(np.asarray(geoms, dtype=object))
    return [hashlib.sha256(wkb).digest() for wkb in shapely.to_wkb(normal, byte_order=1, output_dimension=2)]


def pieces(geoms: Sequence[BaseGeometry] | Geometries) -> tuple[NDArray[np.intp], Geometries]:
    """Cut parcels into hole-free pieces, each shrunk by 1 mm.

    This is the notion of overlap the database enforces: two parcels overlap when their pieces meet.

    Parameters
    ----------
    geoms : sequence of Polygon or MultiPolygon
        Valid, EPSG:4547 (E, N) metres.

    Returns
    -------
    index : ndarray of int
        For each piece, the position of its parcel. A parcel narrower than 2 mm throughout has none.
    pieces : ndarray of Polygon
        Without holes.

    Examples
    --------
    >>> import shapely
    >>> yard = shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6))
    >>> index, parts = pieces([yard, shapely.box(20, 0, 30, 10)])
    >>> index.tolist()
    [0, 0, 1]
    >>> [len(part.interiors) for part in parts]
    [0, 0, 0]
    """
    parts, index = shapely.get_parts(np.asarray(geoms, dtype=object), return_index=True)
    parts, index = _cut(parts, index)
    shrunk = shapely.buffer(parts, -SHRINK_M, join_style="mitre")
    kept, order = shapely.get_parts(shrunk, return_index=True)
    solid = ~shapely.is_empty(kept)
    return index[order[solid]], kept[solid]


def _cut(parts: Geometries, index: NDArray[np.intp]) -> tuple[Geometries, NDArray[np.intp]]:
    """Cut the polygons that have holes or many vertices; the others pass through."""
    crossed = (shapely.get_num_interior_rings(parts) > 0) | (
        shapely.get_num_coordinates(parts) > PIECE_VERTICES
    )
    if not crossed.any():
        return parts, index
    whole, whole_index = [parts[~crossed]], [index[~crossed]]
    for part, owner in zip(parts[crossed], index[crossed], strict=True):
        slabs = _slabs(part)
        whole.append(slabs)
        whole_index.append(np.full(len(slabs), owner, dtype=np.intp))
    order = np.argsort(np.concatenate(whole_index), kind="stable")
    return np.concatenate(whole)[order], np.concatenate(whole_index)[order]


def _slabs(part: BaseGeometry) -> Geometries:
    """Cut one polygon by lines across it: one through each hole, and more where vertices are many."""
    bounds = np.asarray(part.bounds)
    axis = 0 if bounds[2] - bounds[0] >= bounds[3] - bounds[1] else 1
    holes = shapely.bounds(shapely.get_rings(part)[1:])
    middles = (holes[:, axis] + holes[:, axis + 2]) / 2 if len(holes) else np.empty(0)
    along = np.sort(shapely.get_coordinates(part)[:, axis])
    cuts = np.unique(np.concatenate([middles, along[PIECE_VERTICES // 2 :: PIECE_VERTICES // 2]]))
    edges = np.concatenate([[bounds[axis]], cuts[(cuts > bounds[axis]) & (cuts < bounds[axis + 2])]])
    edges = np.append(edges, bounds[axis + 2])
    low, high = np.tile(bounds[:2], (len(edges) - 1, 1)), np.tile(bounds[2:], (len(edges) - 1, 1))
    low[:, axis], high[:, axis] = edges[:-1], edges[1:]
    boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    found = shapely.get_parts(shapely.intersection(part, boxes))
    areas: Geometries = found[shapely.get_dimensions(found) == 2]  # noqa: PLR2004  polygons only
    return areas


def faults(geoms: Geometries) -> list[tuple[int, str]]:
    """Return position and reason of each shape that cannot be a parcel.

    Reasons: ``empty``, ``not_polygon``, ``not_finite``, ``invalid``.
    """
    kinds = shapely.get_type_id(geoms)
    empty = shapely.is_missing(geoms) | shapely.is_empty(geoms)
    polygon = (kinds == 3) | (kinds == 6)  # noqa: PLR2004  Polygon, MultiPolygon
    finite = np.isfinite(shapely.bounds(geoms)).all(axis=1)
    valid = shapely.is_valid(geoms)
    found = []
    for position in np.flatnonzero(empty | ~polygon | ~finite | ~valid):
        reason = next(
            name
            for name, bad in (
                ("empty", empty[position]),
                ("not_polygon", not polygon[position]),
                ("not_finite", not finite[position]),
                ("invalid", True),
            )
            if bad
        )
        found.append((int(position), reason))
    return found
