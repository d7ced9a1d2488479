"""Payout messages to the bank, and its reports of them."""

from apiflask import APIBlueprint
from flask import Response, request

from api import money
from api.auth import needs
from api.context import actor, services
from data.access import audit
from data.access.records import SYSTEM
from data.errors import Invalid
from registry.clearing import days
from registry.clearing import service as clearing
from registry.clearing.errors import PayoutNotRejected
from registry.clearing.iso import MAX_BYTES

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


@bp.get("/payouts/<msg_id>.csv.sig")
@needs(*READERS)
def get_items_signature(msg_id: str) -> Response:
    """Return the signature (ECDSA, DER) of the item list of a payout."""
    _visible(msg_id)
    content = money.clearing(services()).items_signature(msg_id)
    return Response(content, mimetype="application/octet-stream", headers=_attachment(f"{msg_id}.csv.sig"))


@bp.post("/bank-messages")
@needs("finance_city")
def receive_message() -> tuple[dict[str, object], int]:
    """Take a report of the bank (pain.002 or camt.054) and bring it to the books."""
    upload = request.files.get("file")
    content = upload.stream.read(MAX_BYTES + 1) if upload is not None else b""
    if not 0 < len(content) <= MAX_BYTES:
        raise Invalid("request_invalid", errors=[{"field": "file", "code": "request_invalid"}])
    return {"reports": list(money.clearing(services()).receive(actor(), content))}, 201


@bp.post("/payouts/<msg_id>/retry")
@needs("finance_city")
def retry(msg_id: str) -> dict[str, object]:
    """Try a rejected payout again, under a new message id, without freezing anything new."""
    with services().db.transaction(SYSTEM) as conn:
        payout = clearing.visible_payout(conn, msg_id, days.visible_counties(actor()))
        if payout.state != "rejected":
            raise PayoutNotRejected(msg_id=msg_id, state=payout.state)
        audit.record(conn, actor(), "payout.retry", msg_id)
    money.clearing(services()).resume(payout.biz_date, again=True, msg_id=msg_id)
    with services().db.transaction(SYSTEM) as conn:
        newest = clearing.newest_attempt(conn, payout)
    return {"msg_id": newest.msg_id, "attempt": newest.attempt, "state": newest.state}


def _visible(msg_id: str) -> None:
    with services().db.transaction(SYSTEM) as conn:
        clearing.visible_payout(conn, msg_id, days.visible_counties(actor()))


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
