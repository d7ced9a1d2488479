"""The sandbox channel: signs events as a real payment channel would. Named *sandbox* on every screen."""

import json
import secrets
from datetime import datetime

from data.signed_messages import sign
from registry.payments.channel_port import Delivery

CHANNEL = "sandbox"
KEY_ID = "demo"


def signed_event(
    key: str, payment_code: str, amount_fen: int, *, now: datetime, kind: str = "paid", txn: str | None = None
) -> Delivery:
    """Return the request that the sandbox channel sends.

    Parameters
    ----------
    key : str
        HMAC key of key id ``demo``.
    payment_code : str
        Payment code of the order.
    amount_fen : int
        Amount in fen.
    now : datetime
        Aware instant of the payment.
    kind : {"paid", "refunded", "failed"}
        What happened.
    txn : str, optional
        The channel's number of the payment; default a new one.
    """
    body = {
        "channel_txn": txn or f"SB{now:%Y%m%d%H%M%S}{secrets.token_hex(6)}",
        "kind": kind,
        "payment_code": payment_code,
        "amount_fen": amount_fen,
        "occurred_at": now.isoformat(),
    }
    raw = json.dumps(body).encode()
    return Delivery(CHANNEL, sign(key, KEY_ID, raw, at=int(now.timestamp())), raw)
