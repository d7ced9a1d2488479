"""Callback addresses over HTTP: who may, what is refused, secrets, events, and what was given up."""

import hashlib
import hmac
from dataclasses import replace

import pytest

from api.app import create_app
from api.callback_jobs import deliver_callbacks
from data.access import service as access
from data.access.records import SYSTEM
from data.callbacks import rules
from data.callbacks import service as callbacks
from data.clock import SystemClock
from data.jobs import service as jobs
from tests.database.data.test_callbacks import Receiver
from tests.web.people import PASSWORD

KEYS = {"partner": "nt_first-key-of-the-test", "other": "nt_second-key-of-the-test"}
PATHS = [
    ("PUT", "/callback"),
    ("GET", "/callback"),
    ("DELETE", "/callback"),
    ("POST", "/callback/ping"),
    ("GET", "/callback/events"),
]
FOR_ADMINS = [
    ("GET", "/admin/callbacks"),
    ("GET", "/admin/callbacks/events"),
    ("POST", "/admin/callbacks/events/1/again"),
]


class Platform:
    """The city with private addresses allowed, two partners with keys, an administrator and a surveyor."""

    def __init__(self, db, settings):
        self.db = db
        self.app = create_app(settings, db=db)
        self.client = self.app.test_client()
        with db.transaction(SYSTEM) as conn:
            for login, roles, password in (
                ("partner", ["partner"], PASSWORD),
                ("other", ["partner"], None),
                ("boss", ["admin"], PASSWORD),
                ("surveyor", ["surveyor"], PASSWORD),
            ):
                access.create_user(conn, login=login, name=login, roles=roles, office=None, password=password)
            for login, key in KEYS.items():
                access.create_key(conn, login, key=key)

    def ask(self, method, path, who="partner", expect=200, **more):
        headers = {"Authorization": f"Bearer {KEYS.get(who) or self.token(who)}"} if who else {}
        answer = self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)
        assert answer.status_code == expect, answer.text
        return answer.json

    def token(self, login):
        answer = self.client.post("/api/v1/auth/token", json={"username": login, "password": PASSWORD})
        return answer.json["access_token"]

    def register(self, url, who="partner", expect=200):
        return self.ask("PUT", "/callback", who, expect, json={"url": url})

    def publish(self, *states, subject="survey:1"):
        with self.db.transaction(SYSTEM) as conn:
            for state in states:
                callbacks.publish(
                    conn, "partner", subject, "survey.status", {"status": state}, at=SystemClock().now()
                )

    def work(self):
        """Send what is due, as the worker does."""
        services = self.app.extensions["ningtu"]
        handlers = {"deliver_callbacks": lambda job: deliver_callbacks(services, job)}
        return jobs.drain(self.db, handlers)

    def give_up(self):
        """Let the last try of everything that waits be over and fail."""
        with self.db.transaction(SYSTEM) as conn:
            conn.execute(
                "UPDATE registry.callback_event SET attempts = %s, next_at = at WHERE state = 'waiting'",
                [len(rules.PAUSES_S)],
            )

    def count(self):
        with self.db.transaction(SYSTEM) as conn:
            return conn.execute("SELECT count(*) FROM registry.callback").fetchone()[0]


@pytest.fixture
def city(db, settings):
    return Platform(db, replace(settings, sandbox_callbacks=True))


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize(("method", "path"), PATHS + FOR_ADMINS)
def test_nobody_and_other_roles_are_refused(city, method, path):
    more = {"json": {"url": "https://1.1.1.1/"}} if method == "PUT" else {}
    assert city.ask(method, path, None, 401, **more)["code"] == "unauthenticated"
    assert city.ask(method, path, "surveyor", 403, **more)["code"] == "forbidden"
    other_side = "partner" if "/admin" in path else "boss"
    assert city.ask(method, path, other_side, 403, **more)["code"] == "forbidden"
    assert city.count() == 0


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_partner_without_a_key_has_no_address(city, method, path):
    headers = {"Authorization": f"Bearer {city.token('partner')}"}
    more = {"json": {"url": "https://1.1.1.1/"}} if method == "PUT" else {}
    answer = city.client.open(f"/api/v1{path}", method=method, headers=headers, **more)
    assert (answer.status_code, answer.json["code"]) == (403, "api_key_needed")


