"""The auditor: reads the bare rows and says what contradicts the book, the bank, or the rules I1 to I18.

It calls none of the product's functions: sums, states and hashes are made here. Accounts that the book does
not know may exist; what went to them is missing on one that it knows.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date

import psycopg
from psycopg.rows import namedtuple_row

from tests.money_proof.book import DEAD, LIVE
from tests.money_proof.rows import balances, billed, read

KNOWN = (
    "1001",
    "1101",
    "1901",
    "1201",
    "1301",
    "2101",
    "2102",
    "2201",
    "2301",
    "2302",
    "2401",
    "3101",
    "3102",
    "5001",
)
RECEIVED = ("2101", "2102", "2201", "2301", "2302", "2401", "3101", "3102")


class Breach(AssertionError):
    """The books are not as they should be."""


@dataclass
class Auditor:
    """Looks at one database; ``seen`` are the facts it has read before."""

    superuser_url: str
    world: object
    seen: dict = field(default_factory=dict)
    shut: set = field(default_factory=set)
    _known: set = field(default_factory=set)

    def __post_init__(self):
        self.conn = psycopg.connect(self.superuser_url, autocommit=True, row_factory=namedtuple_row)

    def close(self):
        self.conn.close()

    def check(self, *, ended=False):
        """Check everything; ``ended`` adds what holds only once all work is done.

        Raises
        ------
        Breach
        """
        found = self.breaches(ended=ended)
        if found:
            raise Breach("; ".join(f"{name} {words}" for name, words in found))

    def breaches(self, *, ended=False):
        rows, kept = read(self.conn)
        checks = [
            self._balanced, self._unique, self._accounts, self._guards, self._pending, self._batches,
            self._bank, self._payers, self._bills, self._orders, self._counties, self._differences,
        ]  # fmt: skip
        found = [item for check in checks for item in check(rows)]
        found += self._facts(kept) + self._shut_days(rows)
        if ended:
            found += self._ended(rows)
        return found

    # ------------------------------------------------------------ ledger

    def _balanced(self, rows):
        """I1: postings are whole, and debits equal credits (each row has both: the sum of all is zero)."""
        count, fen = Counter(), Counter()
        for item in rows["transfers"]:
            count[item.posting_id] += 1
            fen[item.posting_id] += item.amount_fen
            if item.amount_fen <= 0 or item.dr == item.cr:
                yield "I1", f"transfer {item.transfer_id}"
        for item in rows["postings"]:
            if (count[item.posting_id], fen[item.posting_id]) != (item.n_rows, item.total_fen):
                yield "I1", f"posting {item.key}"

    def _facts(self, kept):
        """I2: what was written once stays as it was."""
        found = []
        for name, rows in kept.items():
            for key, row in self.seen.get(name, {}).items():
                if rows.get(key) != row:
                    found.append(("I2", f"{name} {key} changed"))
        self.seen = kept
        return found

    def _unique(self, rows):
        """I3: one transaction of a channel moves money once, whatever was sent how often."""
        by_event = {item.event_id: item for item in rows["events"]}
        taken = Counter()
        for item in rows["postings"]:
            if item.kind in {"pay", "suspend"} and item.event_id is not None:
                event = by_event[item.event_id]
                taken[event.channel, event.channel_txn] += 1
                if event.amount_fen != item.total_fen or not event.sig_ok:
                    yield "I3", f"posting {item.key}"
        yield from (("I3", f"transaction {key} posted {n} times") for key, n in taken.items() if n > 1)
        keys = Counter(item.key for item in rows["postings"])
        yield from (("I3", f"key {key} posted {n} times") for key, n in keys.items() if n > 1)

    def _accounts(self, rows):
        """I4, I15: every account holds what the book says, so all that came in is accounted for."""
        posted, pending = balances(rows["transfers"])
        expected, reserved = self._expected(rows)
        for code in sorted({*posted, *expected}):
            if code.startswith(KNOWN) and posted[code] != expected[code]:
                yield "I4", f"{code} holds {posted[code]}, expected {expected[code]}"
        for code in sorted({*pending, *reserved}):
            if code.startswith(KNOWN) and pending[code] != reserved[code]:
                yield "I4", f"{code} reserved {pending[code]}, expected {reserved[code]}"
        received = self.world.book.received
        back = sum(item.fen for item in self.world.book.refunds.values() if item.booked and not item.payment)
        back += sum(item.fen for item in self.world.book.payments.values() if item.left)
        accounted = -sum(fen for code, fen in posted.items() if code.startswith(RECEIVED))
        if received - back != accounted:
            yield "I4", f"received {received}, given back {back}, accounted {accounted}"

    def _expected(self, rows):
        """Return (posted, reserved) net fen by account: the book's moves, and payouts by how far they are."""
        posted, reserved = Counter(), Counter()
        for (debit, credit), fen in self.world.book.moves.items():
            posted[debit] += fen
            posted[credit] -= fen
        for item in rows["payouts"]:
            owed_fen = self.world.book.owed_in((item.biz_date, item.seq))[item.county_code, item.kind]
            county = item.county_code
            owed, mirror, done = (
                ("2101", "1201", "3101") if item.kind == "nontax" else ("2102", "1301", "3102")
            )
            legs = ((f"1901.{county}", "1001"), (f"{owed}.{county}", f"{done}.{county}"))
            paid = {"confirmed": (True, False), "settled": (True, True)}.get(item.state, (False, False))
            for (debit, credit), is_posted in zip(legs, paid, strict=True):
                if item.state != "rejected":
                    where = posted if is_posted else reserved
                    where[debit] += owed_fen
                    where[credit] -= owed_fen
            if item.state == "settled":
                posted[f"{mirror}.{county}"] += owed_fen
                posted[f"1901.{county}"] -= owed_fen
        return posted, reserved

    def _guards(self, rows):
        """I5: a guarded account is not overdrawn, reservations counted."""
        debit, credit, drawn = Counter(), Counter(), Counter()
        ended = {item.pending_id for item in rows["transfers"] if item.pending_id}
        for item in rows["transfers"]:
            if item.phase in {"FINAL", "POST"}:
                debit[item.dr] += item.amount_fen
                credit[item.cr] += item.amount_fen
            elif item.phase == "PENDING" and item.transfer_id not in ended:
                drawn[item.dr, "dr"] += item.amount_fen
                drawn[item.cr, "cr"] += item.amount_fen
        for code, kind in rows["guards"]:
            asset = debit[code] - credit[code] - drawn[code, "cr"]
            liability = credit[code] - debit[code] - drawn[code, "dr"]
            if (asset if kind == "A" else liability) < 0:
                yield "I5", f"{code} is overdrawn"

    def _pending(self, rows):
        """I9: a reservation ends at most once, by its whole amount, on the same accounts."""
        by_id = {item.transfer_id: item for item in rows["transfers"]}
        ends = Counter()
        for item in rows["transfers"]:
            if item.pending_id is None:
                continue
            ends[item.pending_id] += 1
            first = by_id.get(item.pending_id)
            same = first is not None and (first.phase, first.dr, first.cr, first.amount_fen) == (
                "PENDING", item.dr, item.cr, item.amount_fen,
            )  # fmt: skip
            if not same or ends[item.pending_id] > 1:
                yield "I9", f"transfer {item.transfer_id}"

    def _shut_days(self, rows):
        """I14: nothing is written to a day after its seal, or to a closed month."""
        last = max(self.shut, default=date.min)
        found = [
            ("I14", f"posting {item.key} on {item.biz_date}")
            for item in rows["postings"]
            if item.posting_id not in self._known and item.biz_date <= last
        ]
        self._known = {item.posting_id for item in rows["postings"]}
        self.shut = {item.biz_date for item in rows["seals"]}
        return found

    # ------------------------------------------------------------ clearing and bank

    def _batches(self, rows):
        """I6: a line is in one run, as ordered and as the book froze it; payouts are their items' sums."""
        lines = {item.line_id: item for item in rows["lines"]}
        found = Counter(item.line_id for item in rows["items"])
        yield from (("I6", f"line {line} in {n} runs") for line, n in found.items() if n > 1)
        sums = Counter()
        frozen = set()
        for item in rows["items"]:
            line = lines[item.line_id]
            kind = "nontax" if line.kind == "fee" else "tax"
            ours = self.world.book.orders[line.order_no].lines[line.line_no - 1]
            if (item.amount_fen, item.county_code, item.kind) != (line.amount_fen, ours.paid_to, kind):
                yield "I6", f"line {item.line_id} paid out otherwise than ordered or ruled"
            sums[item.batch_id, item.county_code, item.kind] += item.amount_fen
            frozen.add((line.order_no, line.line_no, item.biz_date, item.seq))
        adjusted = Counter()
        for item in rows["adjustments"]:
            sums[item.batch_id, item.county_code, item.kind] += item.amount_fen
            adjusted[(item.biz_date, item.seq), item.county_code, item.kind] += item.amount_fen
        if adjusted != self.world.book.adjusted:
            yield "I6", f"adjusted otherwise than ruled: {adjusted}"
        expected = {
            (order.no, line.no, *line.run)
            for order in self.world.book.orders.values()
            for line in order.asked() if line.run
        }  # fmt: skip
        if frozen != expected:
            yield "I6", f"frozen otherwise than expected: {sorted(map(str, frozen ^ expected))[:4]}"
        live = Counter()
        for item in rows["payouts"]:
            key = item.batch_id, item.county_code, item.kind
            live[key] += item.state != "rejected"
            if item.amount_fen != sums[key]:
                yield "I6", f"payout {item.msg_id} is not the sum of its items"
        yield from (("I6", f"two live payouts of {key}") for key, n in live.items() if n > 1)

    def _bank(self, rows):
        """I7, I8: the bank has each message once and with our amount; what we hold for paid, is."""
        book = self.world.bank.book
        payouts = {item.msg_id: item for item in rows["payouts"]}
        settled = Counter()
        for msg_id, item in book.items():
            ours = payouts.get(msg_id)
            if ours is None or ours.amount_fen != item.amount_fen or ours.creditor_number != item.creditor:
                yield "I7", f"the bank has {msg_id} otherwise than we"
            if item.executions > 1:
                yield "I7", f"the bank was asked to pay {msg_id} {item.executions} times"
        truth = {"confirmed": {"debited", "credited"}, "settled": {"credited"}, "rejected": {"rejected"}}
        for msg_id, ours in payouts.items():
            said = book[msg_id].state if msg_id in book else "absent"
            if said not in truth.get(ours.state, {said}):
                yield "I8", f"{msg_id} is {ours.state} here and {said} at the bank"
            if (
                ours.state in {"planned", "written"}
                and said != "absent"
                and not self.world.bank.hidden(msg_id)
            ):
                yield "I7", f"{msg_id} is {ours.state} here and {said} at the bank"
            if ours.state == "settled":
                settled[ours.creditor_number] += ours.amount_fen
        for account, fen in settled.items():
            if fen > self.world.bank.county_fen[account]:
                yield "I8", f"{account}: settled {fen}, credited {self.world.bank.county_fen[account]}"

    def _payers(self, _rows):
        """I8: nobody got back more than was paid; what we hold for paid back, is."""
        back = self.world.payers.paid_back()
        for (_, txn), payment in self.world.book.payments.items():
            if back[txn] > payment.fen:
                yield "I8", f"{txn}: paid {payment.fen}, paid back {back[txn]}"
        done = Counter()
        for refund in self.world.book.refunds.values():
            if refund.booked and not refund.by_channel:
                payment = refund.payment or refund.order.payment
                done[payment.txn] += refund.fen
        for txn, fen in done.items():
            if fen > back[txn]:
                yield "I8", f"{txn}: we hold {fen} for paid back, {back[txn]} is"

    # ------------------------------------------------------------ bills, orders, differences

    def _bills(self, rows):
        """I10, I12: numbers have no gap and no double; a red bill has a refund, a ruling or a correction."""
        numbers = defaultdict(list)
        for item in rows["bills"]:
            numbers[item.pool_id].append(item.number)
        for pool in rows["pools"]:
            if sorted(numbers[pool.pool_id]) != list(range(pool.lo, pool.next)):
                yield "I10", f"pool {pool.pool_id}"
        states = {item.refund_no: item.state for item in rows["refunds"]}
        for item in rows["bills"]:
            ruled = self.world.book.disputes.get(item.dispute_no)
            due = (
                states.get(item.refund_no) not in {None, "requested", "rejected"}
                or (ruled is not None and ruled.state == "adjusted" and ruled.ruled == ruled.claimed)
                or item.correction_id in self.world.corrected
            )
            if item.kind == "red" and item.state != "void" and not due:
                yield "I12", f"red bill {item.number} without a refund, a ruling or a correction"
        fen = billed(rows)
        lines = {(item.order_no, item.line_no): item.line_id for item in rows["lines"]}
        for refund in self.world.book.refunds.values():
            if states.get(refund.no) not in {"paying", "done"} or refund.payment:
                continue
            for line, _ in refund.lines:
                if fen[lines[refund.order.no, line.no]] > line.fen - line.given_back:
                    yield "I12", f"refund {refund.no} is paid while the payer has a bill for it"

    def _orders(self, rows):
        """I16: an order's state is the last of its events, and the one it should be in."""
        last = {}
        for item in rows["steps"]:
            if last.get(item.order_no, "draft") != item.from_state:
                yield "I16", f"events of {item.order_no} do not follow"
            last[item.order_no] = item.to_state
        settled = {
            (item.biz_date, item.seq, item.county_code, item.kind)
            for item in rows["payouts"] if item.state == "settled"
        }  # fmt: skip
        sums = Counter()
        for item in rows["lines"]:
            sums[item.order_no] += item.amount_fen
        for item in rows["orders"]:
            order = self.world.book.orders[item.order_no]
            if order.state == "paid" and all(
                line.run and (*line.run, line.paid_to, line.kind) in settled for line in order.asked()
            ):
                order.state = "cleared"
            wanted = LIVE if order.state in LIVE else {order.state}
            if item.state != last.get(item.order_no) or item.state not in wanted:
                yield "I16", f"{item.order_no} is {item.state}, expected {order.state}"
            if sums[item.order_no] != item.amount_fen:
                yield "I16", f"{item.order_no} is not the sum of its lines"

    def _counties(self, rows):
        """I13, I15: each line goes to the county that was decided; tax and fee never meet."""
        lines = {item.line_id: item for item in rows["lines"]}
        for item in rows["lines"]:
            if item.county_code != item.decided:
                yield "I13", f"line {item.line_id}"
        for item in rows["transfers"]:
            if item.line_id is None:
                continue
            line = lines[item.line_id]
            wrong = "2102." if line.kind == "fee" else "2101."
            for code in (item.dr, item.cr):
                if code.startswith(wrong):
                    yield "I15", f"transfer {item.transfer_id}"
                now = self.world.book.orders[line.order_no].lines[line.line_no - 1].county
                if code[:5] in {"2101.", "2102.", "2201."} and code[5:] not in {line.county_code, now}:
                    yield "I13", f"transfer {item.transfer_id} on {code}"

    def _differences(self, rows):
        """I18: what went wrong outside has its difference, and nothing else has one."""
        expected = self.world.book.breaks.copy()
        expected["PAYOUT_REJECTED"] = sum(item.state == "rejected" for item in rows["payouts"])
        named = self._on_another_day(rows)
        for kind, payouts in named.items():
            expected[kind] = len(payouts)
            for msg_id in payouts ^ {item.msg_id for item in rows["breaks"] if item.type == kind}:
                yield "I18", f"{kind} of {msg_id} {'is missing' if msg_id in payouts else 'has no cause'}"
        found = Counter(item.type for item in rows["breaks"])
        for kind in sorted({*found, *expected}):
            if found[kind] != expected[kind]:
                yield "I18", f"{kind}: {found[kind]} differences, expected {expected[kind]}"

    def _on_another_day(self, rows):
        """Return payouts that statements do not show on our day: our clock was behind the bank's.

        A debit is K3, a credit K5; what our books have later than the bank stands on a statement before.
        """
        ours = {(item.msg_id, item.kind): item.biz_date for item in rows["postings"] if item.msg_id}
        expected = {"K3": set(), "K5": set()}
        for msg_id, item in self.world.bank.book.items():
            debited, credited = ours.get((msg_id, "bank_debit")), ours.get((msg_id, "county_credit"))
            if debited not in self.world.stated:
                continue
            if item.debited_on > debited:
                expected["K3"].add(msg_id)
            if credited == debited and item.credited_on > credited:
                expected["K5"].add(msg_id)
        return expected

    # ------------------------------------------------------------ once all work is done

    def _ended(self, rows):
        """I11, I17: bills are what was paid and not given back; all that came in has reached its county."""
        yield from self._live_bills(rows)
        for item in rows["payouts"]:
            if item.state not in {"settled", "rejected"}:
                yield "I17", f"{item.msg_id} is {item.state}"
        for order in self.world.book.orders.values():
            if order.state == "paid" and order.fen and order.payment.arrived_at is not None:
                yield "I17", f"{order.no} was paid and did not reach its county"
        for refund in self.world.book.refunds.values():
            if refund.state in {"approved", "returning", "paying", "failed"}:
                yield "I17", f"refund {refund.no} is {refund.state}"
        yield from (("I17", f"job {item.kind} {item.payload}") for item in rows["jobs"])
        open_fen = {
            code: fen
            for code, fen in balances(rows["transfers"])[0].items()
            if code.startswith("1901") and fen
        }
        if open_fen:
            yield "I17", f"still on its way: {open_fen}"

    def _live_bills(self, rows):
        fen = billed(rows)
        for item in rows["lines"]:
            order = self.world.book.orders[item.order_no]
            line = order.lines[item.line_no - 1]
            live = order.state not in LIVE | DEAD and item.kind == "fee"
            if fen[item.line_id] != (line.fen - line.given_back if live else 0):
                yield "I11", f"{item.order_no}:{item.line_no} billed {fen[item.line_id]}"
        for item in rows["bills"]:
            if item.state not in {"signed", "void"}:
                yield "I11", f"bill {item.number} is {item.state}"
