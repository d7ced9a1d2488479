"""Close a day: a re-entrant state machine from frozen lines to settled payouts."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.clock import Clock, day_of
from data.db import Database
from data.reference import service as reference
from registry.clearing import pain001, rules, store
from registry.clearing.bank import Bank
from registry.clearing.errors import BankSilent, CloseRunning, PayoutNotFound
from registry.clearing.files import PayoutFiles
from registry.clearing.records import CloseResult, Item, Payout
from registry.ledger import rules as chart
from registry.ledger import service as ledger
from registry.ledger import store as ledger_store
from registry.ledger.records import Entry, Phase, PostingDraft

Checkpoint = Callable[[str], None]


def _pass(_name: str) -> None:
    """Do nothing at a checkpoint; tests put a crash here."""


@dataclass(frozen=True, slots=True)
class _Act:
    """What is posted of a payout: business key, kind and message id."""

    key: str
    kind: str
    msg_id: str


@dataclass(frozen=True, slots=True)
class Clearing:
    """Closes days: the bank to pay through, the folder of payout files, the first cut-off of a day.

    ``wait_s`` is how long a close waits, in seconds, for another one of the same day.
    """

    db: Database
    clock: Clock
    bank: Bank
    files: PayoutFiles
    cutoff: time
    wait_s: int = 20
    checkpoint: Checkpoint = field(default=_pass)

    def close_day(self, actor: Actor, day: date, *, run_now: bool = False) -> CloseResult:
        """Clear what has arrived by the cut-off, and go on with whatever an earlier call left.

        Parameters
        ----------
        actor : Actor
            Who asks.
        day : date
            Accounting day, today or before.
        run_now : bool
            Clear what has arrived so far instead of waiting for the cut-off.

        Raises
        ------
        CloseRunning
            Another call is at it, and was for longer than ``wait_s``.
        BeforeCutoff, DayInFuture
        AccountUnknown
            A county has no account in force.
        """
        cut = rules.cut(day, cutoff=self.cutoff, now=self.clock.now(), run_now=run_now)
        with self.db.locked(f"close:{day}", wait_s=self.wait_s) as got:
            if not got:
                raise CloseRunning(date=day.isoformat())
            self.files.sweep()
            self._advance(day)
            frozen = self._freeze(actor, day, cut)
            self._advance(day)
        with self.db.transaction(SYSTEM) as conn:
            runs = len(store.batches(conn, day))
            state = rules.day_state(runs, store.payouts(conn, day))
        return CloseResult(day, frozen, state)

    def resume(self, day: date) -> None:
        """Go on with the payouts of a day without freezing anything new.

        Raises
        ------
        CloseRunning
        """
        with self.db.locked(f"close:{day}") as got:
            if not got:
                raise CloseRunning(date=day.isoformat())
            self._advance(day)

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

    def _rebuilt(self, msg_id: str) -> tuple[Payout, list[Item]]:
        """Return payout and items from frozen rows: a lost file can be made again, byte for byte."""
        with self.db.transaction(SYSTEM) as conn:
            payout = store.payout(conn, msg_id)
            if payout is None or payout.state == "planned":
                raise PayoutNotFound(msg_id=msg_id)
            return payout, _items_of(conn, payout)

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
            for (county_code, kind), items in rules.grouped(store.items(conn, batch_id)).items():
                self._plan(conn, batch_id, items, attempt=1, now=now)
                self.checkpoint(f"freeze:planned:{county_code}:{kind}")
            audit.record(conn, actor, "day.close", day.isoformat(), detail={"batch_id": batch_id})
        self.checkpoint("freeze:after")
        return (batch_id,)

    def _plan(
        self, conn: store.Conn, batch_id: int, items: list[Item], *, attempt: int, now: datetime
    ) -> None:
        """Reserve the money of one county and kind and write its payout."""
        batch = store.batch(conn, batch_id)
        if batch is None:
            raise LookupError(batch_id)
        county_code, kind = items[0].county_code, items[0].kind
        amount_fen = sum(item.amount_fen for item in items)
        account = reference.county_account(conn, county_code, kind, on=batch.biz_date)
        msg_id = rules.message_id(county_code, batch.biz_date, batch.seq, kind=kind, attempt=attempt)
        entries = (
            Entry(chart.in_transit(county_code), chart.COLLECTION, amount_fen, Phase.PENDING),
            Entry(
                chart.owed(county_code, kind), chart.discharged(county_code, kind), amount_fen, Phase.PENDING
            ),
        )
        key = f"clr:{batch.biz_date}:{batch.seq}:{county_code}:{kind}:{attempt}"
        posted = _post(conn, _Act(key, "freeze", msg_id), entries, day=batch.biz_date, now=now)
        debit_id, owed_id = ledger_store.transfer_ids(conn, posted)
        store.insert_payout(
            conn,
            Payout(
                msg_id=msg_id,
                batch_id=batch_id,
                county_code=county_code,
                kind=kind,
                attempt=attempt,
                amount_fen=amount_fen,
                n_items=len(items),
                items_sha256=rules.items_sha256(items),
                creditor_name=account.name,
                creditor_number=account.number,
                creditor_bank=account.bank,
                creditor_cnaps=account.cnaps,
                debit_pending_id=debit_id,
                owed_pending_id=owed_id,
                file_sha256=None,
                state="planned",
                reason="",
                changed_at=now,
                biz_date=batch.biz_date,
                seq=batch.seq,
                frozen_at=batch.frozen_at,
                execute_on=day_of(batch.frozen_at),
            ),
        )

    def _advance(self, day: date) -> None:
        """Move every payout of the day as far as it goes now."""
        with self.db.transaction(SYSTEM) as conn:
            payouts = rules.live_payouts(store.payouts(conn, day))
        for payout in payouts:
            if payout.state == "rejected":
                self._plan_again(payout)
        with self.db.transaction(SYSTEM) as conn:
            payouts = rules.live_payouts(store.payouts(conn, day))
        steps = {
            "planned": self._write,
            "written": self._send,
            "sent": self._ask,
            "unknown": self._ask,
            "acked": self._ask,
            "confirmed": self._ask,
        }
        for payout in payouts:
            state = payout.state
            while state in steps:
                with self.db.transaction(SYSTEM) as conn:
                    fresh = store.payout(conn, payout.msg_id)
                if fresh is None or fresh.state not in steps or not steps[fresh.state](fresh):
                    break
                state = fresh.state

    def _plan_again(self, payout: Payout) -> None:
        with self.db.transaction(SYSTEM) as conn:
            items = _items_of(conn, payout)
            self._plan(conn, payout.batch_id, items, attempt=payout.attempt + 1, now=self.clock.now())

    def _write(self, payout: Payout) -> bool:
        """Write the message file and the item list, built from frozen rows only."""
        message = pain001.write(payout, rules.COLLECTION_ACCOUNT)
        with self.db.transaction(SYSTEM) as conn:
            items = _items_of(conn, payout)
        self.checkpoint(f"write:before:{payout.msg_id}")
        self.files.write(f"{payout.msg_id}.csv", rules.items_csv(items))
        self.checkpoint(f"write:list:{payout.msg_id}")
        self.files.write(f"{payout.msg_id}.xml", message)
        self.checkpoint(f"write:file:{payout.msg_id}")
        return self._move(payout, "written", sha256=hashlib.sha256(message).digest())

    def _send(self, payout: Payout) -> bool:
        """Ask the bank for the message id, send the message in if it is absent."""
        message = self.payout_file(payout.msg_id)
        if self.bank.status(payout.msg_id).state == "absent":
            self.checkpoint(f"send:asked:{payout.msg_id}")
            try:
                self.bank.submit(payout.msg_id, message)
            except BankSilent:
                self._move(payout, "unknown")
                return False
        self.checkpoint(f"send:submitted:{payout.msg_id}")
        return self._move(payout, "sent")

    def _ask(self, payout: Payout) -> bool:
        """Ask the bank what became of a message and post it; false when there is nothing new."""
        status = self.bank.status(payout.msg_id)
        self.checkpoint(f"ask:{payout.state}:{payout.msg_id}")
        if status.state == "absent":
            waited_s = (self.clock.now() - payout.changed_at).total_seconds()
            seen = payout.state == "unknown" and waited_s >= self.bank.visibility_s
            return seen and self._move(payout, "written")
        if status.state == "rejected":
            return self._reject(payout, status.reason)
        if status.state == "received":
            return payout.state in {"sent", "unknown"} and self._move(payout, "acked")
        if payout.state != "confirmed":
            return self._confirm(payout)
        return status.state == "credited" and self._settle(payout)

    def _confirm(self, payout: Payout) -> bool:
        """Post the bank's debit."""
        now = self.clock.now()
        with self.db.transaction(SYSTEM) as conn:
            entry = ledger.resolve(conn, payout.debit_pending_id, Phase.POST)
            _post(conn, _Act(f"dbt:{payout.msg_id}", "bank_debit", payout.msg_id), (entry,), now=now)
            return store.set_state(conn, payout.msg_id, payout.state, "confirmed", now=now)

    def _settle(self, payout: Payout) -> bool:
        """Post the county's credit, discharge the debt, and clear the orders that are whole."""
        now = self.clock.now()
        mirror = chart.county_account(payout.county_code, payout.kind)
        with self.db.transaction(SYSTEM) as conn:
            entries = (
                Entry(mirror, chart.in_transit(payout.county_code), payout.amount_fen),
                ledger.resolve(conn, payout.owed_pending_id, Phase.POST),
            )
            _post(conn, _Act(f"crd:{payout.msg_id}", "county_credit", payout.msg_id), entries, now=now)
            moved = store.set_state(conn, payout.msg_id, payout.state, "settled", now=now)
            store.clear_orders(conn, payout.batch_id, actor="system", now=now)
        self.checkpoint(f"settle:after:{payout.msg_id}")
        return moved

    def _reject(self, payout: Payout, reason: str) -> bool:
        """Void both reservations; the next call plans a new attempt."""
        now = self.clock.now()
        with self.db.transaction(SYSTEM) as conn:
            entries = tuple(
                ledger.resolve(conn, pending, Phase.VOID)
                for pending in (payout.debit_pending_id, payout.owed_pending_id)
            )
            _post(conn, _Act(f"rej:{payout.msg_id}", "bank_reject", payout.msg_id), entries, now=now)
            store.set_state(conn, payout.msg_id, payout.state, "rejected", now=now)
            store.set_reason(conn, payout.msg_id, reason)
            store.open_break(conn, "PAYOUT_REJECTED", payout, now)
        return False

    def _move(self, payout: Payout, state: str, *, sha256: bytes | None = None) -> bool:
        with self.db.transaction(SYSTEM) as conn:
            moved = store.set_state(
                conn, payout.msg_id, payout.state, state, now=self.clock.now(), sha256=sha256
            )
        self.checkpoint(f"{state}:{payout.msg_id}")
        return moved


def _items_of(conn: store.Conn, payout: Payout) -> list[Item]:
    return [
        item
        for item in store.items(conn, payout.batch_id)
        if (item.county_code, item.kind) == (payout.county_code, payout.kind)
    ]


def _post(
    conn: store.Conn, act: _Act, entries: tuple[Entry, ...], *, now: datetime, day: date | None = None
) -> int:
    draft = PostingDraft(
        key=act.key,
        kind=act.kind,
        biz_date=day or ledger.biz_day(conn, now),
        event_at=now,
        actor="system",
        entries=entries,
        msg_id=act.msg_id,
    )
    return ledger.post(conn, draft).posting_id


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
