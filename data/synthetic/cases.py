"""Cases of the past two years, invented: in office hours, on working days, clustered in place and time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

import numpy as np
import shapely

from data.clock import SHANGHAI
from data.reference.calendar import FRIDAY
from data.reference.records import Row
from data.synthetic.mesh import Floats
from data.synthetic.people import bank, company, person
from data.synthetic.records import Person, SyntheticCase
from data.synthetic.villages import DM2, Village, VillageMaker

YEARS_DAYS = 730
# Shares of business types; a type without a free unit in the village gives way to the next.
TYPES = (
    (0.45, "existing_house_transfer"),
    (0.30, "mortgage_first"),
    (0.12, "land_use_first"),
    (0.13, "homestead_house_first"),
)
ORDER = tuple(name for _, name in TYPES)
# Working days from acceptance to entry in the register, from and to (exclusive).
DAYS = {
    "existing_house_transfer": (1, 6),
    "mortgage_first": (1, 2),
    "land_use_first": (2, 6),
    "homestead_house_first": (18, 28),
}
OWN_OFFICE, CITY_OFFICE = 0.80, 0.88
# Shares that were withdrawn, that wait for something, and that are registered but not paid.
WITHDRAWN, WAITING, UNPAID = 0.03, 0.02, 0.015
# Working days from acceptance to the public notice of a homestead.
NOTICE_DAYS = 2
OPENING, OPEN_MINUTES = time(9, 0), 470
PEAK_SHARE, PEAK_DAYS = 0.5, 25


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Working days of the past two years, the newest last, and how busy each was."""

    days: list[date]
    busy: Floats

    @classmethod
    def until(cls, end: date, calendar: list[Row]) -> "WorkingDays":
        """Return the working days of the two years before ``end``; unknown years follow the week."""
        known = {row["day"]: row["is_workday"] for row in calendar}
        span = [end - timedelta(days=back) for back in range(YEARS_DAYS, 0, -1)]
        days = [day for day in span if known.get(day, day.weekday() <= FRIDAY)]
        trend = np.linspace(0.7, 1.3, len(days))
        season = np.array([1 + 0.35 * np.sin((day.timetuple().tm_yday - 80) / 58) for day in days])
        return cls(days, np.cumsum(trend * season) / np.sum(trend * season))


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit that a case can be about."""

    unit_code: str
    kind: str
    use_code: str
    housing: bool
    area_dm2: int
    address: str
    parcel: int


@dataclass(slots=True)
class CaseMaker:
    """Makes the cases of a county, village by village.

    Parameters
    ----------
    offices : dict of str to str
        Office slug by county code.
    """

    villages: VillageMaker
    calendar: WorkingDays
    offices: dict[str, str]
    _companies: int = 0

    def cases(self, village: Village, quota: int, rng: np.random.Generator) -> Iterator[SyntheticCase]:
        """Yield at most ``quota`` cases, each about another unit of the village."""
        free = _free_units(village)
        for units in free.values():
            rng.shuffle(units)
        peak = int(rng.integers(len(self.calendar.days)))
        for dice in rng.uniform(size=(quota, 8)):
            type_code = _type_with_units(dice[0], free)
            if type_code is None:
                return
            unit = free[type_code].pop()
            yield self._case(village, type_code, unit, dice, peak)

    def _case(self, village: Village, type_code: str, unit: _Unit, dice: Floats, peak: int) -> SyntheticCase:
        day = self._day(dice, peak)
        accepted_at = _instant(self.calendar.days[day], dice[3])
        fate = _Fate.of(dice[6])
        point = shapely.point_on_surface(village.parcels[unit.parcel].geom)
        return SyntheticCase(
            type_code=type_code,
            unit_code=unit.unit_code,
            kind=unit.kind,
            use_code=unit.use_code,
            housing=unit.housing,
            area_dm2=unit.area_dm2,
            address=unit.address,
            place=(point.x, point.y),
            accept_office=self._office(dice[5]),
            accepted_at=accepted_at,
            old=village.held.get(unit.unit_code),
            taker=self._taker(type_code, dice[7]),
            paid_at=self._at(day + int(dice[4] * 3), dice[3] / 2 + 0.5) if fate.pays else None,
            notice_at=self._notice(type_code, day, dice[3]) if fate.goes_on else None,
            registered_at=self._at(day + _days(type_code, dice[4]), dice[2]) if fate.goes_on else None,
            withdrawn=fate is _Fate.WITHDRAWN,
        )

    def _day(self, dice: Floats, peak: int) -> int:
        """Return the index of the working day: by the season, or near the village's own peak."""
        last = len(self.calendar.days) - 1
        if dice[1] < PEAK_SHARE:
            return _folded(peak + round((dice[2] - 0.5) * 2 * PEAK_DAYS), last)
        return min(int(np.searchsorted(self.calendar.busy, dice[2])), last)

    def _at(self, day: int, part: float) -> datetime | None:
        """Return an instant of a working day, None if the day had not come."""
        return _instant(self.calendar.days[day], part) if day < len(self.calendar.days) else None

    def _notice(self, type_code: str, day: int, part: float) -> datetime | None:
        return self._at(day + NOTICE_DAYS, part) if type_code == "homestead_house_first" else None

    def _office(self, dice: float) -> str:
        own = self.offices[self.villages.plan.division.county_code]
        if dice < OWN_OFFICE:
            return own
        others = sorted({*self.offices.values()} - {own})
        return "city" if dice < CITY_OFFICE else others[int(dice * 1e6) % len(others)]

    def _taker(self, type_code: str, dice: float) -> Person:
        county_code = self.villages.plan.division.county_code
        if type_code == "mortgage_first":
            return bank(int(dice * 1000), county_code)
        if type_code == "land_use_first":
            self._companies += 1
            return company(self._companies, county_code, self.villages.seed)
        return person(self.villages.next_person(), self.villages.seed)


