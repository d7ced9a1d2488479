"""Use cases of floor plans: read a flat with its surroundings, draw it."""

from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import TupleRow

from data.reference import service as reference
from spatial.buildings import service as buildings
from spatial.buildings.errors import UnitNotFound, UnitOutlineAbsent
from spatial.buildings.records import DrawnUnit, StoredBuilding
from spatial.codes.rules import parse
from spatial.floorplan import layout
from spatial.floorplan.records import Imprint, Storey, Subject, Surveyed
from spatial.parcelmap.records import Drawing
from spatial.survey import store as surveys

Conn = Connection[TupleRow]
BUILDING_LENGTH = 24


def read_subject(
    conn: Conn, code: str, *, at: date, known_at: datetime | None = None, lang: str = "zh"
) -> Subject:
    """Return a flat with its outlines, its building and its neighbours on the same floors.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    code : str
        Unit code (28).
    at : date
        Day in force.
    known_at : datetime, optional
        As the register knew it then; default now.
    lang : str
        Language of the names of structure and use.

    Raises
    ------
    CodeBad, UnitNotFound
    UnitOutlineAbsent
        The unit is no flat, or no survey brought its outline.
    """
    wanted = parse(code).text
    building_code = wanted[:BUILDING_LENGTH]
    standing = _building(conn, building_code, at, known_at)
    units = buildings.units_of(conn, [building_code], at=at, known_at=known_at)
    unit = next((one for one in units if one.unit_code == wanted), None)
    if unit is None and buildings.find_unit(conn, wanted, at=at) is None:
        raise UnitNotFound(unit_code=wanted)
    if unit is None or standing is None or not unit.drawn:
        raise UnitOutlineAbsent(unit_code=wanted)
    drawn = buildings.drawn_units(conn, building_code, at=at, known_at=known_at)
    return Subject(
        unit,
        standing,
        _storeys(drawn, wanted),
        structure=_name(conn, "FWJG", standing.structure, at, lang),
        use=_name(conn, "GHYT", unit.use_code, at, lang),
        survey=_survey(conn, unit.survey_id),
    )


def draw(subject: Subject, imprint: Imprint) -> Drawing:
    """Draw a floor plan; `parcelmap.service` writes it as PDF or SVG."""
    return layout.draw(subject, imprint)


def _building(conn: Conn, building_code: str, at: date, known_at: datetime | None) -> StoredBuilding | None:
    found = buildings.buildings_of(conn, building_code[:19], at=at, known_at=known_at)
    return next((one for one in found if one.building_code == building_code), None)


def _storeys(drawn: list[DrawnUnit], wanted: str) -> list[Storey]:
    own = next(one for one in drawn if one.unit_code == wanted)
    others = [one for one in drawn if one.unit_code != wanted]
    return [
        Storey(
            outline.floor_no,
            outline.geom,
            [
                (one.room_no, other.geom)
                for one in others
                for other in one.outlines
                if other.floor_no == outline.floor_no
            ],
        )
        for outline in own.outlines
    ]


def _name(conn: Conn, list_code: str, code: str | None, at: date, lang: str) -> str:
    """Return the name of a code, or what is written where the list does not know it."""
    known = {one.code: one for one in reference.codes(conn, list_code, on=at)} if code else {}
    found = known.get(code or "")
    if found is None:
        return code or ""
    return found.name(lang)


def _survey(conn: Conn, survey_id: int | None) -> Surveyed:
    """Return what the manifest of the survey states; a file without one states nothing."""
    survey = None if survey_id is None else surveys.fetch(conn, survey_id)
    if survey is None:
        return Surveyed()
    stated = survey.source.get("manifest") or {}
    names = {
        "office": "survey_unit",
        "surveyor": "surveyor",
        "checker": "checker",
        "surveyed_on": "survey_date",
    }
    return Surveyed(**{key: str(stated.get(name) or "") for key, name in names.items()})
