"""Payment channels: their callbacks, and what finance and administrators see and set."""

from datetime import datetime, time
from typing import Annotated

from apiflask import APIBlueprint
from flask import request
from pydantic import Field

from api import money
from api.auth import needs, public
from api.context import actor, language, services
from api.schemas import Strict
from data.access.records import SYSTEM
from data.clock import SHANGHAI
from data.signed_messages import SIGNATURE_HEADER
from registry.ledger import rules as chart
from registry.ledger import service as ledger
from registry.payments import channel_keys, store_channels, store_sandbox_book
from registry.payments.channel_port import Delivery
from registry.payments.errors import EventMalformed
from registry.payments.records import Channel, ChannelKey, Switch
from registry.payments.rules import MAX_BODY
from registry.payments.store import Conn

bp = APIBlueprint("channels", __name__, url_prefix="/api/v1")

READERS = ("finance_city", "supervisor", "admin")
Percent = Annotated[int, Field(ge=0, le=100)]


class Faults(Strict):
    """Faults of a sandbox channel from now on; zeros are none."""

    delay_s: Annotated[int, Field(ge=0, le=86_400)] = 0
    duplicate_pct: Percent = 0
    reorder_pct: Percent = 0
    lose_pct: Percent = 0
    seed: Annotated[int, Field(ge=0, le=2**53)] = 0


@bp.post("/channels/<name>/events")
@public
def receive_event(name: str) -> dict[str, object]:
    """Take a signed event of a channel."""
    if (request.content_length or 0) > MAX_BODY:
        raise EventMalformed(field="body")
    delivery = Delivery(name, request.headers.get(SIGNATURE_HEADER), request.get_data())
    result = money.channel_desk(services()).receive(delivery, now=services().now())
    answer: dict[str, object] = {"result": result.result}
    if result.order_no is not None:
        answer["order_no"] = result.order_no
    return answer


@bp.get("/channels")
@needs(*READERS)
def list_channels() -> dict[str, object]:
    """List the channels: what was paid there and has not arrived, keys, faults, and what waits."""
    with services().db.transaction(SYSTEM) as conn:
        items = [_channel_json(conn, item) for item in store_channels.channels(conn)]
    return {"items": items}


@bp.put("/channels/<name>/faults")
@bp.input(Faults)
@needs("finance_city", "admin")
def set_faults(name: str, json_data: Faults) -> dict[str, object]:
    """Let a sandbox channel delay, repeat, reorder and lose its messages from now on, by a seed."""
    made = money.sandbox_channels(services()).switch(actor(), Switch(name, **json_data.model_dump()))
    return _faults_json(made)


@bp.post("/channels/<name>/keys")
@needs("admin")
def begin_rotation(name: str) -> tuple[dict[str, object], int]:
    """Give a channel a new key; the old one holds on. The key itself is read on the server only."""
    made = channel_keys.begin(services().db, actor(), money.key_vault(services()), name, now=services().now())
    return _key_json(made), 201


@bp.post("/channels/<name>/keys/finish")
@needs("admin")
def finish_rotation(name: str) -> dict[str, object]:
    """End the older of a channel's two keys."""
    return _key_json(channel_keys.finish(services().db, actor(), name, now=services().now()))


def _channel_json(conn: Conn, item: Channel) -> dict[str, object]:
    account = ledger.balance(conn, chart.receivable(item.channel), services().today())
    midnight = datetime.combine(services().today(), time.min, SHANGHAI)
    sums = store_channels.figures(conn, item.channel, since=midnight)
    return {
        "channel": item.channel,
        "name": item.name_en if language() == "en" else item.name,
        "kind": item.kind,
        "sandbox": item.sandbox,
        "receivable_fen": account.balance_fen,
        "open_attempts": sums.open_attempts,
        "waiting_messages": sums.waiting,
        "lost_messages": sums.lost,
        "sources_today": sums.sources,
        "keys": [_key_json(key) for key in store_channels.keys_of(conn, item.channel)],
        "faults": _faults_json(store_sandbox_book.switch_of(conn, item.channel)),
    }


def _key_json(key: ChannelKey) -> dict[str, object]:
    return {
        "kid": key.kid,
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
        "added_by": key.added_by,
        "ended_by": key.ended_by,
    }


def _faults_json(switch: Switch) -> dict[str, object]:
    return {
        "delay_s": switch.delay_s,
        "duplicate_pct": switch.duplicate_pct,
        "reorder_pct": switch.reorder_pct,
        "lose_pct": switch.lose_pct,
        "seed": switch.seed,
        "set_by": switch.set_by or None,
        "set_at": switch.set_at,
    }
