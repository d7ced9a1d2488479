"""Events reach a real HTTP server: signed, in order, again after failures, also when the worker dies."""

import hashlib
import hmac
import json
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from data.access import service as access
from data.access.records import SYSTEM, Actor
from data.callbacks import client, rules, store
from data.callbacks import service as callbacks
from data.callbacks.delivery import Sending, deliver
from data.callbacks.errors import CallbackRefused
from data.callbacks.records import Outcome
from data.callbacks.target import Target, resolve

KEY = "nt_key-of-the-callback-test"
NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
PARTNER = Actor(None, "partner", "partner", frozenset({"partner"}), None, None)


class Receiver:
    """A server that answers as told; keeps what it got."""

    def __init__(self):
        self.answers, self.got, self.wait_s = [], [], 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                time.sleep(receiver.wait_s)
                status = receiver.answers.pop(0) if receiver.answers else 204
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?a=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def statuses(self):
        return [json.loads(body)["status"] for _, body in self.got]


class Clock:
    def __init__(self):
        self.at = NOW

    def __call__(self):
        return self.at


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Desk:
    def __init__(self, db, url):
        self.db, self.clock = db, Clock()
        with db.transaction(SYSTEM) as conn:
            access.create_user(conn, login="partner", name="p", roles=["partner"], office=None, password=None)
            access.create_key(conn, "partner", key=KEY)
            self.key_id = access.key_id(conn, KEY)
            self.callback = callbacks.register(conn, PARTNER, self.key_id, url, now=NOW)

    def publish(self, *statuses, subject="survey:1"):
        for status in statuses:
            with self.db.transaction(SYSTEM) as conn:
                callbacks.publish(conn, "partner", subject, "survey.status", {"status": status}, at=NOW)

    def deliver(self, subject="survey:1", *, sandbox=True, **how):
        sending = Sending("root", sandbox, self.clock, **how)
        deliver(self.db, self.callback.callback_id, subject, sending)

    def events(self):
        with self.db.transaction(SYSTEM) as conn:
            return store.events(conn, callback_id=None, state=None, before=None, limit=100)[::-1]

    def states(self):
        return [event.state for event in self.events()]


@pytest.fixture
def desk(db, receiver):
    return Desk(db, receiver.url)


def test_events_arrive_signed_and_in_order(desk, receiver):
    desk.publish("received", "checking", "checked")
    desk.deliver()
    assert receiver.statuses() == ["received", "checking", "checked"]
    assert desk.states() == ["delivered"] * 3
    headers, body = receiver.got[0]
    secret = rules.secret_of("root", desk.callback)
    at = int(NOW.timestamp())
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Ningtu-Signature"] == f"t={at},kid={desk.callback.kid},v1={digest}"
    assert json.loads(body)["event_id"] == desk.events()[0].event_id == int(headers["X-Ningtu-Event"])


def test_an_event_exists_only_if_its_fact_does(desk):
    with desk.db.transaction(SYSTEM) as conn, conn.transaction(force_rollback=True):
        assert callbacks.publish(conn, "partner", "survey:1", "survey.status", {"status": "x"}, at=NOW) == 1
    assert desk.events() == []


def test_a_failed_event_waits_and_holds_back_the_next_of_its_subject_only(desk, receiver):
    receiver.answers = [500]
    desk.publish("received", "checking")
    desk.publish("received", subject="survey:2")
    desk.deliver()
    desk.deliver()  # too soon: nothing is sent
    assert receiver.statuses() == ["received"]
    desk.deliver("survey:2")
    assert desk.states() == ["waiting", "waiting", "delivered"]
    first = desk.events()[0]
    assert (first.last_status, first.attempts) == (500, 1)
    assert first.next_at == NOW + timedelta(seconds=rules.PAUSES_S[0])
    desk.clock.at = first.next_at
    desk.deliver()
    assert receiver.statuses() == ["received", "received", "received", "checking"]
    same = [body for _, body in receiver.got]
    assert same[0] == same[2]  # a repetition has the same bytes and number


def test_an_event_is_given_up_at_last_and_can_be_sent_again(desk, receiver):
    tries = len(rules.PAUSES_S) + 1
    receiver.answers = [503] * tries
    desk.publish("received", "checking")
    for _ in range(tries):
        desk.deliver()
        desk.clock.at += timedelta(days=1)
    assert desk.states() == ["given_up", "delivered"]
    assert len(receiver.got) == tries + 1
    with desk.db.transaction(SYSTEM) as conn:
        (shown,) = store.every(conn)
        assert (shown.given_up, shown.waiting) == (1, 0)
        callbacks.send_again(conn, SYSTEM, desk.events()[0].event_id, now=desk.clock())
    desk.deliver()
    assert desk.states() == ["delivered", "delivered"]


