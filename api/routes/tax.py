"""Amounts assessed by the tax authority."""

from typing import Any

from apiflask import APIBlueprint
from flask import request

from api import money
from api.auth import needs, public
from api.context import actor, services
from api.pages import page
from data.signed_messages import SIGNATURE_HEADER
from registry.payments import taxes
from registry.payments.records import Assessment, TaxEvent
from registry.payments.tax_office import TaxDelivery

bp = APIBlueprint("tax", __name__, url_prefix="/api/v1")

READERS = ("clerk", "registrar", "finance_city", "finance_county", "supervisor")


@bp.post("/cases/<case_no>/tax-assessments")
@public
def take_message(case_no: str) -> tuple[dict[str, object], int]:
    """Take a message about a case's taxes, signed by the tax authority: assessed, withdrawn, certified."""
    item = taxes.take_message(
        services().db,
        case_no,
        TaxDelivery(request.headers.get(SIGNATURE_HEADER) or "", request.get_data()),
        keys=money.tax_keys(services()),
        now=services().now(),
    )
    return _public(item), 201


@bp.get("/cases/<case_no>/tax-assessments")
@needs(*READERS)
def list_assessments(case_no: str) -> dict[str, object]:
    """List the taxes assessed on a case with their states; amounts in fen."""
    with services().db.transaction(actor()) as conn:
        found = taxes.list_assessments(conn, case_no)
    return page([_whole(item, events) for item, events in found])


def _public(item: Assessment) -> dict[str, Any]:
    return {
        "assessment_no": item.assessment_no,
        "tax_source_no": item.tax_source_no,
        "case_no": item.case_no,
        "amount_fen": item.amount_fen,
        "state": item.state,
    }


def _whole(item: Assessment, events: list[TaxEvent]) -> dict[str, Any]:
    return {
        **_public(item),
        "tax_code": item.tax_code,
        "name": item.name,
        "unit_code": item.unit_code,
        "payer_name": item.payer_name,
        "replaces": item.replaces,
        "certificate_no": next((one.certificate_no for one in reversed(events) if one.certificate_no), None),
        "events": [
            {"to": one.to_state, "at": one.at, "order_no": one.order_no, "reason": one.reason}
            for one in events
        ],
    }
