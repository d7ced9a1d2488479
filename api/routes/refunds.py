"""Refunds: one asks, another decides, counties pay back."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from pydantic import AfterValidator, Field

from api import money
from api.auth import needs
from api.context import actor, services
from api.money_views import refund_json, return_json
from api.pages import encode_cursor, key_moment, key_number, page
from api.schemas import PageQuery, Strict
from api.schemas import Words as Document
from data.access.records import SYSTEM
from registry.clearing.errors import NotYourCounty
from registry.payments import refund_decisions, refund_requests, refund_returns, refunds
from registry.payments.records import Asked

bp = APIBlueprint("refunds", __name__, url_prefix="/api/v1")

READERS = ("clerk", "registrar", "finance_city", "finance_county", "supervisor")
Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class RefundedLine(Strict):
    """A line of the order, and how much of it; without an amount all that is left of it."""

    line_no: Annotated[int, Field(ge=1)]
    amount_fen: Annotated[int, Field(gt=0)] | None = None


def _once(lines: list[RefundedLine]) -> list[RefundedLine]:
    if len({line.line_no for line in lines}) != len(lines):
        raise ValueError("a line stands twice")
    return lines


Lines = Annotated[list[RefundedLine], Field(min_length=1, max_length=100), AfterValidator(_once)]


class NewRefund(Strict):
    """A refund of an order, or of some of its lines, each named once."""

    cause: Literal["mistaken", "excess", "withdrawn", "refused", "relief"] = "mistaken"
    reason: Words = "退付"
    lines: Lines | None = None


class NewSuspenseRefund(Strict):
    """A refund of money in suspense."""

    suspended_id: int
    reason: Words


class Decision(Strict):
    """What the second person decides."""

    approve: bool
    comment: Annotated[str, Field(max_length=500)] = ""


class Sent(Strict):
    """The county's number of its payment."""

    reference: Annotated[Document, Field(max_length=64)]


class RefundQuery(PageQuery):
    """Which refunds."""

    order_no: str | None = None
    state: str | None = None


@bp.post("/orders/<order_no>/refunds")
@bp.input(NewRefund)
@needs("registrar", "finance_city", "finance_county")
def request_refund(order_no: str, json_data: NewRefund) -> tuple[dict[str, object], int]:
    """Ask for an order's money, or part of it, to go back; a second person decides."""
    lines = None if json_data.lines is None else {line.line_no: line.amount_fen for line in json_data.lines}
    asked = Asked(json_data.cause, json_data.reason, lines)
    refund = refund_requests.request_refund(
        services().db, actor(), order_no, asked=asked, now=services().now()
    )
    return _whole(refund.refund_no), 202


@bp.post("/refunds")
@bp.input(NewSuspenseRefund)
@needs("finance_city")
def request_suspense_refund(json_data: NewSuspenseRefund) -> tuple[dict[str, object], int]:
    """Ask for money in suspense to go back to its payer; a second person decides."""
    with services().db.transaction(SYSTEM) as conn:
        refund = refund_requests.request_suspense_refund(
            conn, actor(), json_data.suspended_id, reason=json_data.reason, now=services().now()
        )
    return _whole(refund.refund_no), 202


@bp.get("/refunds")
@bp.input(RefundQuery, location="query")
@needs(*READERS)
def list_refunds(query_data: RefundQuery) -> dict[str, object]:
    """List refunds, newest first."""
    with services().db.transaction(actor()) as conn:
        found = refunds.list_refunds(
            conn,
            order_no=query_data.order_no,
            state=query_data.state,
            before=key_moment(query_data.cursor),
            limit=query_data.limit,
        )
    last = found[-1][0] if len(found) == query_data.limit else None
    after = encode_cursor(last.requested_at.isoformat(), last.refund_no) if last else None
    return page([refund_json(*item) for item in found], after)


@bp.get("/refunds/<refund_no>")
@needs(*READERS)
def get_refund(refund_no: str) -> dict[str, object]:
    """Return a refund."""
    return _whole(refund_no)


@bp.get("/suspense")
@bp.input(PageQuery, location="query")
@needs("finance_city", "supervisor")
def list_suspense(query_data: PageQuery) -> dict[str, object]:
    """List money that lies in suspense, oldest first."""
    after = key_number(query_data.cursor) or 0
    with services().db.transaction(actor()) as conn:
        found = refunds.suspense(conn, after=after, limit=query_data.limit)
    names = "suspended_id channel channel_txn payment_code order_no reason amount_fen at arrived refund_no"
    items = [{name: getattr(item, name) for name in names.split()} for item in found]
    return page(items, encode_cursor(found[-1].suspended_id) if len(found) == query_data.limit else None)


@bp.post("/refunds/<refund_no>/check")
@needs("registrar", "finance_city", "finance_county")
def check(refund_no: str) -> dict[str, object]:
    """Check what a payer asks for; another person then decides."""
    _whole(refund_no)
    refund_decisions.check(services().db, actor(), refund_no, now=services().now())
    return _whole(refund_no)


@bp.post("/refunds/<refund_no>/decision")
@bp.input(Decision)
@needs("finance_city", "finance_county")
def decide(refund_no: str, json_data: Decision) -> dict[str, object]:
    """Approve or reject a refund; never by who asked for it."""
    _whole(refund_no)
    refund_decisions.decide(
        services().db,
        actor(),
        refund_no,
        approve=json_data.approve,
        comment=json_data.comment,
        now=services().now(),
    )
    return _whole(refund_no)


@bp.post("/refunds/<refund_no>/returns/<county_code>")
@bp.input(Sent)
@needs("finance_city", "finance_county")
def send_return(refund_no: str, county_code: str, json_data: Sent) -> dict[str, object]:
    """Tell that a county has paid back what was cleared to it."""
    if actor().county_code not in {None, county_code}:
        raise NotYourCounty(county_code=county_code)
    db, now = services().db, services().now()
    sent = refund_returns.send_return(
        db, actor(), refund_no, county_code, reference=json_data.reference, now=now
    )
    if money.arrive_at_once(services()):
        sent = refund_returns.take_return(db, actor(), refund_no, county_code, now=now)
    return {"items": [return_json(item) for item in sent]}


@bp.post("/refunds/<refund_no>/returns/<county_code>/arrival")
@needs("finance_city")
def take_return(refund_no: str, county_code: str) -> dict[str, object]:
    """Tell that a county's money arrived in the collection account."""
    taken = refund_returns.take_return(services().db, actor(), refund_no, county_code, now=services().now())
    return {"items": [return_json(item) for item in taken]}


@bp.post("/refunds/<refund_no>/retry")
@needs("finance_city")
def retry(refund_no: str) -> dict[str, object]:
    """Try a refund again that the channel refused."""
    refunds.retry(services().db, actor(), refund_no, now=services().now())
    return _whole(refund_no)


def _whole(refund_no: str) -> dict[str, object]:
    with services().db.transaction(actor()) as conn:
        return refund_json(*refunds.get_refund(conn, refund_no))
