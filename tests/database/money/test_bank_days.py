"""Days of the bank: weekends, holidays, made-up working days, cut-offs, a second run."""

from datetime import date, datetime, timedelta

import pytest

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from registry.clearing import store
from registry.clearing.errors import BankClosed
from tests.database.money.bank_acts import FEN, TODAY, payout_state
from tests.database.money.conftest import FINANCE_CITY, balance, with_mode

SATURDAY = date(2026, 11, 28)


GOLDEN_WEEK = date(2026, 10, 1)


def at(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def test_on_a_day_without_bank_the_money_waits_for_its_next_day(city, order, payer, clearing, clock, books):
    clock.at = at(SATURDAY, 10)
    payer.pay(order)
    clock.at = at(SATURDAY, 18)
    bank = with_mode(clearing, "confirm,bank_days")
    with pytest.raises(BankClosed) as caught:
        bank.close_day(FINANCE_CITY, SATURDAY)
    assert caught.value.params["next_day"] == "2026-11-30"
    clock.at = at(SATURDAY + timedelta(days=2), 17, 31)
    assert bank.close_day(FINANCE_CITY, clock.at.date()).state == "done"
    assert balance(city, "1201.421224") == FEN
    assert set(books()) <= {"I11"}


def test_made_at_once_on_a_holiday_it_is_paid_on_the_banks_next_day(city, order, payer, clearing, clock):
    clock.at = at(SATURDAY, 10)
    payer.pay(order)
    bank = with_mode(clearing, "confirm,bank_days")
    assert bank.close_day(FINANCE_CITY, SATURDAY, run_now=True).state == "sent"
    message = bank.payout_file("XN4212242026112801N1")
    assert b"<Dt>2026-11-30</Dt>" in message
    clock.at = at(SATURDAY + timedelta(days=1), 12)
    bank.resume(SATURDAY)
    assert payout_state(city, "XN4212242026112801N1") == "acked"
    clock.at = at(SATURDAY + timedelta(days=2), 9)
    bank.resume(SATURDAY)
    assert payout_state(city, "XN4212242026112801N1") == "settled"


def test_the_golden_week_ends_and_a_made_up_sunday_is_a_day_of_the_bank(conn):
    from data.reference import service as reference

    calendar = reference.work_calendar(conn)
    assert calendar.first_workday(GOLDEN_WEEK) == date(2026, 10, 8)
    assert calendar.first_workday(date(2026, 9, 20)) == date(2026, 9, 20)
    assert calendar.first_workday(date(2031, 1, 4)) == date(2031, 1, 6)


def test_cutoffs_are_dated_data(city, order, payer, clearing, clock):
    with city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE ref.clearing_hours SET valid_to = '2026-11-24'")
        conn.execute(
            "INSERT INTO ref.clearing_hours VALUES ('2026-11-24', NULL, '16:00', '20:00', '示例', false)"
        )
    clock.at = at(TODAY, 15, 59)
    payer.pay(order)
    clock.at = at(TODAY, 16, 1)
    assert len(clearing.close_day(FINANCE_CITY, TODAY).frozen) == 1
    with city.transaction(SYSTEM) as conn:
        assert store.waits_to_freeze(conn, TODAY, clock.at) is False


def test_what_arrives_in_the_late_window_leaves_in_a_second_run(city, order, payer, clearing, clock):
    clock.at = at(TODAY, 17, 31)
    clearing.close_day(FINANCE_CITY, TODAY)
    clock.at = at(TODAY, 19)
    payer.pay(order)
    clock.at = at(TODAY, 21, 29)
    assert clearing.close_day(FINANCE_CITY, TODAY).frozen == ()
    clock.at = at(TODAY, 21, 31)
    assert len(clearing.close_day(FINANCE_CITY, TODAY).frozen) == 1
    assert payout_state(city, "XN4212242026112402N1") == "settled"
