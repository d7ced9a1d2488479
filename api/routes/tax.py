"""Amounts assessed by the tax authority."""

from apiflask import APIBlueprint
from flask import request

from api import money
from api.auth import public
from api.context import services
from data.signed_messages import SIGNATURE_HEADER
from registry.payments import service as payments

bp = APIBlueprint("tax", __name__, url_prefix="/api/v1")


@bp.post("/cases/<case_no>/tax-assessments")
@public
def take_assessment(case_no: str) -> tuple[dict[str, object], int]:
    """Take a tax assessment of a case, signed by the tax authority."""
    item = payments.take_assessment(
        services().db,
        case_no,
        request.headers.get(SIGNATURE_HEADER),
        request.get_data(),
        keys=money.tax_keys(services()),
        now=services().now(),
    )
    return {"assessment_no": item.assessment_no, "case_no": case_no, "amount_fen": item.amount_fen}, 201
