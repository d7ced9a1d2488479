"""The product's own parts on a real database, between a world that can fail and a book of what is due."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path

from data.access.records import SYSTEM, Actor
from data.clock import SHANGHAI, Reading, day_of
from data.documents import signing
from data.documents.archive import Archive
from data.jobs import store as jobs
from data.signed_messages import SIGNATURE_HEADER, sign
from registry.clearing import days, rules, store
from registry.clearing.files import PayoutFiles
from registry.clearing.service import Clearing
from registry.ledger import service as ledger
from registry.payments import channel, lifecycle, refund_decisions, refund_requests, refund_returns
from registry.payments import rules as payment_rules
from registry.payments import store as order_store
from registry.payments.channel import Delivery
from registry.payments.records import Asked
from registry.payments.refund_steps import RefundDesk
from registry.receipts.bureau import SandboxBureau
from registry.receipts.keys import sandbox_keys
from registry.receipts.rebilling import rebill
from registry.receipts.refunding import Refunding
from registry.reconciliation import months
from tests.money_proof.book import Book
from tests.money_proof.ground import Ground
from tests.money_proof.outside import Bank, Payers
from tests.money_proof.papers import Line, Order, Refund
from tests.money_proof.process import HookedDatabase, QuickOffice, Standing, nothing

KEY = "proof"
KEYS = {"sandbox": {"demo": KEY}}
CHANNEL = "sandbox"
ASKS = Actor(8, "asks", "a", frozenset({"finance_city"}), "city", None)
DECIDES = Actor(9, "decides", "d", frozenset({"finance_city"}), "city", None)
LINE = """
INSERT INTO money.order_line (order_no, line_no, kind, item_code, name, amount_fen, rule_id, case_no, source,
                              county_code, decision_id, accept_office)
SELECT %s, %s, %s, '452002', '不动产登记费', %s, 'R03', %s, 'fee:' || %s, %s,
       coalesce(%s, max(decision_id)), 'xianan'
FROM spatial.county_decision WHERE county_code = %s
"""


CASE = """
INSERT INTO registry.case (case_no, type_code, handbook_version, status, node, accept_office, decide_office,
                           county_code, unit_count, applicant, address, accepted_by, accepted_at, accepted_on,
                           due_on, node_since, fee_total_fen)
VALUES (%(no)s, 'land_use_first', 1, 'accepted', 'accept', 'xianan', 'xianan', '421202', 1, '缴款人', '',
        'proof', %(at)s, %(day)s, %(day)s, %(at)s, 0)
