"""Parcels: list, one, its history, lineage, extract and boundary points."""

from collections import defaultdict
from datetime import datetime
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api.auth import public
from api.context import actor, language, services
from api.object_views import boundary_points_json, building_json, unit_json
from api.pages import encode_cursor, key_number
from api.place_views import DEGREES, parcel_feature, read_bbox, shown_geometry
from api.schemas import CountyCode, Day, Instant, PageQuery, Query
from data.messages import text
from spatial.boundaries import service as boundaries
from spatial.buildings import service as buildings
from spatial.buildings.records import BUILDING_LENGTH
from spatial.codes.records import PARCEL_LENGTH
from spatial.codes.rules import parse
from spatial.parcels import service as parcels
from spatial.parcels.extract import extract
from spatial.parcels.points import points_file
from spatial.parcels.records import Layer, ParcelQuery, ParcelVersion

bp = APIBlueprint("parcels", __name__, url_prefix="/api/v1/parcels")

Crs = Literal["EPSG:4490", "EPSG:4547"]
Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ParcelsQuery(PageQuery):
    """Which parcels; without ``at`` those in force today."""

    code: Words | None = None
    q: Words | None = None
    bbox: Words | None = None
    county: CountyCode | None = None
    layer: Layer | None = None
    at: Day | None = None
    known_at: Instant | None = None
    crs: Crs = DEGREES


class OneQuery(Query):
    """Which version of a parcel; without ``at`` the one in force today."""

    at: Day | None = None
    known_at: Instant | None = None
    crs: Crs = DEGREES


class HistoryQuery(Query):
    """How the versions of a parcel are shown."""

    crs: Crs = DEGREES


@bp.get("")
@bp.input(ParcelsQuery, location="query")
@public
def list_parcels(query_data: ParcelsQuery) -> dict[str, Any]:
    """List parcels as a FeatureCollection, with ``next`` when there is more."""
    after = key_number(query_data.cursor)
    today = services().today()
    query = ParcelQuery(
        code=None if query_data.code is None else parse(query_data.code).text[:PARCEL_LENGTH],
        text=query_data.q,
        bbox_m=None if query_data.bbox is None else read_bbox(query_data.bbox, query_data.crs),
        county_code=query_data.county,
        layer=query_data.layer,
        at=query_data.at or today,
        known_at=aware(query_data.known_at),
        after=after or 0,
        limit=query_data.limit + 1,
    )
    with services().db.transaction(actor()) as conn:
        found = parcels.find(conn, query, today=today)
    shown = found[: query_data.limit]
    answer: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [parcel_feature(parcel, query_data.crs) for parcel in shown],
    }
    if len(found) > len(shown):
        answer["next"] = encode_cursor(shown[-1].version_id)
    return answer


@bp.get("/<code>")
@bp.input(OneQuery, location="query")
@public
def one_parcel(code: str, query_data: OneQuery) -> dict[str, Any]:
    """Return one parcel as a feature, with the buildings on it (predicted and measured areas)."""
    day, known_at = query_data.at or services().today(), aware(query_data.known_at)
    with services().db.transaction(actor()) as conn:
        parcel = parcels.get(conn, code, at=day, known_at=known_at)
        standing = buildings.buildings_of(conn, parcel.parcel_code, at=day, known_at=known_at)
    feature = parcel_feature(parcel, query_data.crs)
    feature["properties"]["buildings"] = [building_json(building) for building in standing]
    return feature


@bp.get("/<code>/buildings")
@bp.input(OneQuery, location="query")
@public
def buildings_on(code: str, query_data: OneQuery) -> dict[str, Any]:
    """Return the buildings on a parcel with their flats: predicted (预测) and measured (实测) areas, m²."""
    day, known_at = query_data.at or services().today(), aware(query_data.known_at)
    with services().db.transaction(actor()) as conn:
        parcel = parcels.get(conn, code, at=day, known_at=known_at)
        standing = buildings.buildings_of(conn, parcel.parcel_code, at=day, known_at=known_at)
        codes = [building.building_code for building in standing]
        units = buildings.units_of(conn, codes, at=day, known_at=known_at)
    flats: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for unit in units:
        flats[unit.unit_code[:BUILDING_LENGTH]].append(unit_json(unit))
    items = [
        {
            **building_json(building),
            "geometry": shown_geometry(building.geom, query_data.crs),
            "units": flats[building.building_code],
        }
        for building in standing
    ]
    return {"parcel_code": parcel.parcel_code, "at": day, "items": items}


