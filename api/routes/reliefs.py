"""Reliefs of the registration fee whose document comes after acceptance (减免补认)."""

from typing import Annotated

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import needs
from api.case_views import line_json
from api.context import actor, services
from api.schemas import Strict, Words
from registry.cases import reliefs as case_reliefs
from registry.cases import service as cases
from registry.cases.records import NewRelief
from registry.payments import reliefs

bp = APIBlueprint("reliefs", __name__, url_prefix="/api/v1")


class LaterRelief(Strict):
    """A relief granted later: for which fact, on which document, and why now."""

    fact: Annotated[str, Field(min_length=1, max_length=60)]
    document: Words
    reason: Words


@bp.get("/cases/<case_no>/reliefs")
@needs("clerk", "registrar")
def list_reliefs(case_no: str) -> dict[str, object]:
    """List the reliefs that the tariff of the case knows, each with the document it asks for."""
    with services().db.transaction(actor()) as conn:
        known = case_reliefs.open_reliefs(conn, cases.get_case(conn, case_no))
    return {
        "items": [
            {
                "fact": fact,
                "rule_id": rule.rule_id,
                "reason": rule.reason_zh,
                "reason_en": rule.reason_en,
                "evidence": rule.evidence_zh,
                "evidence_en": rule.evidence_en,
            }
            for fact, rule in known.items()
        ]
    }


@bp.post("/cases/<case_no>/reliefs")
@bp.input(LaterRelief)
@needs("clerk", "registrar")
def grant_relief(case_no: str, json_data: LaterRelief) -> tuple[dict[str, object], int]:
    """Grant a relief later: the fee is assessed and ordered anew; once paid, the difference is asked back."""
    relief = NewRelief(json_data.fact, json_data.document)
    db = services().db
    granted = reliefs.grant_relief(
        db, actor(), case_no, relief, reason=json_data.reason, now=services().now()
    )
    with db.transaction(actor()) as conn:
        case, lines = cases.get_case(conn, case_no), cases.fee_lines(conn, case_no)
    return {
        "case_no": case_no,
        "fee_total_fen": case.fee_total_fen,
        "fee_lines": [line_json(line) for line in lines],
        "order_no": granted.order.head.order_no if granted.order else None,
        "refund_no": granted.refund.refund_no if granted.refund else None,
    }, 201
