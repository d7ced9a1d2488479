"""A bank that lags, loses, repeats, rejects and keeps holidays: each county is paid once all the same."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from data.access.records import SYSTEM
from data.clock import SHANGHAI, Reading
from registry.clearing.bank import BankStatus
from spatial.counties import register
from spatial.counties.records import Statement
from tests.database.money.bank_acts import FEN, MSG, TODAY, bank_book, break_types, close, payout_state
from tests.database.money.conftest import (
    FINANCE_CITY,
    StandingClock,
    balance,
    new_order,
    one,
    rows,
    with_mode,
)
from tests.database.registry import town

XIANAN_HAS_IT = Statement(town.STRADDLER, "421202", "函〔2026〕1号", "共同上级指定", "a")

# ---------------------------------------------------------------- lost answers, lagging views


@pytest.mark.parametrize("bank", ["confirm,careless", "confirm,careless,double", "confirm,silent,careless"])
def test_a_careless_bank_pays_once(city, paid, clearing, books, bank):
    close(clearing, bank)
    assert close(clearing, bank) == "done"
    assert bank_book(city) == [(1, 1)]
    assert balance(city, "1201.421224") == FEN
    assert books() == {}


def test_a_lost_message_is_sent_again_with_its_own_id(city, paid, clearing, books):
    assert close(clearing, "confirm,lost,careless") == "sent"
    assert (payout_state(city), bank_book(city)) == ("unknown", [(1, 0)])
    assert close(clearing, "confirm,lost,careless") == "done"
    assert bank_book(city) == [(2, 1)]
    assert rows(city, "SELECT msg_id FROM money.payout") == [(MSG,)]
    assert books() == {}


def test_not_found_is_no_proof_while_the_bank_lags(city, paid, clearing, clock, books):
    bank = "confirm,silent,lagging,careless"
    assert close(clearing, bank) == "sent"
    for _ in range(3):
        clock.at += timedelta(seconds=30)
        assert close(clearing, bank) == "sent"
    assert (payout_state(city), bank_book(city)) == ("unknown", [(1, 1)])
    clock.at += timedelta(seconds=31)
    assert close(clearing, bank) == "done"
    assert bank_book(city) == [(1, 1)]
    assert books() == {}


def test_a_lost_message_of_a_lagging_bank_waits_for_the_proof(city, paid, clearing, clock, books):
    bank = "confirm,lost,lagging,careless"
    assert close(clearing, bank) == "sent"
    clock.at += timedelta(seconds=119)
    assert close(clearing, bank) == "sent"
    assert bank_book(city) == [(1, 0)]
    clock.at += timedelta(seconds=1)
    close(clearing, bank)
    assert bank_book(city) == [(2, 1)]
    clock.at += timedelta(seconds=120)
    assert close(clearing, bank) == "done"
    assert bank_book(city) == [(2, 1)]
    assert books() == {}


MIDNIGHT = datetime(2026, 11, 30, 23, 59, 50, tzinfo=SHANGHAI)


@pytest.mark.parametrize("jump", [timedelta(minutes=3), timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_jumps_forward_is_no_proof_either(city, order, payer, clearing, clock, jump):
    """In the last seconds of a month: the bank shows a message late, whatever our clock says by then."""
    clock.at = MIDNIGHT
    payer.pay(order)
    truth = StandingClock(MIDNIGHT)
    bank = replace(clearing.bank, clock=truth, mode="confirm,silent,lagging,careless")
    ours = replace(clearing, bank=bank, steady=truth.steady)
    assert ours.close_day(FINANCE_CITY, MIDNIGHT.date(), run_now=True).state == "sent"
    clock.at, truth.at = MIDNIGHT + jump, MIDNIGHT + timedelta(seconds=15)
    ours.resume(MIDNIGHT.date())
    assert bank_book(city) == [(1, 1)]
    truth.at += timedelta(seconds=120)
    ours.resume(MIDNIGHT.date())
    assert bank_book(city) == [(1, 1)]
    assert one(city, "SELECT state FROM money.payout") == "settled"


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=-1)])
def test_a_clock_that_is_set_back_makes_a_lost_message_wait_no_longer(
    city, order, payer, clearing, clock, jump
):
    clock.at = MIDNIGHT
    payer.pay(order)
    truth = StandingClock(MIDNIGHT)
    bank = replace(clearing.bank, clock=truth, mode="confirm,lost,lagging,careless")
    ours = replace(clearing, bank=bank, steady=truth.steady)
    ours.close_day(FINANCE_CITY, MIDNIGHT.date(), run_now=True)
    clock.at, truth.at = MIDNIGHT + jump, MIDNIGHT + timedelta(seconds=120)
    ours.resume(MIDNIGHT.date())
    assert bank_book(city) == [(2, 1)]


def test_after_a_restart_of_the_machine_the_wait_begins_anew(city, paid, clearing):
    """Its steady clock begins at zero: what it says is no time since the message left."""
    shown = []
    ours = replace(with_mode(clearing, "confirm,lost,lagging,careless"), steady=lambda: shown[-1])
    for boot, seconds, book in [
        ("before", 1_000.0, (1, 0)),
        ("after", 1_200.0, (1, 0)),
        ("after", 1_319.0, (1, 0)),
        ("after", 1_320.0, (2, 1)),
    ]:
        shown.append(Reading(boot, seconds))
        ours.close_day(FINANCE_CITY, TODAY, run_now=True)
        assert bank_book(city) == [book]


class Crash(BaseException):
    """The process ends here."""


def crash_at(clearing, point):
    def die(name):
        if name.startswith(point):
            raise Crash

    return replace(clearing, checkpoint=die)


def test_who_dies_between_sending_and_noting_it_does_not_send_again(city, paid, clearing, clock, books):
    lagging = with_mode(clearing, "confirm,lagging,careless")
    with pytest.raises(Crash):
        crash_at(lagging, "send:submitted").close_day(FINANCE_CITY, TODAY, run_now=True)
    assert payout_state(city) == "unknown"
    assert close(clearing, "confirm,lagging,careless") == "sent"
    clock.at += timedelta(seconds=200)
    assert close(clearing, "confirm,lagging,careless") == "done"
    assert bank_book(city) == [(1, 1)]
    assert books() == {}


def test_a_payout_that_seems_never_sent_is_asked_for_first(city, paid, clearing, books):
    """As after a restore of yesterday's database: our books have forgotten what the bank has."""
    close(clearing, "hold,careless")
    with city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE money.payout SET state = 'written'")
    assert close(clearing, "confirm,careless") == "done"
    assert bank_book(city) == [(1, 1)]
    assert books() == {}


