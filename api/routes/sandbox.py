"""Controls of the sandboxes: clock (only with ``NINGTU_CLOCK=sandbox``), channels' pages, terminals."""

from datetime import datetime
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import Field

from api import money
from api.auth import needs, public
from api.context import actor, services
from api.rate import RateLimit
from api.schemas import Query, Strict
from data.access.clock import SandboxClock
from data.documents.service import qr_file
from data.errors import Invalid, NotFound
from registry.payments import rules
from registry.payments import service as payments
from registry.payments.errors import OrderStateRefuses
from registry.payments.records import SandboxPayment
from registry.payments.rules import MAX_FEN

bp = APIBlueprint("sandbox", __name__, url_prefix="/api/v1/sandbox")

TERMINAL = "pos_sandbox"
# A payment's number opens it; it must not be tried out.
BY_ADDRESS = RateLimit("sandbox_payment", count=120, window_s=60.0)
Fen = Annotated[int, Field(ge=1, le=MAX_FEN)]


class ClockSetting(Query):
    """The instant that shall be now (RFC 3339 with offset)."""

    now: datetime


class PayerAct(Strict):
    """What the payer does on the channel's page; another amount than asked is a fault to try out."""

    act: Literal["pay", "refuse"]
    amount_fen: Fen | None = None


class Sale(Strict):
    """A card at a window's terminal."""

    order_no: str
    amount_fen: Fen | None = None


@bp.post("/clock")
@bp.input(ClockSetting)
@needs("admin")
def set_clock(json_data: ClockSetting) -> dict[str, object]:
    """Move the clock of the sandbox."""
    clock = services().clock
    if not isinstance(clock, SandboxClock):
        raise NotFound
    if json_data.now.tzinfo is None:
        raise Invalid("request_invalid", errors=[{"field": "now", "code": "request_invalid"}])
    clock.set(json_data.now)
    return {"now": clock.now()}


@bp.get("/payments/<channel>/<channel_txn>")
@public
def payment(channel: str, channel_txn: str) -> dict[str, object]:
    """Show a payment at a sandbox channel, as the channel's own page does."""
    BY_ADDRESS.spend(request.remote_addr or "")
    return _payment(money.sandbox_channels(services()).find(channel, channel_txn))


@bp.get("/payments/<channel>/<channel_txn>/qr.svg")
@public
def payment_picture(channel: str, channel_txn: str) -> Response:
    """Draw the address of the channel's page as QR code."""
    settings = services().settings
    url = f"http://{settings.host}:{settings.port}/sandbox/{channel[:32]}/{channel_txn[:64]}"
    return Response(qr_file(url), mimetype="image/svg+xml")


@bp.post("/payments/<channel>/<channel_txn>")
@bp.input(PayerAct)
@public
def act(channel: str, channel_txn: str, json_data: PayerAct) -> dict[str, object]:
    """Pay or give up at a sandbox channel; the channel tells us by its signed message."""
    BY_ADDRESS.spend(request.remote_addr or "")
    state = {"pay": "paid", "refuse": "failed"}[json_data.act]
    done = money.sandbox_channels(services()).end(
        channel, channel_txn, state, amount_fen=json_data.amount_fen, now=services().now()
    )
    return _payment(done)


@bp.post("/terminals/sales")
@bp.input(Sale)
@needs("clerk", "registrar")
def sell(json_data: Sale) -> tuple[dict[str, object], int]:
    """Take a card at the window's sandbox terminal; the terminal's channel tells us by its signed message."""
    with services().db.transaction(actor()) as conn:
        head = payments.get_order(conn, json_data.order_no).head
    now = services().now()
    if head.payment_code is None or not rules.payable(head, now):
        raise OrderStateRefuses(order_no=head.order_no, state=head.state)
    done = money.sandbox_channels(services()).take(
        TERMINAL, head.payment_code, json_data.amount_fen or head.amount_fen, now=now
    )
    return _payment(done), 201


def _payment(found: SandboxPayment) -> dict[str, object]:
    return {
        "channel": found.channel,
        "channel_txn": found.channel_txn,
        "payment_code": found.payment_code,
        "amount_fen": found.amount_fen,
        "state": found.state,
        "sandbox": True,
    }
