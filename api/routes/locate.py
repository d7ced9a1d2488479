"""Locate: to which county does a place belong, with the evidence; nothing is stored."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import public
from api.context import actor, language, services
from api.place_views import DEGREES, decision_json, read_geometry
from api.schemas import Strict
from data.errors import Invalid
from spatial.codes.rules import parse_written
from spatial.counties import service as counties
from spatial.counties.records import Subject
from spatial.counties.register import subject_of
from spatial.parcels.errors import ParcelNotFound

bp = APIBlueprint("locate", __name__, url_prefix="/api/v1")

Code = Annotated[str, Field(min_length=1, max_length=60)]
Coordinate = Annotated[float, Field(allow_inf_nan=False)]


class LocateBody(Strict):
    """A place: a GeoJSON geometry or feature, ``lon`` and ``lat``, or codes.

    ``id``, ``bbox`` and ``properties`` of a feature are taken and not looked at.
    """

    geometry: dict[str, Any] | None = None
    type: str | None = None
    coordinates: list[Any] | None = None
    properties: dict[str, Any] | None = None
    id: str | int | None = None
    bbox: list[Any] | None = None
    lon: Coordinate | None = None
    lat: Coordinate | None = None
    parcel_code: Code | None = None
    unit_code: Code | None = None
    crs: Code = DEGREES


class LocateBodyBad(Invalid):
    """The body names no place, or more than one."""

    code = "locate_body_bad"


@bp.post("/locate")
@bp.input(LocateBody, location="json")
@public
def locate(json_data: LocateBody) -> dict[str, Any]:
    """Decide the county of a place and return the decision with its evidence."""
    today = services().today()
    with services().db.transaction(actor()) as conn:
        boundary = counties.boundary_set(conn, today)
        subject = _subject(conn, json_data)
        decision = counties.decide(conn, subject, as_of=today, boundary=boundary)
    return decision_json(decision, language(), boundary=boundary)


def _subject(conn: counties.Conn, body: LocateBody) -> Subject:
    """Return what is asked for.

    Raises
    ------
    LocateBodyBad, ParcelNotFound
        And what reading codes and geometries raises.
    """
    shapes = [shape for shape in (_bare(body), body.geometry, _point(body)) if shape is not None]
    if len(shapes) + (body.parcel_code is not None) > 1:
        raise LocateBodyBad
    unit_code = None if body.unit_code is None else parse_written(body.unit_code).text
    if shapes:
        return Subject(read_geometry(shapes[0], body.crs), unit_code=unit_code)
    key = body.parcel_code or unit_code
    if key is None:
        raise LocateBodyBad
    found = subject_of(conn, parse_written(key).text)
    if found.geom is None and body.parcel_code is not None:
        raise ParcelNotFound(parcel_code=found.parcel_code)
    return Subject(found.geom, found.parcel_code, unit_code or found.unit_code)


def _bare(body: LocateBody) -> dict[str, Any] | None:
    """Return the body itself when it is a geometry."""
    if body.coordinates is None:
        return None
    return {"type": body.type, "coordinates": body.coordinates}


def _point(body: LocateBody) -> dict[str, Any] | None:
    if body.lon is None and body.lat is None:
        return None
    if body.lon is None or body.lat is None:
        raise LocateBodyBad
    return {"type": "Point", "coordinates": [body.lon, body.lat]}
