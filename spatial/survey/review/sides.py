"""Sides of a draft parcel with their lengths, and who lies beyond each (四至)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from spatial.parcels.points import BoundaryPoint, boundary_points

# Farther apart than this, two parcels have no side in common (rule of shared points), metres.
TOUCHING_M = 0.05
# A shorter common piece is a corner, not a side, metres.
SHARED_MIN_M = 0.10
TOWARDS = ("north", "east", "south", "west")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A parcel that touches the draft: of the register, or another one of the same file.

    ``geom`` is EPSG:4547 (E, N) metres; ``code`` as people name it.
    """

    code: str
    source: str
    geom: Polygon | MultiPolygon
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """A side between two boundary points.

    Attributes
    ----------
    length_m : float
        Metres, to 0.01 m.
    towards : str
        Where its outside lies: north, east, south or west.
    neighbours : tuple of str
        Codes of the parcels beyond it.
    """

    first: str
    last: str
    length_m: float
    towards: str
    neighbours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Abuttal:
    """Who lies on one side of the world (四至): codes by the length they share, longest first."""

    towards: str
    codes: tuple[str, ...]


def sides_of(geom: Polygon | MultiPolygon, neighbours: Sequence[Neighbour]) -> list[Side]:
    """Return the sides of a shape in the order of its boundary points.

    Parameters
    ----------
    geom : Polygon or MultiPolygon
        EPSG:4547 (E, N) metres, valid.
    neighbours : sequence of Neighbour
        What lies around.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> beside = Neighbour("B", "register", box(20, 0, 40, 30))
    >>> [(s.first, s.length_m, s.towards, s.neighbours) for s in sides_of(box(0, 0, 20, 30), [beside])][:2]
    [('J1', 20.0, 'north', ()), ('J2', 30.0, 'east', ('B',))]
    """
    points = boundary_points(geom)
    ends = _ends(points)
    lines = shapely.linestrings(
        [[(a.east_m, a.north_m), (b.east_m, b.north_m)] for a, b in zip(points, ends, strict=True)]
    )
    beyond: list[list[tuple[float, str]]] = [[] for _ in points]
    for neighbour in neighbours:
        shared = _shared(lines, neighbour)
        for at in np.flatnonzero(shared >= np.minimum(SHARED_MIN_M, shapely.length(lines) / 2)):
            beyond[int(at)].append((-float(shared[at]), neighbour.code))
    return [
        Side(a.name, b.name, round(a.side_m, 2), _towards(a, b), tuple(code for _, code in sorted(found)))
        for a, b, found in zip(points, ends, beyond, strict=True)
    ]


def abuttals(sides: Sequence[Side]) -> list[Abuttal]:
    """Gather the sides by the sides of the world (四至), north, east, south, west."""
    found = []
    for towards in TOWARDS:
        lengths: dict[str, float] = {}
        for side in sides:
            if side.towards == towards:
                for code in side.neighbours:
                    lengths[code] = lengths.get(code, 0.0) + side.length_m
        found.append(Abuttal(towards, tuple(sorted(lengths, key=lambda code: (-lengths[code], code)))))
    return found


def _ends(points: Sequence[BoundaryPoint]) -> list[BoundaryPoint]:
    """Return for each point the next one of its ring."""
    first: dict[int, BoundaryPoint] = {}
    for point in points:
        first.setdefault(point.ring, point)
    return [
        points[at + 1] if at + 1 < len(points) and points[at + 1].ring == point.ring else first[point.ring]
        for at, point in enumerate(points)
    ]


def _shared(lines: NDArray[np.object_], neighbour: Neighbour) -> NDArray[np.float64]:
    """Return how much of each side runs along a neighbour, metres."""
    along = neighbour.geom.buffer(TOUCHING_M, quad_segs=2)
    shared: NDArray[np.float64] = np.zeros(len(lines))
    near = shapely.intersects(lines, along)
    shared[near] = shapely.length(shapely.intersection(lines[near], along))
    return shared


def _towards(first: BoundaryPoint, last: BoundaryPoint) -> str:
    """Tell where the outside lies: the land is on the right hand, so on the left."""
    east, north = last.east_m - first.east_m, last.north_m - first.north_m
    outside_deg = math.degrees(math.atan2(east, -north))
    # The outward normal is (-north, east): its angle from the east axis, counter-clockwise.
    quarter = round(outside_deg / 90) % 4
    return ("east", "north", "west", "south")[quarter]
