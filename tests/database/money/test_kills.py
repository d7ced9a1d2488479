"""SIGKILL before every step of a six-county day, dying sessions, jumping clocks: paid once all the same."""

import multiprocessing
import signal
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import PoolTimeout

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from data.db import Database
from data.errors import NingtuError
from registry.clearing.records import CloseResult
from registry.clearing.rules import COUNTIES
from registry.ledger import months
from registry.ledger import service as ledger
from registry.reconciliation.invariants import verify
from tests.conftest import clone, drop_database
from tests.database.money import processes
from tests.database.money.conftest import balance, one, rows
from tests.database.money.killing import (
    BANK,
    FEN,
    Steps,
    clearing,
    close_and_die,
    evening,
    lay_day,
    lay_decisions,
)
from tests.database.money.processes import exit_code, opened

START = date(2026, 1, 5)
# As many as the prototype that the design was tried on had.
AT_LEAST = 83


@pytest.fixture
def world(db):
    lay_decisions(db)
    return db


@pytest.fixture
def folder():
    """Return a folder in memory where there is one: who dies loses no more there than on a disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        yield Path(made)


def steps_of_a_day(db, folder, day):
    """Return the names of the steps of an undisturbed close."""
    lay_day(db, day)
    steps = Steps()
    assert clearing(db, folder, day, steps=steps).close_day(SYSTEM, day).state == "done"
    return steps.names


def kill_and_go_on(db, folder, day, dies_at, name):
    """Let a process die before a step of a day's close, close again, and look at bank and books."""
    lay_day(db, day)
    assert exit_code(close_and_die, db.url, folder, day, dies_at) == -signal.SIGKILL, name
    after = clearing(db, folder, day).close_day(SYSTEM, day)
    assert after.state == "done", name
    check_day(db, folder, day, name)
    return after


def check_day(db, folder, day, name):
    """Each county was paid its money once, by one message with one file, and nothing is on its way."""
    paid = rows(
        db,
        "SELECT y.county_code, k.amount_fen, k.executions FROM money.payout y"
        " JOIN money.batch b USING (batch_id) JOIN money.sandbox_bank_order k USING (msg_id)"
        " WHERE b.biz_date = %s AND y.state = 'settled' ORDER BY 1",
        day,
    )
    assert paid == [(county, FEN, 1) for county in COUNTIES], name
    extra = "SELECT count(*) FROM money.sandbox_bank_order WHERE msg_id LIKE %s"
    assert one(db, extra, f"XN______{day:%Y%m%d}%") == len(COUNTIES), name
    left = list((folder / "payouts").glob(f"*{day:%Y%m%d}*.tmp"))
    assert left == [], name


def check_books(db, days):
    broken = {check.id: check.breaches for check in verify(db) if check.breaches}
    # No bills are issued here.
    assert set(broken) <= {"I11"}, broken
    for county in COUNTIES:
        assert balance(db, f"1201.{county}") == days * FEN
        assert balance(db, f"1901.{county}") == 0
    assert balance(db, "1001") == 0


def test_a_close_killed_before_any_step_pays_once(superuser_url, template, folder):
    """The steps of the run and of four counties; those of the other two are alike, and in the long run."""
    check_kills(superuser_url, template, folder, COUNTIES[4:])


@pytest.mark.long
def test_a_close_killed_before_any_step_of_all_counties_pays_once(superuser_url, template, folder):
    check_kills(superuser_url, template, folder, ())


def check_kills(superuser_url, template, folder, without):
    worlds = [Database(clone(superuser_url, template), max_size=3).open() for _ in range(2)]
    try:
        for db in worlds:
            lay_decisions(db)
        names = steps_of_a_day(worlds[0], folder / "0", START)
        points = [item for item in enumerate(names) if not any(county in item[1] for county in without)]
        assert len(points) >= AT_LEAST
        lots = [points[lot::2] for lot in (0, 1)]

        def run(lot):
            for number, (dies_at, name) in enumerate(lots[lot], start=1):
                day = START + timedelta(days=number)
                kill_and_go_on(worlds[lot], folder / str(lot), day, dies_at, name)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(run, (0, 1)))
        check_books(worlds[0], 1 + len(lots[0]))
        check_books(worlds[1], len(lots[1]))
    finally:
        for db in worlds:
            db.close()
            drop_database(superuser_url, str(conninfo_to_dict(db.url)["dbname"]))


@pytest.mark.long
def test_a_close_killed_twice_pays_once(world, folder):
    import random

    chosen = random.Random(20261126)
    names = steps_of_a_day(world, folder, START)
    count = 300
    for number in range(1, count + 1):
        day = START + timedelta(days=number)
        lay_day(world, day)
        for _ in range(2):
            dies_at = chosen.randrange(len(names))
            assert exit_code(close_and_die, world.url, folder, day, dies_at) in {-signal.SIGKILL, 0}
        assert clearing(world, folder, day).close_day(SYSTEM, day).state == "done"
        check_day(world, folder, day, day)
    check_books(world, 1 + count)


def test_a_process_waits_for_a_server_that_stands_still(monkeypatch):
    tries = []

    def open_at_the_third(db):
        tries.append(db)
        if len(tries) < 3:
            raise PoolTimeout
        return db

    monkeypatch.setattr(Database, "open", open_at_the_third)
    assert opened("postgresql://city_login@nowhere/city", max_size=2) is tries[2]


def test_a_process_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(processes, "SECONDS", 1)
    with pytest.raises(TimeoutError):
        exit_code(time.sleep, 60)
    assert multiprocessing.active_children() == []


# ---------------------------------------------------------------- sessions that die


