"""Units of a loaded city on which the main job can be tried, with everything a case needs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from api.loading import store
from data.access.records import SYSTEM
from data.clock import day_of
from data.db import Database
from data.reference.records import County
from data.reference.service import counties
from data.synthetic.people import company, person
from data.synthetic.records import Person
from registry.cases.rules import required
from registry.handbook.service import entry_at

# Invented people of the stories: beyond those of the city.
FIRST_PERSON = 19_000_000
FIRST_COMPANY = 800_000
TYPES = {
    "flat": "existing_house_transfer",
    "homestead": "homestead_house_first",
    "bare": "land_use_first",
}


@dataclass(frozen=True, slots=True)
class _Unit:
    what: str
    unit_code: str
    address: str
    use_code: str
    holder: Person | None


def stories(db: Database, *, now: datetime) -> list[dict[str, Any]]:
    """Return for each county a flat, a homestead and a bare parcel that are free, with all a case needs.

    Parameters
    ----------
    db : Database
        With a loaded city.
    now : datetime
        Aware instant; the handbook of its day counts.

    Returns
    -------
    list of dict
        One a county; a unit that the city lacks is absent. ``case`` is a body for ``POST /api/v1/cases``.
    """
    today = day_of(now)
    with db.transaction(SYSTEM) as conn:
        materials = {
            name: [
                {"code": material.code, "copies": max(material.copies, 1)}
                for material in required(entry_at(conn, name, today)[1], frozenset())
            ]
            for name in TYPES.values()
        }
        return [
            _of_county(county, place, _units(conn, county.county_code, today), materials)
            for place, county in enumerate(counties(conn))
        ]


def _units(conn: store.Conn, county_code: str, today: date) -> list[_Unit]:
    return [
        _Unit(what, code, address, use, None if name is None else Person(name, id_type, id_number))
        for what, code, address, use, name, id_type, id_number in store.free_units(
            conn, county_code, today=today
        )
    ]


def _of_county(
    county: County, place: int, units: list[_Unit], materials: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "county_code": county.county_code,
        "office": county.slug,
        "name": county.name_zh,
    }
    for unit in units:
        type_code = TYPES[unit.what]
        answer[unit.what] = {
            "unit_code": unit.unit_code,
            "parcel_code": unit.unit_code[:19],
            "address": unit.address,
            "use_code": unit.use_code,
            "case": {
                "type_code": type_code,
                "unit_codes": [unit.unit_code],
                "applicants": _applicants(unit, county, place),
                "materials": materials[type_code],
            },
        }
    return answer


def _applicants(unit: _Unit, county: County, place: int) -> list[dict[str, str]]:
    if unit.what == "bare":
        return [_applicant("holder", company(FIRST_COMPANY + place, county.county_code, 1))]
    taker = person(FIRST_PERSON + 2 * place + (unit.what == "flat"), 1)
    if unit.holder is None:
        return [_applicant("holder", taker)]
    return [_applicant("transferor", unit.holder), _applicant("transferee", taker)]


def _applicant(role: str, who: Person) -> dict[str, str]:
    return {"name": who.name, "role": role, "id_type": who.id_type, "id_number": who.id_number}
