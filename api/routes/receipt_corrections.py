"""Corrections of bills made out to the wrong payer: one asks, another decides."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from pydantic import Field

from api import money
from api.auth import needs
from api.context import actor, services
from api.pages import encode_cursor, key_number, page
from api.schemas import PageQuery, Strict
from registry.receipts import correcting
from registry.receipts.records import Correction, RightPayer

bp = APIBlueprint("receipt_corrections", __name__, url_prefix="/api/v1/receipts")

READERS = ("clerk", "registrar", "finance_city", "finance_county", "supervisor")


class NewCorrection(Strict):
    """The payer as it should be, and why the bill is wrong."""

    payer_name: Annotated[str, Field(min_length=1, max_length=200)]
    payer_kind: Literal["person", "unit"]
    payer_code: Annotated[str, Field(pattern=r"^[0-9A-Z]{18}$")] | None = None
    reason: Annotated[str, Field(min_length=2, max_length=500)]


class CorrectionDecision(Strict):
    """What the second person decides."""

    approve: bool
    comment: Annotated[str, Field(max_length=500)] = ""


class CorrectionQuery(PageQuery):
    """Which corrections."""

    state: Literal["requested", "approved", "rejected"] | None = None


@bp.post("/<code>/<number>/corrections")
@bp.input(NewCorrection)
@needs("registrar", "finance_city", "finance_county")
def request_correction(code: str, number: str, json_data: NewCorrection) -> tuple[dict[str, object], int]:
    """Ask that a bill is made out to another payer; a second person decides, no money moves."""
    made = correcting.request(
        money.bill_office(services()),
        actor(),
        (code, number),
        payer=RightPayer(json_data.payer_name, json_data.payer_kind, json_data.payer_code),
        reason=json_data.reason,
        now=services().now(),
    )
    return correction_json(made), 202


@bp.get("/corrections")
@bp.input(CorrectionQuery, location="query")
@needs(*READERS)
def list_corrections(query_data: CorrectionQuery) -> dict[str, object]:
    """List corrections of bills, newest first."""
    before = key_number(query_data.cursor)
    with services().db.transaction(actor()) as conn:
        found = correcting.corrections(conn, state=query_data.state, before=before, limit=query_data.limit)
    full = len(found) == query_data.limit
    return page(
        [correction_json(item) for item in found], encode_cursor(found[-1].correction_id) if full else None
    )


@bp.post("/corrections/<int:correction_id>/decision")
@bp.input(CorrectionDecision)
@needs("finance_city")
def decide_correction(correction_id: int, json_data: CorrectionDecision) -> dict[str, object]:
    """Approve or reject a correction; approved, the bill is reversed and one for the same amount issued."""
    decided = correcting.decide(
        money.bill_office(services()),
        actor(),
        correction_id,
        approve=json_data.approve,
        comment=json_data.comment,
        now=services().now(),
    )
    return correction_json(decided)


def correction_json(found: Correction) -> dict[str, object]:
    """Return a correction."""
    names = (
        "correction_id code number wrong_name payer_name payer_kind payer_code amount_fen county_code reason"
    )
    names += " requested_by requested_at state decided_by decided_at decision"
    return {name: getattr(found, name) for name in names.split()}
