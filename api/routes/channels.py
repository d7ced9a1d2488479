"""Callbacks of payment channels."""

from apiflask import APIBlueprint
from flask import request

from api import money
from api.auth import public
from api.context import services
from data.signed_messages import SIGNATURE_HEADER
from registry.payments import channel
from registry.payments.errors import EventMalformed
from registry.payments.rules import MAX_BODY

bp = APIBlueprint("channels", __name__, url_prefix="/api/v1")


@bp.post("/channels/<name>/events")
@public
def receive_event(name: str) -> dict[str, object]:
    """Take a signed event of a channel."""
    if (request.content_length or 0) > MAX_BODY:
        raise EventMalformed(field="body")
    delivery = channel.Delivery(name, request.headers.get(SIGNATURE_HEADER), request.get_data())
    result = channel.receive(
        services().db,
        delivery,
        keys=money.channel_keys(services()),
        now=services().now(),
        arrive_at_once=money.arrive_at_once(services()),
    )
    answer: dict[str, object] = {"result": result.result}
    if result.order_no is not None:
        answer["order_no"] = result.order_no
    return answer
