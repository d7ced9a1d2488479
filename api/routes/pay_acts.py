"""What a payer without an account does: begin a payment, come back from the channel, transfer."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api import money
from api.auth import public
from api.context import services
from api.routes.pay import Proof, attempt_json, find, shown
from data.documents.service import qr_svg
from registry.payments import rules
from registry.payments.errors import OrderStateRefuses
from registry.payments.rules import MAX_FEN

bp = APIBlueprint("pay_acts", __name__, url_prefix="/api/v1/pay")

TRANSFER = "bank_sandbox"
Fen = Annotated[int, Field(ge=1, le=MAX_FEN)]


class Start(Proof):
    """At which channel."""

    channel: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class Transfer(Proof):
    """A transfer in the sandbox: how much, and what the payer writes as its purpose."""

    amount_fen: Fen
    reference: Annotated[str, Field(min_length=1, max_length=64)]


@bp.get("/<payment_code>/qr.svg")
@public
def code_picture(payment_code: str) -> Response:
    """Draw the payment code's address as QR code; one code pays all lines of its order, taxes and fees."""
    url = f"http://{services().settings.host}:{services().settings.port}/pay/{payment_code[:20]}"
    return Response(str(qr_svg(url)), mimetype="image/svg+xml")


@bp.post("/<payment_code>/start")
@bp.input(Start)
@public
def start(payment_code: str, json_data: Start) -> tuple[dict[str, object], int]:
    """Begin to pay at a channel; the order is *paying* until the channel says how that ended."""
    order = find(payment_code, json_data.last4)
    attempt = money.channel_desk(services()).begin(
        order.head.order_no, json_data.channel, now=services().now()
    )
    return attempt_json(attempt), 201


@bp.post("/<payment_code>/return")
@bp.input(Proof)
@public
def come_back(payment_code: str, json_data: Proof) -> dict[str, object]:
    """Ask the channel as its page sends the payer back, and show the order as it is then."""
    order = find(payment_code, json_data.last4)
    money.channel_desk(services()).came_back(order.head.order_no, now=services().now())
    return shown(find(payment_code, json_data.last4))


@bp.post("/<payment_code>/transfer")
@bp.input(Transfer)
@public
def transfer(payment_code: str, json_data: Transfer) -> tuple[dict[str, object], int]:
    """Transfer money in the sandbox: the sandbox bank takes it and tells us."""
    order = find(payment_code, json_data.last4)
    now = services().now()
    if not rules.payable(order.head, now):
        raise OrderStateRefuses(order_no=order.head.order_no, state=order.head.state)
    done = money.sandbox_channels(services()).take(
        TRANSFER, json_data.reference, json_data.amount_fen, now=now
    )
    return {"channel": TRANSFER, "channel_txn": done.channel_txn, "amount_fen": done.amount_fen}, 201
