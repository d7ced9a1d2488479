"""How unpaid orders end and dead ones come back: every change of state, late money, who may."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from data.access.records import SYSTEM
from data.errors import NingtuError
from data.signed_messages import sign
from registry.cases.service import accept, act
from registry.payments import (
    channel,
    lifecycle,
    refund_decisions,
    refund_requests,
    refunds,
    rules,
    store_revival,
)
from registry.payments import service as payments
from registry.payments.errors import (
    CaseNotPayable,
    LateMoneyOnTheWay,
    NothingToPay,
    OrderLinesClaimed,
    OrderNotFound,
    OrderStateRefuses,
    PaymentUnderWay,
    ReviveTooLate,
)
from registry.payments.issuing import issue_order
from registry.payments.records import LateMoney
from registry.reconciliation import breaks
from registry.reconciliation.errors import SecondPersonNeeded
from registry.reconciliation.records import Asked
from tests.database.money.conftest import (
    FINANCE_CITY,
    KEY,
    ask_refund,
    balance,
    body,
    rows,
    state_of,
)
from tests.database.registry import town

STATES = ("draft", "issued", "paying", "paid", "cleared", "refunding", "refunded", "expired", "cancelled")
ALLOWED = {
    ("draft", "issued"),
    ("draft", "paid"),
    ("issued", "paying"),
    ("refunding", "cleared"),
    ("issued", "paid"),
    ("issued", "expired"),
    ("issued", "cancelled"),
    ("paying", "issued"),
    ("paying", "paid"),
    ("paying", "expired"),
    ("paying", "cancelled"),
    ("expired", "issued"),
    ("cancelled", "issued"),
    ("paid", "cleared"),
    ("paid", "refunding"),
    ("cleared", "refunding"),
    ("refunding", "refunded"),
}
SECOND = timedelta(seconds=1)


def test_the_database_knows_every_change_of_state(city):
    with city.transaction(SYSTEM) as conn:
        found = {
            pair
            for pair in product(STATES, STATES)
            if conn.execute("SELECT money.may_follow(%s, %s)", pair).fetchone() == (True,)
        }
    assert found == ALLOWED


@pytest.mark.parametrize("to_state", ["cleared", "refunding", "refunded", "issued", "draft"])
def test_the_database_refuses_another_change_of_state(city, order, to_state):
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute(
            "INSERT INTO money.order_event (order_no, from_state, to_state, at, actor)"
            " VALUES (%s, 'issued', %s, now(), 'x')",
            [order.head.order_no, to_state],
        )


def test_the_database_refuses_a_change_from_a_state_the_order_is_not_in(city, order):
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute(
            "INSERT INTO money.order_event (order_no, from_state, to_state, at, actor)"
            " VALUES (%s, 'paid', 'cleared', now(), 'x')",
            [order.head.order_no],
        )


def cancel(city, order, at=town.NOW, who=town.CLERK):
    lifecycle.cancel_order(city, who, order.head.order_no, now=at)


def revive(city, order, at=town.NOW, who=town.CLERK):
    lifecycle.revive_order(city, who, order.head.order_no, reason="当事人要求", now=at)


def test_an_order_being_paid_is_not_cancelled_until_the_attempt_is_over(city, order, desk):
    desk.begin(order.head.order_no, "sandbox", now=town.NOW)
    ends = town.NOW + rules.ATTEMPT_LIFE
    with pytest.raises(PaymentUnderWay):
        cancel(city, order, at=ends - SECOND)
    assert state_of(city, order) == "paying"
    cancel(city, order, at=ends)
    assert state_of(city, order) == "cancelled"


def test_a_paid_order_is_not_cancelled(city, order, payer):
    payer.pay(order)
    with pytest.raises(OrderStateRefuses):
        cancel(city, order)


def test_another_office_does_not_find_the_order(city, order):
    with pytest.raises(OrderNotFound):
        cancel(city, order, who=town.OTHER_REGISTRAR)
    cancel(city, order)
    with pytest.raises(OrderNotFound):
        revive(city, order, who=town.OTHER_REGISTRAR)


def test_the_sweep_writes_off_what_is_over_and_leaves_what_is_being_paid(city, order, desk, clock):
    over = order.head.expires_at + rules.GRACE
    assert lifecycle.expire_due(city, now=over) == 0
    clock.at = over - timedelta(minutes=20)
    desk.begin(order.head.order_no, "sandbox", now=clock.at)
    assert lifecycle.expire_due(city, now=over + SECOND) == 0
    assert lifecycle.expire_due(city, now=clock.at + rules.ATTEMPT_LIFE + SECOND) == 1
    assert state_of(city, order) == "expired"


def test_a_payment_made_in_time_and_told_late_is_taken(city, order, payer, clock):
    clock.at = order.head.expires_at + timedelta(minutes=5)
    lifecycle.expire_due(city, now=clock.at)
    raw = body(order, occurred_at=(order.head.expires_at - SECOND).isoformat())
    signature = sign(KEY, "demo", raw, at=int(clock.at.timestamp()))
    assert payer.deliver(channel.Delivery("sandbox", signature, raw)) == "accepted"
    assert state_of(city, order) == "paid"


@pytest.fixture
def expired(city, order, clock):
    clock.at = order.head.expires_at + timedelta(hours=1)
    assert lifecycle.expire_due(city, now=clock.at) == 1
    return order


def test_a_revived_order_keeps_code_amount_and_county_and_can_be_paid(city, expired, payer, clock, books):
    revive(city, expired, at=clock.at)
    with city.transaction(SYSTEM) as conn:
        again = payments.get_order(conn, expired.head.order_no)
    assert again.head.state == "issued"
    assert again.head.expires_at == clock.at + rules.ORDER_LIFE
    assert (again.head.payment_code, again.lines) == (expired.head.payment_code, expired.lines)
    assert payer.pay(again) == "accepted"
    assert books() == {}


def test_a_cancelled_order_is_revived_too(city, order):
    cancel(city, order)
    revive(city, order)
    assert state_of(city, order) == "issued"


def test_late_money_pays_the_revived_order_and_the_difference_waits_for_another(
    city, expired, payer, clock, books
):
    assert payer.pay(expired) == "suspense"
    assert balance(city, "2301") == -55_000
    revive(city, expired, at=clock.at)
    assert state_of(city, expired) == "paid"
    assert (balance(city, "2301"), balance(city, "2101.421224")) == (0, -55_000)
    assert (balance(city, "1001"), balance(city, "1101.sandbox")) == (55_000, 0)
    assert books() == {}
    jobs = rows(city, "SELECT kind FROM registry.job WHERE payload->>'order_no' = %s", expired.head.order_no)
    assert ("order_paid",) in jobs
    ((break_id, state),) = rows(city, "SELECT break_id, state FROM money.break WHERE type = 'LATE_PAY'")
    assert state == "resolved"
    same = replace(FINANCE_CITY, login=town.CLERK.login)
    with pytest.raises(SecondPersonNeeded):
        breaks.act(city, same, break_id, asked=Asked("confirm", ""), now=clock.at)
    breaks.act(city, FINANCE_CITY, break_id, asked=Asked("confirm", ""), now=clock.at)


def test_late_money_applied_is_cleared_to_the_county(city, expired, payer, clock, clearing, books):
    payer.pay(expired)
    revive(city, expired, at=clock.at)
    clearing.close_day(FINANCE_CITY, clock.at.date(), run_now=True)
    assert state_of(city, expired) == "cleared"
    assert balance(city, "1001") == 0
    assert {key: value for key, value in books().items() if key != "I11"} == {}


def test_late_money_applied_is_not_paid_back_as_suspense(city, expired, payer, clock, refunding, books):
    payer.pay(expired)
    (break_id,) = rows(city, "SELECT break_id FROM money.break")[0]
    revive(city, expired, at=clock.at)
    with pytest.raises(NingtuError):
        breaks.act(city, FINANCE_CITY, break_id, asked=Asked("refund", "退回"), now=clock.at)
    assert payer.pay(expired, kind="refunded") == "accepted"
    assert state_of(city, expired) == "refunding"
    assert refunding.advance(f"R{expired.head.order_no}", now=clock.at).state == "done"
    assert state_of(city, expired) == "refunded"
    assert (balance(city, "1001"), balance(city, "2301"), balance(city, "2101.421224")) == (0, 0, 0)
    assert {key: value for key, value in books().items() if key != "I11"} == {}


def test_late_money_that_is_asked_back_pays_no_order(city, expired, payer, clock, books):
    payer.pay(expired)
    with city.transaction(SYSTEM) as conn:
        (lying,) = refunds.suspense(conn)
        refund = refund_requests.request_suspense_refund(
            conn, FINANCE_CITY, lying.suspended_id, reason="退回", now=clock.at
        )
    revive(city, expired, at=clock.at)
    assert (state_of(city, expired), balance(city, "2301")) == ("issued", -55_000)
    (money,) = rows(city, "SELECT posting_id FROM money.posting WHERE kind = 'suspend'")
    late = LateMoney(money[0], 0, 55_000, arrived=True)
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        store_revival.apply_late_money(
            conn, expired.head.order_no, late, day=clock.at.date(), at=clock.at, actor="x"
        )
    other = replace(FINANCE_CITY, login="other")
    refund_decisions.decide(city, other, refund.refund_no, approve=False, comment="办理", now=clock.at)
    with city.transaction(SYSTEM) as conn:
        assert lifecycle.late_fen(conn, expired.head.order_no) == 55_000
    assert books() == {}


def test_an_order_paid_with_late_money_is_refunded_by_its_channel(city, expired, payer, clock):
    payer.pay(expired)
    revive(city, expired, at=clock.at)
    refund = ask_refund(city, expired)
    assert (refund.channel, refund.channel_txn) == ("sandbox", "T1")


def test_late_money_of_another_amount_stays_in_suspense(city, expired, payer, clock):
    payer.send(expired.head.payment_code, 54_999)
    revive(city, expired, at=clock.at)
    assert (state_of(city, expired), balance(city, "2301")) == ("issued", -54_999)
    with city.transaction(SYSTEM) as conn:
        assert lifecycle.late_fen(conn, expired.head.order_no) == 54_999


def test_late_money_that_has_not_arrived_is_waited_for(city, expired, payer, clock):
    payer.arrive = False
    payer.pay(expired)
    with pytest.raises(LateMoneyOnTheWay):
        revive(city, expired, at=clock.at)
    assert state_of(city, expired) == "expired"


def test_late_money_that_went_back_pays_nothing(city, expired, payer, clock):
    payer.pay(expired)
    payer.pay(expired, kind="refunded")
    revive(city, expired, at=clock.at)
    assert (state_of(city, expired), balance(city, "2301")) == ("issued", 0)


def test_an_order_is_revived_for_some_days_only(city, order):
    cancel(city, order)
    with pytest.raises(ReviveTooLate):
        revive(city, order, at=town.NOW + rules.REVIVE_WITHIN + SECOND)
    revive(city, order, at=town.NOW + rules.REVIVE_WITHIN)


def test_a_live_order_is_not_revived(city, order):
    with pytest.raises(OrderStateRefuses):
        revive(city, order)


def test_fees_asked_for_by_another_order_are_not_revived(city, order):
    cancel(city, order)
    again = issue_order(city, town.CLERK, order.case_nos, now=town.NOW)
    with pytest.raises(OrderLinesClaimed):
        revive(city, order)
    assert (state_of(city, order), state_of(city, again)) == ("cancelled", "issued")


def test_an_order_of_a_case_that_stands_still_is_not_revived(city, order):
    cancel(city, order)
    act(city, town.CLERK, order.case_nos[0], "ask_supplement", comment="缺材料", now=town.NOW)
    with pytest.raises(CaseNotPayable):
        revive(city, order)


def mortgages(city, *units):
    """Accept a mortgage of 李四's flats each, for one bank; return the case numbers."""
    with city.transaction(SYSTEM) as conn:
        for unit in units:
            town.enter_right(conn, unit, town.LI)
    return [
        accept(
            city,
            town.CLERK,
            town.application(
                city,
                "mortgage_first",
                [unit],
                ("mortgagor", town.LI),
                ("mortgagee", town.BANK),
                amount_fen=10**8,
            ),
            now=town.NOW,
            search_key=town.KEY,
        ).case.case_no
        for unit in units
    ]


