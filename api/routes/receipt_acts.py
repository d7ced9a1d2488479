"""What is done with bills: void, print, deliver, enter in books; the stock of numbers and the keys."""

from datetime import timedelta
from typing import Annotated

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import Field

from api import delivery_links, money
from api.auth import needs, public
from api.context import actor, services
from api.rate import RateLimit
from api.schemas import Strict
from data.clock import day_of
from data.jobs.service import enqueue, state_of
from data.reference import service as reference
from registry.clearing.errors import NotYourCounty
from registry.receipts import custody, store_events
from registry.receipts import service as receipts
from registry.receipts.bureau import bill_code
from registry.receipts.errors import ReceiptNotFound
from registry.receipts.records import BillEvent, BookUse, Segment

bp = APIBlueprint("receipt_acts", __name__, url_prefix="/api/v1/receipts")

READERS = ("clerk", "registrar", "finance_city", "finance_county", "supervisor")
# Check codes must not be tried out.
ASKS = RateLimit("receipt_entries", count=30, window_s=60.0)
MAX_HOURS = 30 * 24


class Void(Strict):
    """Why a number is given up."""

    reason: Annotated[str, Field(min_length=2, max_length=500)]


class NewLink(Strict):
    """How long the link is good."""

    hours: Annotated[int, Field(ge=1, le=MAX_HOURS)] = 72


class Entry(Strict):
    """A bill in somebody's books."""

    code: Annotated[str, Field(pattern=r"^[0-9]{8}$")]
    number: Annotated[str, Field(pattern=r"^[0-9]{10}$")]
    check_code: Annotated[str, Field(pattern=r"^[0-9a-z]{6}$")]
    organisation: Annotated[str, Field(min_length=2, max_length=100)]
    voucher: Annotated[str, Field(max_length=64)] = ""


class NewSegment(Strict):
    """Numbers received from the finance bureau."""

    code: Annotated[str, Field(pattern=r"^[0-9]{8}$")]
    county_code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    lo: Annotated[int, Field(ge=1)]
    hi: Annotated[int, Field(ge=1)]
    document: Annotated[str, Field(min_length=1, max_length=64)]


@bp.get("/<code>/<number>/events")
@needs(*READERS)
def list_events(code: str, number: str) -> dict[str, object]:
    """List what happened to a bill: void, copies, entries in books."""
    with services().db.transaction(actor()) as conn:
        bill = receipts.get_bill(conn, code, number)
        found = store_events.events_of(conn, bill.code, bill.number)
    return {"items": [event_json(event) for event in found]}


@bp.post("/<code>/<number>/void")
@bp.input(Void)
@needs("finance_city")
def void(code: str, number: str, json_data: Void) -> dict[str, object]:
    """Give up a bill that has a number and was never signed; its number stays used."""
    with services().db.transaction(actor()) as conn:
        bill = receipts.get_bill(conn, code, number)
    event = custody.void(services().db, actor(), bill, reason=json_data.reason, now=services().now())
    return event_json(event)


@bp.post("/<code>/<number>/copies")
@needs("clerk", "registrar", "finance_city", "finance_county")
def print_copy(code: str, number: str) -> Response:
    """Return the face for paper, with the number of the copy printed on it."""
    with services().db.transaction(actor()) as conn:
        bill = receipts.get_bill(conn, code, number)
    office = money.bill_office(services())
    signed = office.signed(bill.code, bill.number)
    now = services().now()
    event = custody.count_copy(services().db, actor(), signed, now=now)
    name = f"{code}-{number}-copy-{event.seq}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "X-Ningtu-Copy": str(event.seq)}
    pdf = office.copy(signed, event.seq, actor=actor().login, at=now)
    return Response(pdf, mimetype="application/pdf", headers=headers)


@bp.post("/<code>/<number>/links")
@bp.input(NewLink)
@needs("clerk", "registrar", "finance_city", "finance_county")
def make_link(code: str, number: str, json_data: NewLink) -> tuple[dict[str, object], int]:
    """Make a link to a bill that ends."""
    with services().db.transaction(actor()) as conn:
        bill = receipts.get_bill(conn, code, number)
    until = services().now() + timedelta(hours=json_data.hours)
    token = delivery_links.make(services().settings.secret_key, bill.code, bill.number, until=until)
    return {"url": f"/api/v1/receipts/links/{token}", "expires_at": until}, 201


@bp.get("/links/<token>")
@public
def open_link(token: str) -> Response:
    """Return the PDF of a link's bill, while the link is good."""
    key = delivery_links.read(services().settings.secret_key, token, now=services().now())
    office = money.bill_office(services())
    bill = office.signed(*key)
    headers = {"Content-Disposition": f'attachment; filename="{bill.key}.pdf"', "Cache-Control": "no-store"}
    return Response(office.pdf(bill), mimetype="application/pdf", headers=headers)


