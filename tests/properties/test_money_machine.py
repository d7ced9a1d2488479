"""Whatever happens to the city's money in whatever order: after every step the books are as they should be.

The machine does the product's own acts on a real database; the auditor holds every account, order, payout and
bill against a book of its own and against what truly happened at the bank.
"""

import os
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from data.clock import SHANGHAI
from registry.clearing.rules import COUNTIES
from tests.money_proof import runs
from tests.money_proof.auditor import Auditor
from tests.money_proof.history import Acts, pick
from tests.money_proof.outside import MOODS
from tests.money_proof.papers import LIVE
from tests.money_proof.statements import Statements
from tests.money_proof.window import FACTS, Window
from tests.money_proof.world import World

STEPS = 25
# A failure is made small only where somebody waits for it.
SHRINK = os.environ.get("CI") != "true"
# Three working days before the end of a month.
START = datetime(2026, 11, 27, 9, 0, tzinfo=SHANGHAI)
INDEX = st.integers(0, 7)
LINE = st.tuples(
    st.sampled_from(["nontax", "nontax", "tax"]),
    st.sampled_from(COUNTIES[:3]),
    st.sampled_from([55_000, 8_000, 1, 0, 123_456_789]),
    st.sampled_from("ab"),
)


LINES = st.lists(LINE, min_size=1, max_size=3).filter(lambda lines: sum(line[2] for line in lines))
ODD = (
    "pay other", "pay late", "pay again", "nobody", "mumble", "forge", "fail", "replay", "deliver_again",
    "deliver_again", "contradict", "notify_refund", "notify_refund",
)  # fmt: skip


CLERK = ("cancel", "expire", "ask_suspense", "work", "revive", "pay late and revive", "correct", "publish")
# Most disputes go the whole way: few histories would reach a ruling by single steps.
DISPUTES = (
    ("raise", "hold", "rule other"), ("raise", "hold", "rule other", "close"), ("raise", "hold", "rule own"),
    ("raise", "hold"), ("raise",), ("hold", "rule other"), ("withdraw",), ("reject",),
)  # fmt: skip


AT_WINDOW = (("accept",), ("new",), ("new",), ("order",), ("accept", "order two"), ("new", "pay"))
RELIEFS = (
    ("relieve",), ("relieve", "decide own", "decide"), ("new", "relieve"), ("relieve", "revive"),
    ("stranger",),
    ("new", "pay", "relieve", "decide", "carry", "order"),
    ("new", "pay", "close", "relieve", "decide", "carry", "order"),
    ("accept", "accept", "order two", "pay", "relieve", "decide"),
)  # fmt: skip
# Mostly an application that is complete; facts declared, those with their document, holders.
ERRAND = st.one_of(
    st.just(((), (), 1)),
    st.just(((), (), 2)),
    st.sampled_from(FACTS).map(lambda fact: ((fact,), (fact,), 1)),
    st.tuples(
        st.lists(st.sampled_from(FACTS), max_size=2), st.lists(st.sampled_from(FACTS), max_size=1),
        st.integers(1, 2),
    ),
)  # fmt: skip


# Steps alone bring a ruling that moves money, or a dead order that is revived, too seldom: some begin there.
OPENINGS = ("", "", "late", "ruling", "late", "case")


