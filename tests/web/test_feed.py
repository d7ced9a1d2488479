"""The live feed: each event once, to those who may see it; waiting occupies one thread of a process."""

from datetime import date, datetime

import pytest

from api.app import create_app
from api.feed import Feed, Seat
from api.pages import encode_cursor, key_span
from data.access import service as access
from data.access.records import SYSTEM, Actor
from data.clock import SHANGHAI
from data.settings import Settings
from tests.web.people import PASSWORD

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 10, tzinfo=SHANGHAI)
URL = "/api/v1/feed"
CASES = {"tongshan": ("YW20261124000001", "421224"), "chibi": ("YW20261124000002", "421281")}


@pytest.fixture(scope="module")
def town(module_db):
    """A case of two offices each, and a survey of a surveyor."""
    with module_db.transaction(SYSTEM) as conn:
        for office, (case_no, county) in CASES.items():
            conn.execute(
                "INSERT INTO registry.case (case_no, type_code, handbook_version, status, node, node_role,"
                " node_office, accept_office, decide_office, county_code, unit_count, applicant, address,"
                " accepted_by, accepted_at, accepted_on, due_on, node_since, fee_total_fen, pay_before,"
                " detail) VALUES (%s, 'land_use_first', 1, 'review', 'review', 'registrar', %s, %s, %s, %s,"
                " 1, '某某', '某处', 'x', %s, %s, %s, %s, 55000, 'issue', '{}')",
                [case_no, office, office, office, county, NOW, TODAY, TODAY, NOW],
            )
        conn.execute(
            "INSERT INTO spatial.survey (project_code, version, layer, kind, scope, effective_on, status,"
            " file_name, file_sha256, file_bytes, source, feature_count, submitted_by, created_at)"
            " VALUES ('P1', '1', 'use_surface', 'new', 'partial', %s, 'checked', 'f', repeat('0', 64), 1,"
            " '{}', 1, 'surveyor', %s)",
            [TODAY, NOW],
        )
    return module_db


def happens(conn, office, action="approve", status="review"):
    conn.execute(
        "INSERT INTO registry.case_event (case_no, at, action, to_node, to_status, login)"
        " VALUES (%s, %s, %s, 'review', %s, 'x')",
        [CASES[office][0], NOW, action, status],
    )


def steps(conn, status):
    conn.execute(
        "INSERT INTO spatial.survey_event (survey_id, at, status, login)"
        " SELECT survey_id, %s, %s, 'system' FROM spatial.survey",
        [NOW, status],
    )


def person(role, office=None, county=None):
    return Actor(1, role, role, frozenset({role}), office, county)


REGISTRAR = person("registrar", "tongshan", "421224")


def feed(db, who=REGISTRAR, **more):
    return Feed(db, who, lang="zh", **more)


def read(reader, cursor):
    items, following = reader.read(key_span(cursor))
    return [(item["subject"], item["kind"]) for item in items], following


def test_an_event_comes_once_with_its_words_and_its_link(town):
    reader = feed(town)
    cursor = reader.start()
    assert read(reader, cursor)[0] == []
    with town.transaction(SYSTEM) as conn:
        happens(conn, "tongshan")
    (item,), following = reader.read(key_span(cursor))
    assert set(item) == {"id", "at", "kind", "subject", "link", "text"}
    assert (item["kind"], item["link"]) == ("case.approve", "/cases/YW20261124000001")
    assert item["text"] == "业务 YW20261124000001：审核通过，现为审核中"
    assert read(reader, following)[0] == []
    assert read(reader, cursor)[0] == [("YW20261124000001", "case.approve")], "an old place tells it again"


def test_an_office_hears_of_its_own_cases_only(town):
    people = [REGISTRAR, person("registrar", "chibi", "421281"), person("supervisor"), person("surveyor")]
    people.append(person("admin"))
    cursors = [feed(town, who).start() for who in people]
    with town.transaction(SYSTEM) as conn:
        happens(conn, "chibi")
    heard = [len(read(feed(town, who), at)[0]) for who, at in zip(people, cursors, strict=True)]
    assert heard == [0, 1, 1, 0, 0]


def test_a_survey_is_news_to_its_sender_and_to_those_who_see_all(town):
    people = [person("surveyor"), person("reviewer"), REGISTRAR]
    people.append(Actor(2, "another", "another", frozenset({"surveyor"}), None, None))
    cursors = [feed(town, who).start() for who in people]
    with town.transaction(SYSTEM) as conn:
        steps(conn, "submitted")
    heard = [feed(town, who).read(key_span(at))[0] for who, at in zip(people, cursors, strict=True)]
    assert [len(items) for items in heard] == [1, 1, 0, 0]
    assert [items[0]["link"].split("/")[1] for items in heard[:2]] == ["surveys", "review"]
    assert heard[0][0]["text"] == "测绘成果 P1：待审核"