def test_a_browser_sends_again_with_the_token_of_its_page_only(city, receiver):
    receiver.answers = [500]
    city.register(receiver.url)
    city.publish("checked")
    city.give_up()
    city.work()
    (event,) = city.ask("GET", "/admin/callbacks/events?state=given_up", "boss")["items"]
    path = f"/api/v1/admin/callbacks/events/{event['event_id']}/again"
    browser = city.app.test_client()
    signed = browser.post("/api/v1/auth/session", json={"username": "boss", "password": PASSWORD})
    assert browser.post(path).json["code"] == "csrf_failed"
    assert browser.post(path, headers={"X-CSRF-Token": "guess"}).json["code"] == "csrf_failed"
    assert city.ask("GET", "/callback")["given_up"] == 1
    again = browser.post(path, headers={"X-CSRF-Token": signed.json["csrf"]})
    assert (again.status_code, again.json["state"]) == (202, "waiting")
    city.work()
    assert receiver.statuses() == ["checked", "checked"]


def test_the_secret_is_told_once_and_a_new_address_has_a_new_one(city, receiver):
    first = city.register(receiver.url)
    assert "secret" not in city.ask("GET", "/callback")
    second = city.register(receiver.url)
    assert first["secret"] != second["secret"]
    assert first["kid"] != second["kid"]
    assert len(first["secret"]) == 64
    city.ask("POST", "/callback/ping", expect=202)
    city.work()
    headers, body = receiver.got[-1]
    fields = dict(part.split("=", 1) for part in headers["X-Ningtu-Signature"].split(","))
    assert fields["kid"] == second["kid"]

    def made_by(secret):
        return hmac.new(secret.encode(), fields["t"].encode() + b"." + body, hashlib.sha256).hexdigest()

    assert made_by(second["secret"]) == fields["v1"]
    assert made_by(first["secret"]) != fields["v1"]


def test_every_key_sees_its_own_address_and_events(city, receiver):
    city.register(receiver.url)
    city.register(receiver.url.replace("?a=1", "?b=2"), "other")
    city.publish("received")
    assert len(city.ask("GET", "/callback/events")["items"]) == 1
    assert city.ask("GET", "/callback/events", "other")["items"] == []
    shown = city.ask("GET", "/admin/callbacks", "boss")["items"]
    assert [(one["login"], one["waiting"]) for one in shown] == [("partner", 1), ("other", 0)]
    assert KEYS["partner"] not in str(shown)


def test_an_ended_address_is_unknown_until_it_is_registered_again(city, receiver):
    first = city.register(receiver.url)
    city.ask("DELETE", "/callback", expect=204)
    for method, path in PATHS[1:]:
        assert city.ask(method, path, expect=404)["code"] == "callback_unknown"
    city.publish("received")
    again = city.register(receiver.url)
    assert (again["waiting"], again["kid"] != first["kid"]) == (0, True)


def test_a_revoked_key_is_nobody(city, receiver):
    city.register(receiver.url)
    with city.db.transaction(SYSTEM) as conn:
        conn.execute(
            "UPDATE registry.api_key SET revoked_at = now() WHERE prefix = %s", [KEYS["partner"][:8]]
        )
    city.ask("GET", "/callback", expect=401)
    city.publish("received")
    city.work()
    assert receiver.got == []


def test_a_failed_event_waits_is_given_up_and_sent_again(city, receiver):
    receiver.answers = [503, 500]
    city.register(receiver.url)
    city.publish("received", "checking")
    city.work()
    first = city.ask("GET", "/callback/events?state=waiting")["items"][-1]
    assert (first["last_status"], first["attempts"], first["payload"]) == (503, 1, {"status": "received"})
    assert first["next_at"] > first["at"]
    city.give_up()
    city.work()
    with city.db.transaction(SYSTEM) as conn:
        conn.execute("UPDATE registry.job SET run_at = now() WHERE state = 'waiting'")
    city.work()
    (given,) = city.ask("GET", "/callback/events?state=given_up")["items"]
    assert (given["event_id"], given["last_status"], given["next_at"]) == (first["event_id"], 500, None)
    assert given["finished_at"]
    path = f"/admin/callbacks/events/{given['event_id']}/again"
    city.ask("POST", path, "boss", 202)
    assert city.ask("POST", path, "boss", 404)["code"] == "callback_event_unknown"
    city.work()
    assert {event["state"] for event in city.ask("GET", "/callback/events")["items"]} == {"delivered"}
    with city.db.transaction(SYSTEM) as conn:
        kinds = conn.execute("SELECT action FROM registry.audit WHERE action LIKE 'callback.%'").fetchall()
    assert {kind for (kind,) in kinds} == {"callback.register", "callback.again"}