def test_several_cases_of_one_payer_stand_in_one_order(city, payer, books):
    first, second, third = mortgages(city, *town.FLATS)
    with city.transaction(town.CLERK) as conn:
        assert [row.case_no for row in payments.joint_cases(conn, first)] == [second, third]
    joint = issue_order(city, town.CLERK, [first, second, third], now=town.NOW)
    assert (joint.head.amount_fen, joint.head.payer_name) == (24_000, town.BANK.name)
    assert joint.case_nos == [first, second, third]
    with city.transaction(town.CLERK) as conn:
        assert payments.joint_cases(conn, first) == []
    assert payer.pay(joint) == "accepted"
    assert books() == {}


def test_cases_of_another_payer_are_not_offered(city, order):
    (other,) = mortgages(city, town.FLATS[0])
    with city.transaction(town.CLERK) as conn:
        assert payments.joint_cases(conn, other) == []


def test_nothing_is_ordered_twice(city, order, payer):
    payer.pay(order)
    again = issue_order(city, town.CLERK, order.case_nos, now=town.NOW)
    assert again.head.order_no == order.head.order_no
    (free,) = mortgages(city, town.FLATS[1])
    issue_order(city, town.CLERK, [free], now=town.NOW)
    with pytest.raises(NothingToPay):
        issue_order(city, town.CLERK, [], now=town.NOW)
