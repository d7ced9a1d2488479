"""The parcels, houses and old rights of one sub-district; invented."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from data.synthetic.blocks import lots_in
from data.synthetic.flats import flats_in
from data.synthetic.mesh import Floats, Mesh
from data.synthetic.people import person
from data.synthetic.plan import LOTS, TOWN_KINDS, CountyPlan, Kind
from data.synthetic.randomness import stream
from data.synthetic.records import OldRight, SyntheticBuilding, SyntheticParcel, SyntheticUnit
from data.synthetic.uses import (
    BUILDINGS,
    COLLECTIVE,
    HELD,
    RIGHT_TYPES,
    STREET,
    STREET_NAMES,
    USES,
    Plan,
    Use,
)

BARE = "W00000000"
FOREST_UNIT = "L00000001"
T = TypeVar("T")
# Old rights were entered between these days.
OLD_FROM, OLD_DAYS = date(2016, 1, 4), 2500
SHARED_PART = 0.15
DM2 = 100


@dataclass(slots=True)
class Village:
    """What was made of one sub-district.

    Attributes
    ----------
    held : dict of str to OldRight
        Unit code to the right from before.
    bare : list of int
        Indexes of the parcels without building that a first registration can take (no street, no field).
    """

    parcels: list[SyntheticParcel] = field(default_factory=list)
    buildings: list[SyntheticBuilding] = field(default_factory=list)
    units: list[SyntheticUnit] = field(default_factory=list)
    unit_parcel: list[int] = field(default_factory=list)
    held: dict[str, OldRight] = field(default_factory=dict)
    bare: list[int] = field(default_factory=list)


@dataclass(slots=True)
class VillageMaker:
    """Makes the sub-districts of a county one after another.

    Parameters
    ----------
    plan : CountyPlan
        What is where.
    county_name : str
        Beginning of the addresses.
    first_person : int
        Index of the first invented person; the maker counts on.
    """

    plan: CountyPlan
    mesh: Mesh
    seed: int
    county_name: str
    first_person: int
    _persons: int = 0

    def villages(self) -> Iterator[tuple[int, Village]]:
        """Yield index and content of every sub-district that has parcels, in order of their codes."""
        division = self.plan.division
        cells = np.flatnonzero(self.plan.parcels > 0)
        owner = division.face_village[cells]
        owned = set(self.plan.collective.tolist())
        for village in range(len(division.codes)):
            mine = cells[owner == village]
            if len(mine) or village in owned:
                yield village, self._village(village, mine, owned=village in owned)

    def _village(self, village: int, cells: NDArray[np.int64], *, owned: bool) -> Village:
        work = _Work(self, village, stream(self.seed, "village", int(self.plan.division.codes[village])))
        if owned:
            work.add(COLLECTIVE, self._collective(village), f"{work.place}集体土地")
        for cell in cells[np.argsort(self.plan.kind[cells], kind="stable")]:
            work.add_cell(int(cell))
        return work.made

    def _collective(self, village: int) -> Polygon:
        """Return the largest piece of a village's land outside the town."""
        division = self.plan.division
        outside = division.face_village == village
        cells = len(self.plan.kind)
        outside[:cells] &= ~np.isin(self.plan.kind, TOWN_KINDS)
        land = shapely.get_parts(shapely.coverage_union_all(division.faces.polygons[outside]))
        largest: Polygon = shapely.normalize(land[np.argmax(shapely.area(land))])
        return largest

    def next_person(self) -> int:
        """Return the index of a person not used before."""
        self._persons += 1
        return self.first_person + self._persons - 1