@pytest.mark.parametrize("event_id", [0, 1, 2**63, 10**30])
def test_an_event_that_is_none_is_not_found(city, event_id):
    answer = city.ask("POST", f"/admin/callbacks/events/{event_id}/again", "boss", 404)
    assert answer["code"] == "callback_event_unknown"


def test_pages_of_events_have_no_gap_no_repetition_and_no_empty_end(city, receiver):
    city.register(receiver.url)
    city.publish(*"abcdef")
    seen, query = [], "?limit=2"
    for _ in range(3):
        answer = city.ask("GET", f"/callback/events{query}")
        seen += [event["payload"]["status"] for event in answer["items"]]
        query = f"?limit=2&cursor={answer.get('next')}"
    assert seen == list("fedcba")
    assert "next" not in answer
    whole = city.ask("GET", "/admin/callbacks/events?limit=6", "boss")
    assert (len(whole["items"]), "next" in whole) == (6, False)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?state=lost", 422, "request_invalid"),
        ("?limit=0", 422, "request_invalid"),
        ("?limit=1001", 422, "request_invalid"),
        ("?cursor=x", 400, "cursor_bad"),
        ("?cursor=WyJhIl0", 400, "cursor_bad"),
        ("?key=1", 422, "request_invalid"),
    ],
)
def test_a_wrong_question_is_told(city, receiver, query, status, code):
    city.register(receiver.url)
    assert city.ask("GET", f"/callback/events{query}", expect=status)["code"] == code


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://1.1.1.1/", "tls"),
        ("ftp://1.1.1.1/", "url"),
        ("file:///etc/passwd", "url"),
        ("javascript:alert(1)", "url"),
        ("HTTPS://1.1.1.1/", "url"),
        ("https://user:pass@1.1.1.1/", "url"),
        ("https://1.1.1.1/#x", "url"),
        ("https://1.1.1.1/\r\nX-A: b", "url"),
        ("https://1.1.1.1/\u4e2d", "url"),
        ("https://127.0.0.1/", "private"),
        ("https://localhost:5432/", "private"),
        ("https://169.254.169.254/latest/meta-data/", "private"),
        ("https://10.1.2.3/", "private"),
        ("https://2130706433/", "private"),
        ("https://0177.0.0.1/", "private"),
        ("https://[::1]/", "private"),
        ("https://[::ffff:127.0.0.1]/", "private"),
        ("https://[::7f00:1]/", "private"),
        ("https://[64:ff9b:1::7f00:1]/", "private"),
    ],
)
def test_an_address_that_is_not_public_is_refused_and_not_stored(db, settings, url, reason):
    city = Platform(db, settings)
    answer = city.register(url, expect=422)
    assert (answer["code"], answer["reason"]) == ("callback_refused", reason)
    assert city.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": ""},
        {"url": 1},
        {"url": None},
        {"url": "https://a/" + "x" * 500},
        {"url": "https://1.1.1.1/", "secret": "x"},
    ],
)
def test_a_body_of_another_shape_is_refused(city, body):
    assert city.ask("PUT", "/callback", expect=422, json=body)["code"] == "request_invalid"


def test_a_public_address_with_tls_is_taken(db, settings):
    city = Platform(db, settings)
    assert city.register("https://1.1.1.1/hook?a=1")["url"] == "https://1.1.1.1/hook?a=1"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_for_platforms_tells_of_addresses_and_refusals(city, lang):
    page = city.client.get(f"/help/platform?lang={lang}").text
    for words in ("/api/v1/callback", "X-Ningtu-Signature", "callback_refused", "project_contradicted"):
        assert words in page
