"""The floor plan of a flat (房产分户图) as PDF and SVG."""

from apiflask import APIBlueprint
from flask import Response

from api.auth import needs
from api.context import actor, language, services
from api.routes.parcel_maps import drawn_file
from api.routes.parcels import aware
from api.routes.units import READERS
from api.schemas import Day, Instant, Query
from data.access import audit
from data.messages import text
from spatial.floorplan import service as plans
from spatial.floorplan.records import Imprint
from spatial.parcelmap import service as maps
from spatial.parcelmap.records import Drawing

bp = APIBlueprint("unit_plans", __name__, url_prefix="/api/v1/units")


class PlanQuery(Query):
    """The day in force and what the register knew when; default now."""

    at: Day | None = None
    known_at: Instant | None = None


@bp.get("/<code>/plan.pdf")
@bp.input(PlanQuery, location="query")
@needs(*READERS)
def plan_pdf(code: str, query_data: PlanQuery) -> Response:
    """Return the floor plan of a flat to scale, one page a floor; 404 where no survey drew it."""
    drawing = _drawing(code, query_data)
    body = maps.to_pdf(drawing, drawn_on=services().today())
    return drawn_file(body, "application/pdf", f"{drawing.code}-plan.pdf")


@bp.get("/<code>/plan.svg")
@bp.input(PlanQuery, location="query")
@needs(*READERS)
def plan_svg(code: str, query_data: PlanQuery) -> Response:
    """Return the floor plan of a flat as SVG in millimetres, its floors below each other."""
    drawing = _drawing(code, query_data)
    return drawn_file(maps.to_svg(drawing).encode(), "image/svg+xml", f"{drawing.code}-plan.svg")


def _drawing(code: str, query: PlanQuery) -> Drawing:
    day, lang = query.at or services().today(), language()
    with services().db.transaction(actor()) as conn:
        subject = plans.read_subject(conn, code, at=day, known_at=aware(query.known_at), lang=lang)
        audit.record(conn, actor(), "unit.plan", subject.unit.unit_code)
    imprint = Imprint(
        authority=text("city.registrar", lang),
        drawn_on=services().today(),
        notices=(text("floorplan.notice", lang),),
        lang=lang,
    )
    return plans.draw(subject, imprint)
