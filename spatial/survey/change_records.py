"""Words of what an upload changes in the register."""

from dataclasses import dataclass, field

from spatial.survey.records import Registered


@dataclass(frozen=True, slots=True)
class Change:
    """What an upload changes in the register.

    ``kind`` is ``new``, ``changed``, ``attributes``, ``split``, ``merged`` or ``retired``; areas in square
    metres (EPSG:4547 plane); ``codes`` are the upload's parcels, ``parents`` the register's.

    Attributes
    ----------
    moved_m : float or None
        How far a boundary moved at most, metres.
    minor : bool
        Corners moved, but no more ground than the rounding of an area changed hands.
    attributes : tuple of str
        What the upload states otherwise: ``area``, ``land_use``, ``address``.
    area_tolerance_m2 : float or None
        How far both sums of areas may lie apart (domain 6.2); None where ground appears or ends.
    """

    kind: str
    codes: tuple[str, ...]
    parents: tuple[str, ...]
    area_before_m2: float
    area_after_m2: float
    moved_m: float | None = None
    minor: bool = False
    attributes: tuple[str, ...] = ()
    area_tolerance_m2: float | None = None

    @property
    def balanced(self) -> bool | None:
        """Return whether as much ground came out as went in; None where that is no question."""
        if self.area_tolerance_m2 is None:
            return None
        return abs(self.area_after_m2 - self.area_before_m2) <= self.area_tolerance_m2


@dataclass(frozen=True, slots=True)
class Edge:
    """Ground that a parcel takes over from another: lineage with the area of their overlap."""

    parent: str
    child: str
    kind: str
    area_m2: float


@dataclass(frozen=True, slots=True)
class Ended:
    """Registered buildings (24 characters) and flats (28) that a complete upload no longer names."""

    buildings: tuple[str, ...] = ()
    flats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes of an upload against the register.

    ``unchanged`` and ``written`` are indices of features; ``counts`` says how many parcels are ``new``,
    ``changed``, ``minor`` (only corners moved), ``attributes`` (only restated) and ``retired``; ``before`` is
    what stands in the register of parcels that are written anew, as far as a new shape leaves it standing;
    ``ended`` are buildings and flats.
    """

    changes: list[Change]
    edges: list[Edge]
    retired: list[str]
    unchanged: list[int]
    written: list[int]
    counts: dict[str, int] = field(default_factory=dict)
    before: dict[str, Registered] = field(default_factory=dict)
    ended: Ended = Ended()