def test_control_without_asking_first_a_careless_bank_pays_twice(city, paid, clearing, clock, monkeypatch):
    """What the question before each sending is for."""
    blind = with_mode(clearing, "confirm,careless")
    with pytest.raises(Crash):
        crash_at(blind, "send:submitted").close_day(FINANCE_CITY, TODAY, run_now=True)
    monkeypatch.setattr(type(clearing.bank), "status", lambda self, msg_id: BankStatus("absent"))
    monkeypatch.setattr(type(clearing.bank), "messages", lambda self: [])
    blind.close_day(FINANCE_CITY, TODAY, run_now=True)
    assert bank_book(city) == [(2, 2)]


# ---------------------------------------------------------------- rejections


def test_a_rejected_payout_waits_for_a_person(city, paid, clearing, books):
    assert close(clearing, "reject") == "frozen"
    for _ in range(2):
        clearing.resume(TODAY)
    assert rows(city, "SELECT msg_id, state FROM money.payout") == [(MSG, "rejected")]
    assert close(clearing) == "done"
    assert bank_book(city) == [(1, 1), (1, 1)]
    assert books() == {}


def test_a_new_attempt_goes_to_the_account_now_in_force(city, paid, clearing, clock, books):
    close(clearing, "reject")
    with city.transaction(SYSTEM) as conn:
        conn.execute(
            "UPDATE ref.county_account SET valid_to = '2026-11-25'"
            " WHERE county_code = '421224' AND kind = 'nontax'"
        )
        conn.execute(
            "INSERT INTO ref.county_account SELECT county_code, kind, owner_code, name, bank, '9900999',"
            " cnaps, '2026-11-25', NULL, source_doc, verified FROM ref.county_account"
            " WHERE county_code = '421224' AND kind = 'nontax'"
        )
    clock.at += timedelta(days=1)
    assert close(clearing) == "done"
    numbers = rows(city, "SELECT attempt, creditor_number FROM money.payout ORDER BY attempt")
    assert numbers[1] == (2, "9900999")
    assert numbers[0] != numbers[1]
    days = rows(city, "SELECT biz_date FROM money.posting WHERE kind = 'freeze' ORDER BY posting_id")
    assert days == [(TODAY,), (TODAY + timedelta(days=1),)]
    assert books() == {}


@pytest.mark.parametrize("name", ["通山县\u0001财政局", "财" * 141])
def test_an_account_that_no_message_can_name_stops_no_other_county(city, order, payer, clearing, books, name):
    """One such name kept the whole city from being cleared, on that day and on every later one."""
    with city.transaction(SYSTEM) as conn:
        town.build_straddler(conn)
        conn.execute("UPDATE ref.county_account SET name = %s WHERE county_code = '421224'", [name])
        made = register.propose(conn, XIANAN_HAS_IT, as_of=TODAY, now=town.NOW)
        register.confirm(conn, made.decision_id, confirmed_by="b", now=town.NOW)
    payer.pay(order)
    payer.pay(new_order(city, town.STRADDLER), txn="T2")
    assert close(clearing) == "frozen"
    assert dict(rows(city, "SELECT county_code, state FROM money.payout")) == {
        "421224": "rejected",
        "421202": "settled",
    }
    assert (break_types(city), books()) == (["PAYOUT_REJECTED"], {})
    with city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE ref.county_account SET name = '通山县财政局' WHERE county_code = '421224'")
    assert close(clearing) == "done"
    assert books() == {}


def test_only_the_days_own_half_written_files_are_swept(clearing, tmp_path):
    folder = clearing.files.folder
    folder.mkdir(parents=True)
    own, others = folder / f"{MSG}.xml.tmp", folder / "XN4212242026112301N1.xml.tmp"
    for path in (own, others):
        path.write_bytes(b"half")
    assert (clearing.files.sweep(TODAY), own.exists(), others.exists()) == (1, False, True)
    assert clearing.files.sweep_stale() == 0
    import os

    os.utime(others, (0, 0))
    assert (clearing.files.sweep_stale(), others.exists()) == (1, False)
