"""Close a day: a re-entrant state machine from frozen lines to settled payouts."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.clock import Clock, Reading, day_of, steady
from data.db import Database
from data.documents.signing import Signer
from data.reference import service as reference
from data.reference.records import ClearingHours
from registry.clearing import assertions, outcomes, pain001, reports, rules, store, store_bank
from registry.clearing.bank import Bank
from registry.clearing.disputes import adjusting
from registry.clearing.errors import BankClosed, CloseRunning, PayoutNotFound
from registry.clearing.files import PayoutFiles
from registry.clearing.planning import Checkpoint, Plan, bank_day, items_of, plan_payout
from registry.clearing.records import CloseResult, Item, Payout
from registry.clearing.steps import Steps
from registry.clearing.waits import Waits
from registry.ledger import service as ledger


def _pass(_name: str) -> None:
    """Do nothing at a checkpoint; tests put a crash here."""


@dataclass(frozen=True, slots=True)
class Clearing:
    """Closes days: the bank to pay through, the folder of payout files, the signer of item lists.

    ``cutoff`` stands for the first cut-off of the dated table when it is set; ``wait_s`` is how long a close
    waits, in seconds, for another one of the same day. ``steady`` measures how long the bank has not shown a
    message.
    """

    db: Database
    clock: Clock
    bank: Bank
    files: PayoutFiles
    signer: Signer
    cutoff: time | None = None
    wait_s: int = 20
    checkpoint: Checkpoint = field(default=_pass)
    steady: Callable[[], Reading] = steady

    def hours(self, conn: store.Conn, day: date) -> ClearingHours:
        """Return the cut-offs of a day."""
        found = reference.clearing_hours(conn, on=day)
        return found if self.cutoff is None else ClearingHours(self.cutoff, found.late_cutoff)

    def close_day(self, actor: Actor, day: date, *, run_now: bool = False) -> CloseResult:
        """Clear what has arrived by the cut-off, and go on with whatever an earlier call left.

        Parameters
        ----------
        actor : Actor
            Who asks.
        day : date
            Accounting day, today or before.
        run_now : bool
            Clear what has arrived so far instead of waiting for the cut-off, also on a day on which the bank
            does not pay: it is then asked to pay on its next day.

        Raises
        ------
        CloseRunning
            Another call is at it, and was for longer than ``wait_s``.
        BeforeCutoff, DayInFuture
        BankClosed
            The bank does not pay on that day.
        BooksBroken
            The books do not hold; nothing was frozen or sent.
        AccountUnknown
            A county has no account in force.
        """
        with self.db.transaction(SYSTEM) as conn:
            hours = self.hours(conn, day)
            pays_on = bank_day(conn, day, keeps_bank_days=self.bank.keeps_bank_days)
        cut = rules.cut(day, hours=hours, now=self.clock.now(), run_now=run_now)
        if pays_on != day and not run_now:
            raise BankClosed(date=day.isoformat(), next_day=pays_on.isoformat())
        with self.db.locked(f"close:{day}", wait_s=self.wait_s) as got:
            if not got:
                raise CloseRunning(date=day.isoformat())
            self.files.sweep(day)
            assertions.require_books(self.db, now=self.clock.now())
            self._advance(day, again=True)
            frozen = self._freeze(actor, day, cut)
            self._advance(day)
        with self.db.transaction(SYSTEM) as conn:
            runs = len(store.batches(conn, day))
            state = rules.day_state(runs, store.payouts(conn, day))
        return CloseResult(day, frozen, state)

    def resume(self, day: date, *, again: bool = False, msg_id: str | None = None) -> None:
        """Go on with the payouts of a day without freezing anything new.

        Parameters
        ----------
        day : date
            Accounting day.
        again : bool
            Whether rejected payouts are tried again: only where a person asks.
        msg_id : str, optional
            The one that is tried again; default all.

        Raises
        ------
        CloseRunning
        BooksBroken
        """
        with self.db.locked(f"close:{day}") as got:
            if not got:
                raise CloseRunning(date=day.isoformat())
            self.files.sweep(day)
            assertions.require_books(self.db, now=self.clock.now())
            self._advance(day, again=again, msg_id=msg_id)

    def receive(self, actor: Actor, raw: bytes) -> tuple[str, ...]:
        """Keep a message of the bank (pain.002 or camt.054) and bring it to the books; the same bytes once.

        Returns
        -------
        tuple of str
            What each report in it led to: ``applied``, ``known`` or ``break``; empty for known bytes.

        Raises
        ------
        BankMessageBad
        """
        message = reports.read(raw)
        now = self.clock.now()
        with self.db.transaction(SYSTEM) as conn:
            message_id = store_bank.insert_message(
                conn, message, raw=raw, sha256=hashlib.sha256(raw).digest(), by=actor.login, now=now
            )
            if message_id is None:
                return ()
            results = []
            for seq, report in enumerate(message.reports, start=1):
                results.append(outcomes.apply_report(conn, report, now=now))
                store_bank.insert_report(conn, message_id, seq, report, results[-1])
            audit.record(conn, actor, "bank.message", message.ref, detail={"message_id": message_id})
            self.checkpoint(f"report:commit:{message.ref}")
        self.checkpoint(f"report:after:{message.ref}")
        return tuple(results)

    def collect(self) -> int:
        """Take over the reports that the bank has for us; returns how many."""
        found = self.bank.messages()
        self.checkpoint("report:taken")
        for raw in found:
            self.receive(SYSTEM, raw)
        return len(found)

    def payout_file(self, msg_id: str) -> bytes:
        """Return the pain.001 message of a payout.

        Raises
        ------
        PayoutNotFound
        """
        content = self.files.read(f"{msg_id}.xml")
        if content is not None:
            return content
        payout, _ = self._rebuilt(msg_id)
        return pain001.write(payout, rules.COLLECTION_ACCOUNT)

    def payout_items(self, msg_id: str) -> bytes:
        """Return the item list (CSV) of a payout.

        Raises
        ------
        PayoutNotFound
        """
        return self.files.read(f"{msg_id}.csv") or rules.items_csv(self._rebuilt(msg_id)[1])

    def items_signature(self, msg_id: str) -> bytes:
        """Return the signature (DER) of the item list of a payout.

        Raises
        ------
        PayoutNotFound
            There is no such payout, or its list is not signed.
        """
        payout, _ = self._rebuilt(msg_id)
        if payout.items_signature is None:
            raise PayoutNotFound(msg_id=msg_id)
        return bytes(payout.items_signature)

    def _rebuilt(self, msg_id: str) -> tuple[Payout, list[Item]]:
        """Return payout and items from frozen rows: a lost file can be made again, byte for byte."""
        with self.db.transaction(SYSTEM) as conn:
            payout = store.payout(conn, msg_id)
            if payout is None or payout.state == "planned":
                raise PayoutNotFound(msg_id=msg_id)
            return payout, items_of(conn, payout)

    def _freeze(self, actor: Actor, day: date, cut: datetime) -> tuple[int, ...]:
        now = self.clock.now()
        self.checkpoint("freeze:before")
        with self.db.transaction(SYSTEM) as conn:
            if ledger.is_sealed(conn, day):
                return ()
            first = not store.batches(conn, day)
            batch_id = store.freeze(conn, day, cut, by=actor.login, now=now, empty=first)
            if batch_id is None:
                return ()
            adjusting.carry_out(conn, batch_id, day=day, now=now)
            plan = self._plan(conn, 1, now)
            for (county_code, kind), items in rules.grouped(store.items(conn, batch_id)).items():
                plan_payout(conn, batch_id, items, plan)
                self.checkpoint(f"freeze:planned:{county_code}:{kind}")
            audit.record(conn, actor, "day.close", day.isoformat(), detail={"batch_id": batch_id})
        self.checkpoint("freeze:after")
        return (batch_id,)

    def _plan(self, conn: store.Conn, attempt: int, now: datetime) -> Plan:
        execute_on = bank_day(conn, day_of(now), keeps_bank_days=self.bank.keeps_bank_days)
        return Plan(attempt, now, execute_on)

    def _advance(self, day: date, *, again: bool = False, msg_id: str | None = None) -> None:
        """Move every payout of the day as far as it goes now; ``again`` tries rejected ones anew, or one."""
        with self.db.transaction(SYSTEM) as conn:
            payouts = rules.live_payouts(store.payouts(conn, day))
        for payout in payouts:
            if again and payout.state == "rejected" and msg_id in {None, payout.msg_id}:
                self._plan_again(payout)
        with self.db.transaction(SYSTEM) as conn:
            payouts = rules.live_payouts(store.payouts(conn, day))
        if not payouts:
            return
        self.collect()
        waits = Waits(self.files.folder, self.steady)
        steps = Steps(self.db, self.clock, self.bank, self.files, self.signer, waits, self.checkpoint)
        for payout in payouts:
            steps.advance(payout)
        self.collect()

    def _plan_again(self, payout: Payout) -> None:
        with self.db.transaction(SYSTEM) as conn:
            plan = self._plan(conn, payout.attempt + 1, self.clock.now())
            plan_payout(conn, payout.batch_id, items_of(conn, payout), plan)


def visible_payout(conn: store.Conn, msg_id: str, counties: tuple[str, ...]) -> Payout:
    """Return a payout to one of these counties.

    Raises
    ------
    PayoutNotFound
    """
    found = store.payout(conn, msg_id)
    if found is None or found.county_code not in counties:
        raise PayoutNotFound(msg_id=msg_id)
    return found


def newest_attempt(conn: store.Conn, payout: Payout) -> Payout:
    """Return the newest attempt at what a payout pays."""
    attempts = [
        item
        for item in store.payouts(conn, payout.biz_date)
        if (item.batch_id, item.county_code, item.kind) == (payout.batch_id, payout.county_code, payout.kind)
    ]
    return max(attempts, key=lambda item: item.attempt, default=payout)
