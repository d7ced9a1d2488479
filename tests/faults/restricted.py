"""Kinds of uploads that change what is seized, mortgaged or under a case."""

from collections.abc import Callable

from spatial.survey.change_records import Change
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
        if code in world.seizures or code in world.mortgages or code in world.cases:
            return False
        world.changes.append(Change("retired", (), (code,), float(world.registered.geoms[at].area), 0.0))
        getattr(world, entries)[code] = 2
        spot.named.add(code)
        return True

    return put


def flat_ends(spot: Spot) -> None:
    """Let a flat of an open case on the lot end."""
    flat = f"{spot.world.codes[spot.at]}F00010001"
    spot.world.ending_cases[flat] = 1
    spot.named.add(flat)


RESTRICTED = [
    FaultKind("seized parcel changed", "seized", changes("seizures", "changed")),
    FaultKind("seized parcel split", "seized", changes("seizures", "split")),
    FaultKind("corner of a seized parcel moved", "seized", changes("seizures", "changed", minor=True)),
    FaultKind("seized parcel ends", "seized", ends("seizures")),
    FaultKind("mortgaged parcel merged", "mortgaged", changes("mortgages", "merged")),
    FaultKind("mortgaged parcel restated", "mortgaged", changes("mortgages", "attributes")),
    FaultKind("mortgaged parcel ends", "mortgaged", ends("mortgages")),
    FaultKind("parcel under a case split", "under_case", changes("cases", "split")),
    FaultKind("parcel under a case restated", "under_case", changes("cases", "attributes")),
    FaultKind("parcel under a case ends", "under_case", ends("cases")),
    FaultKind("flat under a case ends", "under_case", flat_ends),
]
