"""What is where: which cells of the mesh are town, village, fields or forest, and with how many parcels.

The number of parcels is met exactly. Towns grow from their seats, villages lie round theirs, fields and
forest beyond; a larger city opens more cells of the same map.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from data.synthetic.districts import Division
from data.synthetic.mesh import Floats, Integers
from data.synthetic.randomness import stream

Ints = NDArray[np.int64]


class Kind(IntEnum):
    """What a cell holds; the values order the cells of a village."""

    EMPTY = 0
    OLD_TOWN = 1
    HOUSING = 2
    OFFICES = 3
    WORKS = 4
    PARK = 5
    HAMLET = 6
    FIELDS = 7
    FOREST = 8


# Lots of one cell as (columns, rows); a town cell has four strips of street besides.
LOTS = {
    Kind.OLD_TOWN: (5, 8),
    Kind.HOUSING: (4, 6),
    Kind.OFFICES: (3, 4),
    Kind.WORKS: (2, 2),
    Kind.PARK: (1, 1),
    Kind.HAMLET: (8, 9),
    Kind.FIELDS: (4, 12),
    Kind.FOREST: (2, 2),
}
STREETS = 4
TOWN_KINDS = (Kind.OLD_TOWN, Kind.HOUSING, Kind.OFFICES, Kind.WORKS, Kind.PARK)
# Share of the city's parcels in each county: invented, larger where more people live.
COUNTY_SHARES = {
    "421202": 0.28,
    "421281": 0.20,
    "421221": 0.13,
    "421222": 0.14,
    "421223": 0.14,
    "421224": 0.11,
}
# County towns grow larger than other towns.
COUNTY_TOWNS = frozenset(
    {"温泉街道", "浮山街道", "永安街道", "蒲圻街道", "鱼岳镇", "隽水镇", "天城镇", "通羊镇"}
)
COUNTY_TOWN_SIZE = 4.0
SHARES = {"town": 0.58, "hamlet": 0.18, "fields": 0.14, "forest": 0.05}
COLLECTIVE_SHARE = 0.05
FOREST_DISTANCE_M = 1200.0
# Rings of a town outwards, each with the shares of its cells; the rest is housing.
TOWN_RINGS = (
    (0.2, ((0.03, Kind.PARK), (0.57, Kind.OLD_TOWN), (0.40, Kind.OFFICES))),
    (0.8, ((0.03, Kind.PARK), (0.12, Kind.OFFICES))),
    (float("inf"), ((0.03, Kind.PARK), (0.27, Kind.WORKS))),
)


@dataclass(frozen=True, slots=True)
class CountyPlan:
    """What is where in one county.

    Attributes
    ----------
    kind : ndarray of int
        Kind of each cell of the mesh (not of the triangles along the line).
    parcels : ndarray of int
        Parcels that each cell holds.
    collective : ndarray of int
        Villages whose collectively owned land is a parcel.
    """

    division: Division
    kind: Ints
    parcels: Ints
    collective: Ints

    @property
    def total(self) -> int:
        """Return the number of parcels of the county."""
        return int(self.parcels.sum()) + len(self.collective)


def lots_of(kind: Kind) -> int:
    """Return the number of parcels of a whole cell."""
    columns, rows = LOTS[kind]
    return columns * rows + (STREETS if kind in TOWN_KINDS else 0)


def shares(total: int, weights: dict[str, float]) -> dict[str, int]:
    """Divide a number by weights without remainder (largest remainders).

    Examples
    --------
    >>> shares(10, {"a": 1.0, "b": 2.0})
    {'a': 3, 'b': 7}
    """
    exact = {name: total * weight / sum(weights.values()) for name, weight in weights.items()}
    answer = {name: int(value) for name, value in exact.items()}
    by_rest = sorted(exact, key=lambda name: (answer[name] - exact[name], name))
    for name in by_rest[: total - sum(answer.values())]:
        answer[name] += 1
    return answer


def plan_county(division: Division, total: int, seed: int) -> CountyPlan:
    """Decide what is where in a county that gets ``total`` parcels.

    Raises
    ------
    ValueError
        If the county has no room for so many.
    """
    rng = stream(seed, "plan", int(division.county_code))
    distances = _Distances.of(division, rng)
    kind = np.zeros(len(division.faces.cells), dtype=np.int64)
    count = np.zeros_like(kind)
    collective_count = min(round(total * COLLECTIVE_SHARE), len(division.codes))
    quota = shares(total - collective_count, SHARES)
    _open_town(kind, count, distances, quota["town"], rng)
    _open(kind, count, distances.village, Kind.HAMLET, quota["hamlet"])
    _open(kind, count, distances.village, Kind.FIELDS, quota["fields"])
    _open(kind, count, np.abs(distances.village - FOREST_DISTANCE_M), Kind.FOREST, quota["forest"])
    collective = _collective(division, kind, count, collective_count)
    missing = total - int(count.sum()) - len(collective)
    if missing:
        _open(kind, count, distances.village, Kind.FIELDS, missing)
    return CountyPlan(division, kind, count, collective)


@dataclass(frozen=True, slots=True)
class _Distances:
    """How far each cell is from its town's and village's seat, metres, blurred; towns by their size."""

    town: Floats
    village: Floats

    @classmethod
    def of(cls, division: Division, rng: np.random.Generator) -> "_Distances":
        n = len(division.faces.cells)
        centres = division.faces.centres[:n]
        size = np.array([COUNTY_TOWN_SIZE if name in COUNTY_TOWNS else 1.0 for name in division.towns.names])
        town, village = division.face_town[:n], division.face_village[:n]
        to_town = np.linalg.norm(centres - division.town_seats[town], axis=1) / size[town]
        to_village = np.linalg.norm(centres - division.village_seats[village], axis=1)
        blur = rng.uniform(0.8, 1.25, size=(2, n))
        return cls(to_town * blur[0], to_village * blur[1])


def _open_town(kind: Ints, count: Ints, distances: _Distances, quota: int, rng: np.random.Generator) -> None:
    """Open town cells outwards: old town, then offices and housing, then works at the edge."""
    order = np.argsort(distances.town, kind="stable")
    dice = rng.uniform(size=len(order))
    held = 0
    for rank, cell in enumerate(order):
        if held >= quota:
            return
        kind[cell] = _town_kind(dice[cell], rank / max(1.0, quota / 30))
        count[cell] = min(lots_of(Kind(kind[cell])), quota - held)
        held += count[cell]
    raise ValueError("no room for so many parcels")


def _town_kind(dice: float, outward: float) -> Kind:
    """Return the kind of a town cell; ``outward`` runs from 0 in the middle to about 1."""
    ring = next(shares for limit, shares in TOWN_RINGS if outward < limit)
    for share, kind in ring:
        if dice < share:
            return kind
        dice -= share
    return Kind.HOUSING


def _open(kind: Ints, count: Ints, distance: Floats, what: Kind, quota: int) -> None:
    """Open empty cells of one kind, nearest first, until they hold the quota."""
    free = np.flatnonzero(kind == Kind.EMPTY)
    order = free[np.argsort(distance[free], kind="stable")]
    lots = lots_of(what)
    need = -(-quota // lots)
    if need > len(order):
        raise ValueError("no room for so many parcels")
    chosen = order[:need]
    kind[chosen] = what
    count[chosen] = lots
    if need:
        count[chosen[-1]] = quota - lots * (need - 1)


def _collective(division: Division, kind: Ints, count: Ints, quota: int) -> Ints:
    """Return the villages, busiest first, that have land outside the town."""
    faces = len(division.face_village)
    village_count = len(division.codes)
    outside = np.ones(faces, dtype=bool)
    outside[: len(kind)] = ~np.isin(kind, TOWN_KINDS)
    has_land = np.bincount(division.face_village[outside], minlength=village_count) > 0
    busy = np.bincount(division.face_village[: len(kind)], weights=count, minlength=village_count)
    order = np.argsort(-busy, kind="stable")
    chosen: Integers = np.sort(order[has_land[order]][:quota])
    return chosen
