"""Take the events of payment channels."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from data.access.records import SYSTEM
from data.db import Database
from data.signed_messages import SIGNATURE_HEADER
from data.together import Together
from registry.ledger.errors import DaySealed
from registry.payments import rules, store
from registry.payments.channel_port import Delivery
from registry.payments.errors import ChannelUnknown, EventMalformed, SignatureBad
from registry.payments.records import Arrival, ChannelEvent, ChannelResult

KEPT_RAW = 8 * 1024


class OutOfTime(SignatureBad):
    """A good signature of another time over bytes we do not know: only the channel can tell if it is true."""

    def __init__(self, event: ChannelEvent) -> None:
        super().__init__()
        self.event = event


class Arrivals:
    """The events that arrive in a process, applied together where they arrive together.

    Parameters
    ----------
    db : Database
        Database.
    """

    def __init__(self, db: Database) -> None:
        self.db = db
        self._together = Together(self._apply)

    def apply(self, arrival: Arrival) -> ChannelResult:
        """Apply an event in a transaction that it shares with those which other threads bring meanwhile.

        Raises
        ------
        DaySealed
            Its day was sealed meanwhile, and the next day too.
        """
        return self._together.ask(arrival)

    def _apply(self, arrivals: Sequence[Arrival]) -> list[ChannelResult]:
        try:
            with self.db.transaction(SYSTEM) as conn:
                return apply_channel_events(conn, arrivals)
        except DaySealed:
            with self.db.transaction(SYSTEM) as conn:
                return apply_channel_events(conn, arrivals)


def receive(
    arrivals: Arrivals,
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
    arrivals : Arrivals
        Where its event is applied.
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
    known = _authenticate(arrivals.db, delivery, keys[delivery.channel], now)
    if known is not None:
        return known
    try:
        headers = {SIGNATURE_HEADER: delivery.signature or ""}
        event = rules.read_event(delivery.channel, delivery.raw, headers, source=source)
    except EventMalformed as error:
        return _keep_unreadable(arrivals.db, delivery, str(error.params["field"]), now)
    return arrivals.apply(Arrival(event, now, arrive_at_once))


def apply_channel_events(conn: store.Conn, arrivals: Sequence[Arrival]) -> list[ChannelResult]:
    """Store events and post what they mean: one SQL call, for each one row of the arrival table.

    Parameters
    ----------
    conn : Connection
        Open transaction or autocommit connection of the app role.
    arrivals : sequence of Arrival
        Checked events, amounts in fen; their order does not matter.

    Returns
    -------
    list of ChannelResult
        In the same order: ``accepted``, ``duplicate`` (same bytes), ``conflict`` (same transaction, other
        bytes), ``suspense`` (money kept apart, a break opened) or ``unapplied`` (waits for its payment).
    """
    return store.apply_events(conn, arrivals)


def apply_channel_event(
    conn: store.Conn, event: ChannelEvent, *, now: datetime, arrive_at_once: bool
) -> ChannelResult:
    """Store one event and post what it means (:func:`apply_channel_events`)."""
    return apply_channel_events(conn, [Arrival(event, now, arrive_at_once)])[0]


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
