"""Putting faults into a partition at random places that do not disturb each other."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely

from tests.faults.partition import Edge, World, edges_of

Rules = frozenset[str]


@dataclass
class Spot:
    """Where a fault is put: a lot, a lot beside it, and the side they share, in the order of the first."""

    world: World
    rng: np.random.Generator
    at: int
    beside: int
    side: Edge
    touched: set[int] = field(default_factory=set)
    named: set[str] = field(default_factory=set)

    @property
    def ring(self) -> list[tuple[float, float]]:
        """Corners of the lot, the side's two first, not closed."""
        ring = list(self.world.geoms[self.at].exterior.coords)[:-1]
        start = ring.index(self.side[0])
        return ring[start:] + ring[:start]

    @property
    def outward(self) -> np.ndarray:
        """Unit vector across the side, away from the lot."""
        step = np.subtract(self.side[1], self.side[0])
        return np.array([step[1], -step[0]]) / np.hypot(*step)

    def moved(self, point: tuple[float, float], by: float) -> tuple[float, float]:
        """Return a point moved across the side, away from the lot, on the 1 mm grid."""
        east, north = np.round(np.asarray(point) + by * self.outward, 3)
        return float(east), float(north)

    def along(self, share: float) -> tuple[float, float]:
        """Return a point on the side, on the 1 mm grid."""
        east, north = np.round((1 - share) * np.asarray(self.side[0]) + share * np.asarray(self.side[1]), 3)
        return float(east), float(north)

    def draw(
        self, ring: list[tuple[float, float]], holes: tuple[list[tuple[float, float]], ...] = ()
    ) -> None:
        """Give the lot another shape; its declared area follows, so that only the shape is wrong."""
        self.world.geoms[self.at] = geom = shapely.Polygon(ring, holes)
        self.world.declared[self.at] = round(float(geom.area), 2)

    def add(self, geom: shapely.Polygon) -> int:
        """Add a parcel with a code of its own in the lot's sub-district."""
        world = self.world
        world.geoms.append(geom)
        district = str(world.codes[self.at])[:12]
        code = f"{district}GB{99_999 - len(world.geoms) % 9_000:05d}"
        world.codes.append(code)
        world.units.append(code + "W00000000")
        world.declared.append(round(float(geom.area), 2))
        world.rows.append(
            dict(world.rows[self.at]) | dict.fromkeys(("ZDSZD", "ZDSZN", "ZDSZX", "ZDSZB"), "道路")
        )
        self.touched.add(len(world.geoms) - 1)
        return len(world.geoms) - 1


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault.

    Parameters
    ----------
    name : str
        What is wrong.
    rule : str
        The rule that has to tell of it, or one of ``instead`` (several rules judge one boundary).
    also : frozenset of str
        Rules that may rightly tell more about it.
    put : callable
        Puts it in; returns False where the place does not suit.
    geometric : bool
        Whether it is a fault of shapes, 3 mm or larger: these have to be found without exception.
    registered : bool
        Whether the lot beside is to be a registered one.
    """

    name: str
    rule: str
    put: Callable[[Spot], object]
    instead: Rules = frozenset()
    also: Rules = frozenset()
    geometric: bool = False
    registered: bool = False


@dataclass(frozen=True)
class Seeded:
    """A fault that was put in: its kind, features it may touch (indices), and other parcels by code."""

    kind: FaultKind
    features: frozenset[int]
    registered: frozenset[str]


class Lots:
    """Which lots share sides and corners, before any fault."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.count = len(world.geoms)
        shells = [*world.geoms, *(geom.geoms[0] for geom in world.registered.geoms)]
        self.sides: dict[Edge, list[int]] = defaultdict(list)
        self.corners: dict[tuple[float, float], list[int]] = defaultdict(list)
        for at, shell in enumerate(shells):
            for edge in edges_of(shell):
                self.sides[edge].append(at)
            for corner in list(shell.exterior.coords)[:-1]:
                self.corners[corner].append(at)
        self.shells = shells

    def around(self, at: int) -> set[int]:
        """Return the lot and all that share a corner with it."""
        return {other for corner in self.shells[at].exterior.coords for other in self.corners[corner]}

    def spots(self, rng: np.random.Generator) -> Iterator[tuple[int, int, Edge, bool]]:
        """Yield lots of four corners with a shared side over 8 m, in random order."""
        for at in rng.permutation(self.count):
            shell = self.shells[int(at)]
            ring = list(shell.exterior.coords)
            if len(ring) != 5 or shell.area < 120:
                continue
            for one, other in pairwise(ring):
                shared = [lot for lot in self.sides[min((one, other), (other, one))] if lot != at]
                if shared and np.hypot(*np.subtract(one, other)) > 8.0:
                    side = (one, other) if shell.exterior.is_ccw else (other, one)
                    yield int(at), shared[0], side, shared[0] >= self.count


def put_in(world: World, kinds: list[FaultKind], times: int, rng: np.random.Generator) -> list[Seeded]:
    """Put every kind of fault in so many times, none beside another.

    Raises
    ------
    ValueError
        If the partition has no room for all.
    """
    lots = Lots(world)
    busy: set[int] = set()
    wanted = [kind for kind in kinds for _ in range(times)]
    rng.shuffle(wanted)  # type: ignore[arg-type]
    seeded: list[Seeded] = []
    for at, beside, side, is_registered in lots.spots(rng):
        if not wanted:
            break
        near = lots.around(at) | lots.around(beside)
        if near & busy:
            continue
        place = next((n for n, kind in enumerate(wanted) if not kind.registered or is_registered), None)
        if place is None:
            continue
        kind = wanted[place]
        spot = Spot(world, rng, at, beside, side, {lot for lot in near if lot < lots.count})
        if kind.put(spot) is False:
            continue
        wanted.pop(place)
        busy |= near
        codes = spot.named | {world.registered.codes[lot - lots.count] for lot in near if lot >= lots.count}
        seeded.append(Seeded(kind, frozenset(spot.touched), frozenset(codes)))
    if wanted:
        raise ValueError([kind.name for kind in wanted])
    return seeded
