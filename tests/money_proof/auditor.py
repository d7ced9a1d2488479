"""The auditor: reads the bare rows and says what contradicts the book, the bank, or the rules I1 to I18.

It calls none of the product's functions: sums, states and hashes are made here. Accounts that the book does
not know may exist; what went to them is missing on one that it knows.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

import psycopg
from psycopg.rows import namedtuple_row

from tests.money_proof import audit_clearing, audit_ledger
from tests.money_proof.papers import DEAD, LIVE
from tests.money_proof.rows import balances, billed, read


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
            audit_ledger.balanced, audit_ledger.unique, audit_ledger.accounts, audit_ledger.guards,
            audit_ledger.pending, audit_clearing.batches, audit_clearing.bank, audit_clearing.payers,
        ]  # fmt: skip
        found = [item for check in checks for item in check(self.world, rows)]
        checks = [self._bills, self._orders, self._fees, self._agreed, self._counties]
        checks.append(self._differences)
        found += [item for check in checks for item in check(rows)]
        found += self._facts(kept) + self._shut_days(rows)
        if ended:
            found += self._ended(rows)
        return found

    # ------------------------------------------------------------ what stays as it is

    def _facts(self, kept):
        """I2: what was written once stays as it was."""
        found = []
        for name, rows in kept.items():
            for key, row in self.seen.get(name, {}).items():
                if rows.get(key) != row:
                    found.append(("I2", f"{name} {key} changed"))
        self.seen = kept
        return found

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
        # The twenty-eighth and four days lie in the next month.
        self.shut |= {
            (item.month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
            for item in rows["months"]
        }
        return found

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
        yield from self._left(rows, states)

    def _left(self, rows, states):
        """I12: money leaves once no bill is left for it; refunds that are only approved wait for that."""
        asked = {}
        back = Counter()
        for refund in self.world.book.refunds.values():
            if states.get(refund.no) in {"paying", "done"} and not refund.payment:
                for line, part_fen in refund.lines:
                    asked[refund.order.no, line.no] = line.fen
                    back[refund.order.no, line.no] += part_fen
        fen = billed(rows)
        for item in rows["lines"]:
            place = item.order_no, item.line_no
            if place in back and fen[item.line_id] > asked[place] - back[place]:
                yield "I12", f"money of {place} left while the payer has a bill for it"

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
            if (
                order.state == "paid"
                and order.fen
                and all(
                    line.run and (*line.run, line.paid_to, line.kind) in settled for line in order.asked()
                )
            ):
                order.state = "cleared"
            wanted = LIVE if order.state in LIVE else {order.state}
            if item.state != last.get(item.order_no) or item.state not in wanted:
                yield "I16", f"order {item.order_no} is {item.state}, expected {order.state}"
            if sums[item.order_no] != item.amount_fen:
                yield "I16", f"{item.order_no} is not the sum of its lines"

    def _fees(self, rows):
        """I16: fees are assessed as the tariff says, and orders ask for that; what was replaced stays."""
        found = {(item.case_no, f"fee:{item.line_no}"): item for item in rows["fees"]}
        expected = {}
        for case in self.world.book.cases.values():
            for lines, counts in ((case.lines, True), (case.gone, False)):
                expected |= {(case.no, source): (*line, counts) for source, line in lines.items()}
        for key in found.keys() | expected.keys():
            item = found.get(key)
            fee = item and (item.unit_code, item.amount_fen, item.counts)
            if fee != expected.get(key):
                yield "I16", f"fee {key} is {fee}, expected {expected.get(key)}"
        for item in rows["lines"]:
            ours = self.world.book.orders[item.order_no].lines[item.line_no - 1].fen
            if item.amount_fen != ours:
                yield "I16", f"{item.order_no}:{item.line_no} asks for {item.amount_fen}, expected {ours}"

    def _agreed(self, rows):
        """I16: refunds and disputes are as far, and of the amount and county, as persons agreed."""
        book = self.world.book
        for item in rows["refunds"]:
            ours = book.refunds.get(item.refund_no)
            if ours is None or (item.state, item.amount_fen) != (ours.state, ours.fen):
                yield "I16", f"refund {item.refund_no} is {item.state} of {item.amount_fen}, expected {ours}"
        for item in rows["disputes"]:
            ours = book.disputes.get(item.dispute_no)
            if ours is None or (item.state, item.ruled_county) != (ours.state, ours.ruled):
                yield "I16", f"dispute {item.dispute_no} is {item.state}, expected {ours}"

    def _counties(self, rows):
        """I13, I15: each line goes to the county that was decided; tax and fee never meet."""
        lines = {item.line_id: item for item in rows["lines"]}
        for item in rows["lines"]:
            ours = self.world.book.orders[item.order_no].lines[item.line_no - 1].issued_to
            if item.county_code != item.decided or item.county_code != ours:
                yield "I13", f"line {item.line_id} is of {item.county_code}, expected {ours}"
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
