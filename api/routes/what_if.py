"""What a draft of the county boundaries would move: upload, comparison, parcels, money, files."""

from datetime import date
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api import report_views
from api.auth import needs
from api.context import actor, language, services
from api.pages import encode_cursor, key_number, page
from api.place_views import shown_geometry
from api.schemas import PageQuery, Query
from api.uploads import uploaded_file
from data.access import audit
from data.access.records import SYSTEM
from data.errors import Invalid
from data.jobs.service import enqueue
from data.messages import text
from registry.reconciliation import report_files, reports, what_if
from registry.reconciliation.store_what_if import MovedLine
from spatial.counties.drafts import service as drafts
from spatial.counties.drafts.records import Draft, MovedParcel

bp = APIBlueprint("what_if", __name__, url_prefix="/api/v1/boundary-drafts")

READERS = ("finance_city", "reviewer", "supervisor")
SHOWN = 1_000
MAX_DAYS = 400
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Period(Query):
    """Days of payment, default today."""

    first: Day | None = None
    last: Day | None = None


class LinesQuery(Period):
    """Days of payment, and as what."""

    format: Literal["json", "csv", "xlsx"] = "json"


@bp.post("")
@needs("finance_city", "reviewer")
def load_draft() -> tuple[dict[str, Any], int]:
    """Check a GeoPackage of county polygons and keep it as a draft; the comparison follows by a job."""
    now, today = services().now(), services().today()
    with uploaded_file() as (path, name), services().db.transaction(SYSTEM) as conn:
        read = drafts.read(conn, path, name[-80:] or "draft", on=today)
        made = drafts.keep(conn, read, by=actor().login, now=now)
        key = f"compare_draft:{made.draft_id}"
        enqueue(conn, "compare_draft", {"draft_id": made.draft_id}, key=key)
        audit.record(conn, actor(), "boundary.draft", str(made.draft_id), detail={"name": made.name})
    return _draft_json(made), 202


@bp.get("")
@bp.input(PageQuery, location="query")
@needs(*READERS)
def list_drafts(query_data: PageQuery) -> dict[str, object]:
    """List drafts, newest first."""
    before = key_number(query_data.cursor)
    with services().db.transaction(actor()) as conn:
        found = drafts.list_drafts(conn, before=before, limit=query_data.limit)
    after = encode_cursor(found[-1].draft_id) if len(found) == query_data.limit else None
    return page([_draft_json(draft) for draft in found], after)


@bp.get("/<int:draft_id>")
@bp.input(Period, location="query")
@needs(*READERS)
def get_draft(draft_id: int, query_data: Period) -> dict[str, Any]:
    """Return a draft with the sums that would move, by county now, county by the draft, and kind."""
    first, last = _days(query_data)
    with services().db.transaction(actor()) as conn:
        draft = drafts.get_draft(conn, draft_id)
        lines = what_if.moved_lines(conn, draft_id, first, last, limit=reports.MAX_ROWS)
    movements = [
        {
            "from_county": item.from_county,
            "to_county": item.to_county,
            "kind": item.kind,
            "lines": item.lines,
            "amount_fen": item.amount_fen,
        }
        for item in what_if.matrix(lines)
    ]
    return {**_draft_json(draft), "first": first, "last": last, "movements": movements, "lines": len(lines)}


@bp.post("/<int:draft_id>/cancel")
@needs("finance_city", "reviewer")
def cancel(draft_id: int) -> dict[str, Any]:
    """Cancel a comparison that is not complete; what was found so far stays to be seen."""
    with services().db.transaction(SYSTEM) as conn:
        draft = drafts.cancel(conn, draft_id, now=services().now())
        audit.record(conn, actor(), "boundary.draft.cancel", str(draft_id))
    return _draft_json(draft)


@bp.get("/<int:draft_id>/parcels")
@bp.input(PageQuery, location="query")
@needs(*READERS)
def moved_parcels(draft_id: int, query_data: PageQuery) -> dict[str, Any]:
    """Return the live parcels whose county would change, as GeoJSON."""
    with services().db.transaction(actor()) as conn:
        drafts.get_draft(conn, draft_id)
        after = key_number(query_data.cursor) or 0
        found = drafts.moved_parcels(conn, draft_id, after=after, limit=query_data.limit)
    answer: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [_feature(parcel) for parcel in found],
    }
    if len(found) == query_data.limit:
        answer["next"] = encode_cursor(found[-1].version_id)
    return answer


@bp.get("/<int:draft_id>/lines")
@bp.input(LinesQuery, location="query")
@needs(*READERS)
def moved_lines(draft_id: int, query_data: LinesQuery) -> Response | dict[str, Any]:
    """Return open order lines, and lines paid on the days, that would belong to another county."""
    first, last = _days(query_data)
    limit = SHOWN + 1 if query_data.format == "json" else reports.MAX_ROWS
    with services().db.transaction(actor()) as conn:
        draft = drafts.get_draft(conn, draft_id)
        found = what_if.moved_lines(conn, draft_id, first, last, limit=limit)
    if query_data.format != "json":
        return _file(draft, found, query_data.format, (first, last))
    items = [{name: getattr(line, name) for name in what_if.COLUMNS} for line in found[:SHOWN]]
    return {"items": items, "more": len(found) > SHOWN}


def _file(draft: Draft, lines: list[MovedLine], kind: str, days: tuple[date, date]) -> Response:
    report = what_if.report(lines, now=services().now())
    if kind == "csv":
        content, mimetype = report_files.report_csv(report, report_views.words()), report_views.CSV
    else:
        at = f"{report.as_of:%Y-%m-%d %H:%M}"
        stamp = text("ui.finance.report.stamp", language(), first=days[0], last=days[1], at=at)
        sheets = [report_files.Sheet(report_views.title(report), report)]
        content = report_files.report_xlsx(sheets, report_views.words(), stamp=stamp)
        mimetype = report_views.XLSX
    return report_views.attachment(content, mimetype, f"what-if-{draft.draft_id}-{days[0]}.{kind}")


def _days(query: Period) -> tuple[date, date]:
    try:
        first = date.fromisoformat(query.first) if query.first else services().today()
        last = date.fromisoformat(query.last) if query.last else max(first, services().today())
    except ValueError as error:
        raise Invalid("request_invalid", errors=[{"field": "first", "code": "request_invalid"}]) from error
    if not 0 <= (last - first).days <= MAX_DAYS:
        raise Invalid("request_invalid", errors=[{"field": "last", "code": "request_invalid"}])
    return first, last


def _draft_json(draft: Draft) -> dict[str, Any]:
    shown = {name: getattr(draft, name) for name in draft.__dataclass_fields__}
    del shown["set_id"], shown["upto_version"]
    return shown


def _feature(parcel: MovedParcel) -> dict[str, Any]:
    names = ("parcel_code", "from_county", "to_county", "area_m2", "moved_m2")
    return {
        "type": "Feature",
        "geometry": shown_geometry(parcel.geom),
        "properties": {name: getattr(parcel, name) for name in names},
    }