@dataclass(slots=True)
class _Work:
    """One sub-district being made; serials count in it, by the two characters of the code."""

    maker: VillageMaker
    village: int
    rng: np.random.Generator
    made: Village = field(default_factory=Village)
    serials: Counter[str] = field(default_factory=Counter)

    @property
    def place(self) -> str:
        division = self.maker.plan.division
        town = division.towns.names[division.village_town[self.village]]
        return f"{self.maker.county_name}{town}{division.village_names[self.village]}"

    def add_cell(self, cell: int) -> None:
        """Add the parcels of one cell, with what stands on them."""
        plan = self.maker.plan
        kind = Kind(int(plan.kind[cell]))
        at = plan.division.faces.cells[cell]
        lots = lots_in(kind, self.maker.mesh.corners(at[None])[0])
        places = shapely.get_coordinates(shapely.centroid(lots.polygons))
        dice = self.rng.uniform(size=(len(lots.polygons), 4))
        street = self._street(kind, int(at[0]), int(at[1]))
        for lot in range(int(plan.parcels[cell])):
            if lot >= len(lots.houses):
                self.add(STREET, lots.polygons[lot], f"{street}道路")
                continue
            use = _pick(USES[kind], dice[lot, 0])
            address = self._address(kind, street, int(at[1]), lot)
            index = self.add(use, lots.polygons[lot], address)
            if dice[lot, 1] < use.built:
                self._build(index, use, lots.houses[lot], dice[lot])
            else:
                self._leave_bare(index, use, dice[lot], places[lot])

    def add(self, use: Use, polygon: Polygon, address: str) -> int:
        """Add a parcel under the next serial; return its index."""
        self.serials[use.characters] += 1
        code = (
            f"{self.maker.plan.division.codes[self.village]}{use.characters}"
            f"{self.serials[use.characters]:05d}"
        )
        fixture = FOREST_UNIT if use.layer == "forest" else BARE
        self.made.parcels.append(
            SyntheticParcel(code, code + fixture, use.layer, polygon, use.land_use, address)
        )
        return len(self.made.parcels) - 1

    def _street(self, kind: Kind, column: int, row: int) -> str:
        if kind not in TOWN_KINDS:
            return self.place
        division = self.maker.plan.division
        town = division.towns.names[division.village_town[self.village]]
        name = STREET_NAMES[(column * 7 + int(division.village_town[self.village])) % len(STREET_NAMES)]
        return f"{self.maker.county_name}{town}{name}路"

    def _address(self, kind: Kind, street: str, row: int, lot: int) -> str:
        if kind in TOWN_KINDS:
            columns, rows = LOTS[kind]
            return f"{street}{row % 40 * columns * rows + lot + 1}号"
        number = len(self.made.parcels) + 1
        word = {Kind.HAMLET: "号", Kind.FIELDS: "号地块", Kind.FOREST: "号林地"}[kind]
        return f"{street}{number}{word}"

    def _build(self, index: int, use: Use, house: Polygon, dice: Floats) -> None:
        parcel = self.made.parcels[index]
        plan = _pick(BUILDINGS[use.building], dice[2])
        code = f"{parcel.parcel_code}F0001"
        year = 1985 + int(dice[3] * 40)
        self.made.buildings.append(
            SyntheticBuilding(
                code,
                house,
                f"{parcel.address}房屋",
                parcel.address,
                plan.floors,
                plan.structure,
                year,
                plan.use_code,
            )
        )
        for unit in _units(code, parcel.address, plan, house):
            self.made.units.append(unit)
            self.made.unit_parcel.append(index)
            if self.rng.uniform() < HELD[use.characters][1]:
                self._hold(
                    unit.unit_code, use, unit.inside_dm2 + unit.shared_dm2, unit.use_code, unit.address
                )

    def _leave_bare(self, index: int, use: Use, dice: Floats, place: Floats) -> None:
        parcel = self.made.parcels[index]
        if use.characters == "GB":
            self.made.bare.append(index)
        if dice[2] < HELD[use.characters][0]:
            self._hold(parcel.unit_code, use, round(parcel.geom.area * DM2), parcel.land_use, parcel.address)

    def _hold(self, unit_code: str, use: Use, area_dm2: int, use_code: str, address: str) -> None:
        built = unit_code[19] == "F"
        holder = person(self.maker.next_person(), self.maker.seed)
        day = OLD_FROM + timedelta(days=int(self.rng.integers(OLD_DAYS)))
        right = RIGHT_TYPES[use.characters][built]
        self.made.held[unit_code] = OldRight(unit_code, right, holder, day, area_dm2, use_code, address)


def _units(code: str, address: str, plan: Plan, house: Polygon) -> Iterator[SyntheticUnit]:
    """Yield the units of a building; a building that is one unit has all its floors in it."""
    if plan.per_floor == 0:
        floors = [(floor, house) for floor in range(1, plan.floors + 1)]
        yield _unit(code + "0001", "", address, plan, house.area * plan.floors, floors)
        return
    flats = flats_in(house, plan.per_floor)
    number = 0
    for floor in range(1, plan.floors + 1):
        for place, flat in enumerate(flats, start=1):
            number += 1
            room = f"{floor}{place:02d}"
            area_m2 = house.area / plan.per_floor
            yield _unit(f"{code}{number:04d}", room, address, plan, area_m2, [(floor, flat)])


def _unit(
    code: str, room: str, address: str, plan: Plan, area_m2: float, outlines: list[tuple[int, Polygon]]
) -> SyntheticUnit:
    floor = outlines[0][0]
    shop = floor == 1 and plan.ground_use_code
    shared = round(area_m2 * SHARED_PART * DM2) if room else 0
    return SyntheticUnit(
        code,
        floor,
        room,
        f"{address}{room}室" if room else address,
        plan.ground_use_code if shop else plan.use_code,
        plan.housing and not shop,
        round(area_m2 * DM2) - shared,
        shared,
        outlines,
    )


def _pick(shares: tuple[tuple[float, T], ...], dice: float) -> T:
    """Return what a throw of the dice (0 to 1) falls on."""
    for share, what in shares:
        if dice < share:
            return what
        dice -= share
    return shares[-1][1]