def test_late_commits_are_told_and_nothing_waits_for_them(town):
    """An event written first and committed last comes in the next answer; the other one comes at once."""
    reader = feed(town)
    cursor = reader.start()
    with town.transaction(SYSTEM) as slow:
        happens(slow, "tongshan", "material")
        with town.transaction(SYSTEM) as quick:
            happens(quick, "tongshan", "paid")
        found, cursor = read(reader, cursor)
        assert [kind for _, kind in found] == ["case.paid"]
    found, cursor = read(reader, cursor)
    assert [kind for _, kind in found] == ["case.material"]
    assert read(reader, cursor)[0] == []


def test_many_events_come_in_pages_and_late_ones_behind_them(town):
    """Pages of a span neither skip nor repeat, also when an earlier transaction commits between two pages."""
    everyone = Actor(3, "surveyor", "s", frozenset({"surveyor", "supervisor"}), None, None)
    reader = feed(town, everyone, limit=2)
    cursor = reader.start()
    with town.transaction(SYSTEM) as slow:
        happens(slow, "chibi", "material")
        for status in ("checked", "submitted"):
            with town.transaction(SYSTEM) as conn:
                steps(conn, status)
                happens(conn, "chibi", "approve")
                happens(conn, "tongshan", "approve")
        pages = [read(reader, cursor)]
        assert len(key_span(pages[0][1])[2]) == 3
    with town.transaction(SYSTEM) as conn:
        happens(conn, "chibi", "paid")
    while pages[-1][0]:
        pages.append(read(reader, pages[-1][1]))
    told = [kind for found, _ in pages for _, kind in found]
    first = [*["case.approve"] * 2, "survey.checked", *["case.approve"] * 2, "survey.submitted"]
    assert told == [*first, "case.material", "case.paid"]
    assert max(len(found) for found, _ in pages) == 2


def test_a_waiting_reader_hears_at_the_next_look(town):
    reader = feed(town)
    asked = key_span(reader.start())
    looks = []

    def pause(seconds):
        looks.append(seconds)
        if len(looks) == 3:
            with town.transaction(SYSTEM) as conn:
                happens(conn, "tongshan")

    items, _ = reader.wait(asked, 20, pause=pause)
    assert (len(items), len(looks)) == (1, 3)


def test_a_reader_waits_no_longer_than_asked_and_may_go_on(town):
    reader = feed(town)
    looks = []
    items, cursor = reader.wait(key_span(reader.start()), 3, pause=looks.append)
    assert (items, sum(looks)) == ([], 3)
    with town.transaction(SYSTEM) as conn:
        happens(conn, "tongshan")
    assert len(read(reader, cursor)[0]) == 1


def test_one_request_waits_in_a_process():
    seat = Seat(threads=4)
    assert [seat.take(), seat.take()] == [True, False]
    seat.leave()
    assert seat.take()
    assert not Seat(threads=1).take(), "the only thread must stay free"


@pytest.fixture
def client(town, tmp_path):
    app = create_app(Settings(home=tmp_path, secret_key="s", clock="sandbox"), db=town)
    with town.transaction(SYSTEM) as conn, conn.transaction():
        known = conn.execute("SELECT 1 FROM registry.app_user WHERE login = 'registrar_t'").fetchone()
        if known is None:
            access.create_user(
                conn,
                login="registrar_t",
                name="n",
                roles=["registrar"],
                office="tongshan",
                password=PASSWORD,
            )
    client = app.test_client()
    client.post("/api/v1/auth/session", json={"username": "registrar_t", "password": PASSWORD})
    return client


def test_over_http_the_first_answer_is_the_place(client, town):
    begin = client.get(URL).json
    assert begin["items"] == []
    with town.transaction(SYSTEM) as conn:
        happens(conn, "tongshan")
    answer = client.get(f"{URL}?since={begin['next']}&wait_s=20&lang=en")
    assert [item["text"] for item in answer.json["items"]] == [
        "Case YW20261124000001: Approve, now In review"
    ]
    assert client.get(f"{URL}?since={answer.json['next']}").json["items"] == []


def test_who_finds_the_seat_taken_is_answered_at_once(client):
    begin = client.get(URL).json["next"]
    seat = Seat(threads=4)
    client.application.extensions["ningtu_feed_seat"] = seat
    assert seat.take()
    answer = client.get(f"{URL}?since={begin}&wait_s=20")
    assert (answer.status_code, answer.json["items"], answer.headers["Retry-After"]) == (200, [], "5")
    seat.leave()
    assert "Retry-After" not in client.get(f"{URL}?since={begin}&wait_s=1").headers
    assert seat.take(), "the seat was given back"


@pytest.mark.parametrize("query", ["wait_s=21", "wait_s=-1", "wait_s=1.5", "cursor=x"])
def test_bad_queries_are_refused(client, query):
    assert client.get(f"{URL}?{query}").status_code == 422


def test_cursors_of_others_are_refused(client):
    assert client.get(f"{URL}?since={encode_cursor('x')}").status_code == 400
    future = 2**62
    answer = client.get(f"{URL}?since={encode_cursor(f'{future}:{future}:')}")
    assert (answer.status_code, answer.json["code"]) == (410, "cursor_outlived")


def test_the_public_has_no_feed(town, tmp_path):
    app = create_app(Settings(home=tmp_path, secret_key="s", clock="sandbox"), db=town)
    assert app.test_client().get(URL).status_code == 401
