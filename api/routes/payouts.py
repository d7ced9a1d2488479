"""Payout messages to the bank."""

from apiflask import APIBlueprint
from flask import Response

from api import money
from api.auth import needs
from api.context import actor, services
from data.access.records import SYSTEM
from registry.clearing import days
from registry.clearing import service as clearing

bp = APIBlueprint("payouts", __name__, url_prefix="/api/v1")

READERS = ("finance_city", "finance_county", "supervisor")


@bp.get("/payouts/<msg_id>.xml")
@needs(*READERS)
def get_message(msg_id: str) -> Response:
    """Return the pain.001.001.09 message of a payout."""
    _visible(msg_id)
    content = money.clearing(services()).payout_file(msg_id)
    return Response(content, mimetype="application/xml", headers=_attachment(f"{msg_id}.xml"))


@bp.get("/payouts/<msg_id>.csv")
@needs(*READERS)
def get_items(msg_id: str) -> Response:
    """Return the item list of a payout; its SHA-256 stands in the remittance text."""
    _visible(msg_id)
    content = money.clearing(services()).payout_items(msg_id)
    return Response(content, mimetype="text/csv", headers=_attachment(f"{msg_id}.csv"))


def _visible(msg_id: str) -> None:
    with services().db.transaction(SYSTEM) as conn:
        clearing.visible_payout(conn, msg_id, days.visible_counties(actor()))


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
