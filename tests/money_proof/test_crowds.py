"""Crowds of callbacks, sessions that are ended, a server that stops dead: nothing lost, nothing twice."""

import shutil
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from data.cluster.binaries import find_binaries
from data.cluster.identity import server_identity
from data.cluster.server import Server, free_port
from data.db import Database
from registry.reconciliation.invariants import verify
from tests.conftest import load_reference_data
from tests.money_proof import crowd, runs

THREADS, ENDED, STOPS = 16, 50, 5


@contextmanager
def many(url):
    db = Database(url, max_size=THREADS, statement_timeout_ms=60_000, lock_timeout_ms=30_000).open()
    try:
        yield db
    finally:
        db.close()


class Terminator(threading.Thread):
    """Ends sessions of a database one by one, so many times at least, until it is told to stop."""

    def __init__(self, superuser_url):
        super().__init__()
        self.superuser_url, self.done, self.ended = superuser_url, threading.Event(), 0

    def run(self):
        with psycopg.connect(self.superuser_url, autocommit=True) as conn:
            while self.ended < ENDED and not self.done.wait(0.03):
                self.ended += len(
                    conn.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND usename LIKE %s"
                        " AND state <> 'idle' ORDER BY random() LIMIT 1",
                        [r"%\_login"],
                    ).fetchall()
                )


def crowded(place, start, count, *, disturbed):
    """Send a crowd of messages; returns (effects, sessions ended)."""
    runs.forget(place.superuser_url, place.tables)
    with psycopg.connect(place.superuser_url) as conn:
        codes = crowd.lay_orders(conn, int(count * (1 - crowd.REPEATED - crowd.CONTRADICTED)), start)
    sent = crowd.messages(codes, count, start)
    terminator = Terminator(place.superuser_url)
    if disturbed:
        terminator.start()
    try:
        with many(place.url) as db:
            answers = crowd.send_all(db, sent, start, threads=THREADS)
            broken = {check.id: check.breaches for check in verify(db) if check.breaches}
    finally:
        terminator.done.set()
        if disturbed:
            terminator.join()
    assert set(broken) <= {"I11"}, broken
    with psycopg.connect(place.superuser_url) as conn:
        effects = crowd.check(conn, sent, answers)
        total = sum(
            row[0]
            for row in conn.execute("SELECT total_fen FROM money.posting WHERE kind IN ('pay', 'suspend')")
        )
        assert crowd.account_fen(conn, "1001") == total
        assert crowd.account_fen(conn, "1101.sandbox") == 0
    return effects, terminator.ended


def test_a_crowd_of_messages_moves_each_payment_once(place, start):
    effects, _ = crowded(place, start, 2_000, disturbed=False)
    assert effects["accepted"] + effects["suspense"] == 1_200
    assert effects["conflict"] == 200


def test_a_crowd_whose_sessions_are_ended(place, start):
    _, ended = crowded(place, start, 1_000, disturbed=True)
    assert ended >= 10


@pytest.mark.long
def test_20000_messages_and_50_ended_sessions(place, start):
    crowded(place, start, 20_000, disturbed=False)
    _, ended = crowded(place, start, 20_000, disturbed=True)
    assert ended == ENDED


@pytest.mark.long
def test_a_server_that_stops_dead_five_times(start):
    """A cluster that writes to disk: what was answered is there after each immediate stop."""
    from data.cluster.bootstrap import bootstrap
    from data.migrations.run import upgrade

    identity, port, password = server_identity(), free_port(), "stops"
    # Not in pytest's folder: every run of pytest closes that to others, also to the server's user.
    folder = Path(tempfile.mkdtemp(prefix="ningtu-stops-"))
    identity.own(folder)
    server = Server(folder / "pg", identity, find_binaries(), durable=True)
    given_up = threading.Event()
    server.create(password)
    server.start(port)
    try:
        urls = bootstrap(server.url(port, password), "stops", password=password)
        upgrade(urls.owner_url)
        load_reference_data(urls.login_url)
        superuser = make_conninfo(
            server.url(port, password), dbname=conninfo_to_dict(urls.login_url)["dbname"]
        )
        runs.prepare(urls.login_url)
        with psycopg.connect(superuser) as conn:
            codes = crowd.lay_orders(conn, 3_000, start)
        sent = crowd.messages(codes, 5_000, start)
        with many(urls.login_url) as db:
            found = {}
            sender = threading.Thread(
                target=lambda: found.update(crowd.send_all(db, sent, start, given_up=given_up))
            )
            sender.start()
            for _ in range(STOPS):
                sender.join(4)
                server._run("pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", str(server.data))
                server.start(port)
            sender.join(300)
            assert not sender.is_alive()
            broken = {check.id: check.breaches for check in verify(db) if check.breaches}
        assert set(broken) <= {"I11"}, broken
        with psycopg.connect(superuser) as conn:
            crowd.check(conn, sent, found)
    finally:
        given_up.set()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
