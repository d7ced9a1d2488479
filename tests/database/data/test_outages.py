"""A server that was away for long is used again within seconds, by itself."""

import contextlib
import socket
import threading
import time

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from data.access.records import SYSTEM
from data.db import Database
from data.errors import Unavailable

AWAY_S, BACK_WITHIN_S = 9.0, 4.0


class Line:
    """A line to a server that can be cut and mended."""

    def __init__(self, host, port):
        self.target = host, port
        self.ends, self.whole, self.done = [], True, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.done:
            with contextlib.suppress(OSError):
                near, _ = self.listener.accept()
                if not self.whole:
                    near.close()
                    continue
                far = socket.create_connection(self.target)
                self.ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    @staticmethod
    def _carry(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        for end in (source, sink):
            end.close()

    def cut(self):
        self.whole = False
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def end(self):
        self.done = True
        self.cut()
        self.listener.close()


@pytest.fixture
def line(db_url):
    parts = conninfo_to_dict(db_url)
    made = Line(str(parts["host"]), int(parts["port"]))
    yield made
    made.end()


def ask(db):
    try:
        with db.transaction(SYSTEM) as conn:
            return conn.execute("SELECT 1").fetchone() == (1,)
    except Unavailable:
        return False


def test_a_server_that_was_away_is_used_again_within_seconds(db_url, line):
    db = Database(make_conninfo(db_url, host="127.0.0.1", port=line.port), max_size=4).open()
    try:
        assert ask(db)
        line.cut()
        away = time.monotonic()
        while time.monotonic() - away < AWAY_S:
            assert not ask(db)
        line.whole = True
        back = time.monotonic()
        while not ask(db):
            assert time.monotonic() - back < BACK_WITHIN_S
        assert time.monotonic() - back < BACK_WITHIN_S
    finally:
        db.close()


def test_the_first_who_asks_after_a_restart_meets_no_dead_connection(db_url, line):
    """All that lie in the pool are dead: they are thrown out together, not one for each pause."""
    size = 12
    db = Database(make_conninfo(db_url, host="127.0.0.1", port=line.port), max_size=size).open()
    try:
        with contextlib.ExitStack() as stack:
            for _ in range(size):
                stack.enter_context(db.transaction(SYSTEM))
        line.cut()
        line.whole = True
        begin = time.monotonic()
        assert ask(db)
        assert time.monotonic() - begin < BACK_WITHIN_S
    finally:
        db.close()
