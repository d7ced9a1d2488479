"""Take the events of payment channels."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from data.access.records import SYSTEM
from data.db import Database
from data.signed_messages import SIGNATURE_HEADER
from registry.ledger.errors import DaySealed
from registry.payments import rules, store
from registry.payments.channel_port import Delivery
from registry.payments.errors import ChannelUnknown, EventMalformed, SignatureBad
from registry.payments.records import ChannelEvent, ChannelResult

KEPT_RAW = 8 * 1024


class OutOfTime(SignatureBad):
    """A good signature of another time over bytes we do not know: only the channel can tell if it is true."""

    def __init__(self, event: ChannelEvent) -> None:
        super().__init__()
        self.event = event


def receive(
    db: Database,
    delivery: Delivery,
    *,
    keys: Mapping[str, Mapping[str, str]],
    now: datetime,
    arrive_at_once: bool,
    source: str = "callback",
) -> ChannelResult:
    """Check a channel's request, store it, and do what it says.

    Parameters
    ----------
    db : Database
        Database.
    delivery : Delivery
        Request.
    keys : mapping of channel to mapping of key id to key
        Known channels with their live keys.
    now : datetime
        Aware instant of receipt.
    arrive_at_once : bool
        Whether the channel's money counts as arrived in the collection account (sandbox).
    source : {"callback", "poll", "return"}
        Whether the channel spoke first, or answered.

    Raises
    ------
    ChannelUnknown
    SignatureBad
        Kept as a row with ``sig_ok`` false; nothing follows.
    OutOfTime
        The same, but the signature is good.
    """
    if not keys.get(delivery.channel):
        raise ChannelUnknown(channel=delivery.channel)
    known = _authenticate(db, delivery, keys[delivery.channel], now)
    if known is not None:
        return known
    try:
        event = rules.read_event(delivery.channel, delivery.raw, {SIGNATURE_HEADER: delivery.signature or ""})
    except EventMalformed as error:
        return _keep_unreadable(db, delivery, str(error.params["field"]), now)
    return apply(db, replace(event, source=source), now=now, arrive_at_once=arrive_at_once)


def apply(db: Database, event: ChannelEvent, *, now: datetime, arrive_at_once: bool) -> ChannelResult:
    """Apply an event in a transaction of its own; once more if its day was sealed meanwhile.

    Raises
    ------
    DaySealed
        The next day was sealed too.
    """
    try:
        with db.transaction(SYSTEM) as conn:
            return apply_channel_event(conn, event, now=now, arrive_at_once=arrive_at_once)
    except DaySealed:
        with db.transaction(SYSTEM) as conn:
            return apply_channel_event(conn, event, now=now, arrive_at_once=arrive_at_once)


def apply_channel_event(
    conn: store.Conn, event: ChannelEvent, *, now: datetime, arrive_at_once: bool
) -> ChannelResult:
    """Store an event and post what it means: one SQL call, one row of the arrival table.

    Parameters
    ----------
    conn : Connection
        Open transaction or autocommit connection of the app role.
    event : ChannelEvent
        Checked event, amount in fen.
    now : datetime
        Aware instant of receipt; its accounting day gets the posting.
    arrive_at_once : bool
        Whether the money counts as arrived.

    Returns
    -------
    ChannelResult
        ``accepted``, ``duplicate`` (same bytes), ``conflict`` (same transaction, other bytes), ``suspense``
        (money kept apart, a break opened) or ``unapplied`` (waits for its payment, or a break).
    """
    return store.apply_event(conn, event, now, arrive=arrive_at_once)


def _authenticate(
    db: Database, delivery: Delivery, keys: Mapping[str, str], now: datetime
) -> ChannelResult | None:
    """Check the signature; a replay out of time answers as a duplicate if its bytes are known."""
    try:
        signature = rules.authentic(delivery.signature, keys, delivery.raw)
    except SignatureBad:
        _keep_refused(db, delivery, now)
        raise
    if rules.in_window(signature, now):
        return None
    with db.transaction(SYSTEM) as conn:
        known = store.known_event(conn, delivery.channel, hashlib.sha256(delivery.raw).digest())
    if known is None:
        _keep_refused(db, delivery, now)
        raise _out_of_time(delivery)
    return ChannelResult("duplicate", known[1])


def _out_of_time(delivery: Delivery) -> SignatureBad:
    try:
        return OutOfTime(rules.read_event(delivery.channel, delivery.raw, {}))
    except EventMalformed:
        return SignatureBad()


def _keep_unreadable(db: Database, delivery: Delivery, field: str, now: datetime) -> ChannelResult:
    """Keep a signed message that cannot be read, and open a difference: it may speak of money.

    The channel is told that we have it; the same bytes again are a duplicate.
    """
    sha256 = hashlib.sha256(delivery.raw).digest()
    with db.transaction(SYSTEM) as conn:
        if store.known_event(conn, delivery.channel, sha256) is not None:
            return ChannelResult("duplicate", None)
        store.insert_unreadable_event(
            conn,
            delivery.channel,
            delivery.raw,
            headers={SIGNATURE_HEADER: delivery.signature or ""},
            field=field,
            now=now,
        )
    return ChannelResult("unapplied", None)


def _keep_refused(db: Database, delivery: Delivery, now: datetime) -> None:
    with db.transaction(SYSTEM) as conn:
        store.insert_refused_event(
            conn,
            delivery.channel,
            delivery.raw[:KEPT_RAW],
            headers={SIGNATURE_HEADER: (delivery.signature or "")[:500]},
            sha256=hashlib.sha256(delivery.raw).digest(),
            now=now,
        )
