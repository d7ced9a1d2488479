"""The worker closes days by itself: at the cut-offs, after a stop, and not on days without bank."""

from datetime import date, datetime

import pytest

from api.app import build_services
from api.clearing_jobs import ask_for_round, clearing_round
from data.access.records import SYSTEM
from data.clock import SHANGHAI
from data.jobs import service as jobs
from data.settings import Settings
from tests.database.money.conftest import balance, one, rows
from tests.database.registry import town

TODAY = town.NOW.date()


@pytest.fixture
def bank():
    return "confirm"


@pytest.fixture
def services(city, tmp_path, clock, bank):
    settings = Settings(home=tmp_path, secret_key="s", sandbox_bank=bank)
    return build_services(settings, db=city, clock=clock)


def round_at(services, clock, hour, minute=0, day=TODAY):
    """Let a worker look at the clock; what it asks for next is due later."""
    clock.at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)
    with services.db.transaction(SYSTEM) as conn:
        conn.execute("DELETE FROM registry.job WHERE kind = 'clearing_round'")
    ask_for_round(services)
    kinds = {"clearing_round": lambda job: clearing_round(services, job)}
    assert jobs.drain(services.db, kinds, limit=5) == 1
    return rows(services.db, "SELECT biz_date, seq FROM money.batch ORDER BY 1, 2")


def test_a_day_runs_by_itself(services, clock, order, payer):
    payer.pay(order)
    assert round_at(services, clock, 17, 29) == []
    assert round_at(services, clock, 17, 31) == [(TODAY, 1)]
    assert balance(services.db, "1201.421224") == 55_000
    assert round_at(services, clock, 17, 36) == [(TODAY, 1)]
    assert round_at(services, clock, 21, 31) == [(TODAY, 1)]


def test_the_late_window_has_a_run_of_its_own(services, clock, order, payer):
    assert round_at(services, clock, 17, 31) == [(TODAY, 1)]
    clock.at = datetime(2026, 11, 24, 19, tzinfo=SHANGHAI)
    payer.pay(order)
    assert round_at(services, clock, 21, 29) == [(TODAY, 1)]
    assert round_at(services, clock, 21, 31) == [(TODAY, 1), (TODAY, 2)]
    assert balance(services.db, "1201.421224") == 55_000


def test_a_worker_that_was_away_closes_yesterday(services, clock, order, payer):
    round_at(services, clock, 17, 31, day=date(2026, 11, 23))
    payer.pay(order)
    found = round_at(services, clock, 8, day=date(2026, 11, 25))
    assert found == [(date(2026, 11, 23), 1), (TODAY, 1)]
    assert balance(services.db, "1201.421224") == 55_000


def test_a_new_installation_has_no_yesterday(services, clock):
    assert round_at(services, clock, 8) == []


@pytest.mark.parametrize("bank", ["confirm,bank_days"])
def test_a_day_without_bank_has_no_run(services, clock, order, payer):
    saturday, monday = date(2026, 11, 28), date(2026, 11, 30)
    clock.at = datetime(2026, 11, 28, 12, tzinfo=SHANGHAI)
    payer.pay(order)
    assert round_at(services, clock, 22, day=saturday) == []
    assert round_at(services, clock, 18, day=monday) == [(monday, 1)]
    assert balance(services.db, "1201.421224") == 55_000


@pytest.mark.parametrize("bank", ["confirm,lost"])
def test_a_round_goes_on_with_what_is_unknown(services, clock, order, payer):
    payer.pay(order)
    round_at(services, clock, 17, 31)
    assert one(services.db, "SELECT state FROM money.payout") == "unknown"
    round_at(services, clock, 17, 36)
    assert one(services.db, "SELECT state FROM money.payout") == "settled"


def test_a_round_that_fails_asks_for_the_next(services, clock, monkeypatch):
    from registry.clearing import schedule
    from registry.clearing.errors import CloseRunning

    def fail(*_):
        raise CloseRunning(date="2026-11-24")

    monkeypatch.setattr(schedule, "due_days", fail)
    round_at(services, clock, 18)
    waiting = "SELECT count(*) FROM registry.job WHERE kind = 'clearing_round' AND state = 'waiting'"
    assert one(services.db, waiting) == 1


def test_the_next_look_is_behind_the_cutoff_or_in_five_minutes(services, clock):
    def waits_s():
        return one(
            services.db,
            "SELECT extract(epoch FROM max(run_at) - clock_timestamp())::int FROM registry.job"
            " WHERE kind = 'clearing_round' AND state = 'waiting'",
        )

    round_at(services, clock, 10)
    assert 0 <= waits_s() <= 300
    clock.at = datetime(2026, 11, 24, 17, 29, 59, tzinfo=SHANGHAI)
    round_at(services, clock, 17, 29)
    assert waits_s() <= 65
