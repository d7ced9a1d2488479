"""Use cases of callbacks: register an address, publish events, look after them."""

from datetime import datetime
from typing import Any, Final

from data.access import audit
from data.access.records import Actor
from data.callbacks import store
from data.callbacks.errors import ApiKeyNeeded, CallbackEventUnknown, CallbackUnknown
from data.callbacks.records import Callback
from data.jobs import service as jobs

DELIVER_JOB: Final = "deliver_callbacks"
PING: Final = "ping"


def register(conn: store.Conn, actor: Actor, key_id: int | None, url: str, *, now: datetime) -> Callback:
    """Register or change the address of the caller's key; its signing secret is a new one.

    The caller has the address judged before (:func:`data.callbacks.target.resolve`): names may take long to
    resolve, and no transaction should wait for that. It is judged again at each sending.

    Raises
    ------
    ApiKeyNeeded
        The caller did not come with a key.
    """
    if key_id is None:
        raise ApiKeyNeeded
    store.save(conn, key_id, url, now)
    audit.record(conn, actor, "callback.register", url)
    return of_key(conn, key_id)


def of_key(conn: store.Conn, key_id: int | None) -> Callback:
    """Return the address of the caller's key.

    Raises
    ------
    ApiKeyNeeded, CallbackUnknown
    """
    if key_id is None:
        raise ApiKeyNeeded
    found = store.by_key(conn, key_id)
    if found is None:
        raise CallbackUnknown
    return found


def end(conn: store.Conn, actor: Actor, key_id: int | None, *, now: datetime) -> None:
    """Tell the caller's key nothing any more; what waits is not sent.

    Raises
    ------
    ApiKeyNeeded, CallbackUnknown
    """
    found = of_key(conn, key_id)
    if key_id is not None:
        store.deactivate(conn, key_id, now)
    audit.record(conn, actor, "callback.end", found.url)


def publish(
    conn: store.Conn, login: str, subject: str, kind: str, payload: dict[str, Any], *, at: datetime
) -> int:
    """Write an event for the addresses of an account, in the caller's transaction.

    Parameters
    ----------
    conn : Connection
        Transaction of the fact; the event exists if and only if it commits.
    login : str
        Account that is concerned.
    subject : str
        What it is about; events of a subject are delivered in the order of their writing.
    kind : str
        What happened.
    payload : dict
        JSON facts, no personal data.
    at : datetime
        Aware instant of the fact.

    Returns
    -------
    int
        Number of addresses that will be told.
    """
    told = store.insert_events(conn, login, subject, kind, payload, at)
    for callback_id in told:
        wake(conn, callback_id, subject)
    return len(told)


def wake(conn: store.Conn, callback_id: int, subject: str, *, delay_s: float = 0.0) -> None:
    """Have the waiting events of a subject sent."""
    jobs.enqueue(
        conn, DELIVER_JOB, {"callback_id": callback_id, "subject": subject}, delay_s=max(delay_s, 0.0)
    )


def send_again(conn: store.Conn, actor: Actor, event_id: int, *, now: datetime) -> None:
    """Send an event again that was given up.

    Raises
    ------
    CallbackEventUnknown
    """
    found = store.revive(conn, event_id, now)
    if found is None:
        raise CallbackEventUnknown(event_id=event_id)
    wake(conn, *found)
    audit.record(conn, actor, "callback.again", str(event_id))
