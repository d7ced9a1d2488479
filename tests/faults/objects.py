"""Kinds of faults in boundary points and lines, buildings, flats, and classes of land."""

from collections.abc import Callable

import numpy as np
from shapely import affinity
from shapely.geometry import LineString, Point

from tests.faults.furnishing import Entry
from tests.faults.seeding import FaultKind, Spot

POINTS = frozenset({"T20", "T21", "T22", "T23", "points_once", "lines_on_boundary"})
HOMES = frozenset({"T36", "T37", "T38", "T42", "flat_outline", "buildings_apart"})


def _entries(spot: Spot, name: str) -> list[Entry]:
    return spot.world.furniture.of(name, spot.world.codes[spot.at])


def _any(spot: Spot, name: str) -> Entry | None:
    own = _entries(spot, name)
    return own[int(spot.rng.integers(len(own)))] if own else None


def _row(name: str, change: Callable[[Spot, Entry], object]) -> Callable[[Spot], object]:
    """Change a row of the parcel's table at random; without a row the place does not suit."""

    def put(spot: Spot) -> object:
        entry = _any(spot, name)
        return False if entry is None else change(spot, entry)

    return put


def _written(**cells: object) -> Callable[[Spot, Entry], None]:
    def change(_: Spot, entry: Entry) -> None:
        entry.row |= cells

    return change


def _more(column: str, by: float) -> Callable[[Spot, Entry], None]:
    def change(_: Spot, entry: Entry) -> None:
        entry.row[column] = round(entry.row[column] + by, 2)

    return change


def point_missing(spot: Spot) -> None:
    """A corner has no point, and the others are numbered on."""
    points = _entries(spot, "JZD")
    points.pop(int(spot.rng.integers(1, len(points))))
    for seq, entry in enumerate(points, start=1):
        entry.row["SXH"] = seq


def point_too_many(spot: Spot) -> None:
    points = _entries(spot, "JZD")
    seq = len(points) + 1
    points.append(Entry(points[0].row | {"JZDH": f"J{seq}", "SXH": seq}, Point(spot.along(0.5))))


def point_beside(spot: Spot, entry: Entry) -> None:
    entry.geom = Point(*(round(value + 0.05, 3) for value in (entry.geom.x, entry.geom.y)))


def _absent(spot: Spot) -> str:
    """Return a code that no parcel has, another for each lot: two faults must not meet in one code."""
    code = str(spot.world.codes[spot.at])
    return f"{code[:14]}9{code[15:]}"


def point_of_nobody(spot: Spot, entry: Entry) -> None:
    entry.row["ZDZHDM"] = absent = _absent(spot)
    spot.named.add(absent)


def number_left_out(spot: Spot) -> None:
    points = _entries(spot, "JZD")
    points[-1].row["SXH"] += 1


def begun_elsewhere(spot: Spot) -> None:
    points = _entries(spot, "JZD")
    for at, entry in enumerate(points):
        entry.row["SXH"] = (at + 2) % len(points) + 1


def line_ends_beside(spot: Spot, entry: Entry) -> None:
    start, end = entry.geom.coords
    entry.geom = LineString([start, (round(end[0] + 0.3, 3), round(end[1] + 0.3, 3))])


def point_twice(spot: Spot) -> None:
    """A corner has two points with numbers of their own; the numbering goes on."""
    points = _entries(spot, "JZD")
    seq = len(points) + 1
    points.append(Entry(points[1].row | {"JZDH": f"J{seq}", "SXH": seq}, points[1].geom))


def line_twice(spot: Spot, entry: Entry) -> None:
    """A line comes again, the other way round and without its length."""
    row = {name: value for name, value in entry.row.items() if name != "JZXCD"}
    _entries(spot, "JZX").append(Entry(row, entry.geom.reverse()))


def line_beside_the_boundary(spot: Spot, entry: Entry) -> None:
    """The ends are right; between them the line leaves the boundary by 3 mm."""
    (east, north), (to_east, to_north) = entry.geom.coords
    away = np.array([to_north - north, east - to_east]) * 0.003 / entry.geom.length
    middle = np.round(np.array([east + to_east, north + to_north]) / 2 + away, 3)
    entry.geom = LineString([(east, north), tuple(middle), (to_east, to_north)])


def building_twice(spot: Spot, entry: Entry) -> None:
    """Another building stands half a metre beside, over the first."""
    row = {"ZRZH": entry.row["ZRZH"][:-1] + "2", "ZDDM": entry.row["ZDDM"]}
    _entries(spot, "ZRZ").append(Entry(row, affinity.translate(entry.geom, 0.5, 0)))


def building_within(spot: Spot, entry: Entry) -> None:
    """Another building stands inside the first."""
    row = {"ZRZH": entry.row["ZRZH"][:-1] + "2", "ZDDM": entry.row["ZDDM"]}
    _entries(spot, "ZRZ").append(Entry(row, affinity.scale(entry.geom, 0.5, 0.5)))


def line_missing(spot: Spot) -> None:
    lines = _entries(spot, "JZX")
    lines.pop(int(spot.rng.integers(len(lines))))


def over_the_boundary(spot: Spot, entry: Entry) -> None:
    """The building is carried across a side."""
    east, north = spot.along(0.5)
    middle = entry.geom.centroid
    entry.geom = affinity.translate(entry.geom, round(east - middle.x, 3), round(north - middle.y, 3))


def larger_than_its_parcel(spot: Spot, entry: Entry) -> None:
    entry.geom = affinity.scale(spot.world.geoms[spot.at], 1.2, 1.2)


