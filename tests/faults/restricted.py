"""Kinds of uploads that change what is seized or mortgaged."""

from collections.abc import Callable

from spatial.survey.records import Change
from tests.faults.seeding import FaultKind, Spot


def changes(entries: str, kind: str, *, minor: bool = False) -> Callable[[Spot], None]:
    """Let the lot be a registered parcel with an entry, which the upload changes."""

    def put(spot: Spot) -> None:
        code = str(spot.world.codes[spot.at])
        area = float(spot.world.geoms[spot.at].area)
        spot.world.changes.append(Change(kind, (code,), (code,), area, area, minor=minor))
        getattr(spot.world, entries)[code] = 1

    return put


def ends(entries: str) -> Callable[[Spot], object]:
    """Let a registered parcel that has an entry end."""

    def put(spot: Spot) -> object:
        world = spot.world
        at = int(spot.rng.integers(len(world.registered)))
        code = world.registered.codes[at]
        if code in world.seizures or code in world.mortgages:
            return False
        world.changes.append(Change("retired", (), (code,), float(world.registered.geoms[at].area), 0.0))
        getattr(world, entries)[code] = 2
        spot.named.add(code)
        return True

    return put


RESTRICTED = [
    FaultKind("seized parcel changed", "seized", changes("seizures", "changed")),
    FaultKind("seized parcel split", "seized", changes("seizures", "split")),
    FaultKind("corner of a seized parcel moved", "seized", changes("seizures", "changed", minor=True)),
    FaultKind("seized parcel ends", "seized", ends("seizures")),
    FaultKind("mortgaged parcel merged", "mortgaged", changes("mortgages", "merged")),
    FaultKind("mortgaged parcel restated", "mortgaged", changes("mortgages", "attributes")),
    FaultKind("mortgaged parcel ends", "mortgaged", ends("mortgages")),
]