class _Fate(Enum):
    """What becomes of a case."""

    WITHDRAWN = "withdrawn"
    WAITING = "waiting"
    UNPAID = "unpaid"
    DONE = "done"

    @classmethod
    def of(cls, dice: float) -> "_Fate":
        """Return what a throw of the dice falls on."""
        for share, fate in ((WITHDRAWN, cls.WITHDRAWN), (WAITING, cls.WAITING), (UNPAID, cls.UNPAID)):
            if dice < share:
                return fate
            dice -= share
        return cls.DONE

    @property
    def pays(self) -> bool:
        """Tell whether the fee is paid."""
        return self is _Fate.DONE

    @property
    def goes_on(self) -> bool:
        """Tell whether it comes to be registered."""
        return self in {_Fate.DONE, _Fate.UNPAID}


def _days(type_code: str, dice: float) -> int:
    """Return the working days from acceptance to entry in the register."""
    low, high = DAYS[type_code]
    return low + int(dice * (high - low))


def _folded(index: int, last: int) -> int:
    """Return an index folded back at both ends of 0 to ``last``."""
    index = abs(index)
    return index if index <= last else 2 * last - index


def _free_units(village: Village) -> dict[str, list[_Unit]]:
    """Return the units that each business type can be about; none stands in two lists."""
    free: dict[str, list[_Unit]] = {name: [] for name in ORDER}
    for unit, parcel in zip(village.units, village.unit_parcel, strict=True):
        area = unit.inside_dm2 + unit.shared_dm2
        found = _Unit(unit.unit_code, "F", unit.use_code, unit.housing, area, unit.address, parcel)
        characters = unit.unit_code[12:14]
        if unit.unit_code in village.held and characters == "GB":
            which = "mortgage_first" if int(unit.unit_code[14:19]) % 5 < 2 else "existing_house_transfer"  # noqa: PLR2004  two in five
            free[which].append(found)
        elif characters == "JC" and unit.unit_code not in village.held:
            free["homestead_house_first"].append(found)
    for parcel in village.bare:
        land = village.parcels[parcel]
        if land.unit_code not in village.held:
            area = round(land.geom.area * DM2)
            free["land_use_first"].append(
                _Unit(land.unit_code, "W", land.land_use, False, area, land.address, parcel)
            )
    return {name: units[: _kept(len(units), name)] for name, units in free.items()}


def _kept(count: int, type_code: str) -> int:
    """Return how many units cases may take: first registrations leave half of theirs free."""
    return count - count // 2 if type_code in {"land_use_first", "homestead_house_first"} else count


def _type_with_units(dice: float, free: dict[str, list[_Unit]]) -> str | None:
    """Return the type a throw falls on, or the next one that has units."""
    start = 0
    for index, (share, _) in enumerate(TYPES):
        if dice < share:
            start = index
            break
        dice -= share
    for step in range(len(ORDER)):
        name = ORDER[(start + step) % len(ORDER)]
        if free[name]:
            return name
    return None


def _instant(day: date, part: float) -> datetime:
    """Return an instant in office hours; ``part`` of the day from 0 to 1."""
    opening = datetime.combine(day, OPENING, tzinfo=SHANGHAI)
    return opening + timedelta(seconds=int(part * OPEN_MINUTES * 60))
