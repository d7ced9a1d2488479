"""Statements of the bank and of six county banks, written from what truly happened, day by day."""

import csv
import io
from collections import defaultdict
from datetime import timedelta

from data.access.records import SYSTEM
from data.clock import day_of
from data.reference import service as reference
from registry.clearing.rules import COLLECTION_ACCOUNT, COUNTIES
from registry.reconciliation import bank_files, statements


class Statements:
    """What each account's bank states; a day is stated once it is over, in order."""

    def __init__(self, world):
        self.world = world
        self.next_day = day_of(world.now)
        self.balance = defaultdict(int)
        with world.transaction() as conn:
            self.counties = {
                reference.county_account(conn, county, kind, on=self.next_day).number: county
                for county in COUNTIES
                for kind in ("nontax", "tax")
            }

    def load(self, *, stray_fen=0):
        """Load the statements of all days that are over; ``stray_fen`` is money that nothing explains."""
        loaded = 0
        while self.next_day < day_of(self.world.now) and self._settled(self.next_day):
            for account, entries in sorted(self._entries(self.next_day, stray_fen).items()):
                raw = self._csv(account, self.next_day, entries)
                statements.load(self.world.db, SYSTEM, raw, now=self.world.now)
            self.world.book.breaks["K7"] += bool(stray_fen)
            stray_fen = 0
            self.world.stated.add(self.next_day)
            self.next_day += timedelta(days=1)
            loaded += 1
        return loaded

    def _settled(self, day):
        """Tell whether the books have heard of all the bank did on a day, and the day is over for them."""
        with self.world.transaction() as conn:
            known = dict(conn.execute("SELECT msg_id, state FROM money.payout").fetchall())
        heard = {"debited": ("confirmed", "settled"), "credited": ("settled",)}
        return self.world.book.day(self.world.now) > day and all(
            known.get(item.msg_id) in heard.get(item.state, tuple(known.values()))
            for item in self.world.bank.book.values()
            if day in {item.debited_on, item.credited_on}
        )

    def _entries(self, day, stray_fen):
        found = {account: [] for account in (COLLECTION_ACCOUNT.number, *self.counties)}
        own = found[COLLECTION_ACCOUNT.number]
        paid = sum(item.fen for item in self.world.book.payments.values() if item.day == day)
        if paid:
            own.append((paid, f"SETTLE:sandbox:{day}"))
        for item in self.world.bank.book.values():
            if item.debited_on == day:
                own.append((-item.amount_fen, item.msg_id))
            if item.credited_on == day:
                found[item.creditor].append((item.amount_fen, item.msg_id))
        for instruction, item in self.world.payers.book.items():
            if item.state == "done" and item.done_on == day:
                own.append((-item.amount_fen, instruction.rpartition("A")[0]))
        if stray_fen:
            own.append((stray_fen, f"STRAY{day}"))
        return found

    def _csv(self, account, day, entries):
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(bank_files.COLUMNS)
        opening = self.balance[account]
        self.balance[account] += sum(fen for fen, _ in entries)
        rows = [(opening, "OPBD"), *entries, (self.balance[account], "CLBD")]
        for fen, name in rows:
            writer.writerow([account, f"S{day:%Y%m%d}", day, fen, name, ""])
        return out.getvalue().encode()
