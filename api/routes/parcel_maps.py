"""The parcel map (宗地图) as PDF and SVG."""

from datetime import date, datetime
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import Field

from api.auth import KNOW_PERSONS, public
from api.boundary_notice import boundary_notice
from api.context import actor, services
from api.rate import RateLimit
from api.routes.parcels import aware
from api.schemas import Day, Instant, Query, Whole
from data.access import audit
from data.access.records import PUBLIC
from data.clock import day_of
from data.messages import text
from registry.rights import service as rights
from spatial.parcelmap import service as maps
from spatial.parcelmap.records import Drawing, Imprint, Subject
from spatial.parcels.store import Conn
from webmap.pages import map_review_text

bp = APIBlueprint("parcel_maps", __name__, url_prefix="/api/v1/parcels")
# Drawing costs far more than reading; who is not signed in gets so many.
ASKS = RateLimit("parcel_maps", count=30, window_s=60.0)
# More holders than this are counted, not named.
_NAMED_HOLDERS = 3


class MapQuery(Query):
    """Which version of a parcel, and how large it is drawn; without ``scale`` and ``paper`` as fits best."""

    at: Day | None = None
    known_at: Instant | None = None
    scale: Annotated[Whole, Field(ge=100, le=100_000, multiple_of=100, strict=False)] | None = None
    paper: Literal["A4", "A3"] | None = None


@bp.get("/<code>/map.pdf")
@bp.input(MapQuery, location="query")
@public
def map_pdf(code: str, query_data: MapQuery) -> Response:
    """Return the parcel map to scale, A4 or A3; holders only for those who work with persons."""
    drawing = _drawing(code, query_data)
    body = maps.to_pdf(drawing, drawn_on=services().today())
    return drawn_file(body, "application/pdf", f"{drawing.code}-map.pdf")


@bp.get("/<code>/map.svg")
@bp.input(MapQuery, location="query")
@public
def map_svg(code: str, query_data: MapQuery) -> Response:
    """Return the parcel map as SVG in millimetres, its pages below each other."""
    drawing = _drawing(code, query_data)
    return drawn_file(maps.to_svg(drawing).encode(), "image/svg+xml", f"{drawing.code}-map.svg")


def _drawing(code: str, query: MapQuery) -> Drawing:
    if actor() is PUBLIC:
        ASKS.spend(request.remote_addr or "")
    day, known_at = query.at or services().today(), aware(query.known_at)
    with services().db.transaction(actor()) as conn:
        subject = maps.read_subject(conn, code, at=day, known_at=known_at)
        holders = _holders(conn, subject, day, known_at)
    imprint = Imprint(
        authority=text("city.registrar", "zh"),
        drawn_on=services().today(),
        notices=(
            boundary_notice(day, "zh"),
            map_review_text(services().settings.map_review_number, "zh"),
        ),
        holders=holders,
    )
    return maps.draw(subject, imprint, scale=query.scale, paper=query.paper)


def _holders(conn: Conn, subject: Subject, day: date, known_at: datetime | None) -> dict[str, str] | None:
    """Return the holders of the parcel and its neighbours by code; None for who may not see persons."""
    if not actor().may(*KNOW_PERSONS):
        return None
    known_day = day if known_at is None else min(day, day_of(known_at))
    codes = [subject.parcel.parcel_code, *(other.parcel_code for other in subject.neighbours)]
    audit.record(conn, actor(), "parcel.map", subject.parcel.parcel_code)
    return {code: _named(names) for code, names in rights.holders_on(conn, codes, at=known_day).items()}


def _named(names: list[str]) -> str:
    """Return names as a map writes them.

    Examples
    --------
    >>> _named(["张三", "李四", "王五", "赵六"])
    '张三、李四、王五等4人'
    """
    named = "、".join(names[:_NAMED_HOLDERS])
    return named if len(names) <= _NAMED_HOLDERS else f"{named}等{len(names)}人"


def drawn_file(body: bytes, mimetype: str, name: str) -> Response:
    """Answer with a drawing that the browser shows."""
    answer = Response(body, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
