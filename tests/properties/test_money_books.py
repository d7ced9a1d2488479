"""Whatever channels, payers, clerks and the bank do in whatever order: the books hold."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.access.records import SYSTEM
from data.documents import signing
from data.errors import NingtuError
from registry.clearing.files import PayoutFiles
from registry.clearing.sandbox_bank import SandboxBank
from registry.clearing.service import Clearing
from registry.payments import lifecycle
from registry.payments import service as payments
from registry.payments.issuing import issue_order
from registry.reconciliation.invariants import verify
from tests.database.money.conftest import (
    FINANCE_CITY,
    Payer,
    StandingClock,
    approved,
    balance,
    new_order,
    one,
)
from tests.database.registry import town

STEP = st.one_of(
    st.tuples(st.just("pay"), st.integers(0, 2), st.sampled_from([0, 0, 0, -1, 1])),
    st.tuples(st.just("refunded"), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("failed"), st.integers(0, 2), st.just(0)),
    st.tuples(
        st.sampled_from(["close", "cancel", "refund", "reissue", "hold", "reject"]), st.just(0), st.just(0)
    ),
)


@pytest.fixture(scope="module")
def city(module_db):
    with module_db.transaction(SYSTEM) as conn:
        town.build(conn)
    return module_db


class World:
    """One order of one case, and everybody who may touch it."""

    def __init__(self, city, folder, number):
        self.city, self.number = city, number
        self.clock = StandingClock()
        self.payer = Payer(city, self.clock)
        self.order = new_order(city, town.BARE)
        self.files = PayoutFiles(folder)

    def clearing(self, mode="confirm"):
        bank = SandboxBank(self.city, self.clock, mode)
        signer = signing.sandbox_signer(self.files.folder.parent / "keys", signing.HEADS_KEY)
        return Clearing(self.city, self.clock, bank, self.files, signer)

    def take(self, step):
        name, txn, off = step
        if name in {"pay", "refunded", "failed"}:
            kind = "paid" if name == "pay" else name
            self.payer.send(
                self.order.head.payment_code,
                self.order.head.amount_fen + off,
                kind=kind,
                txn=f"P{self.number}-{txn}",
            )
        elif name in {"close", "hold", "reject"}:
            mode = {"close": "confirm"}.get(name, name)
            self.clearing(mode).close_day(FINANCE_CITY, town.NOW.date(), run_now=True)
            self.settle_held()
        elif name == "cancel":
            lifecycle.cancel_order(self.city, town.CLERK, self.order.head.order_no, now=town.NOW)
        elif name == "refund":
            approved(self.city, self.order)
        else:
            self.order = issue_order(self.city, town.CLERK, self.order.case_nos, now=town.NOW)

    def settle_held(self):
        """The bank pays what it held, at some time."""
        with self.city.transaction(SYSTEM) as conn:
            conn.execute("UPDATE money.sandbox_bank_order SET state = 'credited' WHERE state = 'received'")


REFUSALS = frozenset({"refund_refused", "refund_waits_for_clearing", "order_state_refuses", "nothing_to_pay"})
NUMBERS = iter(range(10**6))


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=2, max_size=9))
def test_the_books_hold_after_every_history(city, tmp_path, steps):
    world = World(city, tmp_path / "payouts", next(NUMBERS))
    before = balance(city, "1101.sandbox")
    for step in steps:
        try:
            world.take(step)
        except NingtuError as error:
            if error.error_code not in REFUSALS:
                raise
    # Bills follow by their job; all else must hold at once.
    broken = {check.id: check.breaches for check in verify(city) if check.breaches and check.id != "I11"}
    assert broken == {}, steps
    assert balance(city, "1101.sandbox") == before
    received = one(
        city, "SELECT coalesce(sum(total_fen), 0) FROM money.posting WHERE kind IN ('pay', 'suspend')"
    )
    said = one(
        city,
        "SELECT coalesce(sum(amount_fen), 0) FROM money.channel_event e WHERE kind = 'paid' AND sig_ok"
        " AND event_id IN (SELECT event_id FROM money.posting WHERE event_id IS NOT NULL)",
    )
    assert received == said


def test_every_history_ends_at_the_county(city, tmp_path):
    world = World(city, tmp_path / "payouts", next(NUMBERS))
    for step in (
        ("failed", 0, 0),
        ("pay", 1, 1),
        ("pay", 2, 0),
        ("reject", 0, 0),
        ("close", 0, 0),
        ("close", 0, 0),
    ):
        world.take(step)
    with city.transaction(SYSTEM) as conn:
        assert payments.get_order(conn, world.order.head.order_no).head.state == "cleared"