class MoneyMachine(RuleBasedStateMachine):
    """One history in a place that is emptied before it.

    Few rules with many variants: a rule is drawn as often as another, and what is usual must be drawn often.
    """

    place = None

    @initialize(
        orders=st.lists(LINES, min_size=1, max_size=3),
        paid=st.booleans(),
        opening=st.sampled_from(OPENINGS),
    )
    def begin(self, orders, paid, opening):
        place = self.place
        runs.forget(place.superuser_url, place.tables)
        self.world = World(place.url, place.superuser_url, place.folder, START)
        self.auditor = Auditor(place.superuser_url, self.world)
        self.acts = Acts(self.world)
        self.desk = Window(self.world, self.acts)
        self.statements = Statements(self.world)
        for number, lines in enumerate(orders):
            self.world.issue(lines)
            if paid and number:
                self.acts.pay(number)
        if opening == "case":
            self.desk.do("new", len(orders))
        if opening == "late":
            self.acts.pay_late_and_revive(0)
        elif paid or opening == "ruling":
            self.acts.pay(0)
        if opening == "ruling":
            for act in ("raise", "hold", "rule other"):
                self.acts.dispute(1, act)
            self.world.close_day()

    @rule(lines=LINES, hours=st.sampled_from([720, 720, 6]))
    def issue(self, lines, hours):
        self.world.issue(lines, life=timedelta(hours=hours))

    @rule(index=INDEX)
    def pay(self, index):
        """Pay an order that waits for its money, if one does."""
        waiting = [n for n, order in enumerate(self.world.book.orders.values()) if order.state in LIVE]
        if waiting:
            self.acts.pay(pick(waiting, index))

    @rule(index=INDEX, odd=st.sampled_from(ODD), off=st.sampled_from([0, 0, 1, 7]))
    def odd_message(self, index, odd, off):
        match odd:
            case "pay other":
                self.acts.pay(index, off - 1 if off else -1)
            case "pay late":
                self.acts.pay(index, late=True)
            case "pay again":
                self.acts.pay(index)
            case "nobody":
                self.acts.pay_for_nobody(off + 1)
            case "mumble":
                self.acts.mumble(off)
            case "contradict" | "notify_refund":
                getattr(self.acts, odd)(index, off)
            case _:
                getattr(self.acts, odd)(index)

    @rule(index=INDEX, act=st.sampled_from(CLERK))
    def clerk(self, index, act):
        if act in {"expire", "work"}:
            getattr(self.world, act)()
        elif act == "pay late and revive":
            self.acts.pay_late_and_revive(index)
        else:
            getattr(self.acts, act)(index)

    @rule(index=INDEX, errand=ERRAND, acts=st.sampled_from(AT_WINDOW))
    def window(self, index, errand, acts):
        """Somebody comes with a case, or for the order of one that is there."""
        for act in acts:
            self.desk.do(act, index, errand=errand)
            self.the_books_hold()

    @rule(index=INDEX, fact=st.sampled_from(FACTS), acts=st.sampled_from(RELIEFS))
    def relief(self, index, fact, acts):
        """A document comes that takes a fee off, before it is paid or after."""
        for act in acts:
            self.desk.do(act, index, fact=fact)
            self.the_books_hold()

    @rule(index=INDEX, acts=st.sampled_from(DISPUTES))
    def dispute(self, index, acts):
        """A county disputes a line, and perhaps the city goes on with it at once."""
        for act in acts:
            if act == "close":
                self.world.close_day()
            else:
                self.acts.dispute(index, act)
            self.the_books_hold()

    @rule(
        index=INDEX,
        part=st.sampled_from([0, 0, 1, 5_000]),
        approve=st.sampled_from([True, True, True, False]),
    )
    def refund(self, index, part, approve):
        """One person asks, another decides."""
        self.acts.ask_refund(index, part)
        self.acts.decide(index, approve)

    @precondition(lambda self: self.world.book.refunds)
    @rule(
        index=INDEX,
        mood=st.sampled_from(["confirm", "hold", "reject", "silent", "lost"]),
        arrives=st.booleans(),
    )
    def carry_refund_out(self, index, mood, arrives):
        self.world.payers.mood = mood
        self.acts.decide(index, True)
        self.world.work()
        self.acts.return_money(index, False)
        if arrives:
            self.acts.return_money(index, True)
        self.world.payers.work()
        self.world.retry_refunds()

    @rule(mood=st.sampled_from(MOODS), twice=st.booleans())
    def bank_mood(self, mood, twice):
        self.world.bank.mood, self.world.bank.twice = mood, twice

    @precondition(lambda self: self.world.bank.waiting())
    @rule(index=INDEX, refuse=st.sampled_from([False, False, True]))
    def bank_works(self, index, refuse):
        self.acts.bank_works(index, refuse)
        self.world.resume()

    @rule(minutes=st.sampled_from([0, 0, 3]))
    def close_day(self, minutes):
        self.world.clock.at += timedelta(minutes=minutes)
        self.world.close_day()

    @rule(
        hours=st.sampled_from([1, 7, 15]),
        then=st.sampled_from(["", "resume", "close", "statement", "seal", "month"]),
        index=INDEX,
    )
    def pass_time(self, hours, then, index):
        self.acts.pass_hours(hours)
        match then:
            case "resume":
                self.world.resume()
            case "close":
                self.acts.close_yesterday()
            case "statement":
                self.statements.load(stray_fen=7 if index == 0 else 0)
            case "seal":
                self.acts.seal_yesterday()
            case "month" if self.world.book.closing is None:
                self.acts.end_month()

    @invariant()
    def the_books_hold(self):
        self.auditor.check()

    def teardown(self):
        if not hasattr(self, "acts"):
            return
        try:
            self.acts.calm()
            self.auditor.check(ended=True)
        finally:
            self.world.close()
            self.auditor.close()


@pytest.fixture(scope="module")
def place(module_db_url, superuser_url):
    with runs.place(module_db_url, superuser_url) as made:
        yield made


def run(place, examples, piece):
    machine = type("Machine", (MoneyMachine,), {"place": place})
    seed(piece)(machine)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            phases=(Phase.explicit, Phase.generate, *((Phase.shrink,) if SHRINK else ())),
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def test_the_books_hold_after_every_step_of_thirty_histories(place):
    """The same each time: a change is judged by what it changed, and the long run looks for the unknown."""
    run(place, 30, 0)


@pytest.mark.long
@pytest.mark.parametrize("piece", range(20))
def test_the_books_hold_after_every_step_of_2000_histories(place, piece):
    """A piece is a hundred histories, the same each time: those not run yet can be run on another day."""
    run(place, 100, piece)