def test_a_worker_that_dies_between_sending_and_marking_sends_again(desk, receiver):
    desk.publish("received", "checking")

    def post_and_die(target, body, headers):
        client.post(target, body, headers)
        raise SystemExit  # as a killed process: nothing is marked

    with pytest.raises(SystemExit):
        desk.deliver(post=post_and_die)
    assert desk.states() == ["waiting", "waiting"]
    desk.deliver()  # another worker, while the first might still be sending
    assert receiver.statuses() == ["received"]
    desk.clock.at += timedelta(seconds=rules.LEASE_S)
    desk.deliver()
    assert receiver.statuses() == ["received", "received", "checking"]
    assert receiver.got[0][1] == receiver.got[1][1]


def test_redirects_are_not_followed(desk, receiver):
    receiver.answers = [302]
    desk.publish("received")
    desk.deliver()
    assert (desk.states(), desk.events()[0].last_status, len(receiver.got)) == (["waiting"], 302, 1)


def test_a_slow_receiver_is_left_in_time(receiver):
    receiver.wait_s = 5
    begin = time.monotonic()
    target = resolve(receiver.url, sandbox=True)
    outcome = client.post(target, b"{}", {}, whole_s=0.5)
    assert outcome.status is None
    assert outcome.error
    assert time.monotonic() - begin < 3


def test_a_receiver_that_trickles_its_head_is_left_in_time():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = threading.Event()

        def trickle():
            link, _ = listening.accept()
            with link, suppress(OSError):
                link.sendall(b"HTTP/1.1 200 OK\r\n")
                while not stop.wait(0.1):
                    link.sendall(b"X-A: b\r\n")

        thread = threading.Thread(target=trickle)
        thread.start()
        begin = time.monotonic()
        port = listening.getsockname()[1]
        outcome = client.post(Target("http", "h", port, "127.0.0.1", "/"), b"{}", {}, whole_s=0.6)
        stop.set()
        thread.join()
    assert outcome.status is None
    assert time.monotonic() - begin < 3


def test_nobody_there_is_an_outcome():
    outcome = client.post(Target("http", "h", 1, "127.0.0.1", "/"), b"{}", {})
    assert outcome == Outcome(None, outcome.error)
    assert "connect" in outcome.error


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.org/", "tls"),
        ("https://user@example.org/", "url"),
        ("https://example.org/#a", "url"),
        ("ftp://example.org/", "url"),
        ("https:///x", "url"),
        ("https://example.org:99999/", "url"),
        ("https://a b/", "url"),
        ("https://127.0.0.1/", "private"),
        ("https://localhost/", "private"),
        ("https://10.0.0.8/", "private"),
        ("https://192.168.1.1:8443/", "private"),
        ("https://169.254.169.254/latest/meta-data", "private"),
        ("https://100.64.0.1/", "private"),
        ("https://0.0.0.0/", "private"),
        ("https://2130706433/", "private"),
        ("https://0x7f.1/", "private"),
        ("https://[::1]/", "private"),
        ("https://[::ffff:10.0.0.1]/", "private"),
        ("https://[fd00::1]/", "private"),
        ("https://[64:ff9b::a00:1]/", "private"),
        ("https://[2002:a00:1::]/", "private"),
        ("https://224.0.0.1/", "private"),
        ("https://[::7f00:1]/", "private"),
        ("https://[64:ff9b:1::a00:1]/", "private"),
        ("https://[fec0::1]/", "private"),
        ("https://[fe80::1]/", "private"),
        ("https://[4000::1]/", "private"),
        ("HTTPS://example.org/", "url"),
        ("https://example.org:0/", "url"),
        ("file:///etc/passwd", "url"),
        ("gopher://127.0.0.1:6379/_x", "url"),
        ("//example.org/", "url"),
        ("https://example.org\\@127.0.0.1/", "url"),
        ("https://example.org/\r\nHost: x", "url"),
        ("https://name.that.is.not.invalid/", "name"),
    ],
)
def test_addresses_that_are_not_public_are_refused(url, reason):
    with pytest.raises(CallbackRefused) as refused:
        resolve(url, sandbox=False)
    assert refused.value.params["reason"] == reason


@pytest.mark.parametrize(("scheme", "reason"), [("http", "tls"), ("https", "private")])
def test_an_address_is_judged_again_at_each_sending(db, receiver, scheme, reason):
    desk = Desk(db, receiver.url.replace("http", scheme, 1))
    desk.publish("received")
    desk.deliver(sandbox=False)  # it was registered in the sandbox
    assert receiver.got == []
    assert desk.events()[0].last_error == f"refused: {reason}"


def test_an_ended_address_gets_nothing(desk, receiver):
    desk.publish("received")
    with desk.db.transaction(SYSTEM) as conn:
        callbacks.end(conn, PARTNER, desk.key_id, now=NOW)
    desk.publish("checking")
    desk.deliver()
    assert receiver.got == []
    assert desk.states() == ["waiting"]


def test_a_revoked_key_gets_nothing_of_what_waits(desk, receiver):
    desk.publish("received")
    with desk.db.transaction(SYSTEM) as conn:
        conn.execute("UPDATE registry.api_key SET revoked_at = now()")
    desk.publish("checking")
    desk.deliver()
    assert receiver.got == []
    assert desk.states() == ["waiting"]
