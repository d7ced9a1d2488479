"""A simulated city of money: one seed is one run, the same on every machine.

Orders, payers, channels, the bank, six county banks and the clocks are drawn from a seed and happen on a
simulated clock; messages are late, lost, doubled and out of order, the bank lags, refuses and falls silent,
clocks jump at midnight and at the end of the month, and the process dies before a step and begins again.
After every act the auditor looks; at the end nothing goes wrong any more, and within a day all money is where
it belongs.
"""

import hashlib
import heapq
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random

import psycopg

from api import clearing_jobs
from data.clock import SHANGHAI, day_of
from data.errors import NingtuError
from registry.clearing import store
from registry.clearing.rules import COUNTIES
from registry.ledger.rules import last_day
from registry.payments import rules as payment_rules
from registry.payments.errors import SignatureBad
from tests.money_proof.auditor import Auditor
from tests.money_proof.history import Acts
from tests.money_proof.outside import MOODS
from tests.money_proof.statements import Statements
from tests.money_proof.world import CHANNEL, World

# Each begins so that a month, a year or a February ends within it.
STARTS = ("2026-11-29", "2026-12-30", "2027-02-26", "2028-02-27")
CUTOFFS = (time(17, 30), time(21, 30))
WORKER_EVERY = timedelta(hours=2)
FENS = (55_000, 8_000, 1, 12_345, 99_999_999)


class Crash(BaseException):
    """The process ends here."""