"""


@dataclass
class World:
    """One city's money: what is done here is done to the product and told to the book."""

    url: str
    superuser_url: str
    folder: Path
    start: datetime
    arrive: bool = True
    book: Book = field(default_factory=Book)
    serial: int = 0
    ground: Ground = field(default_factory=Ground)

    def __post_init__(self):
        self.clock = Standing(self.start)
        self.bank, self.payers = Bank(self.clock), Payers(self.clock)
        self.signer = signing.sandbox_signer(self.folder / "keys", signing.HEADS_KEY)
        self.keys = sandbox_keys(self.folder / "keys")
        self.checkpoint = nothing
        self.deliveries, self.frozen, self.stated, self.corrected = [], {}, set(), set()
        self.db = None
        self.open()

    # ------------------------------------------------------------ the process

    def open(self):
        """Start the process: nothing is left of an earlier one but database, files and the outer world."""
        if self.db is not None:
            self.db.close()
        self.db = HookedDatabase(
            self.url, max_size=3, statement_timeout_ms=120_000, lock_timeout_ms=30_000, idle_timeout_ms=0
        ).open()
        self.db.hook = self.checkpoint
        self.arrivals = channel.Arrivals(self.db)
        self.clearing = Clearing(
            self.db,
            self.clock,
            self.bank,
            PayoutFiles(self.folder / "payouts", checkpoint=self.checkpoint),
            self.signer,
            checkpoint=self.checkpoint,
            steady=self.steady,
        )
        archive = Archive(self.folder / "files")
        self.office = QuickOffice(self.db, self.keys, SandboxBureau(), archive, "http://localhost/verify")
        self.refunding = Refunding(self.office, RefundDesk(self.db, self.payers))

    def hook(self, checkpoint):
        """Call something before every step that can be the last one."""
        self.checkpoint = self.db.hook = checkpoint
        self.clearing = replace(
            self.clearing, checkpoint=checkpoint, files=replace(self.clearing.files, checkpoint=checkpoint)
        )

    def close(self):
        self.db.close()

    @property
    def now(self):
        return self.clock.at

    def steady(self):
        """Return what a clock shows that nobody sets: it goes with the outer world's, whatever ours says."""
        return Reading("proof", self.bank.clock.at.timestamp())

    def transaction(self):
        return self.db.transaction(SYSTEM)

    # ------------------------------------------------------------ orders and channels

    def issue(self, lines, *, life=timedelta(days=30)):
        """Issue an order of (kind, land, fen, case) lines; return it.

        A land is named by the county it lies in before boundaries change; afterwards the product decides.
        """
        with self.transaction() as conn:
            (self.serial,) = order_store.next_order_numbers(conn, 1)
        day = day_of(self.now)
        order = Order(
            payment_rules.order_number(day, self.serial),
            payment_rules.payment_code(day, self.serial),
            [
                Line(n, kind, self.ground.county(land, day), fen, f"YW{self.serial:06d}{ord(case):08d}")
                for n, (kind, land, fen, case) in enumerate(lines, 1)
            ],
            self.now + life,
        )
        with self.transaction() as conn:
            conn.execute(
                "INSERT INTO money.payment_order (order_no, payment_code, amount_fen, payer_name,"
                " accept_office, county_codes, created_by, issued_at, expires_at)"
                " VALUES (%s, %s, %s, '缴款人', 'xianan', %s, 'proof', %s, %s)",
                [
                    order.no,
                    order.code,
                    order.fen,
                    sorted({line.county for line in order.lines}),
                    self.now,
                    order.expires_at,
                ],
            )
            for case_no in sorted({line.case_no for line in order.lines}):
                conn.execute(CASE, {"no": case_no, "at": self.now, "day": day})
            for line, (_, land, *_) in zip(order.lines, lines, strict=True):
                kind = "fee" if line.kind == "nontax" else "tax"
                made = [order.no, line.no, kind, line.fen, line.case_no, line.no]
                conn.execute(LINE, [*made, *self._decided(conn, land, line)])
            conn.execute(
                "SELECT money.add_order_event(%s, 'draft', 'issued', %s, 'proof')", [order.no, self.now]
            )
        self.book.orders[order.no] = order
        return order

    def _decided(self, conn, land, line):
        """Return the county of a line, the key of its decision (none: the standing one) and the county."""
        if self.ground.since is None:
            return line.county, None, line.county
        key, county = self.ground.decide(conn, land, self.now)
        return county, key, county

    def publish(self):
        """Publish a boundary set that is in force from tomorrow on."""
        with self.transaction() as conn:
            self.ground.publish(conn, self.now)

    def message(self, code, fen, *, txn, kind="paid", at=None, **more):
        """Return a channel's signed message, as it leaves the channel now."""
        body = {
            "channel_txn": txn,
            "kind": kind,
            "payment_code": code,
            "amount_fen": fen,
            "occurred_at": (at or self.now).isoformat(),
            **more,
        }
        raw = json.dumps(body).encode()
        return Delivery(CHANNEL, sign(KEY, "demo", raw, at=int(self.now.timestamp())), raw)

    def deliver(self, delivery):
        """Hand a message over; what becomes of it must be what the book says."""
        found = channel.receive(
            self.arrivals, delivery, keys=KEYS, now=self.now, arrive_at_once=self.arrive
        ).result
        event = payment_rules.read_event(CHANNEL, delivery.raw, {SIGNATURE_HEADER: ""})
        expected = self.book.hear(event, self.now, arrive=self.arrive)
        self.deliveries.append(delivery)
        assert found == expected, f"{event.kind} {event.channel_txn}: {found}, expected {expected}"
        return found

    def resign(self, delivery):
        """Return the same bytes signed now, as a channel that tries again sends them."""
        return replace(delivery, signature=sign(KEY, "demo", delivery.raw, at=int(self.now.timestamp())))

    def cancel(self, order):
        lifecycle.cancel_order(self.db, SYSTEM, order.no, now=self.now)
        order.die("cancelled", self.now)

    def revive(self, order):
        lifecycle.revive_order(self.db, SYSTEM, order.no, reason="x", now=self.now)
        self.book.revive(order, self.now, payment_rules.ORDER_LIFE)

    def expire(self):
        lifecycle.expire_due(self.db, now=self.now)
        self.book.expire(self.now)

    # ------------------------------------------------------------ the worker's jobs

    def work(self):
        """Do what waits in the queue; the clock here, not the machine's, says what is due."""
        with self.transaction() as conn:
            waiting = conn.execute(
                "SELECT job_id, kind, payload FROM registry.job WHERE state <> 'done'"
                " AND kind IN ('order_paid', 'refund_order', 'dispute_adjusted') ORDER BY job_id"
            ).fetchall()
        for job_id, kind, payload in waiting:
            if kind == "order_paid":
                self.office.issue_for_order(payload["order_no"], now=self.now)
            elif kind == "dispute_adjusted":
                rebill(self.office, payload["dispute_no"], now=self.now)
            else:
                self.advance(payload["refund_no"])
            with self.transaction() as conn:
                jobs.finish(conn, job_id)
        return len(waiting)

    # ------------------------------------------------------------ refunds

    def ask_refund(self, order, lines=None):
        asked = Asked("mistaken", "x", lines)
        found = refund_requests.request_refund(self.db, ASKS, order.no, asked=asked, now=self.now)
        if found.refund_no not in self.book.refunds:
            wanted = [
                (line, (line.fen - line.given_back) if lines is None else lines[line.no])
                for line in order.asked()
                if (line.no in lines if lines else line.fen > line.given_back)
            ]
            cleared = order.state == "cleared"
            self.book.refunds[found.refund_no] = Refund(found.refund_no, order, wanted, cleared)
        return self.book.refunds[found.refund_no]

    def ask_suspense_refund(self, payment):
        with self.transaction() as conn:
            row = conn.execute(
                "SELECT posting_id FROM money.posting WHERE key = %s AND kind = 'suspend'",
                [f"pay:{payment.channel}:{payment.txn}"],
            ).fetchone()
            found = refund_requests.request_suspense_refund(conn, ASKS, row[0], reason="x", now=self.now)
        made = Refund(found.refund_no, payment.order, [], cleared=False, payment=payment)
        return self.book.refunds.setdefault(found.refund_no, made)

    def decide(self, refund, *, approve):
        refund_decisions.decide(self.db, DECIDES, refund.no, approve=approve, comment="", now=self.now)
        if not approve:
            refund.state = "rejected"
        else:
            refund.cleared = bool(refund.order and refund.order.state == "cleared")
            self.book.promise(refund)

    def advance(self, refund_no):
        found = self.refunding.advance(refund_no, now=self.now)
        refund = self.book.refunds[refund_no]
        if found.state == "done":
            self.book.refunded(refund)
        else:
            refund.state = found.state

    def pay_back(self, refund, county, *, arrives):
        """A county gives its part back, or its money arrives."""
        act = refund_returns.take_return if arrives else refund_returns.send_return
        more = {} if arrives else {"reference": "r"}
        act(self.db, ASKS, refund.no, county, now=self.now, **more)
        for kind in ("nontax", "tax"):
            if any((line.county, line.kind) == (county, kind) for line, _ in refund.lines):
                before = refund.returned.get((county, kind), "asked")
                if before == ("sent" if arrives else "asked"):
                    self.book.county_paid_back(refund, county, kind, arrived=arrives)

    # ------------------------------------------------------------ clearing

    def close_day(self, day=None, *, run_now=True):
        """Close a day as a person does; the book freezes what it should."""
        day = day or day_of(self.now)
        cut = self.now if day == day_of(self.now) else datetime.combine(day, time.max, SHANGHAI)
        result = self.clearing.close_day(SYSTEM, day, run_now=run_now)
        self.note_freeze(day, cut)
        return result

    def note_freeze(self, day, cut):
        """Let the book freeze if the product did: each run once."""
        with self.transaction() as conn:
            runs = [(run.biz_date, run.seq) for run in store.batches(conn, day)]
        for run in runs:
            if run not in self.frozen:
                self.frozen[run] = cut
                self.book.freeze(day, cut, run[1])

    def resume(self):
        """Go on with what earlier days left."""
        with self.transaction() as conn:
            unfinished = store.unfinished(conn)
        for day in unfinished:
            self.clearing.resume(day)

    def pass_on(self):
        """Let bank, channels and worker do what they have to do."""
        for item in self.bank.waiting():
            self.bank.work(item)
        self.payers.work()
        self.resume()
        self.close_day()
        self.work()

    def retry_payouts(self):
        """Try rejected payouts again, as a person asks for it, of whatever day."""
        with self.transaction() as conn:
            refused = conn.execute(
                "SELECT DISTINCT biz_date FROM money.payout JOIN money.batch USING (batch_id)"
                " WHERE state = 'rejected' ORDER BY 1"
            ).fetchall()
        for (day,) in refused:
            self.clearing.resume(day, again=True)

    def retry_refunds(self):
        """Go on with refunds as the worker's delayed jobs do."""
        for refund in list(self.book.refunds.values()):
            if refund.state in {"approved", "returning", "paying", "failed"}:
                self.advance(refund.no)

    # ------------------------------------------------------------ days and months

    def seal(self, day):
        """Let every county and the city sign a day, which seals it."""
        signer = self.signer
        for county in rules.COUNTIES:
            who = Actor(7, f"f_{county}", "f", frozenset({"finance_county"}), "x", county)
            days.sign_day(self.db, who, day, county, signer=signer, now=self.now)
        days.seal_day(self.db, DECIDES, day, signer=signer, now=self.now)
        self.book.sealed = day

    def seal_at_once(self, day):
        """Seal without signatures, as the ledger can."""
        with self.transaction() as conn:
            ledger.seal(
                conn, day, sign=self.signer.sign, algorithm=self.signer.algorithm, by="proof", now=self.now
            )
        self.book.sealed = day

    def close_month(self, month):
        found = months.close_month(self.db, DECIDES, month, signer=self.signer, now=self.now)
        self.book.closing = max(month, self.book.closing or month)
        return found
