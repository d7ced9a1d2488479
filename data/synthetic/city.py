"""The whole city, county by county, in batches: memory does not grow with the number of parcels."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely

from data.reference import files
from data.reference.records import Row
from data.synthetic.cases import CaseMaker, WorkingDays
from data.synthetic.districts import districts, divide, towns_of
from data.synthetic.mesh import faces_of, make_mesh
from data.synthetic.plan import COUNTY_SHARES, CountyPlan, plan_county, shares
from data.synthetic.randomness import stream
from data.synthetic.records import (
    Batch,
    CountyPart,
    OldRight,
    SyntheticBuilding,
    SyntheticCase,
    SyntheticParcel,
    SyntheticUnit,
)
from data.synthetic.villages import VillageMaker

BATCH_PARCELS = 5_000
# Invented people of one county: indexes from this times its place on.
PEOPLE_PER_COUNTY = 3_000_000
# Share of the cases that the first villages make beyond their own.
HEAD_START = 0.01


@dataclass(frozen=True, slots=True)
class CityOrder:
    """What city is wanted.

    Attributes
    ----------
    parcels, cases : int
        Number of parcels (met exactly) and of cases (fewer where there are too few free units).
    seed : int
        The same seed and numbers give the same city, byte for byte.
    until : date
        The cases lie in the two years before this day.
    """

    parcels: int
    cases: int
    seed: int
    until: date


def make_city(order: CityOrder) -> Iterator[CountyPart]:
    """Yield the counties of the city; read each one's batches before the next county.

    Raises
    ------
    ValueError
        If the city has no room for so many parcels.
    """
    boundary = [county for county in files.boundary().counties if county.in_city]
    bounds = shapely.total_bounds([county.geom for county in boundary])
    mesh = make_mesh((bounds[0], bounds[1], bounds[2], bounds[3]), order.seed)
    townships, villages = files.read_csv("townships.csv"), files.read_csv("villages.csv")
    offices = {row["county_code"]: row["slug"] for row in files.read_csv("counties.csv")}
    parcels, cases = shares(order.parcels, COUNTY_SHARES), shares(order.cases, COUNTY_SHARES)
    calendar = WorkingDays.until(order.until, _calendar())
    for place, county in enumerate(boundary):
        towns = towns_of(county.county_code, townships, villages)
        division = divide(towns, faces_of(mesh, county.geom), order.seed)
        plan = plan_county(division, parcels[county.county_code], order.seed)
        maker = VillageMaker(plan, mesh, order.seed, county.name, place * PEOPLE_PER_COUNTY)
        case_maker = CaseMaker(maker, calendar, offices)
        batches = _batches(case_maker, cases[county.county_code])
        yield CountyPart(county.county_code, list(districts(division)), batches)


def _calendar() -> list[Row]:
    return next(found.rows for found in files.reference_sets() if found.name == "calendar")


def _batches(maker: CaseMaker, cases: int) -> Iterator[Batch]:
    quota = _case_quota(maker.villages.plan, cases, maker.villages.seed)
    batch = _Batch()
    # A village may lack free units, and the last one hands on to none: the first ones make some more.
    left, owed = cases, math.ceil(cases * HEAD_START)
    for index, village in maker.villages.villages():
        rng = stream(maker.villages.seed, "cases", int(maker.villages.plan.division.codes[index]))
        owed += int(quota[index])
        made = list(maker.cases(village, min(owed, left), rng))
        owed -= len(made)
        left -= len(made)
        batch.parcels += village.parcels
        batch.buildings += village.buildings
        batch.units += village.units
        batch.rights += village.held.values()
        batch.cases += made
        if len(batch.parcels) >= BATCH_PARCELS:
            yield batch.finished()
            batch = _Batch()
    if batch.parcels:
        yield batch.finished()


class _Batch:
    """A batch being filled."""

    def __init__(self) -> None:
        self.parcels: list[SyntheticParcel] = []
        self.buildings: list[SyntheticBuilding] = []
        self.units: list[SyntheticUnit] = []
        self.rights: list[OldRight] = []
        self.cases: list[SyntheticCase] = []

    def finished(self) -> Batch:
        """Return it."""
        return Batch(self.parcels, self.buildings, self.units, self.rights, self.cases)


def _case_quota(plan: CountyPlan, cases: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return how many cases each village gets: by its parcels, some villages much busier than others."""
    villages = len(plan.division.codes)
    owner = plan.division.face_village[: len(plan.parcels)]
    parcels = np.bincount(owner, weights=plan.parcels, minlength=villages)
    heat = stream(seed, "heat", int(plan.division.county_code)).lognormal(0.0, 0.9, size=villages)
    weight = parcels * heat
    ends = np.floor(np.cumsum(weight) / max(weight.sum(), 1e-9) * cases + 0.5).astype(np.int64)
    quota: np.ndarray[tuple[int], np.dtype[np.int64]] = np.diff(ends, prepend=0)
    return quota
