"""Faults of the register: reported by surveyors, decided by reviewers; exceptions counted."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import numpy as np
from apiflask import APIBlueprint
from pydantic import Field
from shapely.geometry import Point

from api.auth import needs
from api.context import actor, language, services
from api.pages import encode_cursor, key_number, page
from api.place_views import shown_geometries
from api.schemas import CountyCode, Day, PageQuery, Query, Strict, Whole
from data.messages import known, text
from spatial.crs import GEOGRAPHIC, to_plane
from spatial.faults import service as faults
from spatial.faults.records import (
    Act,
    ExceptionCount,
    Fault,
    FaultEvent,
    Report,
    Ruling,
    State,
    Waiver,
    WaiversWanted,
    Wanted,
)

bp = APIBlueprint("register_faults", __name__, url_prefix="/api/v1")

YEAR = timedelta(days=365)
READERS = ("surveyor", "partner", "reviewer", "registrar", "supervisor", "admin")
SUMS = ("waivers", "waivers_ended", "faults_open", "faults_confirmed", "faults_rejected", "faults_mended")


class PlaceBody(Strict):
    """A place in degrees (CGCS2000), in and around the city."""

    lon: Annotated[float, Field(ge=112.0, le=117.0, strict=False)]
    lat: Annotated[float, Field(ge=28.0, le=32.0, strict=False)]


class FaultBody(Strict):
    """What is wrong, and where: a place, a finding or a parcel tells it."""

    description: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
    parcel_codes: Annotated[
        list[Annotated[str, Field(max_length=40)]], Field(default_factory=list, max_length=50)
    ]
    place: PlaceBody | None = None
    survey_id: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    finding_id: Annotated[int, Field(ge=1, lt=2**63)] | None = None


class ActBody(Strict):
    """What a reviewer does; ``mend`` may name the registered submission that mended it."""

    action: Annotated[Act, Field(strict=False)]
    comment: Annotated[str, Field(max_length=2000)] = ""
    survey_id: Annotated[int, Field(ge=1, lt=2**63)] | None = None


class FaultsQuery(PageQuery):
    """Which faults."""

    state: State | None = None
    county: CountyCode | None = None
    survey_id: Annotated[Whole, Field(ge=1, strict=False)] | None = None


class CountQuery(Query):
    """In which days; default the last twelve months."""

    first: Annotated[Day | None, Field(alias="from")] = None
    last: Annotated[Day | None, Field(alias="to")] = None


class WaiversQuery(CountQuery, PageQuery):
    """Which waivers: of the same days, of a rule, of a county."""

    rule: Annotated[str | None, Field(max_length=40)] = None
    county: CountyCode | None = None


@bp.post("/register-faults")
@bp.input(FaultBody)
@needs("surveyor", "partner", "reviewer", "registrar", "admin")
def report_fault(json_data: FaultBody) -> tuple[dict[str, object], int]:
    """Report a fault of the register (底图错误); it becomes a case of its own."""
    place = None
    if json_data.place is not None:
        plane = to_plane(np.array([[json_data.place.lon, json_data.place.lat]]), GEOGRAPHIC)[0]
        place = Point(round(float(plane[0]), 3), round(float(plane[1]), 3))
    report = Report(
        description=json_data.description.strip(),
        parcel_codes=json_data.parcel_codes,
        place=place,
        survey_id=json_data.survey_id,
        finding_id=json_data.finding_id,
    )
    found = faults.report(services().db, actor(), report, now=services().now())
    return fault_json([found])[0], 201


@bp.get("/register-faults")
@bp.input(FaultsQuery, location="query")
@needs(*READERS)
def list_faults(query_data: FaultsQuery) -> dict[str, object]:
    """List faults of the register, newest first; surveyors see their own."""
    with services().db.transaction(actor()) as conn:
        found = faults.list_faults(
            conn,
            actor(),
            Wanted(
                limit=query_data.limit,
                state=query_data.state,
                county_code=query_data.county,
                survey_id=query_data.survey_id,
                before=key_number(query_data.cursor),
            ),
        )
    more = len(found) == query_data.limit
    return page(fault_json(found), encode_cursor(found[-1].fault_id) if more else None)


@bp.get("/register-faults/<int:fault_id>")
@needs(*READERS)
def show_fault(fault_id: int) -> dict[str, object]:
    """Show a fault with its course."""
    with services().db.transaction(actor()) as conn:
        fault, events = faults.get(conn, actor(), fault_id)
    return {**fault_json([fault])[0], "events": [_event(event) for event in events]}


@bp.post("/register-faults/<int:fault_id>/actions")
@bp.input(ActBody)
@needs("reviewer", "registrar")
def act_on_fault(fault_id: int, json_data: ActBody) -> dict[str, object]:
    """Confirm, reject or close a fault as mended."""
    ruling = Ruling(json_data.action, json_data.comment.strip(), json_data.survey_id)
    fault = faults.act(services().db, actor(), fault_id, ruling, now=services().now())
    return fault_json([fault])[0]


@bp.get("/exceptions/counts")
@bp.input(CountQuery, location="query")
@needs("reviewer", "registrar", "supervisor", "admin")
def count_exceptions(query_data: CountQuery) -> dict[str, object]:
    """Count waivers of findings and faults of the register, by rule and by office."""
    today = services().today()
    first, last = query_data.first or today - YEAR, query_data.last or today
    with services().db.transaction(actor()) as conn:
        rows = faults.count_exceptions(conn, first=first, last=last, today=today)
    return {
        "from": first,
        "to": last,
        "items": [_count(row) for row in rows],
        "rules": _sums(rows, "rule_id"),
        "offices": _sums(rows, "office"),
        "total": _sum(rows),
    }


@bp.get("/exceptions/waivers")
@bp.input(WaiversQuery, location="query")
@needs("reviewer", "registrar", "supervisor", "admin")
def list_waivers(query_data: WaiversQuery) -> dict[str, object]:
    """List findings that reviewers let pass, newest first: why, until when, and who decided."""
    today = services().today()
    wanted = WaiversWanted(
        limit=query_data.limit,
        first=query_data.first or today - YEAR,
        last=query_data.last or today,
        rule_id=query_data.rule,
        county_code=query_data.county,
        before=key_number(query_data.cursor),
    )
    with services().db.transaction(actor()) as conn:
        found = faults.list_waivers(conn, wanted)
    more = len(found) == wanted.limit
    items = [_waiver(one, ended=one.until is not None and one.until < today) for one in found]
    return page(items, encode_cursor(found[-1].waiver_id) if more else None)


def fault_json(found: list[Fault]) -> list[dict[str, Any]]:
    """Show faults; the place in degrees."""
    places = shown_geometries([fault.place for fault in found])
    return [
        {
            "fault_id": fault.fault_id,
            "state": fault.state,
            "description": fault.description,
            "parcel_codes": fault.parcel_codes,
            "county_code": fault.county_code,
            "place": None if place is None else dict(zip(("lon", "lat"), place["coordinates"], strict=False)),
            "survey_id": fault.survey_id,
            "finding_id": fault.finding_id,
            "rule_id": fault.rule_id,
            "reported_by": fault.reported_by,
            "reported_at": fault.reported_at,
            "mended_by_survey_id": fault.mended_by_survey_id,
        }
        for fault, place in zip(found, places, strict=True)
    ]


def _event(event: FaultEvent) -> dict[str, object]:
    return {"at": event.at, "state": event.state, "by": event.login, "comment": event.comment}


def _waiver(one: Waiver, *, ended: bool) -> dict[str, object]:
    return {**asdict(one), **_titled("rule_id", one.rule_id), "ended": ended}


def _count(row: ExceptionCount) -> dict[str, object]:
    return {
        "rule_id": row.rule_id,
        "county_code": row.county_code,
        "office": row.office,
        **{name: getattr(row, name) for name in SUMS},
    }


def _sums(rows: Iterable[ExceptionCount], key: str) -> list[dict[str, object]]:
    groups: dict[str | None, list[ExceptionCount]] = {}
    for row in rows:
        groups.setdefault(getattr(row, key), []).append(row)
    named = sorted(groups, key=lambda name: (name is None, name))
    return [{key: name, **_titled(key, name), **_sum(groups[name])} for name in named]


def _titled(key: str, name: str | None) -> dict[str, str]:
    title = f"survey.rule.{name}"
    return {"title": text(title, language())} if key == "rule_id" and name and known(title) else {}


def _sum(rows: Iterable[ExceptionCount]) -> dict[str, int]:
    listed = list(rows)
    return {name: sum(getattr(row, name) for row in listed) for name in SUMS}
