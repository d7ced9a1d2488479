"""Deliver the events of one subject to one address, in order, each at least once."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.access.records import SYSTEM
from data.callbacks import client, rules, store
from data.callbacks.errors import CallbackRefused
from data.callbacks.records import Callback, Event, Outcome
from data.callbacks.service import wake
from data.callbacks.target import Target, resolve
from data.db import Database
from data.signed_messages import SIGNATURE_HEADER, sign

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sending:
    """How events are sent.

    Parameters
    ----------
    secret_key : str
        Secret of the installation, from which signing secrets are derived.
    sandbox : bool
        Whether private addresses and plain HTTP are allowed.
    now : callable
        Gives the present instant, aware.
    post : callable
        Sends a body with headers to a target.
    """

    secret_key: str
    sandbox: bool
    now: Callable[[], datetime]
    post: Callable[[Target, bytes, Mapping[str, str]], Outcome] = client.post


def deliver(db: Database, callback_id: int, subject: str, sending: Sending) -> None:
    """Send what waits, oldest first, until nothing is left or one has to wait.

    A failed event holds back what comes after it until it is delivered or given up.

    Parameters
    ----------
    db : Database
        A transaction before and after each sending; none is open while a receiver is waited for.
    callback_id : int
        Address.
    subject : str
        Thing the events are about.
    sending : Sending
        How.
    """
    while True:
        claimed = _claim(db, callback_id, subject, sending.now())
        if claimed is None:
            return
        callback, event = claimed
        outcome = _send(callback, event, sending)
        if not _settle(db, event, outcome, sending.now()):
            return


def _claim(db: Database, callback_id: int, subject: str, now: datetime) -> tuple[Callback, Event] | None:
    """Take the oldest event; where it is being sent or has to wait, come back later."""
    with db.transaction(SYSTEM) as conn:
        callback = store.by_id(conn, callback_id)
        event = store.head(conn, callback_id, subject)
        if callback is None or event is None:
            return None
        free_at = max(event.next_at, event.lease_until or event.next_at)
        if free_at > now:
            wake(conn, callback_id, subject, delay_s=(free_at - now).total_seconds())
            return None
        store.lease(conn, event.event_id, now + timedelta(seconds=rules.LEASE_S))
        return callback, event


def _send(callback: Callback, event: Event, sending: Sending) -> Outcome:
    raw = rules.body_of(event)
    secret = rules.secret_of(sending.secret_key, callback)
    headers = {
        SIGNATURE_HEADER: sign(secret, callback.kid, raw, at=int(sending.now().timestamp())),
        rules.EVENT_HEADER: str(event.event_id),
    }
    try:
        target = resolve(callback.url, sandbox=sending.sandbox)
    except CallbackRefused as refusal:
        return Outcome(None, f"refused: {refusal.params['reason']}")
    return sending.post(target, raw, headers)


def _settle(db: Database, event: Event, outcome: Outcome, now: datetime) -> bool:
    """Write how it ended; whether the next event may go."""
    pause_s = rules.pause_after(event.attempts + 1)
    state = "delivered" if outcome.is_good else "given_up" if pause_s is None else "waiting"
    next_at = now + timedelta(seconds=pause_s or 0)
    if not outcome.is_good:
        log.info("event %s %s: %s %s", event.event_id, state, outcome.status, outcome.error or "")
    with db.transaction(SYSTEM) as conn:
        store.settle(conn, event.event_id, state, outcome, next_at=next_at, now=now)
        if state == "waiting":
            wake(conn, event.callback_id, event.subject, delay_s=float(pause_s or 0))
    return state != "waiting"
