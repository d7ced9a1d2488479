"""Events that share a transaction, whose process or session dies: each is applied once when sent again."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from data.access.records import SYSTEM
from data.errors import NingtuError
from registry.payments import channel
from registry.payments.records import Arrival
from tests.database.money import killing
from tests.database.money.conftest import rows
from tests.database.money.killing import FEN
from tests.database.money.processes import PROCESSES, ended, exit_code, opened
from tests.database.money.test_arrivals import DAY, NOON, event

# What a call writes to first, then next, and last: whoever waits for one of them has done what is before it.
PARTS = ("channel_event", "posting", "event_result", "break")
LEFT = (
    "SELECT (SELECT count(*) FROM money.channel_event), (SELECT count(*) FROM money.posting),"
    " (SELECT count(*) FROM money.order_event WHERE to_state <> 'issued'),"
    " (SELECT count(*) FROM registry.job WHERE kind = 'order_paid'), (SELECT count(*) FROM money.break)"
)
STORED = (
    "SELECT e.channel_txn, e.amount_fen, count(p.posting_id) FROM money.channel_event e"
    " LEFT JOIN money.posting p ON p.event_id = e.event_id AND p.kind IN ('pay', 'suspend') GROUP BY 1, 2"
)


@pytest.fixture
def told(db):
    """Ten payments, one of another amount, and one of an order that nobody knows."""
    killing.lay_decisions(db)
    codes = killing.issue_day(db, DAY, each=2)
    made = [event(code, f"T{n}") for n, code in enumerate(codes[:10])]
    return [*made, event(codes[10], "T10", fen=FEN + 1), event("20991124000000000000", "T11")]


def open_db(url):
    return opened(url, max_size=3, lock_timeout_ms=50_000)


def send(arrivals, told):
    """Send events by as many threads; returns what each answers, none for no answer."""

    def one(item):
        try:
            return arrivals.apply(Arrival(item, NOON + timedelta(hours=1), True)).result
        except (NingtuError, psycopg.Error):
            return None

    with ThreadPoolExecutor(len(told)) as pool:
        return list(pool.map(one, told))


def check(db, told):
    """Each message is kept once, each payment moved its money once, and its money is in the account."""
    assert sorted(rows(db, STORED)) == sorted((item.channel_txn, item.amount_fen, 1) for item in told)
    moved = rows(db, "SELECT kind, count(*), sum(total_fen)::bigint FROM money.posting GROUP BY 1 ORDER BY 1")
    total = 12 * FEN + 1
    assert moved == [("arrive", 12, total), ("pay", 10, 10 * FEN), ("suspend", 2, 2 * FEN + 1)]
    assert rows(db, "SELECT type FROM money.break ORDER BY 1") == [("UNKNOWN_ORDER",), ("WRONG_AMOUNT",)]
    assert rows(db, "SELECT count(*) FROM money.payment_order WHERE state = 'paid'") == [(10,)]
    assert rows(db, "SELECT count(*) FROM registry.job WHERE kind = 'order_paid'") == [(10,)]


class Gate:
    """A table that nobody can write to; sessions that wait for it can be seen, and ended."""

    def __init__(self, superuser_url, db_url, table):
        name = str(conninfo_to_dict(db_url)["dbname"])
        self.url = make_conninfo(superuser_url, dbname=name)
        self.watcher = psycopg.connect(superuser_url, autocommit=True)
        self.name, self.table = name, table

    @contextmanager
    def shut(self):
        with psycopg.connect(self.url) as conn:
            conn.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.Identifier("money", self.table)))
            yield
            conn.rollback()

    def waiting(self, known=()):
        """Wait until a session stands before the table; return its number."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = self.watcher.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename LIKE %s"
                " AND wait_event_type = 'Lock' AND pid <> ALL (%s)",
                [self.name, r"%\_login", list(known)],
            ).fetchone()
            if found:
                return found[0]
            time.sleep(0.005)
        raise TimeoutError(self.table)

    def end(self, pid):
        self.watcher.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


@pytest.fixture
def gate(superuser_url, db, request):
    made = Gate(superuser_url, db.url, request.param)
    yield made
    made.watcher.close()


@pytest.mark.parametrize("gate", PARTS, indirect=True)
def test_a_session_that_ends_within_a_shared_transaction_loses_and_doubles_nothing(db, told, gate):
    """First the session of the event that came alone is ended, then that of all which came meanwhile."""
    arrivals = channel.Arrivals(open_db(db.url))
    first = told[-2:] if gate.table in {"event_result", "break"} else told[:1]
    rest = [item for item in told if item not in first]
    with ThreadPoolExecutor(2) as pool:
        with gate.shut():
            alone = pool.submit(send, arrivals, first[:1])
            pid = gate.waiting()
            together = pool.submit(send, arrivals, [*rest, *first[1:]])
            wait_for(arrivals, len(told) - 1)
            gate.end(pid)
            assert alone.result() == [None]
            gate.end(gate.waiting([pid]))
            if gate.table in {"channel_event", "posting"}:
                # Behind the other gates, payments that fit are by now applied by themselves.
                assert rows(db, LEFT) == [(0,) * 5]
        answers = together.result()
    # Their run was ended: each was applied by itself, and answered.
    assert None not in answers
    assert send(arrivals, told).count("duplicate") == len(told) - 1
    check(db, told)
    arrivals.db.close()


def wait_for(arrivals, count):
    """Wait until so many calls wait for the one that runs."""
    deadline = time.monotonic() + 60
    while len(arrivals._together._waiting) < count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def send_in_one(url, told, ready):
    """Apply events in one transaction; the process is gone before it ends, or after."""
    db = open_db(url)
    with db.transaction(SYSTEM) as conn:
        channel.apply_channel_events(conn, [Arrival(item, NOON + timedelta(hours=1), True) for item in told])
        if ready == "before":
            os.kill(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("gate", PARTS, indirect=True)
def test_a_process_killed_between_store_post_and_commit_leaves_nothing(db, told, gate):
    with gate.shut():
        process = PROCESSES.Process(target=send_in_one, args=(db.url, told, "gate"))
        process.start()
        gate.waiting()
        os.kill(process.pid, signal.SIGKILL)
        assert ended(process) == -signal.SIGKILL
    wait_until_gone(gate)
    assert rows(db, LEFT) == [(0,) * 5]
    assert "duplicate" not in send(channel.Arrivals(db), told)
    check(db, told)


@pytest.mark.parametrize(("moment", "again"), [("before", 0), ("after", 12)])
def test_a_process_killed_around_the_commit_has_done_all_or_nothing(db, told, moment, again):
    assert exit_code(send_in_one, db.url, told, moment) == -signal.SIGKILL
    assert send(channel.Arrivals(db), told).count("duplicate") == again
    check(db, told)


def wait_until_gone(gate):
    """Wait until the server has noticed that nobody listens any more."""
    deadline = time.monotonic() + 60
    while gate.watcher.execute(
        "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND usename LIKE %s AND state = 'active'",
        [gate.name, r"%\_login"],
    ).fetchone():
        assert time.monotonic() < deadline
        time.sleep(0.005)
