"""What comes beside clean parcels: boundary points and lines, a building with two flats, classes of land."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, Point

from spatial.survey.checks import RULES, check, run_rule
from spatial.survey.readers.records import ObjectTable
from spatial.survey.records import Report
from spatial.survey.rules.catalogue import catalogue
from tests.faults.partition import World, clean_world

# How much of a lot its building covers, each way.
_BUILT = 0.4
FLAT = {"CH": 1, "FWYT1": "11", "SCTNJZMJ": 80.0, "SCFTJZMJ": 20.0, "SCJZMJ": 100.0}
FLATS = 2


@dataclass
class Entry:
    """A row of a table with its shape."""

    row: dict[str, Any]
    geom: Any = None


@dataclass
class Furniture:
    """The tables beside parcels, by standard name and parcel code."""

    tables: dict[str, dict[str, list[Entry]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def of(self, name: str, code: str | None) -> list[Entry]:
        return self.tables[name][str(code)]

    def as_tables(self) -> dict[str, ObjectTable]:
        made = {}
        for name, by_parcel in self.tables.items():
            entries = [entry for own in by_parcel.values() for entry in own]
            geoms = np.full(len(entries), None, dtype=object)
            for at, entry in enumerate(entries):
                geoms[at] = entry.geom
            made[name] = ObjectTable(geoms, [dict(entry.row) for entry in entries])
        return made


def furnished_world(parcels: int, seed: int) -> World:
    """Make a clean partition in which every parcel has all that may come beside it."""
    world = clean_world(parcels, seed)
    world.furniture = Furniture()
    for at, (code, geom) in enumerate(zip(world.codes, world.geoms, strict=True)):
        area = float(world.declared[at] or 0.0)
        farm = round(area * 0.6, 2)
        world.rows[at] |= {"NYDMJ": farm, "JSYDMJ": round(area - farm, 2), "WLYDMJ": 0.0}
        world.rows[at] |= {"GDMJ": farm, "LDMJ": 0.0, "CDMJ": 0.0, "QTNYDMJ": 0.0}
        number(world, str(code), ring_of(geom))
        build(world, str(code), geom, area)
    return world


def ring_of(geom: Any) -> list[tuple[float, float]]:
    """Return the corners of a shell clockwise, the one nearest to the north-west of its box first."""
    ring = list(geom.exterior.coords)[:-1]
    ring = ring[::-1] if geom.exterior.is_ccw else ring
    west, _, _, north = geom.bounds
    start = min(range(len(ring)), key=lambda at: np.hypot(ring[at][0] - west, north - ring[at][1]))
    return ring[start:] + ring[:start]


def number(world: World, code: str, ring: list[tuple[float, float]]) -> None:
    """Write the points and lines of a parcel along a ring."""
    points, lines = world.furniture.of("JZD", code), world.furniture.of("JZX", code)
    for seq, (place, following) in enumerate(pairwise([*ring, ring[0]]), start=1):
        points.append(Entry({"ZDZHDM": code, "JZDH": f"J{seq}", "SXH": seq, "JDDJ": "一级"}, Point(place)))
        side = LineString([place, following])
        ends = {"QDH": f"J{seq}", "ZDH": f"J{seq % len(ring) + 1}"}
        lines.append(Entry({"ZDZHDM": code, "JZXCD": round(side.length, 2), **ends}, side))


def build(world: World, code: str, geom: Any, area: float) -> None:
    """Write a building in the middle of a lot that has room for it, with its flats."""
    shape = shapely.set_precision(affinity.scale(geom, _BUILT, _BUILT, origin="centroid"), 0.001)
    if not geom.contains(shape):
        return
    building = f"{code}F0001"
    row = {"ZRZH": building, "ZDDM": code, "SCJZMJ": FLATS * FLAT["SCJZMJ"]}
    world.furniture.of("ZRZ", code).append(Entry(row, shape))
    world.furniture.of("C", code).append(Entry({"ZRZH": building, "CH": 1}))
    for flat in range(1, FLATS + 1):
        own = {"BDCDYH": f"{building}{flat:04d}", "ZRZH": building, "FTTDMJ": round(area / 4, 2)}
        world.furniture.of("H", code).append(Entry(FLAT | own))
    outline(world, code, building, shape)


def outline(world: World, code: str, building: str, shape: Any) -> None:
    """Write the outlines of two flats: the west and the east half of their building."""
    west, south, east, north = shape.bounds
    middle = round((west + east) / 2, 3)
    for flat, half in enumerate(((west, middle), (middle, east)), start=1):
        part = shapely.intersection(shape, shapely.box(half[0], south, half[1], north), grid_size=0.001)
        world.furniture.of("FHT", code).append(Entry({"BDCDYH": f"{building}{flat:04d}", "CH": 1}, part))


def report_on(world: World, now: Any) -> Report:
    """Check a furnished world; the sums of classes are asked as of the ownership layer, which has them."""
    report = check(world.context(), now=now)
    context = world.context()
    context.layer = "collective"
    result, found = run_rule(catalogue()["T35"], RULES["T35"], context)
    report.findings.extend(found)
    report.run.rules[:] = [result if rule.rule_id == "T35" else rule for rule in report.run.rules]
    return report
