"""Attempts to pay: begun at a channel, asked about, ended as the channel says."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.access.records import SYSTEM
from data.db import Database
from data.errors import NingtuError
from registry.payments import channel, rules, store, store_channels
from registry.payments.channel_port import ChannelPort, Delivery
from registry.payments.errors import ChannelNotForPayers, ChannelUnknown, OrderStateRefuses
from registry.payments.records import Attempt, ChannelResult, OrderHead

log = logging.getLogger(__name__)

# Kinds of channels at which a payer begins a payment; a transfer or a terminal begins elsewhere.
BEGUN_BY_PAYERS = frozenset({"direct", "wechat", "alipay", "unionpay"})
POLL_AFTER = timedelta(seconds=60)
POLL_LIMIT = 200


@dataclass(frozen=True, slots=True)
class ChannelDesk:
    """What attempts need: books, port, keys by channel, and whether money arrives at once (sandbox)."""

    arrivals: channel.Arrivals
    port: ChannelPort
    keys: Callable[[str], Mapping[str, Mapping[str, str]]]
    arrive_at_once: bool

    @property
    def db(self) -> Database:
        """The database of the arrivals."""
        return self.arrivals.db

    def begin(self, order_no: str, name: str, *, now: datetime) -> Attempt:
        """Begin to pay an order at a channel; it is *paying* until the channel says how that ended.

        Asked again at the same channel, it answers the open attempt. An open one at another channel is given
        up there first, so that an order is not paid twice.

        Raises
        ------
        ChannelUnknown
        ChannelNotForPayers
        OrderStateRefuses
            It is paid, dead, or its time is over.
        """
        self._require_channel(name)
        with self.db.transaction(SYSTEM) as conn:
            head = _payable(conn, order_no, now)
            known = store_channels.open_attempt(conn, order_no)
        if known is not None and known.channel == name:
            return known
        if known is not None:
            self.port.close(known.channel, known.channel_txn, now=now)
            self.ask(known, source="poll", now=now)
        txn = self.port.open(name, str(head.payment_code), head.amount_fen, now=now)
        with self.db.transaction(SYSTEM) as conn:
            head = _payable(conn, order_no, now)
            known = store_channels.open_attempt(conn, order_no)
            if known is None:
                store_channels.insert_attempt(conn, order_no, name, txn, amount_fen=head.amount_fen, now=now)
                if head.state == "issued":
                    store.add_event(conn, order_no, "issued", "paying", at=now, actor="payer")
                known = store_channels.open_attempt(conn, order_no)
        if known is None:
            raise LookupError(order_no)
        return known

    def ask(self, attempt: Attempt, *, source: str, now: datetime) -> list[ChannelResult]:
        """Ask the channel of an attempt and do what it answers; nothing while the payer may still pay."""
        found = [
            self._take(answer, source, now)
            for answer in self.port.query(attempt.channel, attempt.payment_code, now=now)
        ]
        with self.db.transaction(SYSTEM) as conn:
            state = store_channels.state_by_txn(conn, attempt.channel, attempt.channel_txn)
            if state is not None:
                store_channels.end_attempt(conn, attempt, state, now)
        return found

    def came_back(self, order_no: str, *, now: datetime) -> None:
        """Ask about the open attempt of an order as its payer comes back from the channel's page."""
        with self.db.transaction(SYSTEM) as conn:
            attempt = store_channels.open_attempt(conn, order_no)
        if attempt is not None:
            self.ask(attempt, source="return", now=now)

    def poll(self, *, now: datetime, after: timedelta = POLL_AFTER, limit: int = POLL_LIMIT) -> int:
        """Ask about attempts that have been open for long; returns how many were asked about."""
        with self.db.transaction(SYSTEM) as conn:
            waiting = store_channels.open_since(conn, now - after, limit)
        for attempt in waiting:
            try:
                self.ask(attempt, source="poll", now=now)
            except NingtuError as error:
                # The others must not wait for a channel that cannot be asked; the next poll tries again.
                log.warning("payment %s at %s: %s", attempt.channel_txn, attempt.channel, error.error_code)
        return len(waiting)

    def receive(self, delivery: Delivery, *, now: datetime) -> ChannelResult:
        """Take a callback; one too old to be believed makes us ask the channel.

        Raises
        ------
        ChannelUnknown, SignatureBad
        """
        keys = self.keys(delivery.channel)
        try:
            return channel.receive(
                self.arrivals, delivery, keys=keys, now=now, arrive_at_once=self.arrive_at_once
            )
        except channel.OutOfTime as late:
            for answer in self.port.query(delivery.channel, late.event.payment_code, now=now):
                body = rules.read_event(answer.channel, answer.raw, {})
                if (body.channel_txn, body.kind) == (late.event.channel_txn, late.event.kind):
                    return self._take(answer, "poll", now)
            raise

    def _take(self, answer: Delivery, source: str, now: datetime) -> ChannelResult:
        return channel.receive(
            self.arrivals,
            answer,
            keys=self.keys(answer.channel),
            now=now,
            arrive_at_once=self.arrive_at_once,
            source=source,
        )

    def _require_channel(self, name: str) -> None:
        with self.db.transaction(SYSTEM) as conn:
            found = store_channels.fetch(conn, name)
        if found is None:
            raise ChannelUnknown(channel=name)
        if found.kind not in BEGUN_BY_PAYERS:
            raise ChannelNotForPayers(channel=name)


def _payable(conn: store.Conn, order_no: str, now: datetime) -> OrderHead:
    head = store.lock_order(conn, order_no)
    if head is None or not rules.payable(head, now):
        raise OrderStateRefuses(order_no=order_no, state="" if head is None else head.state)
    return head