@bp.post("/entries")
@bp.input(Entry)
@public
def enter(json_data: Entry) -> dict[str, object]:
    """Mark a bill as used in somebody's books; a second use is written and warned of."""
    ASKS.spend(request.remote_addr or "")
    event, first = custody.enter_in_books(
        services().db,
        json_data.code,
        json_data.number,
        check_code=json_data.check_code,
        use=BookUse(json_data.organisation, json_data.voucher),
        now=services().now(),
    )
    return {
        "result": "entered" if first is None else "entered_before",
        "at": event.at,
        "first_at": first.at if first else None,
        # Who entered it first is told only to who is the same.
        "same_organisation": first is not None and first.detail.get("organisation") == json_data.organisation,
    }


@bp.get("/pools")
@needs("finance_city", "finance_county", "supervisor")
def list_pools() -> dict[str, object]:
    """List the segments of bill numbers and what is left; low stock is marked."""
    code = bill_code(day_of(services().now()))
    with services().db.transaction(actor()) as conn:
        segments = store_events.segments(conn)
        counties = [county.county_code for county in reference.counties(conn)]
        low = reference.low_stock_of_bills(conn, on=services().today())
    left = custody.stock(services().db, code, counties)
    own = actor().county_code
    stock = [
        {"county_code": county, "code": code, "left": count, "low": count < low}
        for county, count in sorted(left.items())
        if own in {None, county}
    ]
    shown = [segment_json(item) for item in segments if own in {None, item.county_code}]
    return {"stock": stock, "low_water": low, "segments": shown}


@bp.post("/pools")
@bp.input(NewSegment)
@needs("finance_city")
def receive_segment(json_data: NewSegment) -> tuple[dict[str, object], int]:
    """Enter numbers received from the finance bureau; numbers received before are refused."""
    with services().db.transaction(actor()) as conn:
        if json_data.county_code not in {county.county_code for county in reference.counties(conn)}:
            raise NotYourCounty(county_code=json_data.county_code)
    segment = Segment(
        pool_id=0,
        code=json_data.code,
        county_code=json_data.county_code,
        lo=json_data.lo,
        hi=json_data.hi,
        next=json_data.lo,
        issued_by=money.bill_office(services()).bureau.name,
        document=json_data.document,
        received_by=actor().login,
        received_at=services().now(),
    )
    return segment_json(custody.receive_segment(services().db, actor(), segment)), 201


@bp.post("/backlog")
@needs("finance_city")
def issue_backlog() -> tuple[dict[str, object], int]:
    """Issue in the background the bills of all paid orders that wait for one."""
    now = services().now()
    with services().db.transaction(actor()) as conn:
        count = receipts.count_without_files(conn)
        job_id = enqueue(conn, "issue_backlog", {}, key=f"issue_backlog:{now:%Y%m%dT%H%M}")
    return {"waiting": count, "job_id": job_id}, 202


@bp.get("/backlog/<int:job_id>")
@needs("finance_city", "supervisor")
def backlog_state(job_id: int) -> dict[str, object]:
    """Tell how far the issue of many bills is."""
    with services().db.transaction(actor()) as conn:
        state = state_of(conn, job_id)
    if state is None:
        raise ReceiptNotFound(bill=str(job_id))
    return {"state": state.state, "done": state.done, "total": state.total}


@bp.get("/keys")
@public
def list_keys() -> dict[str, object]:
    """Show under which certificates bills are signed now."""
    keys = money.bill_office(services()).keys
    shown = [("seal", keys.pdf), ("issuer", keys.issuer), ("supervisor", keys.supervisor)]
    return {
        "items": [
            {
                "role": role,
                "algorithm": signer.algorithm,
                "sample": signer.sample,
                "certificates": [item.decode() for item in signer.certificates],
            }
            for role, signer in shown
        ]
    }


def event_json(event: BillEvent) -> dict[str, object]:
    """Return what happened to a bill."""
    names = ("code", "number", "kind", "seq", "actor", "detail", "at")
    return {name: getattr(event, name) for name in names}


def segment_json(segment: Segment) -> dict[str, object]:
    """Return a segment of numbers."""
    return {
        "code": segment.code,
        "county_code": segment.county_code,
        "lo": segment.lo,
        "hi": segment.hi,
        "next": segment.next,
        "left": segment.hi - segment.next + 1,
        "issued_by": segment.issued_by,
        "document": segment.document,
        "received_by": segment.received_by,
        "received_at": segment.received_at,
    }
