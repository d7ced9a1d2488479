"""What a payer without an account does: begin a payment, come back, transfer, combine, ask money back."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import Field

from api import money
from api.auth import public
from api.context import services
from api.rate import RateLimit
from api.routes.pay import Proof, attempt_json, find, shown
from data.access.records import SYSTEM
from data.documents.service import qr_file
from registry.payments import combining, refund_requests, refunds, rules, store_channels
from registry.payments.errors import LookupRefused, OrderStateRefuses, RefundNotFound
from registry.payments.records import Asked
from registry.payments.rules import MAX_FEN

bp = APIBlueprint("pay_acts", __name__, url_prefix="/api/v1/pay")

TRANSFER = "bank_sandbox"
# A payer asks a few times a day at most.
LOOKS = RateLimit("pay_attempt", count=240, window_s=60.0)
WISHES = RateLimit("pay_refund", count=3, window_s=3600.0)
Fen = Annotated[int, Field(ge=1, le=MAX_FEN)]


class Start(Proof):
    """At which channel."""

    channel: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class Transfer(Proof):
    """A transfer in the sandbox: how much, and what the payer writes as its purpose."""

    amount_fen: Fen
    reference: Annotated[str, Field(min_length=1, max_length=64)]


class RefundWish(Proof):
    """What the payer asks back and why."""

    cause: Literal["mistaken", "excess", "withdrawn"] = "mistaken"
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    suspended_id: Annotated[int, Field(ge=1, le=2**62)] | None = None


@bp.get("/<payment_code>/qr.svg")
@public
def code_picture(payment_code: str) -> Response:
    """Draw the payment code's address as QR code; one code pays all lines of its order, taxes and fees."""
    url = f"http://{services().settings.host}:{services().settings.port}/pay/{payment_code[:20]}"
    return Response(qr_file(url), mimetype="image/svg+xml")


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


@bp.get("/<payment_code>/attempts/<channel_txn>")
@public
def attempt_state(payment_code: str, channel_txn: str) -> dict[str, object]:
    """Tell the state of an order to who has the number of a payment of it; the waiting page asks this."""
    LOOKS.spend(request.remote_addr or "")
    with services().db.transaction(SYSTEM) as conn:
        state = store_channels.state_of_attempt(conn, payment_code, channel_txn)
    if state is None:
        raise LookupRefused
    return {"state": state}


@bp.post("/<payment_code>/return")
@bp.input(Proof)
@public
def come_back(payment_code: str, json_data: Proof) -> dict[str, object]:
    """Ask the channel as its page sends the payer back, and show the order as it is then."""
    order = find(payment_code, json_data.last4)
    money.channel_desk(services()).came_back(order.head.order_no, now=services().now())
    return shown(find(payment_code, json_data.last4))


@bp.post("/<payment_code>/combine")
@bp.input(Proof)
@public
def combine(payment_code: str, json_data: Proof) -> tuple[dict[str, object], int]:
    """Put the payer's unpaid orders of one case together: one code for taxes and fees."""
    order = find(payment_code, json_data.last4)
    made = combining.combine(services().db, order.head.order_no, now=services().now())
    return shown(made), 201


@bp.post("/<payment_code>/refunds")
@bp.input(RefundWish)
@public
def ask_refund(payment_code: str, json_data: RefundWish) -> tuple[dict[str, object], int]:
    """Ask for money back: the order's, or a payment of it in suspense; two of the staff decide."""
    order = find(payment_code, json_data.last4)
    WISHES.spend(payment_code)
    db, now = services().db, services().now()
    if json_data.suspended_id is None:
        asked = Asked(json_data.cause, json_data.reason)
        refund_requests.request_refund(db, refund_requests.PAYER, order.head.order_no, asked=asked, now=now)
    else:
        with db.transaction(SYSTEM) as conn:
            lying = refunds.suspense_of_order(conn, order.head.order_no)
            if json_data.suspended_id not in {item.suspended_id for item in lying}:
                raise RefundNotFound(refund_no=str(json_data.suspended_id))
            refund_requests.request_suspense_refund(
                conn, refund_requests.PAYER, json_data.suspended_id, reason=json_data.reason, now=now
            )
    return shown(find(payment_code, json_data.last4)), 202


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