def other_building(spot: Spot, entry: Entry) -> None:
    entry.row["ZRZH"] = entry.row["ZRZH"][:-1] + "7"


def building_without_parcel(spot: Spot, entry: Entry) -> None:
    """Building, floors and flats agree; the parcel in their codes is nowhere."""
    code = str(spot.world.codes[spot.at])
    absent = _absent(spot)
    spot.named.add(absent)
    for name in ("ZRZ", "C", "H"):
        for own in _entries(spot, name):
            for column in ("ZRZH", "ZDDM", "BDCDYH"):
                if column in own.row:
                    own.row[column] = own.row[column].replace(code, absent)


def flat_without_building(spot: Spot, entry: Entry) -> None:
    """A flat names a building in its code that is nowhere."""
    entry.row["ZRZH"] = entry.row["ZRZH"][:-1] + "8"
    entry.row["BDCDYH"] = entry.row["ZRZH"] + entry.row["BDCDYH"][24:]


def flat_twice(spot: Spot, entry: Entry) -> None:
    for own in _entries(spot, "H"):
        own.row["BDCDYH"] = entry.row["BDCDYH"]


def outline_of_nobody(spot: Spot, entry: Entry) -> None:
    entry.row["BDCDYH"] = entry.row["BDCDYH"][:-1] + "9"


def outline_twice(spot: Spot, entry: Entry) -> None:
    _entries(spot, "FHT").append(Entry(dict(entry.row), entry.geom))


def outline_over_the_other(spot: Spot, entry: Entry) -> None:
    entry.geom = _entries(spot, "ZRZ")[0].geom


def outline_outside(spot: Spot, entry: Entry) -> None:
    """Both outlines lie a metre to the north of their building."""
    for own in _entries(spot, "FHT"):
        own.geom = affinity.translate(own.geom, 0, 1)


def classes(**changed: float) -> Callable[[Spot], None]:
    def put(spot: Spot) -> None:
        row = spot.world.rows[spot.at]
        for column, by in changed.items():
            row[column] = round(row[column] + by, 2)

    return put


OBJECTS = [
    FaultKind("corner without a point", "T20", point_missing, also=POINTS),
    FaultKind("point that is no corner", "T20", point_too_many, also=POINTS),
    FaultKind("point 7 cm off its corner", "T20", _row("JZD", point_beside), also=POINTS),
    FaultKind("point of no parcel", "T20", _row("JZD", point_of_nobody), also=POINTS),
    FaultKind("number of a point left out", "T21", number_left_out),
    FaultKind("points begun elsewhere", "T21", begun_elsewhere),
    FaultKind("length off by 30 cm", "T22", _row("JZX", _more("JZXCD", 0.3)), also=POINTS),
    FaultKind("length off by 3 cm", "T22", _row("JZX", _more("JZXCD", 0.03)), also=POINTS),
    FaultKind("line ends beside its point", "T22", _row("JZX", line_ends_beside), also=POINTS),
    FaultKind("line to a point that is none", "T22", _row("JZX", _written(ZDH="J99"))),
    FaultKind("line left out", "T23", line_missing, also=POINTS),
    FaultKind("line written twice as long", "T23", _row("JZX", _more("JZXCD", 20.0)), also=POINTS),
    FaultKind("classes do not add up", "T35", classes(WLYDMJ=12.5)),
    FaultKind("kinds of farm land do not add up", "T35", classes(GDMJ=-0.2)),
    FaultKind("flat is not inside and shared", "T36", _row("H", _more("SCTNJZMJ", 1.0))),
    FaultKind("flats are not their building", "T36", _row("ZRZ", _more("SCJZMJ", -0.05))),
    FaultKind("building over the boundary", "T37", _row("ZRZ", over_the_boundary), also=HOMES),
    FaultKind("building larger than its parcel", "T37", _row("ZRZ", larger_than_its_parcel), also=HOMES),
    FaultKind("shares of more land than there is", "T38", _row("H", _more("FTTDMJ", 5_000_000.0))),
    FaultKind("building without a parcel", "T42", _row("ZRZ", building_without_parcel), also=HOMES),
    FaultKind("flat without a building", "T42", _row("H", flat_without_building), also=HOMES),
    FaultKind("flat in another building", "T42", _row("H", other_building), also=HOMES),
    FaultKind("floor without a building", "T42", _row("C", other_building), also=HOMES),
    FaultKind("flat twice", "T42", _row("H", flat_twice), also=HOMES),
    FaultKind("outline of no flat", "flat_outline", _row("FHT", outline_of_nobody)),
    FaultKind("outline on no floor", "flat_outline", _row("FHT", _written(CH=None))),
    FaultKind("outline drawn twice", "flat_outline", _row("FHT", outline_twice)),
    FaultKind("outline over another flat's", "flat_outline", _row("FHT", outline_over_the_other)),
    FaultKind("outline outside its building", "flat_outline", _row("FHT", outline_outside)),
    FaultKind("point twice", "points_once", point_twice, also=POINTS),
    FaultKind(
        "line 3 mm beside the boundary",
        "lines_on_boundary",
        _row("JZX", line_beside_the_boundary),
        also=POINTS,
    ),
    FaultKind("line drawn twice", "lines_on_boundary", _row("JZX", line_twice), also=POINTS),
    FaultKind("building over another", "buildings_apart", _row("ZRZ", building_twice), also=HOMES),
    FaultKind("building in another", "buildings_apart", _row("ZRZ", building_within), also=HOMES),
    FaultKind("flat without a use", "T42", _row("H", _written(FWYT1=None)), also=HOMES),
]