class Terminator(threading.Thread):
    """Ends the sessions of a database, one after the other, until it is told to stop."""

    def __init__(self, superuser_url, name):
        super().__init__()
        self.superuser_url, self.name_of_db = superuser_url, name
        self.done, self.ended = threading.Event(), 0

    def run(self):
        with psycopg.connect(self.superuser_url, autocommit=True) as conn:
            while not self.done.wait(0.02):
                self.ended += len(
                    conn.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                        " AND usename LIKE %s ORDER BY random() LIMIT 1",
                        [self.name_of_db, r"%\_login"],
                    ).fetchall()
                )


def close_until_done(db, folder, day) -> CloseResult:
    while True:
        try:
            return clearing(db, folder, day).close_day(SYSTEM, day)
        except (NingtuError, psycopg.Error):
            time.sleep(0.01)


def test_a_close_whose_sessions_are_ended_pays_once(world, superuser_url, folder):
    days, ended = 3, 0
    for number in range(days):
        day = START + timedelta(days=number)
        lay_day(world, day)
        terminator = Terminator(superuser_url, str(conninfo_to_dict(world.url)["dbname"]))
        terminator.start()
        try:
            # A few times whatever happens; then the sessions are left alone, so that it ends on any machine.
            for _ in range(3):
                try:
                    clearing(world, folder, day).close_day(SYSTEM, day)
                except (NingtuError, psycopg.Error):
                    continue
        finally:
            terminator.done.set()
            terminator.join()
        # Before the next day: that one would take along what is not frozen yet.
        assert close_until_done(world, folder, day).state == "done"
        check_day(world, folder, day, day)
        ended += terminator.ended
    assert ended >= days
    check_books(world, days)


# ---------------------------------------------------------------- clocks that jump


class Crash(BaseException):
    """The process ends here."""


def die_at(point):
    def die(name):
        if name.startswith(point):
            raise Crash

    return die


def at(closing, instant):
    closing.clock.at = instant
    return closing


JUMPS = [timedelta(days=1), timedelta(days=-1), timedelta(hours=7), timedelta(minutes=1)]


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("point", ["freeze:after", "send:submitted", "ask:after"])
def test_a_clock_that_jumps_in_a_close_moves_no_money_twice(world, tmp_path, jump, point):
    lay_day(world, START)
    last_moment = datetime(2026, 1, 5, 23, 59, 59, tzinfo=SHANGHAI)
    dying = at(clearing(world, tmp_path, START), last_moment)
    with pytest.raises(Crash):
        replace(dying, checkpoint=die_at(point)).close_day(SYSTEM, START)
    again = at(clearing(world, tmp_path, START), last_moment + jump)
    if jump < timedelta():
        # For the clock the day has not come; what was begun goes on all the same.
        again.resume(START)
    else:
        assert again.close_day(SYSTEM, START).state == "done"
    check_day(world, tmp_path, START, point)
    check_books(world, 1)


def test_money_at_midnight_is_in_one_day(world, tmp_path):
    """One order arrives in the last second of a day, the others at noon of the next: each is in one run."""
    lay_day(world, START, counties=COUNTIES[:1])
    lay_day(world, START + timedelta(days=1), counties=COUNTIES[1:])
    midnight = datetime(2026, 1, 6, 0, 0, tzinfo=SHANGHAI)
    first = at(clearing(world, tmp_path, START), midnight).close_day(SYSTEM, START)
    second = clearing(world, tmp_path, START + timedelta(days=1)).close_day(SYSTEM, START + timedelta(days=1))
    assert (first.state, second.state) == ("done", "done")
    found = rows(
        world,
        "SELECT b.biz_date, i.county_code FROM money.batch_item i"
        " JOIN money.batch b USING (batch_id) ORDER BY 2",
    )
    assert found == [(START, COUNTIES[0]), *[(START + timedelta(days=1), code) for code in COUNTIES[1:]]]


def test_a_close_that_crosses_the_end_of_a_month(world, tmp_path):
    """Frozen on the 31st, confirmed in the next month while the old one closes: both months stay true."""
    last = date(2026, 1, 31)
    lay_day(world, last)
    held = clearing(world, tmp_path, last, mode="hold")
    assert held.close_day(SYSTEM, last).state == "sent"
    now = datetime(2026, 2, 1, 0, 30, tzinfo=SHANGHAI)
    signer = held.signer
    with world.transaction(SYSTEM) as conn:
        months.begin_close(conn, date(2026, 1, 1), by="t", now=now)
        ledger.seal(conn, last, sign=signer.sign, algorithm=signer.algorithm, by="t", now=now)
        closed = months.close(conn, date(2026, 1, 1), signer=signer, by="t", now=now)
    assert closed.state == "closed"
    at(clearing(world, tmp_path, last, mode=BANK), now).resume(last)
    check_day(world, tmp_path, last, "month end")
    days = rows(
        world, "SELECT DISTINCT kind, biz_date FROM money.posting WHERE msg_id IS NOT NULL ORDER BY 2, 1"
    )
    assert days == [
        ("freeze", last),
        ("bank_debit", date(2026, 2, 1)),
        ("county_credit", date(2026, 2, 1)),
    ]
    with world.transaction(SYSTEM) as conn:
        assert months.broken_months(conn, certificate=signer.certificates[0]) == []
    check_books(world, 1)


def test_the_evening_of_a_sealed_day_belongs_to_the_next(world, tmp_path):
    day = date(2026, 2, 28)
    closing = clearing(world, tmp_path, day)
    with world.transaction(SYSTEM) as conn:
        ledger.seal(conn, day, sign=closing.signer.sign, algorithm="x", by="t", now=evening(day))
        found = ledger.biz_day(conn, datetime(2026, 2, 28, 23, 59, 59, tzinfo=SHANGHAI))
    assert found == date(2026, 3, 1)
