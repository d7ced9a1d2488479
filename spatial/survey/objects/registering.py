"""Registration of a submission's objects: buildings and flats, boundaries, plots and stands."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

import numpy as np
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from data.errors import NingtuError
from spatial.boundaries.records import Plot, Stand, SurveyedBoundary, SurveyedLine, SurveyedPoint
from spatial.boundaries.service import register_boundaries, register_land
from spatial.buildings.records import Building, BuildingUnit, FloorOutline
from spatial.buildings.service import BUILDING_CODE, load_buildings
from spatial.codes.rules import parse
from spatial.survey.errors import SurveyUnregistrable
from spatial.survey.objects.drafts import draft_objects
from spatial.survey.objects.records import (
    BuildingDraft,
    FlatDraft,
    LineDraft,
    Objects,
    OutlineDraft,
    PointDraft,
)
from spatial.survey.objects.store import fetch_tables
from spatial.survey.records import Features, Submission
from spatial.survey.rules.points import ends_of
from spatial.survey.tolerances import SAME_POINT_M

Conn = Connection[TupleRow]
_CENT: Final = Decimal("0.01")
_MILLI: Final = Decimal("0.001")
_LISTED: Final = 20
_UNIT_LENGTH: Final = 28
_PLOT_CODE_LENGTH: Final = 19
# Planned uses (list GHYT) whose registration fee is that of housing.
_HOUSING: Final = ("1", "住宅", "成套住宅")


def register_objects(conn: Conn, survey: Submission, features: Features, *, now: datetime) -> None:
    """Write the objects of an accepted submission to the register, after its parcels.

    Parameters
    ----------
    conn : Connection
        The transaction that registered the parcels.
    survey : Submission
        Its day of effect is the first day of building and unit versions.
    features : Features
        Its parcels, EPSG:4547; boundaries of others are left out.
    now : datetime
        Aware instant from which the register knows it.

    Raises
    ------
    SurveyUnregistrable
        If a building has no code or valid footprint, or a flat no code, floor or use.
    NingtuError
        What the register refuses.
    """
    objects, _ = draft_objects(fetch_tables(conn, survey.survey_id))
    if not objects.tables:
        return
    _all_registrable(objects)
    homes = {building.building_code: building for building in objects.buildings}
    outlines = _outlines(objects)
    load_buildings(
        conn,
        [_building(draft, survey.survey_id) for draft in homes.values()],
        [
            replace(
                _unit(flat, homes.get(flat.building_code), survey.survey_id),
                outlines=outlines.get(str(flat.unit_code), ()),
            )
            for flat in _once(objects.flats)
        ],
        valid_from=survey.effective_on,
        now=now,
    )
    own = {code for code in features.codes if code}
    boundaries = _boundaries(objects, own)
    register_boundaries(conn, boundaries, survey_id=survey.survey_id, day=survey.effective_on, now=now)
    register_land(conn, *_land(objects, own), survey_id=survey.survey_id, now=now)


def _all_registrable(objects: Objects) -> None:
    """Refuse what the register cannot hold, whatever was waived."""
    bad = [
        {"object_id": building.building_code or f"ZRZ#{building.no}", "table": "ZRZ", "row": building.no}
        for building in objects.buildings
        if not BUILDING_CODE.fullmatch(building.building_code or "")
        or building.geom is None
        or not shapely.is_valid(building.geom)
    ]
    bad += [
        {"object_id": flat.unit_code or f"H#{flat.no}", "table": "H", "row": flat.no}
        for flat in objects.flats
        if not _whole(flat)
    ]
    bad += [
        {"object_id": outline.unit_code or f"FHT#{outline.no}", "table": "FHT", "row": outline.no}
        for outline in _bad_outlines(objects)
    ]
    if bad:
        raise SurveyUnregistrable(count=len(bad), errors=bad[:_LISTED])


def _bad_outlines(objects: Objects) -> Iterator[OutlineDraft]:
    """Yield the outlines that are no valid polygon, name no flat of the file, or no floor, or one again."""
    flats = {flat.unit_code for flat in objects.flats}
    drawn: set[tuple[str | None, int | None]] = set()
    for outline in objects.outlines:
        place = (outline.unit_code, outline.floor_no)
        known = outline.unit_code in flats and outline.floor_no is not None and place not in drawn
        if not known or outline.geom is None or not shapely.is_valid(outline.geom):
            yield outline
        drawn.add(place)


def _outlines(objects: Objects) -> dict[str, list[FloorOutline]]:
    """Return the outlines of each flat: those drawn floor by floor, else its own shape on its own floor."""
    found: dict[str, list[FloorOutline]] = defaultdict(list)
    for outline in objects.outlines:
        found[str(outline.unit_code)].append(FloorOutline(outline.floor_no or 0, outline.geom))
    for flat in _once(objects.flats):
        if flat.geom is not None and str(flat.unit_code) not in found and shapely.is_valid(flat.geom):
            found[str(flat.unit_code)] = [FloorOutline(flat.floor_no or 0, flat.geom)]
    return found


def _whole(flat: FlatDraft) -> bool:
    try:
        code = parse(flat.unit_code or "").text
    except NingtuError:
        return False
    coded = len(code) == _UNIT_LENGTH and BUILDING_CODE.fullmatch(code[:24])
    return bool(coded) and flat.floor_no is not None and flat.use_code is not None


def _once(flats: list[FlatDraft]) -> list[FlatDraft]:
    """Return the flats, the last of each code where a repetition was waived."""
    return list({flat.unit_code: flat for flat in flats}.values())


def _building(draft: BuildingDraft, survey_id: int) -> Building:
    return Building(
        building_code=str(draft.building_code),
        geom=draft.geom,
        name=draft.name,
        address=draft.address,
        floors=draft.floors,
        structure=draft.structure,
        built_year=draft.built_year,
        use_code=draft.use_code,
        survey_id=survey_id,
        floors_below=draft.floors_below,
        height_m=_decimal(draft.height_m),
        footprint_area_m2=_area(draft.footprint_m2),
        predicted_area_m2=_area(draft.predicted_m2),
        measured_area_m2=_area(draft.measured_m2),
    )


def _unit(flat: FlatDraft, home: BuildingDraft | None, survey_id: int) -> BuildingUnit:
    """Return a flat for the register; its parts are those of the measurement where there is one."""
    measured = flat.measured_m2 is not None
    inside = flat.measured_inside_m2 if measured else flat.predicted_inside_m2
    shared = flat.measured_shared_m2 if measured else flat.predicted_shared_m2
    use = str(flat.use_code)
    return BuildingUnit(
        unit_code=str(flat.unit_code),
        floor_no=flat.floor_no or 0,
        room_no=flat.room_no or str(flat.unit_code)[-4:],
        address=flat.address or (home.address if home else None) or "",
        use_code=use,
        housing=use.startswith(_HOUSING),
        predicted_area_m2=_area(flat.predicted_m2),
        measured_area_m2=_area(flat.measured_m2),
        inside_area_m2=_area(inside),
        shared_area_m2=_decimal(shared),
        predicted_inside_area_m2=_area(flat.predicted_inside_m2),
        predicted_shared_area_m2=_decimal(flat.predicted_shared_m2),
        land_share_m2=_decimal(flat.land_share_m2),
        survey_id=survey_id,
        party_walls=flat.party_walls,
    )


def _decimal(value: float | None, step: Decimal = _CENT) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(step)


def _area(value: float | None) -> Decimal | None:
    """Return an area with two decimals; what rounds to nothing is not there."""
    return _decimal(value) or None


def _boundaries(objects: Objects, own: set[str]) -> list[SurveyedBoundary]:
    points: dict[str, list[PointDraft]] = defaultdict(list)
    for point in objects.points:
        if point.parcel_code in own and point.geom is not None:
            points[point.parcel_code].append(point)
    lines: dict[str, list[LineDraft]] = defaultdict(list)
    for line in objects.lines:
        if line.parcel_code in points:
            lines[line.parcel_code].append(line)
    return [_boundary(code, points[code], lines[code]) for code in sorted(points)]


def _boundary(code: str, points: list[PointDraft], lines: list[LineDraft]) -> SurveyedBoundary:
    """Return a boundary with its points in order; a (waived) line that ends on none of them is left out."""
    ordered = sorted(points, key=lambda point: (point.seq is None, point.seq or 0, point.no))
    by_number = {point.point_no: point.geom for point in reversed(ordered) if point.point_no}
    places = np.array([point.geom for point in ordered], dtype=object)
    tree = shapely.STRtree(places)
    kept = []
    for line in lines:
        ends = ends_of(line) or [by_number.get(number or "") for number in (line.start_no, line.end_no)]
        met = [tree.query(end, "dwithin", SAME_POINT_M) for end in ends if end is not None]
        if len(met) == len(ends) and all(len(found) for found in met):
            start, end = (places[found[0]] for found in met)
            kept.append(_line(line, start, end))
    marked = [
        SurveyedPoint(place, point.point_no, point.marker_type, point.point_type, point.accuracy_class)
        for place, point in zip(places, ordered, strict=True)
    ]
    return SurveyedBoundary(code, marked, kept)


def _line(line: LineDraft, start: shapely.Point, end: shapely.Point) -> SurveyedLine:
    return SurveyedLine(
        start=start,
        end=end,
        length_m=_decimal(line.length_m, _MILLI),
        category=line.category,
        position=line.position,
        nature=line.nature,
        agreement_no=line.agreement_no,
        dispute_no=line.dispute_no,
    )


def _land(objects: Objects, own: set[str]) -> tuple[list[Plot], list[Stand]]:
    """Return plots and stands of the submission's parcels; a malformed code that was waived is left out."""
    plots = [
        Plot(plot.parcel_code, plot.plot_code, _area(plot.contract_m2), _area(plot.measured_m2))
        for plot in objects.plots
        if plot.parcel_code in own and plot.plot_code and _is_plot_code(plot.plot_code)
    ]
    stands = [
        Stand(stand.parcel_code, stand.compartment[:40], stand.stand_no[:40], _area(stand.area_m2))
        for stand in objects.stands
        if stand.parcel_code in own and stand.compartment and stand.stand_no
    ]
    return plots, stands


def _is_plot_code(code: str) -> bool:
    return len(code) == _PLOT_CODE_LENGTH and code.isascii() and code.isdecimal()
