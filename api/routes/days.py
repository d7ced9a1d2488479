"""Daily clearing: close, figures, signatures, seal, matching of the books."""

from datetime import timedelta
from typing import Literal

from apiflask import APIBlueprint
from flask import Response

from api import money
from api.auth import needs
from api.context import actor, named_day, services
from api.money_views import against_seal_json, day_json, rate_json
from api.schemas import Strict
from data.access.records import SYSTEM
from data.clock import SystemClock
from data.jobs.service import enqueue
from data.reference import service as reference
from registry.clearing import days as clearing_days
from registry.clearing import sheet
from registry.clearing.records import Day
from registry.payments import lifecycle
from registry.reconciliation import matching, reports
from registry.reconciliation.reports import Question

bp = APIBlueprint("days", __name__, url_prefix="/api/v1")

READERS = ("finance_city", "finance_county", "supervisor")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# When a close dies half-way, the worker goes on with it after this time.
RESUME_AFTER = timedelta(minutes=1)


class Close(Strict):
    """How to close: ``now`` does not wait for the cut-off."""

    run: Literal["now"] | None = None


@bp.post("/days/<day>/close")
@bp.input(Close)
@needs("finance_city")
def close(day: str, json_data: Close) -> tuple[dict[str, object], int]:
    """Clear what has arrived; asking again goes on where the last call stopped."""
    on = named_day(day)
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
    """Return state and figures of a day, and of what arrived how much the counties had the same day.

    Those who see all counties are told what stands against sealing it.
    """
    found = _read(day)
    rate = reports.make(
        services().db, actor(), "rate", Question(found.date, found.date), now=services().now()
    )
    return {**day_json(found), "same_day": rate_json(rate), "against_seal": _against_seal(found)}


@bp.get("/days/<day>/sheet.pdf")
@needs(*READERS)
def get_sheet_pdf(day: str) -> Response:
    """Return the day sheet as print."""
    return _file(sheet.sheet_pdf(_read(day), _names()), "application/pdf", f"day-{named_day(day)}.pdf")


@bp.get("/days/<day>/sheet.xlsx")
@needs(*READERS)
def get_sheet_xlsx(day: str) -> Response:
    """Return the day sheet as a workbook."""
    return _file(sheet.sheet_xlsx(_read(day), _names()), XLSX, f"day-{named_day(day)}.xlsx")


@bp.post("/days/<day>/counties/<county_code>/sign")
@needs("finance_county", "finance_city")
def sign(day: str, county_code: str) -> dict[str, object]:
    """Sign the county's figures of a day; the city signs the whole sheet as county 421200."""
    signed = clearing_days.sign_day(
        services().db,
        actor(),
        named_day(day),
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
        services().db, actor(), named_day(day), signer=money.heads_signer(services()), now=services().now()
    )
    return day_json(_read(day))


@bp.post("/days/<day>/reconcile")
@needs("finance_city")
def reconcile(day: str) -> dict[str, object]:
    """Match the four books up to a day; return how many differences are new."""
    on = named_day(day)
    return {"date": on, "opened": matching.match_all(services().db, on, now=services().now())}


def _read(day: str) -> Day:
    # The figures are sums over every county's rows; what a county sees is cut by its code.
    with services().db.transaction(SYSTEM) as conn:
        return clearing_days.day_of_books(conn, actor(), named_day(day), now=services().now())


def _against_seal(found: Day) -> dict[str, object] | None:
    if actor().scope != "all":
        return None
    with services().db.transaction(SYSTEM) as conn:
        return against_seal_json(clearing_days.against_seal(conn, found))


def _names() -> dict[str, str]:
    with services().db.transaction(SYSTEM) as conn:
        return {county.county_code: county.name_zh for county in reference.counties(conn)}


def _file(content: bytes, mimetype: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=headers)