@bp.get("/<code>/points")
@bp.input(OneQuery, location="query")
@public
def points_of(code: str, query_data: OneQuery) -> dict[str, Any]:
    """Return the boundary points (界址点) and lines of a parcel, in order.

    ``surveyed`` tells whether a survey brought them, with marker and accuracy class (1 to 3: mean error 5,
    7.5, 10 cm); otherwise they are the corners of the shape. ``east_m`` and ``north_m`` are EPSG:4547.
    """
    day, known_at = query_data.at or services().today(), aware(query_data.known_at)
    with services().db.transaction(actor()) as conn:
        parcel = parcels.get(conn, code, at=day, known_at=known_at)
        boundary = boundaries.boundary_of(conn, parcel, at=day, known_at=known_at)
    shown = boundary_points_json(parcel, boundary, query_data.crs)
    return {"parcel_code": parcel.parcel_code, "at": day, **shown}


@bp.get("/<code>/history")
@bp.input(HistoryQuery, location="query")
@public
def history(code: str, query_data: HistoryQuery) -> dict[str, Any]:
    """Return everything the register ever said of a parcel, oldest knowledge first."""
    with services().db.transaction(actor()) as conn:
        versions = parcels.history(conn, code, today=services().today())
    return {
        "type": "FeatureCollection",
        "features": [parcel_feature(version, query_data.crs) for version in versions],
    }


@bp.get("/<code>/lineage")
@bp.input(Query, location="query")
@public
def lineage(code: str, query_data: Query) -> dict[str, Any]:
    """Return where a parcel came from (depth below zero) and what became of it."""
    with services().db.transaction(actor()) as conn:
        edges = parcels.lineage(conn, code)
    return {
        "items": edges,
        "parents": sorted({edge.parent_code for edge in edges if edge.depth == -1}),
        "children": sorted({edge.child_code for edge in edges if edge.depth == 1}),
    }


@bp.get("/<code>/extract")
@bp.input(OneQuery, location="query")
@public
def extract_of(code: str, query_data: OneQuery) -> dict[str, Any]:
    """Return for each theme whether it concerns the parcel: concerned, not concerned, or no data."""
    day = query_data.at or services().today()
    parcel = _parcel(code, query_data)
    with services().db.transaction(actor()) as conn:
        answers = extract(conn, parcel, at=day)
    return {
        "parcel_code": parcel.parcel_code,
        "at": day,
        "themes": [
            {
                "theme": answer.theme,
                "name": text(f"extract.theme.{answer.theme}", language()),
                "answer": str(answer.answer),
                "answer_text": text(f"extract.answer.{answer.answer}", language()),
                "data_at": answer.data_at,
                "objects": [{"code": found, "area_m2": area} for found, area in answer.objects],
            }
            for answer in answers
        ],
    }


@bp.get("/<code>/points.txt")
@bp.input(OneQuery, location="query")
@public
def points(code: str, query_data: OneQuery) -> Response:
    """Return the boundary-point exchange file (UTF-8)."""
    parcel = _parcel(code, query_data)
    body = points_file(parcel, made_on=services().today(), made_by=text("city.registrar", "zh"))
    answer = Response(body, mimetype="text/plain")
    answer.headers["Content-Disposition"] = f'attachment; filename="{parcel.parcel_code}.txt"'
    return answer


def aware(instant: datetime | None) -> datetime | None:
    """Take an instant without offset as one of Asia/Shanghai."""
    if instant is None or instant.tzinfo is not None:
        return instant
    return instant.replace(tzinfo=services().now().tzinfo)


def _parcel(code: str, query: OneQuery) -> ParcelVersion:
    day = query.at or services().today()
    with services().db.transaction(actor()) as conn:
        return parcels.get(conn, code, at=day, known_at=aware(query.known_at))
