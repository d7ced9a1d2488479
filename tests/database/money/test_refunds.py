"""Refunds: two persons, red bill before money, counties pay back, parts of orders, suspense, the channel."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.access.records import SYSTEM
from data.errors import NingtuError
from registry.clearing.days import day_of_books
from registry.payments import refund_decisions, refund_requests, refund_returns, refunds
from registry.payments.errors import RefundNotFound, RefundRefused, RefundWaitsForClearing, SamePersonDecides
from registry.payments.refund_channel import RefundStatus, SandboxRefunds
from registry.receipts.errors import ReceiptHeld
from tests.database.money.conftest import (
    FINANCE_CITY,
    FINANCE_TONGSHAN,
    approved,
    ask_refund,
    balance,
    give_back,
    one,
    rows,
    state_of,
)
from tests.database.registry import town

TODAY = town.NOW.date()


def faces(city):
    return rows(city, "SELECT kind, amount_fen, state FROM money.bill ORDER BY number")


def with_channel(refunding, mode):
    return replace(
        refunding, desk=replace(refunding.desk, channel=replace(refunding.desk.channel, mode=mode))
    )


def return_of_county(city, refund_no):
    refund_returns.send_return(city, FINANCE_TONGSHAN, refund_no, "421224", reference="TF-1", now=town.NOW)
    refund_returns.take_return(city, FINANCE_CITY, refund_no, "421224", now=town.NOW)


def test_before_clearing_bill_and_money_are_reversed(city, paid, refunding, books):
    done = give_back(refunding, paid, cause="withdrawn")
    assert (done.state, done.amount_fen, done.whole) == ("done", 55_000, True)
    assert refunding.advance(done.refund_no, now=town.NOW) == done
    assert state_of(city, paid) == "refunded"
    assert faces(city) == [("blue", 55_000, "signed"), ("red", -55_000, "signed")]
    assert (balance(city, "1001"), balance(city, "2101.421224"), balance(city, "2201.421224")) == (0, 0, 0)
    assert rows(city, "SELECT channel_txn, amount_fen, submissions FROM money.sandbox_refund") == [
        ("T1", 55_000, 1)
    ]
    assert books() == {}


def test_after_clearing_the_county_pays_back_first(city, cleared, refunding, books):
    refund_no = approved(city, cleared)
    assert refunding.advance(refund_no, now=town.NOW).state == "returning"
    assert faces(city)[-1] == ("red", -55_000, "signed")
    assert one(city, "SELECT count(*) FROM money.sandbox_refund") == 0
    refund_returns.send_return(city, FINANCE_TONGSHAN, refund_no, "421224", reference="TF-1", now=town.NOW)
    assert (balance(city, "1201.421224"), balance(city, "1901.421224")) == (0, 55_000)
    assert refunding.advance(refund_no, now=town.NOW).state == "returning"
    assert books() == {}
    refund_returns.take_return(city, FINANCE_CITY, refund_no, "421224", now=town.NOW)
    assert balance(city, "1001") == 55_000
    assert refunding.advance(refund_no, now=town.NOW).state == "done"
    assert [balance(city, code) for code in ("1001", "1901.421224", "2201.421224", "3101.421224")] == [0] * 4
    assert state_of(city, cleared) == "refunded"
    assert books() == {}


def test_a_county_pays_back_once(city, cleared, refunding):
    refund_no = approved(city, cleared)
    refunding.advance(refund_no, now=town.NOW)
    for _ in range(2):
        return_of_county(city, refund_no)
    assert one(city, "SELECT count(*) FROM money.posting WHERE kind = 'county_return'") == 1
    assert balance(city, "1001") == 55_000


def test_a_part_of_a_line_leaves_a_bill_for_the_rest(city, cleared, refunding, office, books):
    refund_no = approved(city, cleared, lines={1: 20_000}, cause="excess")
    refunding.advance(refund_no, now=town.NOW)
    return_of_county(city, refund_no)
    assert refunding.advance(refund_no, now=town.NOW).state == "done"
    assert faces(city) == [
        ("blue", 55_000, "signed"),
        ("red", -55_000, "signed"),
        ("blue", 35_000, "signed"),
    ]
    assert state_of(city, cleared) == "cleared"
    rest = rows(city, "SELECT replaces, refund_no FROM money.bill WHERE amount_fen = 35000")
    assert rest == [("42060126-0000000001", refund_no)]
    assert books() == {}
    again = approved(city, cleared)
    refunding.advance(again, now=town.NOW)
    return_of_county(city, again)
    assert refunding.advance(again, now=town.NOW).amount_fen == 35_000
    assert state_of(city, cleared) == "refunded"
    assert sum(face[1] for face in faces(city)) == 0
    assert books() == {}


def test_a_part_given_back_before_any_bill_leaves_a_bill_for_the_rest(
    city, order, payer, clearing, refunding, books
):
    """The worker was behind: the order was cleared and a part of it promised before its bill had a number."""
    payer.pay(order)
    clearing.close_day(FINANCE_CITY, town.NOW.date(), run_now=True)
    refund_no = approved(city, order, lines={1: 20_000}, cause="excess")
    assert refunding.office.issue_for_order(order.head.order_no, now=town.NOW) == []
    refunding.advance(refund_no, now=town.NOW)
    return_of_county(city, refund_no)
    for _ in range(2):
        assert refunding.advance(refund_no, now=town.NOW).state == "done"
    assert faces(city) == [("blue", 35_000, "signed")]
    assert books() == {}


def test_a_part_before_clearing_waits_for_it(city, paid):
    with pytest.raises(RefundWaitsForClearing):
        approved(city, paid, lines={1: 20_000})
    assert state_of(city, paid) == "paid"


@pytest.mark.parametrize("lines", [{1: 55_001}, {2: None}, {1: 0}, {}])
def test_no_more_than_is_left_can_be_asked_for(city, paid, lines):
    with pytest.raises(RefundRefused):
        ask_refund(city, paid, lines=lines)


def test_the_database_refuses_more_than_is_left_of_a_line(city, paid):
    refund = ask_refund(city, paid, lines={1: 50_000})
    more = (
        "WITH more AS (INSERT INTO money.refund (refund_no, suspended_id, order_no, amount_fen, cause,"
        " reason, requested_by, requested_at) SELECT 'X', posting_id, order_no, 5001, 'x', 'x', 'x', now()"
        " FROM money.posting WHERE kind = 'pay' RETURNING refund_no)"
        " SELECT refund_no FROM more"
    )
    line = (
        "INSERT INTO money.refund_line SELECT 'X', line_id, county_code, kind, %s FROM money.refund_line"
        " WHERE refund_no = %s"
    )
    rows(city, more)
    with pytest.raises(RefundRefused), city.transaction(SYSTEM) as conn:
        conn.execute(line, [5_001, refund.refund_no])
    with city.transaction(SYSTEM) as conn:
        conn.execute(line, [5_000, refund.refund_no])


def test_who_asks_does_not_decide(city, paid):
    refund = ask_refund(city, paid, by=FINANCE_CITY)
    with pytest.raises(SamePersonDecides):
        refund_decisions.decide(city, FINANCE_CITY, refund.refund_no, approve=True, comment="", now=town.NOW)
    with pytest.raises(NingtuError) as refused, city.transaction(SYSTEM) as conn:
        conn.execute(
            "UPDATE money.refund SET state = 'approved', decided_by = requested_by, decided_at = now()"
        )
    assert refused.value.error_code == "refund_same_person"


def test_a_rejected_refund_leaves_the_order_as_it_was(city, paid, books):
    refund = ask_refund(city, paid)
    refund_decisions.decide(city, FINANCE_CITY, refund.refund_no, approve=False, comment="不符", now=town.NOW)
    assert state_of(city, paid) == "paid"
    assert ask_refund(city, paid).refund_no != refund.refund_no
    assert books() == {}


def test_no_money_before_the_red_bill_is_signed(city, paid, refunding, office):
    class NoStore:
        def put(self, content):
            raise OSError("disk full")

    refund_no = approved(city, paid)
    broken = replace(refunding, office=replace(office, archive=NoStore()))
    with pytest.raises(OSError, match="disk full"):
        broken.advance(refund_no, now=town.NOW)
    assert faces(city)[-1] == ("red", -55_000, "numbered")
    with pytest.raises(NingtuError):
        refunding.desk.pay(refund_no, now=town.NOW)
    assert one(city, "SELECT count(*) FROM money.sandbox_refund") == 0
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE money.refund SET state = 'paying'")
    assert refunding.advance(refund_no, now=town.NOW).state == "done"


def test_money_leaves_the_books_for_a_due_refund_only(city, paid):
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute(
            "SELECT * FROM money.post('rfd:X', sha256('x'), 'refund', %s, now(), 'x', NULL, NULL, NULL,"
            " ARRAY['2201.421224'], ARRAY['1001'], ARRAY[1::bigint], ARRAY['FINAL'], ARRAY[NULL::bigint],"
            " ARRAY[NULL::bigint])",
            [TODAY],
        )


def test_a_held_bill_is_void_before_its_money_goes_back(city, payer, office, refunding, books):
    from tests.database.money.conftest import new_order

    order = new_order(city, town.BARE, replace(town.LI, name="李\U0003fffd"))
    payer.pay(order)
    office.issue_for_order(order.head.order_no, now=town.NOW)
    assert give_back(refunding, order).state == "done"
    assert faces(city) == [("blue", 55_000, "void")]
    assert books() == {}


def test_a_refusal_is_tried_again_under_a_new_number(city, paid, refunding, books):
    refund_no = approved(city, paid)
    failed = with_channel(refunding, "reject").advance(refund_no, now=town.NOW)
    assert (failed.state, failed.last_error) == ("failed", "账户状态异常")
    waits = one(
        city, "SELECT count(*) FROM registry.job WHERE key LIKE %s AND run_at > now()", f"%{refund_no}:try:1"
    )
    assert waits == 1
    assert refunding.advance(refund_no, now=town.NOW).state == "done"
    assert rows(city, "SELECT instruction, state FROM money.sandbox_refund ORDER BY 1") == [
        (f"{refund_no}A1", "failed"),
        (f"{refund_no}A2", "done"),
    ]
    assert books() == {}


def test_a_silent_channel_is_asked_before_it_is_sent_again(city, paid, refunding, books):
    refund_no = approved(city, paid)
    assert with_channel(refunding, "silent").advance(refund_no, now=town.NOW).state == "paying"
    assert refunding.advance(refund_no, now=town.NOW).state == "done"
    assert rows(city, "SELECT submissions, state FROM money.sandbox_refund") == [(1, "done")]
    assert books() == {}


def test_a_held_instruction_is_paid_when_the_channel_pays(city, paid, refunding):
    refund_no = approved(city, paid)
    hold = with_channel(refunding, "hold")
    assert hold.advance(refund_no, now=town.NOW).state == "paying"
    assert hold.advance(refund_no, now=town.NOW).state == "paying"
    assert refunding.advance(refund_no, now=town.NOW + timedelta(minutes=5)).state == "done"
    assert one(city, "SELECT submissions FROM money.sandbox_refund") == 1


def test_the_channels_own_notice_of_it_changes_nothing(city, paid, payer, refunding, books):
    give_back(refunding, paid)
    assert payer.pay(paid, kind="refunded", txn="T1") == "accepted"
    assert one(city, "SELECT count(*) FROM money.refund") == 1
    assert books() == {}


def test_a_refund_by_the_channel_ends_one_that_was_asked_for(city, paid, payer, refunding, books):
    asked = ask_refund(city, paid)
    assert payer.pay(paid, kind="refunded") == "accepted"
    assert one(city, "SELECT state FROM money.refund WHERE refund_no = %s", asked.refund_no) == "rejected"
    assert refunding.advance(f"R{paid.head.order_no}", now=town.NOW).state == "done"
    assert books() == {}


def test_an_approved_refund_that_the_channel_made_by_itself_is_not_paid_again(
    city, paid, payer, refunding, books
):
    refund_no = approved(city, paid)
    assert payer.pay(paid, kind="refunded", txn="T1") == "accepted"
    assert refunding.advance(refund_no, now=town.NOW).state == "done"
    assert one(city, "SELECT count(*) FROM money.sandbox_refund") == 0
    assert (state_of(city, paid), balance(city, "1001")) == ("refunded", 0)
    assert books() == {}


def test_suspense_money_that_the_channel_gave_back_by_itself_is_not_paid_again(
    city, paid, payer, refunding, books
):
    payer.send(paid.head.payment_code, 7, txn="T2")
    with city.transaction(SYSTEM) as conn:
        (lying,) = refunds.suspense(conn)
    refund = ask_back(city, lying)
    assert payer.send(paid.head.payment_code, 7, kind="refunded", txn="T2") == "accepted"
    other = replace(FINANCE_CITY, login="finance_city_2")
    refund_decisions.decide(city, other, refund.refund_no, approve=True, comment="", now=town.NOW)
    assert refunding.advance(refund.refund_no, now=town.NOW).state == "done"
    assert one(city, "SELECT count(*) FROM money.sandbox_refund") == 0
    assert books() == {}


def ask_back(city, lying):
    with city.transaction(SYSTEM) as conn:
        return refund_requests.request_suspense_refund(
            conn, FINANCE_CITY, lying.suspended_id, reason="重复缴费", now=town.NOW
        )


@pytest.mark.parametrize("fen", [55_001, 55_000])
def test_suspense_money_goes_back_by_two_persons(city, paid, payer, refunding, books, fen):
    payer.send(paid.head.payment_code, fen, txn="T2")
    with city.transaction(SYSTEM) as conn:
        (lying,) = refunds.suspense(conn)
    assert (lying.amount_fen, lying.channel_txn, lying.reason) == (fen, "T2", "DOUBLE_PAY")
    refund = ask_back(city, lying)
    with pytest.raises(RefundNotFound):
        refund_decisions.decide(
            city, FINANCE_TONGSHAN, refund.refund_no, approve=True, comment="", now=town.NOW
        )
    other = replace(FINANCE_CITY, login="finance_city_2")
    refund_decisions.decide(city, other, refund.refund_no, approve=True, comment="", now=town.NOW)
    assert refunding.advance(refund.refund_no, now=town.NOW).state == "done"
    assert (balance(city, "2301"), state_of(city, paid)) == (0, "paid")
    with city.transaction(SYSTEM) as conn:
        assert refunds.suspense(conn) == []
    assert books() == {}


def test_the_day_shows_what_went_back_per_county(city, cleared, refunding):
    refund_no = approved(city, cleared, lines={1: 20_000})
    refunding.advance(refund_no, now=town.NOW)
    return_of_county(city, refund_no)
    refunding.advance(refund_no, now=town.NOW)
    with city.transaction(FINANCE_CITY) as conn:
        day = day_of_books(conn, FINANCE_CITY, TODAY, now=town.NOW)
    shown = {row.county_code: row.refunded_fen for row in day.rows if row.refunded_fen}
    assert shown == {"421224": 20_000}


def test_a_county_decides_on_its_own_money_only(city, paid):
    refund = ask_refund(city, paid)
    chibi = replace(FINANCE_TONGSHAN, login="finance_chibi", county_code="421281")
    with pytest.raises(NingtuError):
        refund_decisions.decide(city, chibi, refund.refund_no, approve=True, comment="", now=town.NOW)
    decided = refund_decisions.decide(
        city, FINANCE_TONGSHAN, refund.refund_no, approve=True, comment="", now=town.NOW
    )
    assert decided.state == "approved"


def test_status_before_anything_was_sent_is_absent(city, clock):
    assert SandboxRefunds(city, clock).status("R1A1") == RefundStatus("absent")


def test_a_red_bill_without_glyphs_holds_the_money(city, paid, refunding, monkeypatch):
    from data.documents import service as documents
    from data.documents.errors import GlyphMissing

    def refuse(texts):
        raise GlyphMissing(characters="䶮")

    refund_no = approved(city, paid)
    with monkeypatch.context() as patch:
        patch.setattr(documents, "require_glyphs", refuse)
        with pytest.raises(ReceiptHeld):
            refunding.advance(refund_no, now=town.NOW)
    assert one(city, "SELECT count(*) FROM money.sandbox_refund") == 0
    assert refunding.advance(refund_no, now=town.NOW).state == "done"
