"""The books assert themselves: each night, and before each close, which a breach stops."""

from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from api.app import build_services
from api.clearing_jobs import ask_for_round, clearing_round
from data.access.records import SYSTEM
from data.clock import SHANGHAI
from data.documents import signing
from data.jobs import service as jobs
from data.settings import Settings
from registry.clearing import assertions, days
from registry.clearing.errors import BooksBroken, SealRefused
from registry.ledger import service as ledger
from registry.reconciliation.invariants import verify
from tests.database.money.conftest import FINANCE_CITY, one, rows, with_mode
from tests.database.registry import town

TODAY = town.NOW.date()


@pytest.fixture
def owner(city, superuser_url):
    """A connection that passes the triggers: how books break."""
    name = conninfo_to_dict(city.url)["dbname"]
    with psycopg.connect(superuser_url, dbname=name, autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica")
        yield conn


@pytest.fixture
def paid(order, payer):
    payer.pay(order)
    return order


# What is done to the books by hand, and which assertion sees it.
BREAKS = {
    "a transfer of another amount": (
        "UPDATE money.transfer SET amount_fen = amount_fen + 1 WHERE line_id IS NOT NULL",
        "I1",
    ),
    "a transfer gone": ("DELETE FROM money.transfer WHERE line_id IS NOT NULL", "I1"),
    "money to another kind of account": (
        "UPDATE money.transfer SET cr = (SELECT account_id FROM money.account WHERE code = '5001')"
        " WHERE line_id IS NOT NULL",
        "I4",
    ),
    "more paid out than came in": (
        "UPDATE money.transfer SET dr = (SELECT account_id FROM money.account WHERE code = '5001'),"
        " cr = (SELECT account_id FROM money.account WHERE code = '1001') WHERE line_id IS NULL",
        "I5",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_breach_stops_the_close_before_anything_leaves(city, paid, clearing, owner, name):
    statement, broken = BREAKS[name]
    owner.execute(statement)
    with pytest.raises(BooksBroken) as caught:
        clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    assert broken in caught.value.params["assertions"]
    assert one(city, "SELECT count(*) FROM money.batch") == 0
    assert f"G1:{TODAY}:{broken}" in {row[0] for row in rows(city, "SELECT key FROM money.break")}
    assert broken in str(one(city, "SELECT breaches FROM money.books_check ORDER BY check_id DESC LIMIT 1"))


def test_a_payout_that_is_not_its_items_stops_before_it_is_sent(city, paid, clearing, owner):
    class Crash(BaseException):
        pass

    def die(point):
        if point == "freeze:after":
            raise Crash

    with pytest.raises(Crash):
        replace(clearing, checkpoint=die).close_day(FINANCE_CITY, TODAY, run_now=True)
    owner.execute("UPDATE money.payout SET amount_fen = amount_fen + 100")
    for go_on in (
        lambda: clearing.resume(TODAY),
        lambda: clearing.close_day(FINANCE_CITY, TODAY, run_now=True),
    ):
        with pytest.raises(BooksBroken) as caught:
            go_on()
        assert caught.value.params["assertions"] == ["I6"]
    assert one(city, "SELECT count(*) FROM money.sandbox_bank_order") == 0
    owner.execute("UPDATE money.payout SET amount_fen = amount_fen - 100")
    assert clearing.close_day(FINANCE_CITY, TODAY, run_now=True).state == "done"


def test_a_line_paid_out_otherwise_than_ordered_is_seen(city, paid, clearing, owner):
    with_mode(clearing, "hold").close_day(FINANCE_CITY, TODAY, run_now=True)
    owner.execute("UPDATE money.batch_item SET county_code = '421281'")
    with city.transaction(SYSTEM) as conn:
        broken = [found.id for found in assertions.run(conn) if found.breaches]
    assert broken == ["I6", "I6b"]


def test_sound_books_are_noted_and_shown(city, paid, clearing):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    checks = rows(city, "SELECT occasion, breaches FROM money.books_check")
    assert checks == [("close", [])]
    with city.transaction(SYSTEM) as conn:
        found = days.day_of_books(conn, FINANCE_CITY, TODAY, now=town.NOW)
    assert (found.books_checked_at, found.books_broken) == (town.NOW, ())


def test_the_day_shows_what_is_broken_and_is_not_sealed(city, paid, clearing, owner, tmp_path):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    owner.execute("UPDATE money.transfer SET amount_fen = amount_fen + 1 WHERE line_id IS NOT NULL")
    assert [found.id for found in assertions.check_books(city, occasion="hand", now=town.NOW)] != []
    signer = signing.sandbox_signer(tmp_path / "keys", signing.HEADS_KEY)
    with city.transaction(SYSTEM) as conn:
        found = days.day_of_books(conn, FINANCE_CITY, TODAY, now=town.NOW)
    assert "I1" in found.books_broken
    with pytest.raises(SealRefused) as caught:
        days.seal_day(city, FINANCE_CITY, TODAY, signer=signer, now=town.NOW)
    assert "open_breaks" in caught.value.params["reasons"]


def test_a_close_looks_only_at_what_came_after_the_last_seal(city, paid, clearing, clock, tmp_path, owner):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    heads = signing.sandbox_signer(tmp_path / "keys", signing.HEADS_KEY)
    with city.transaction(SYSTEM) as conn:
        ledger.seal(conn, TODAY, sign=heads.sign, algorithm=heads.algorithm, by="t", now=town.NOW)
    owner.execute("UPDATE money.posting SET total_fen = total_fen + 1 WHERE kind = 'bank_debit'")
    clock.at += timedelta(days=1)
    assert clearing.close_day(FINANCE_CITY, clock.at.date(), run_now=True).state == "done"
    broken = assertions.check_books(city, occasion="night", now=clock.at)
    assert [found.id for found in broken] == ["I1"]


def test_what_a_night_finds_before_the_last_seal_stops_money_until_a_look_at_all_finds_nothing(
    city, paid, clearing, clock, tmp_path, owner
):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    heads = signing.sandbox_signer(tmp_path / "keys", signing.HEADS_KEY)
    with city.transaction(SYSTEM) as conn:
        ledger.seal(conn, TODAY, sign=heads.sign, algorithm=heads.algorithm, by="t", now=town.NOW)
    owner.execute("UPDATE money.posting SET total_fen = total_fen + 1 WHERE kind = 'bank_debit'")
    clock.at += timedelta(days=1)
    assertions.check_books(city, occasion="night", now=clock.at)
    for go_on in (
        lambda: clearing.resume(TODAY),
        lambda: clearing.close_day(FINANCE_CITY, clock.at.date(), run_now=True),
    ):
        with pytest.raises(BooksBroken) as caught:
            go_on()
        assert caught.value.params["assertions"] == ["I1"]
    assert one(city, "SELECT count(*) FROM money.batch") == 1
    owner.execute("UPDATE money.posting SET total_fen = total_fen - 1 WHERE kind = 'bank_debit'")
    assertions.check_books(city, occasion="hand", now=clock.at)
    assert clearing.close_day(FINANCE_CITY, clock.at.date(), run_now=True).state == "done"


def test_the_assertions_run_once_a_night(city, tmp_path, clock, paid, caplog, owner):
    services = build_services(Settings(home=tmp_path, secret_key="s"), db=city, clock=clock)
    owner.execute("DELETE FROM money.transfer WHERE line_id IS NOT NULL")

    def night_round(hour, minute):
        clock.at = datetime(2026, 11, 25, hour, minute, tzinfo=SHANGHAI)
        with city.transaction(SYSTEM) as conn:
            conn.execute("DELETE FROM registry.job")
        ask_for_round(services)
        jobs.drain(city, {"clearing_round": lambda job: clearing_round(services, job)}, limit=2)
        return one(city, "SELECT count(*) FROM money.books_check WHERE occasion = 'night'")

    assert [night_round(0, 1), night_round(0, 6), night_round(12, 0)] == [1, 1, 1]
    assert assertions.ALARM in caplog.text
    assert one(city, "SELECT count(*) FROM money.break WHERE type = 'G1' AND key = 'G1:2026-11-25:I1'") == 1


def test_verify_runs_what_can_be_computed(city, paid, clearing):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    ids = [check.id for check in verify(city)]
    assert len(ids) == len(set(ids))
    computable = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18}
    assert computable <= {int("".join(c for c in name if c.isdigit())) for name in ids if name[0] == "I"}


def test_money_that_lies_longer_than_a_working_day_is_seen(city, paid, clearing):
    """Paid on a Tuesday, due by Wednesday night: also while a payout waits, not once it is there."""

    def overdue(day):
        return [
            check.breaches for check in verify(city, today=TODAY + timedelta(days=day)) if check.id == "I17"
        ]

    line = f"{paid.head.order_no}:1"
    assert overdue(1) == [()]
    assert overdue(2) == [(line,)]
    with_mode(clearing, "hold").close_day(FINANCE_CITY, TODAY, run_now=True)
    assert overdue(2) == [(line,)]
    clearing.resume(TODAY)
    assert overdue(9) == [()]


VERIFY_BREAKS = {
    "I4c": "UPDATE money.transfer SET cr = (SELECT account_id FROM money.account WHERE code = '2101.421281')"
    " WHERE line_id IS NOT NULL",
    "I7": "UPDATE money.sandbox_bank_order SET executions = 2",
    "I18": "UPDATE money.payout SET state = 'rejected'",
}


@pytest.mark.parametrize("name", VERIFY_BREAKS)
def test_verify_sees_what_the_close_does_not_ask(city, paid, clearing, owner, name):
    with_mode(clearing, "hold").close_day(FINANCE_CITY, TODAY, run_now=True)
    owner.execute(VERIFY_BREAKS[name])
    assert name in {check.id for check in verify(city) if check.breaches}


def test_suspense_without_a_difference_is_seen(city, order, payer, owner):
    payer.send(order.head.payment_code, order.head.amount_fen + 1, txn="T1")
    assert {check.id for check in verify(city) if check.breaches} == set()
    owner.execute("DELETE FROM money.break")
    assert {check.id for check in verify(city) if check.breaches} == {"I18"}
