"""Daily clearing: close, figures, signatures, seal, differences."""

from datetime import date, timedelta
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api import money
from api.auth import needs
from api.context import actor, services
from api.money_views import break_json, day_json
from api.pages import encode_cursor, key_number, page
from api.schemas import PageQuery, Strict
from data.access.records import SYSTEM
from data.clock import SystemClock
from data.errors import Invalid
from data.jobs.service import enqueue
from data.reference import service as reference
from registry.clearing import days as clearing_days
from registry.clearing import sheet
from registry.clearing.records import Day
from registry.payments import lifecycle
from registry.reconciliation import breaks, matching
from registry.reconciliation.records import Asked

bp = APIBlueprint("days", __name__, url_prefix="/api/v1")

READERS = ("finance_city", "finance_county", "supervisor")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# When a close dies half-way, the worker goes on with it after this time.
RESUME_AFTER = timedelta(minutes=1)


class Close(Strict):
    """How to close: ``now`` does not wait for the cut-off."""

    run: Literal["now"] | None = None


class BreakQuery(PageQuery):
    """Which differences."""

    state: str | None = None


class BreakActionBody(Strict):
    """What to do about a difference."""

    action: Literal["assign", "explain", "refund", "resolve", "confirm"]
    comment: Annotated[str, Field(max_length=1000)] = ""
    owner: Annotated[str, Field(max_length=64)] | None = None
    posting_id: int | None = None
    document: Annotated[str, Field(max_length=200)] | None = None


@bp.post("/days/<day>/close")
@bp.input(Close)
@needs("finance_city")
def close(day: str, json_data: Close) -> tuple[dict[str, object], int]:
    """Clear what has arrived; asking again goes on where the last call stopped."""
    on = _day(day)
    lifecycle.expire_due(services().db, now=services().now())
    with services().db.transaction(SYSTEM) as conn:
        # Jobs are due by the machine's clock, wherever the sandbox's clock stands.
        later = SystemClock().now() + RESUME_AFTER
        key = f"close_day:{on}:{later:%Y%m%d%H%M}"
        enqueue(conn, "close_day", {"date": on.isoformat()}, key=key, run_at=later)
    result = money.clearing(services()).close_day(actor(), on, run_now=json_data.run == "now")
    return {"date": on, "state": result.state, "frozen": list(result.frozen)}, 202


@bp.get("/days/<day>")
@needs(*READERS)
def get_day(day: str) -> dict[str, object]:
    """Return state and figures of a day."""
    return day_json(_read(day))


@bp.get("/days/<day>/sheet.pdf")
@needs(*READERS)
def get_sheet_pdf(day: str) -> Response:
    """Return the day sheet as print."""
    return _file(sheet.sheet_pdf(_read(day), _names()), "application/pdf", f"day-{_day(day)}.pdf")


@bp.get("/days/<day>/sheet.xlsx")
@needs(*READERS)
def get_sheet_xlsx(day: str) -> Response:
    """Return the day sheet as a workbook."""
    return _file(sheet.sheet_xlsx(_read(day), _names()), XLSX, f"day-{_day(day)}.xlsx")


@bp.post("/days/<day>/counties/<county_code>/sign")
@needs("finance_county", "finance_city")
def sign(day: str, county_code: str) -> dict[str, object]:
    """Sign the county's figures of a day; the city signs the whole sheet as county 421200."""
    signed = clearing_days.sign_day(
        services().db,
        actor(),
        _day(day),
        county_code,
        signer=money.heads_signer(services()),
        now=services().now(),
    )
    return day_json(signed)


@bp.post("/days/<day>/seal")
@needs("finance_city")
def seal(day: str) -> dict[str, object]:
    """Seal a day that is done and signed by every county."""
    clearing_days.seal_day(
        services().db, actor(), _day(day), signer=money.heads_signer(services()), now=services().now()
    )
    return day_json(_read(day))


@bp.get("/days/<day>/breaks")
@bp.input(BreakQuery, location="query")
@needs(*READERS)
def list_breaks(day: str, query_data: BreakQuery) -> dict[str, object]:
    """List the differences of a day; the day ``all`` lists those of every day. A county reads its own."""
    on = None if day == "all" else _day(day)
    after = key_number(query_data.cursor)
    with services().db.transaction(SYSTEM) as conn:
        items = breaks.list_breaks(
            conn,
            on,
            state=query_data.state,
            after=after or 0,
            limit=query_data.limit,
            counties=None if actor().scope == "all" else clearing_days.visible_counties(actor()),
        )
    full = len(items) == query_data.limit
    return page([break_json(item) for item in items], encode_cursor(items[-1].break_id) if full else None)


@bp.post("/breaks/<int:break_id>/actions")
@bp.input(BreakActionBody)
@needs("finance_city", "finance_county")
def act(break_id: int, json_data: BreakActionBody) -> dict[str, object]:
    """Take an action on a difference; it is resolved with evidence and confirmed by the other side."""
    asked = Asked(
        json_data.action,
        json_data.comment,
        json_data.owner,
        posting_id=json_data.posting_id,
        document=json_data.document,
    )
    return break_json(breaks.act(services().db, actor(), break_id, asked=asked, now=services().now()))


@bp.get("/breaks/<int:break_id>/history")
@needs(*READERS)
def break_history(break_id: int) -> dict[str, object]:
    """Return what was done about a difference, oldest first."""
    counties = None if actor().scope == "all" else clearing_days.visible_counties(actor())
    with services().db.transaction(SYSTEM) as conn:
        return {"items": breaks.history(conn, break_id, counties=counties)}


@bp.post("/days/<day>/reconcile")
@needs("finance_city")
def reconcile(day: str) -> dict[str, object]:
    """Match the four books up to a day; return how many differences are new."""
    on = _day(day)
    return {"date": on, "opened": matching.match_all(services().db, on, now=services().now())}


def _read(day: str) -> Day:
    # The figures are sums over every county's rows; what a county sees is cut by its code.
    with services().db.transaction(SYSTEM) as conn:
        return clearing_days.day_of_books(conn, actor(), _day(day), now=services().now())


def _names() -> dict[str, str]:
    with services().db.transaction(SYSTEM) as conn:
        return {county.county_code: county.name_zh for county in reference.counties(conn)}


def _day(text: str) -> date:
    if text == "today":
        return services().today()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("request_invalid", errors=[{"field": "date", "code": "request_invalid"}]) from error


def _file(content: bytes, mimetype: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=headers)