@dataclass
class Simulation:
    """One run."""

    url: str
    superuser_url: str
    folder: object
    seed: int
    days: int = 3
    say: object = None
    lines: list = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)

    def __post_init__(self):
        self.dice = Random(self.seed)
        begin = datetime.fromisoformat(f"{self.dice.choice(STARTS)}T08:00").replace(tzinfo=SHANGHAI)
        self.world = World(self.url, self.superuser_url, self.folder, begin)
        # The outer world has a clock of its own: ours may be wrong.
        self.truth = type(self.world.clock)(begin)
        self.world.bank.clock = self.world.payers.clock = self.truth
        self.auditor = Auditor(self.superuser_url, self.world)
        self.acts = Acts(self.world)
        self.statements = Statements(self.world)
        self.queue, self.number, self.skew = [], 0, timedelta()
        self.begin, self.end = begin, begin + timedelta(days=self.days)
        self.fuse = None

    # ------------------------------------------------------------ time and trace

    def at(self, when, name, *args):
        self.number += 1
        heapq.heappush(self.queue, (when, self.number, name, args))

    def after(self, name, *args, hours=1.0):
        self.at(self.truth.at + timedelta(seconds=int(3600 * hours)), name, *args)

    def trace(self, name, words):
        line = f"{self.truth.at:%m-%d %H:%M:%S} {name:10} {words}"
        self.lines.append(line)
        self.counts[name] += 1
        if self.say:
            self.say(line)

    @property
    def sha256(self):
        """Return the hash of the trace: the same for the same seed."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()

    # ------------------------------------------------------------ the run

    def run(self):
        """Run to the end.

        Raises
        ------
        Breach
            The auditor found something.
        """
        try:
            self._plan()
            self._until(self.end)
            self._calm()
            self.auditor.check(ended=True)
        finally:
            self.world.close()
            self.auditor.close()
        return self

    def _plan(self):
        for day in range(self.days):
            morning = self.begin + timedelta(days=day)
            for _ in range(self.dice.randrange(3, 7)):
                self.at(morning + timedelta(minutes=self.dice.randrange(10 * 60)), "issue")
            for _ in range(3):
                self.at(morning + timedelta(minutes=self.dice.randrange(14 * 60)), "mood")
            self.at(morning + timedelta(hours=1), "morning")
            midnight = datetime.combine(day_of(morning) + timedelta(days=1), time(), SHANGHAI)
            ends_month = day_of(morning) == last_day(day_of(morning))
            if ends_month or self.dice.random() < 0.5:
                self.at(midnight, "jump", self.dice.choice((-1200, -60, 600, 3600)))
                self.at(midnight + timedelta(minutes=25), "jump", 0)
            if ends_month:
                self.at(midnight + timedelta(hours=11), "month", last_day(day_of(morning)).replace(day=1))
            for cut in CUTOFFS:
                at = datetime.combine(day_of(morning), cut, SHANGHAI) + timedelta(seconds=5)
                self.at(at, "worker")
                if self.dice.random() < 0.4:
                    self._jump_while_it_lags(at)
            self.at(midnight + timedelta(seconds=5), "worker")
        self.at(self.begin, "round")

    def _jump_while_it_lags(self, at):
        """Let our clock jump when payouts have just left, and the worker look before the bank shows them."""
        self.at(at - timedelta(seconds=5), "lag")
        self.at(at + timedelta(seconds=10), "jump", self.dice.choice((-7200, 600, 7200, 86_400)))
        self.at(at + timedelta(seconds=20), "worker")
        self.at(at + timedelta(seconds=30), "jump", 0)

    def _until(self, end):
        while self.queue and self.queue[0][0] <= end:
            when, _, name, args = heapq.heappop(self.queue)
            self.truth.at = max(when, self.truth.at)
            self.world.clock.at = self.truth.at + self.skew
            getattr(self, f"do_{name}")(*args)
            self._sync()
            self.auditor.check()

    def _calm(self):
        """End the faults, and give a simulated day."""
        self.skew = timedelta()
        self.world.hook(lambda _point: None)
        self.world.bank.mood = self.world.payers.mood = "confirm"
        self.world.bank.twice = False
        self.calm = True
        self._until(self.end + timedelta(hours=12))
        self.world.clock.at = self.truth.at
        self.acts.calm()
        self.statements.load()
        self.auditor.check()

    calm = False

    # ------------------------------------------------------------ what can die

    def _mortal(self, name, act):
        """Do something of the process's own; it may die before any of its steps, and begin again."""
        if not self.calm and self.dice.random() < 0.25:
            self._light(self.dice.randrange(1, 60))
        try:
            return act()
        except Crash as died:
            self.trace("crash", f"in {name} before {died}")
            self.world.checkpoint = lambda _point: None
            self.world.open()
            self.world.clearing.files.sweep_stale()
            return None
        finally:
            self.fuse = None
            self.world.hook(lambda _point: None)

    def _light(self, steps):
        self.fuse = steps

        def burn(point):
            self.fuse -= 1
            if self.fuse == 0:
                raise Crash(point)

        self.world.hook(burn)

    def _sync(self):
        """Tell the book what a process that died had done: what was frozen, and what was paid back."""
        with self.world.transaction() as conn:
            runs = conn.execute(
                "SELECT biz_date, seq, frozen_at FROM money.batch ORDER BY batch_id"
            ).fetchall()
            states = conn.execute("SELECT refund_no, state FROM money.refund").fetchall()
        for day, seq, frozen_at in runs:
            if (day, seq) not in self.world.frozen:
                self.world.frozen[day, seq] = cut = self._cut(day, frozen_at)
                taken = self.world.book.freeze(day, cut, seq)
                self.trace("frozen", f"{day} run {seq}: {len(taken)} orders")
        for refund_no, state in states:
            refund = self.world.book.refunds[refund_no]
            if state == "done":
                self.world.book.refunded(refund)
            elif state not in {"requested", "rejected"}:
                refund.state = state

    @staticmethod
    def _cut(day, now):
        if day_of(now) != day:
            return datetime.combine(day, time.max, SHANGHAI)
        return max(
            datetime.combine(day, cut, SHANGHAI)
            for cut in CUTOFFS
            if datetime.combine(day, cut, SHANGHAI) <= now
        )

    # ------------------------------------------------------------ payers and channels

    def do_issue(self):
        lines = [
            (
                self.dice.choice(("nontax", "nontax", "tax")),
                self.dice.choice(COUNTIES),
                self.dice.choice(FENS),
                "a",
            )
            for _ in range(self.dice.randrange(1, 4))
        ]
        order = self.world.issue(lines, life=timedelta(hours=self.dice.choice((5, 48, 720))))
        self.trace("issue", f"{order.no} {order.fen}")
        if self.dice.random() < 0.95:
            self.after("pay", order, hours=self.dice.expovariate(1 / 3))
        if self.dice.random() < 0.1:
            self.after("cancel", order, hours=self.dice.expovariate(1 / 5))
        if self.dice.random() < 0.25:
            self.after("ask", order, hours=self.dice.expovariate(1 / 12))

    def do_pay(self, order):
        """The payer pays; the channel tells us sooner or later, once or often, or something else first."""
        txn = self.acts.next_txn()
        fate = self.dice.random()
        fen = order.fen + (self.dice.choice((-1, 1, 100)) if fate < 0.08 and order.fen > 1 else 0)
        code = "42129999999999999999" if 0.08 <= fate < 0.1 else order.code
        self.trace("pay", f"{order.no} {txn} {fen}")
        message = (code, fen, txn, self.truth.at)
        delay = self.dice.choice((0.0, 0.0, 0.01, 0.2, self.dice.expovariate(1 / 6)))
        self.after("send", "paid", *message, hours=delay)
        if self.dice.random() < 0.3:
            self.after("send", "paid", *message, hours=delay * self.dice.random() + 0.01)
        if self.dice.random() < 0.08:
            self.after("send", "failed", *message, hours=delay * self.dice.random())
        if self.dice.random() < 0.06:
            self.after("send", "paid", code, fen + 5, txn, self.truth.at, hours=delay + 0.5)
        if self.dice.random() < 0.06:
            self.after("pay", order, hours=self.dice.expovariate(1 / 4))
        if self.dice.random() < 0.06:
            self.after("send", "refunded", *message, hours=2 * delay * self.dice.random())

    def do_send(self, kind, code, fen, txn, paid_at, tries=0):
        """A channel sends a message; one that is lost, or not answered, is sent again."""
        if not self.calm and self.dice.random() < 0.1:
            self.trace("lost", f"{kind} {txn}")
            self.after("send", kind, code, fen, txn, paid_at, tries + 1, hours=1)
            return
        true_now, self.world.clock.at = self.world.clock.at, self.truth.at
        message = self.world.message(code, fen, txn=txn, kind=kind, at=paid_at)
        self.world.clock.at = true_now
        answered = False
        try:
            result = self._mortal("send", lambda: self.world.deliver(message))
            answered = result is not None
            if answered:
                self.trace("told", f"{kind} {txn} {fen}: {result}")
        except SignatureBad:
            self.trace("refused", f"{kind} {txn}: our clock is {self.skew.total_seconds():+.0f} s off")
        if not answered:
            self._note_stored(message)
            self.after("send", kind, code, fen, txn, paid_at, tries + 1, hours=0.2)

    def _note_stored(self, message):
        """The process died: did it keep the message before?"""
        event = payment_rules.read_event(CHANNEL, message.raw, {})
        with psycopg.connect(self.superuser_url) as conn:
            kept = conn.execute(
                "SELECT 1 FROM money.channel_event WHERE body_sha256 = %s AND sig_ok", [event.body_sha256]
            ).fetchone()
        if kept and (event.channel, event.channel_txn, event.kind, event.raw) not in self.world.book.seen:
            self.world.book.hear(event, self.world.now, arrive=True)

    # ------------------------------------------------------------ people

    def do_cancel(self, order):
        with suppress(NingtuError):
            self.world.cancel(order)
            self.trace("cancel", order.no)

    def do_ask(self, order):
        part = self.dice.choice((0, 0, 1))
        before = len(self.world.book.refunds)
        self.acts.ask_refund(list(self.world.book.orders).index(order.no), part)
        if len(self.world.book.refunds) > before:
            refund = list(self.world.book.refunds.values())[-1]
            self.trace("ask", f"{refund.no} {refund.fen}")
            self.after("decide", refund, hours=self.dice.expovariate(1 / 3))

    def do_decide(self, refund):
        if refund.state != "requested":
            return
        with suppress(NingtuError):
            self.world.decide(refund, approve=self.dice.random() < 0.9)
        self.trace("decide", f"{refund.no} {refund.state}")
        if refund.state == "requested":
            self.after("decide", refund, hours=6)

    def do_morning(self):
        """Finance comes in: statements, rejected payouts, yesterday's seal, what lies in suspense."""
        stray = self.dice.choice((0, 0, 0, 77))
        self.trace("morning", f"statements of {self.statements.load(stray_fen=stray)} days")
        self.world.retry_payouts()
        for payment in [item for item in self.world.book.payments.values() if item.trouble and not item.left][
            :1
        ]:
            refund = self.world.ask_suspense_refund(payment)
            if refund.state == "requested":
                self.world.decide(refund, approve=True)
                self.trace("suspense", f"{payment.txn} {payment.fen} goes back")
        self.acts.seal_yesterday()
        self.trace("sealed", str(self.world.book.sealed))

    def do_month(self, month):
        found = self.world.close_month(month)
        self.trace("month", f"{month:%Y-%m} {found.state}")

    def do_jump(self, seconds):
        """Our clock jumps, or is set right."""
        self.skew = timedelta(seconds=seconds)
        self.trace("jump", f"{seconds:+d} s")

    def do_mood(self):
        self.world.bank.mood = self.dice.choice(("confirm", "confirm", *MOODS))
        self.world.bank.twice = self.dice.random() < 0.3
        self.world.payers.mood = self.dice.choice(("confirm", "confirm", "hold", "reject", "silent", "lost"))
        self.trace("mood", f"bank {self.world.bank.mood}, channels {self.world.payers.mood}")

    def do_lag(self):
        self.world.bank.mood = "lag"
        self.trace("mood", "bank lag")

    # ------------------------------------------------------------ the bank and the worker

    def do_round(self):
        """Every so often: the bank goes on, counties pay back, the worker looks."""
        for item in self.world.bank.waiting():
            if self.dice.random() < 0.1:
                self.world.bank.refuse(item)
            elif self.dice.random() < 0.6:
                self.world.bank.work(item)
        if self.dice.random() < 0.5:
            self.world.payers.work()
        for index in range(len(self.world.book.refunds)):
            self.acts.return_money(index, self.dice.random() < 0.5)
        self.do_worker()
        if self.truth.at < self.end + timedelta(hours=12):
            self.after("round", hours=WORKER_EVERY.total_seconds() / 3600)

    def do_worker(self):
        """The worker's round, as in production; then its queue."""
        self.world.expire()
        self._mortal("round", lambda: clearing_jobs.run(self.world.clearing, self.world.now))
        self._sync()
        self._mortal("queue", self.world.work)
        self._sync()
        self._mortal("refunds", self.world.retry_refunds)
        with self.world.transaction() as conn:
            left = len(store.unfinished(conn))
        self.trace("worker", f"{left} days with payouts under way")
