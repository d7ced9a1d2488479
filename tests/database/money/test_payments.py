"""Orders and channel events: every row of the arrival table."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from data.access.records import SYSTEM, Actor
from data.errors import NingtuError
from data.signed_messages import sign
from registry.payments import channel, lifecycle, refund_decisions, rules, sandbox
from registry.payments import service as payments
from registry.payments.errors import (
    ChannelUnknown,
    LookupRefused,
    OrderStateRefuses,
    RefundRefused,
    SamePersonDecides,
    SignatureBad,
)
from registry.payments.issuing import issue_order
from registry.reconciliation import breaks
from registry.reconciliation.errors import SecondPersonNeeded
from registry.reconciliation.records import Asked
from tests.database.money.conftest import (
    FINANCE_CITY,
    KEY,
    ask_refund,
    balance,
    body,
    new_order,
    one,
    rows,
    state_of,
)
from tests.database.registry import town


def kinds_of_breaks(db):
    return [row[0] for row in rows(db, "SELECT type FROM money.break ORDER BY break_id")]


def test_the_order_freezes_the_county_of_the_parcel(order):
    (line,) = order.lines
    assert (line.county_code, line.amount_fen, line.rule_id) == ("421224", 55_000, "R03")
    assert order.head.accept_office == "xianan"
    assert order.head.state == "issued"
    assert rules.code_is_sound(order.head.payment_code)
    assert line.decision_id > 0


def test_asking_again_answers_the_same_order(city, order):
    again = issue_order(city, town.CLERK, order.case_nos, now=town.NOW)
    assert again.head.order_no == order.head.order_no


def test_a_line_without_a_decision_cannot_exist(city, order):
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute(
            "INSERT INTO money.order_line (order_no, line_no, kind, item_code, name, amount_fen, rule_id,"
            " case_no, source, county_code, accept_office) VALUES (%s, 9, 'fee', 'x', 'x', 1, 'r', 'c', 's',"
            " '421224', 'xianan')",
            [order.head.order_no],
        )


def test_payment_is_owed_to_the_county_and_arrives(city, order, payer, books):
    assert payer.pay(order) == "accepted"
    assert state_of(city, order) == "paid"
    assert balance(city, "1001") == 55_000
    assert balance(city, "1101.sandbox") == 0
    assert balance(city, "2101.421224") == -55_000
    jobs = rows(city, "SELECT kind FROM registry.job WHERE payload->>'order_no' = %s", order.head.order_no)
    assert [row[0] for row in jobs] == ["order_paid"]
    assert books() == {}


def test_money_does_not_arrive_when_switched_otherwise(city, order, payer):
    payer.arrive = False
    payer.pay(order)
    assert (balance(city, "1001"), balance(city, "1101.sandbox")) == (0, 55_000)


def test_same_bytes_again_do_nothing(city, order, payer, clock):
    delivery = sandbox.signed_event(KEY, order.head.payment_code, 55_000, now=clock.now(), txn="T1")
    assert [payer.deliver(delivery) for _ in range(3)] == ["accepted", "duplicate", "duplicate"]
    assert one(city, "SELECT count(*) FROM money.posting WHERE kind = 'pay'") == 1


def test_fifty_at_once_are_one(city, order, payer, clock):
    delivery = sandbox.signed_event(KEY, order.head.payment_code, 55_000, now=clock.now(), txn="T1")
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: payer.deliver(delivery), range(50)))
    assert sorted(set(results)) == ["accepted", "duplicate"]
    assert results.count("accepted") == 1
    assert balance(city, "1001") == 55_000


def test_same_transaction_with_another_amount_is_a_conflict(city, order, payer, books):
    payer.pay(order)
    assert payer.send(order.head.payment_code, 54_999) == "conflict"
    assert kinds_of_breaks(city) == ["DUP_CONFLICT"]
    assert balance(city, "1001") == 55_000
    assert books() == {}


@pytest.mark.parametrize("fen", [54_999, 55_001, 1])
def test_wrong_amount_goes_to_suspense_whole(city, order, payer, books, fen):
    assert payer.send(order.head.payment_code, fen) == "suspense"
    assert kinds_of_breaks(city) == ["WRONG_AMOUNT"]
    assert balance(city, "2301") == -fen
    assert state_of(city, order) == "issued"
    assert books() == {}


def test_second_payment_of_an_order_goes_to_suspense(city, order, payer, books):
    payer.pay(order)
    assert payer.pay(order, txn="T2") == "suspense"
    assert kinds_of_breaks(city) == ["DOUBLE_PAY"]
    assert (balance(city, "2101.421224"), balance(city, "2301")) == (-55_000, -55_000)
    assert books() == {}


def test_unknown_code_goes_to_suspense(city, payer, books):
    assert payer.send(rules.payment_code(town.NOW.date(), 7), 100) == "suspense"
    assert kinds_of_breaks(city) == ["UNKNOWN_ORDER"]
    assert books() == {}


def test_late_payment_expires_the_order_and_goes_to_suspense(city, order, payer, clock):
    clock.at = order.head.expires_at + timedelta(minutes=1)
    assert payer.pay(order) == "suspense"
    assert state_of(city, order) == "expired"
    assert kinds_of_breaks(city) == ["LATE_PAY"]


def test_payment_of_a_cancelled_order_goes_to_suspense(city, order, payer):
    lifecycle.cancel_order(city, town.CLERK, order.head.order_no, now=town.NOW)
    assert payer.pay(order) == "suspense"
    with pytest.raises(OrderStateRefuses):
        lifecycle.cancel_order(city, town.CLERK, order.head.order_no, now=town.NOW)


def test_cancelled_lines_can_be_ordered_again(city, order):
    lifecycle.cancel_order(city, town.CLERK, order.head.order_no, now=town.NOW)
    again = issue_order(city, town.CLERK, order.case_nos, now=town.NOW)
    assert again.head.order_no != order.head.order_no
    assert again.head.amount_fen == order.head.amount_fen


def test_an_order_past_its_time_is_expired_and_made_anew(city, order):
    later = order.head.expires_at + timedelta(seconds=1)
    again = issue_order(city, town.CLERK, order.case_nos, now=later)
    assert again.head.order_no != order.head.order_no
    assert (state_of(city, order), again.head.state) == ("expired", "issued")


def test_reading_an_order_past_its_time_expires_it(city, order):
    at = order.head.expires_at
    assert not lifecycle.expire_if_due(city, order.head, now=at + rules.GRACE)
    assert lifecycle.expire_if_due(city, order.head, now=at + rules.GRACE + timedelta(seconds=1))
    assert state_of(city, order) == "expired"


def test_success_after_failed_wins(city, order, payer, desk):
    attempt = desk.begin(order.head.order_no, "sandbox", now=town.NOW)
    assert state_of(city, order) == "paying"
    assert payer.pay(order, kind="failed", txn="another") == "accepted"
    assert state_of(city, order) == "paying"
    assert payer.pay(order, kind="failed", txn=attempt.channel_txn) == "accepted"
    assert state_of(city, order) == "issued"
    assert payer.pay(order, txn=attempt.channel_txn) == "accepted"
    assert state_of(city, order) == "paid"
    assert payer.pay(order, kind="failed", txn="T9") == "accepted"
    assert state_of(city, order) == "paid"


def test_refund_before_pay_waits_and_is_applied(city, order, payer, refunding, books):
    assert payer.pay(order, kind="refunded") == "unapplied"
    assert payer.pay(order) == "accepted"
    assert state_of(city, order) == "refunding"
    assert refunding.advance(f"R{order.head.order_no}", now=town.NOW).state == "done"
    assert state_of(city, order) == "refunded"
    assert one(city, "SELECT count(*) FROM money.sandbox_refund") == 0
    assert (balance(city, "1001"), balance(city, "2101.421224"), balance(city, "2201.421224")) == (0, 0, 0)
    assert {key: value for key, value in books().items() if key != "I11"} == {}


def test_refund_of_suspense_money_by_the_channel(city, order, payer, books):
    payer.pay(order)
    payer.pay(order, txn="T2")
    assert payer.pay(order, txn="T2", kind="refunded") == "accepted"
    assert balance(city, "2301") == 0
    assert state_of(city, order) == "paid"
    assert books() == {}


def test_bad_signature_is_kept_and_does_nothing(city, order, payer):
    good = sandbox.signed_event(KEY, order.head.payment_code, 55_000, now=town.NOW)
    for delivery in (
        replace(good, raw=good.raw + b" "),
        replace(good, signature=None),
        replace(good, signature=sign(KEY, "other", good.raw, at=int(town.NOW.timestamp()))),
        replace(good, signature=sign("wrong", "demo", good.raw, at=int(town.NOW.timestamp()))),
    ):
        with pytest.raises(SignatureBad):
            payer.deliver(delivery)
    assert one(city, "SELECT count(*) FROM money.channel_event WHERE NOT sig_ok") == 4
    assert one(city, "SELECT count(*) FROM money.posting") == 0


def test_out_of_time_is_refused_unless_known(order, payer, clock):
    delivery = sandbox.signed_event(KEY, order.head.payment_code, 55_000, now=town.NOW, txn="T1")
    payer.deliver(delivery)
    clock.at = town.NOW + timedelta(seconds=301)
    assert payer.deliver(delivery) == "duplicate"
    with pytest.raises(SignatureBad):
        payer.pay(order, txn="T2", sent_at=town.NOW)


def test_unknown_channel(city):
    with pytest.raises(ChannelUnknown):
        channel.receive(
            channel.Arrivals(city),
            channel.Delivery("other", "", b"{}"),
            keys={"sandbox": {}},
            now=town.NOW,
            arrive_at_once=True,
        )


@pytest.mark.parametrize(
    "facts",
    [
        {"amount_fen": -1},
        {"amount_fen": 0},
        {"amount_fen": 80.0},
        {"amount_fen": "80"},
        {"amount_fen": 10**18},
        {"amount_fen": True},
        {"payment_code": 42122611241234567894},
        {"payment_code": "4" * 65},
        {"kind": "stolen"},
        {"kind": ["paid"]},
        {"occurred_at": "2026-11-24T10:00:00"},
        {"occurred_at": 5},
        {"channel_txn": "a b"},
    ],
)
def test_a_signed_message_that_cannot_be_read_waits_for_a_person(city, order, payer, facts):
    raw = body(order, **facts)
    assert payer.deliver(signed(raw)) == "unapplied"
    assert rows(city, "SELECT raw, sig_ok, channel_txn FROM money.channel_event") == [(raw, True, None)]
    assert kinds_of_breaks(city) == ["UNREADABLE"]
    assert one(city, "SELECT count(*) FROM money.posting") == 0


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b"[" * 5000, b'{"kind": "paid"}'])
def test_garbage_with_a_good_signature_is_kept_once(city, payer, raw):
    assert [payer.deliver(signed(raw)), payer.deliver(signed(raw))] == ["unapplied", "duplicate"]
    assert kinds_of_breaks(city) == ["UNREADABLE"]


def test_a_name_that_stands_twice_is_not_read(city, order, payer):
    raw = body(order).replace(b'"kind"', b'"amount_fen": 1, "kind"')
    assert payer.deliver(signed(raw)) == "unapplied"
    assert state_of(city, order) == "issued"


@pytest.mark.parametrize("code", ["１" * 20, "123", "42122611241234567890X"])
def test_money_under_a_code_that_is_none_goes_to_suspense(city, order, payer, books, code):
    assert payer.deliver(signed(body(order, payment_code=code))) == "suspense"
    assert kinds_of_breaks(city) == ["UNKNOWN_ORDER"]
    assert balance(city, "2301") == -order.head.amount_fen
    assert books() == {}


def test_further_fields_of_a_channel_are_passed_over(city, order, payer):
    assert payer.deliver(signed(body(order, county="421281"))) == "accepted"


def signed(raw):
    return channel.Delivery("sandbox", sign(KEY, "demo", raw, at=int(town.NOW.timestamp())), raw)


def test_an_unpaid_order_cannot_be_refunded(city, order):
    with pytest.raises(RefundRefused):
        ask_refund(city, order)


def test_suspense_money_leaves_by_two_persons_also_from_its_difference(city, order, payer, refunding, books):
    payer.send(order.head.payment_code, 5)
    (break_id,) = rows(city, "SELECT break_id FROM money.break")[0]
    done = breaks.act(city, FINANCE_CITY, break_id, asked=Asked("refund", "退回"), now=town.NOW)
    assert done.state == "resolved"
    (refund_no,) = rows(city, "SELECT document FROM money.break_action WHERE action = 'refund'")[0]
    with pytest.raises(SecondPersonNeeded):
        breaks.act(city, FINANCE_CITY, break_id, asked=Asked("confirm", ""), now=town.NOW)
    with pytest.raises(SamePersonDecides):
        refund_decisions.decide(city, FINANCE_CITY, refund_no, approve=True, comment="", now=town.NOW)
    refunding.advance(refund_no, now=town.NOW)
    assert balance(city, "2301") == -5
    other = replace(FINANCE_CITY, login="other")
    refund_decisions.decide(city, other, refund_no, approve=True, comment="", now=town.NOW)
    assert refunding.advance(refund_no, now=town.NOW).state == "done"
    assert balance(city, "2301") == 0
    assert breaks.act(city, other, break_id, asked=Asked("confirm", ""), now=town.NOW).state == "confirmed"
    assert books() == {}


def test_a_rejected_refund_opens_its_difference_again(city, order, payer):
    payer.send(order.head.payment_code, 5)
    payer.send(order.head.payment_code, 7, txn="T2")
    first, second = (row[0] for row in rows(city, "SELECT break_id FROM money.break ORDER BY break_id"))
    for break_id in (first, second):
        breaks.act(city, FINANCE_CITY, break_id, asked=Asked("refund", "退回"), now=town.NOW)
    (refund_no,) = rows(city, "SELECT document FROM money.break_action WHERE break_id = %s", first)[0]
    other = replace(FINANCE_CITY, login="other")
    refund_decisions.decide(city, other, refund_no, approve=False, comment="先查来源", now=town.NOW)
    assert rows(city, "SELECT state FROM money.break ORDER BY break_id") == [("open",), ("resolved",)]
    with city.transaction(SYSTEM) as conn:
        last = breaks.history(conn, first)[-1]
    assert (last.action, last.actor, last.document, last.comment) == (
        "reopen",
        "other",
        refund_no,
        "先查来源",
    )
    again = breaks.act(city, FINANCE_CITY, first, asked=Asked("refund", "查清，退回"), now=town.NOW)
    assert again.state == "resolved"
    assert rows(city, "SELECT count(*) FROM money.refund WHERE state = 'requested'") == [(2,)]


def test_the_payer_needs_code_and_last_four(city, order):
    last4 = order.head.payer_last4
    with city.transaction(SYSTEM) as conn:
        assert payments.find_by_code(conn, order.head.payment_code, last4.lower()).head.order_no
    wrong = str((int(order.head.payment_code[-1]) + 1) % 10)
    for code, end in ((order.head.payment_code, "0000"), (order.head.payment_code[:-1] + wrong, last4)):
        with pytest.raises(LookupRefused), city.transaction(SYSTEM) as conn:
            payments.find_by_code(conn, code, end)


def test_offices_see_their_orders_only(city, order):
    def seen(actor):
        with city.transaction(actor) as conn:
            return len(payments.list_orders(conn))

    assert seen(town.CLERK) == 1
    assert seen(town.REGISTRAR) == 1
    assert seen(town.OTHER_REGISTRAR) == 0
    assert seen(FINANCE_CITY) == 1


def test_a_countys_finance_has_no_window(city, order):
    """咸安's window accepted the case; its money is 通山's."""

    def seen(office, county):
        finance = Actor(8, f"finance_{office}", "f", frozenset({"finance_county"}), office, county)
        with city.transaction(finance) as conn:
            return len(payments.list_orders(conn))

    assert (seen("xianan", "421202"), seen("tongshan", "421224")) == (0, 1)


def test_an_order_of_zero_is_paid_without_a_code(city):
    order = new_order(city, town.BARE, declares=frozenset({"small_micro"}))
    assert (order.head.amount_fen, order.head.payment_code, order.head.state) == (0, None, "paid")
    assert one(city, "SELECT count(*) FROM registry.job WHERE kind = 'order_paid'") == 1


def test_state_follows_events_only(city, order):
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE money.payment_order SET state = 'cleared'")
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute(
            "INSERT INTO money.order_event (order_no, seq, from_state, to_state, at, actor)"
            " VALUES (%s, 2, 'issued', 'cleared', now(), 'x')",
            [order.head.order_no],
        )
