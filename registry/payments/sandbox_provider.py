"""The sandbox channels: they take payments, keep a book, tell us by signed messages, answer questions.

Everything they say is signed with the newest key of the channel. Between them and us their switches may
delay, repeat, reorder and lose messages; their answers to questions and their statements are always right.
"""

import csv
import io
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from data.access.records import SYSTEM, Actor
from data.clock import Clock
from data.db import Database
from data.jobs.service import enqueue
from data.signed_messages import sign
from registry.payments import channel_keys, store_channels, store_sandbox_book
from registry.payments.channel_port import Delivery
from registry.payments.errors import ChannelUnknown, SandboxPaymentOver, SignatureBad
from registry.payments.records import SandboxPayment, Switch
from registry.payments.rules import ATTEMPT_LIFE
from registry.payments.sandbox_faults import BEHIND_S, fates
from registry.payments.store import Conn

JOB = "sandbox_notices"
STATEMENT_COLUMNS = (
    "channel",
    "stated_on",
    "channel_txn",
    "kind",
    "payment_code",
    "amount_fen",
    "fee_fen",
    "occurred_at",
    "refund_id",
)


@dataclass(frozen=True, slots=True)
class SandboxChannels:
    """Stands in for the providers of all sandbox channels; implements :class:`ChannelPort`."""

    db: Database
    clock: Clock
    vault: channel_keys.KeyVault

    def open(self, channel: str, payment_code: str, amount_fen: int, *, now: datetime) -> str:
        """Announce a payment; its number cannot be guessed, who has it may pay."""
        payment = SandboxPayment(channel, _number(now), payment_code, amount_fen, "open", now, None)
        with self.db.transaction(SYSTEM) as conn:
            store_sandbox_book.insert_payment(conn, payment)
        return payment.channel_txn

    def query(self, channel: str, payment_code: str, *, now: datetime) -> list[Delivery]:
        """Return signed answers about the ended payments of a code; payments left alone too long end now."""
        with self.db.transaction(SYSTEM) as conn:
            store_sandbox_book.give_up(conn, channel, payment_code, before=now - ATTEMPT_LIFE, now=now)
            found = store_sandbox_book.ended_of_code(conn, channel, payment_code)
        return [self._signed(channel, _body(payment, answers=True), now) for payment in found]

    def close(self, channel: str, channel_txn: str, *, now: datetime) -> None:
        """Give a payment up that was not made."""
        with self.db.transaction(SYSTEM) as conn:
            found = store_sandbox_book.fetch_payment(conn, channel, channel_txn, lock=True)
            if found is not None and found.state == "open":
                store_sandbox_book.end_payment(
                    conn, channel, channel_txn, state="failed", amount_fen=found.amount_fen, now=now
                )

    def statement(self, channel: str, day: date) -> bytes:
        """Return the statement of a day; the sandbox takes no fees."""
        with self.db.transaction(SYSTEM) as conn:
            rows = store_sandbox_book.statement_rows(conn, channel, day)
        net_fen = sum(fen if kind == "paid" else -fen for _, kind, _, fen, _, _ in rows)
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(STATEMENT_COLUMNS)
        for txn, kind, code, fen, at, refund in rows:
            writer.writerow([channel, day, txn, kind, code, fen, 0, at.isoformat(), refund])
        writer.writerow([channel, day, "", "TOTAL", "", net_fen, 0, "", ""])
        return out.getvalue().encode()

    # What a payer does at the channel.

    def find(self, channel: str, channel_txn: str) -> SandboxPayment:
        """Return a payment of the book.

        Raises
        ------
        ChannelUnknown
            There is none.
        """
        with self.db.transaction(SYSTEM) as conn:
            found = store_sandbox_book.fetch_payment(conn, channel, channel_txn)
        if found is None:
            raise ChannelUnknown(channel=channel)
        return found

    def end(
        self, channel: str, channel_txn: str, state: str, *, amount_fen: int | None = None, now: datetime
    ) -> SandboxPayment:
        """Let the payer pay (``paid``) or give up (``failed``), and make the message to us.

        Raises
        ------
        ChannelUnknown
        SandboxPaymentOver
            It is paid, or failed again; one that failed can still be paid, as at real channels.
        """
        with self.db.transaction(SYSTEM) as conn:
            found = store_sandbox_book.fetch_payment(conn, channel, channel_txn, lock=True)
            if found is None:
                raise ChannelUnknown(channel=channel)
            if found.state in {"paid", state}:
                raise SandboxPaymentOver(channel_txn=channel_txn, state=found.state)
            done = replace(found, state=state, amount_fen=amount_fen or found.amount_fen, ended_at=now)
            store_sandbox_book.end_payment(
                conn, channel, channel_txn, state=state, amount_fen=done.amount_fen, now=now
            )
            self._tell(conn, done, now)
        return done

    def take(self, channel: str, payment_code: str, amount_fen: int, *, now: datetime) -> SandboxPayment:
        """Take money that nobody announced: a transfer, a card at a terminal."""
        done = SandboxPayment(channel, _number(now), payment_code, amount_fen, "paid", now, now)
        with self.db.transaction(SYSTEM) as conn:
            store_sandbox_book.insert_payment(conn, done)
            self._tell(conn, done, now)
        return done

    # What the channel does by itself.

    def send_due(self, deliver: Callable[[Delivery], str], *, now: datetime) -> tuple[int, int]:
        """Send the messages that are due; returns how many were sent and how many still wait."""
        held = now - timedelta(seconds=BEHIND_S)
        with self.db.transaction(SYSTEM) as conn:
            due = store_sandbox_book.due_notices(conn, now, held_until=held)
        for notice in due:
            try:
                answer = deliver(self._signed(notice.channel, notice.raw, now))
            except SignatureBad as error:
                answer = error.code
            with self.db.transaction(SYSTEM) as conn:
                store_sandbox_book.note_answer(conn, notice.notice_id, answer, now)
        with self.db.transaction(SYSTEM) as conn:
            return len(due), store_sandbox_book.waiting_notices(conn)

    def switch(self, actor: Actor, wanted: Switch) -> Switch:
        """Set the faults of a channel from now on.

        Raises
        ------
        ChannelUnknown
        """
        now = self.clock.now()
        made = replace(wanted, set_by=actor.login, set_at=now)
        with self.db.transaction(actor) as conn:
            if store_channels.fetch(conn, wanted.channel) is None:
                raise ChannelUnknown(channel=wanted.channel)
            store_sandbox_book.insert_switch(conn, made)
        return made

    def _tell(self, conn: Conn, payment: SandboxPayment, now: datetime) -> None:
        """Write the message about an ended payment, with the faults that are switched on, and its job."""
        switch = store_sandbox_book.switch_of(conn, payment.channel)
        for fate in fates(switch, payment.payment_code, payment.state):
            store_sandbox_book.insert_notice(conn, payment, _body(payment), fate=fate, now=now)
            if not fate.lost:
                enqueue(conn, JOB, {}, delay_s=fate.delay_s)

    def _signed(self, channel: str, raw: bytes, now: datetime) -> Delivery:
        held = channel_keys.live(self.db, self.vault, channel, now=now)
        if not held:
            raise SignatureBad
        kid, secret = list(held.items())[-1]
        return Delivery(channel, sign(secret, kid, raw, at=int(now.timestamp())), raw)


def _number(now: datetime) -> str:
    return f"SB{now:%Y%m%d%H%M%S}{secrets.token_hex(8)}"


def _body(payment: SandboxPayment, *, answers: bool = False) -> bytes:
    """Return a message about an ended payment; an answer to a question has a further field."""
    at = payment.ended_at or payment.opened_at
    body = {
        "channel_txn": payment.channel_txn,
        "kind": payment.state,
        "payment_code": payment.payment_code,
        "amount_fen": payment.amount_fen,
        "occurred_at": at.isoformat(),
    }
    if answers:
        body["opened_at"] = payment.opened_at.isoformat()
    return json.dumps(body).encode()
