"""Secrets, bodies and pauses of callbacks, without a database."""

import hashlib
import hmac
import json
from typing import Final

from data.callbacks.records import Callback, Event

EVENT_HEADER: Final = "X-Ningtu-Event"
# Seconds between tries; after the last one the event is given up.
PAUSES_S: Final = (10, 60, 300, 1_800, 7_200, 21_600, 43_200)
# How long a sender may take before another one sends the same event.
LEASE_S: Final = 60


def secret_of(root: str, callback: Callback) -> str:
    """Return the signing secret of an address: derived, so that no secret stands in the database.

    Parameters
    ----------
    root : str
        Secret key of the installation.
    callback : Callback
        Address; a new ``secret_no`` gives a new secret.
    """
    text = f"callback:{callback.callback_id}:{callback.secret_no}"
    return hmac.new(root.encode(), text.encode(), hashlib.sha256).hexdigest()


def body_of(event: Event) -> bytes:
    """Return the body of an event: the same bytes at each try."""
    stated = {"event_id": event.event_id, "kind": event.kind, "at": event.at.isoformat(), **event.payload}
    return json.dumps(stated, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def pause_after(attempts: int) -> int | None:
    """Return the seconds to wait after so many failed tries, None when the event is given up.

    Examples
    --------
    >>> pause_after(1), pause_after(8)
    (10, None)
    """
    return PAUSES_S[attempts - 1] if attempts <= len(PAUSES_S) else None
