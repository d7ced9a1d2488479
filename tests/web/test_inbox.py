"""The inbox tells each role what waits for it, and nothing of others."""

from datetime import date, datetime, timedelta

import pytest

from api.app import create_app
from api.inbox import Inbox
from data.access import service as access
from data.access.records import SYSTEM, Actor
from data.clock import SHANGHAI
from data.settings import Settings
from tests.web.people import PASSWORD

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 10, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def town(module_db):
    """Three open cases: at a Tongshan registrar (late), at a Tongshan clerk, at a Chibi registrar."""
    with module_db.transaction(SYSTEM) as conn:
        for number, (role, office, due) in enumerate(
            [
                ("registrar", "tongshan", TODAY - timedelta(days=1)),
                ("clerk", "tongshan", TODAY + timedelta(days=3)),
                ("registrar", "chibi", TODAY + timedelta(days=3)),
            ]
        ):
            conn.execute(
                "INSERT INTO registry.case (case_no, type_code, handbook_version, status, node, node_role,"
                " node_office, accept_office, decide_office, county_code, unit_count, applicant, address,"
                " accepted_by, accepted_at, accepted_on, due_on, node_since, fee_total_fen, pay_before,"
                " detail) VALUES (%s, 'land_use_first', 1, 'review', 'review', %s, %s, %s, %s, %s, 1, '某某',"
                " '某处', 'x', %s, %s, %s, %s, 55000, 'issue', '{}')",
                [
                    f"YW2026112400000{number}",
                    role,
                    office,
                    office,
                    office,
                    {"tongshan": "421224", "chibi": "421281"}[office],
                    NOW,
                    TODAY,
                    due,
                    NOW,
                ],
            )
    return module_db


def actor(role, office=None, county=None):
    return Actor(1, role, role, frozenset({role}), office, county)


def groups(db, who):
    found = Inbox(db, who, now=NOW, today=TODAY, lang="zh").groups()
    return {group["kind"]: group for group in found}


def test_a_registrar_sees_the_cases_at_the_own_desk(town):
    found = groups(town, actor("registrar", "tongshan", "421224"))["cases_to_handle"]
    assert found["count"] == 1
    assert [(item["title"], item["late"]) for item in found["items"]] == [("YW20261124000000", True)]
    assert found["items"][0]["link"] == "/cases/YW20261124000000"


def test_a_clerk_sees_own_steps_and_unpaid_cases(town):
    found = groups(town, actor("clerk", "tongshan", "421224"))
    assert [item["title"] for item in found["cases_to_handle"]["items"]] == ["YW20261124000001"]
    assert found["cases_unpaid"]["count"] == 2


def test_a_supervisor_sees_what_is_overdue_in_the_whole_city(town):
    found = groups(town, actor("supervisor"))
    assert found["cases_overdue"]["count"] == 1
    assert "cases_to_handle" not in found


def test_a_surveyor_sees_surveys_only(town):
    kinds = set(groups(town, actor("surveyor")))
    assert kinds == {
        "surveys_to_submit",
        "surveys_returned",
        "surveys_failed",
        "surveys_accepted",
        "surveys_registered",
    }


def segment(conn, county, lo, hi, following):
    conn.execute(
        "INSERT INTO money.bill_pool (code, county_code, lo, hi, next, issued_by)"
        " VALUES ('42060126', %s, %s, %s, %s, 't')",
        [county, lo, hi, following],
    )


def test_the_city_is_told_where_bill_numbers_run_out(town):
    with town.transaction(SYSTEM) as conn:
        segment(conn, "421224", 1, 1_000, 1_001)
        segment(conn, "421224", 1_001, 1_600, 1_102)
        segment(conn, "421281", 2_001, 2_600, 2_101)
    found = groups(town, actor("finance_city"))["bill_stock_low"]
    (item,) = found["items"]
    assert (item["title"], item["note"]) == ("通山县", "票据代码 42060126，还剩 499 个号码")
    assert item["link"] == "/finance/bills#stock-421224"
    with town.transaction(SYSTEM) as conn:
        segment(conn, "421224", 3_001, 3_001, 3_001)
    assert groups(town, actor("finance_city"))["bill_stock_low"]["count"] == 0


def test_every_kind_of_task_has_its_words(town):
    from data.messages import known

    roles = ("surveyor", "reviewer", "clerk", "registrar", "supervisor", "finance_city", "finance_county")
    kinds = {kind for role in roles for kind in groups(town, actor(role, "tongshan", "421224"))}
    assert kinds
    assert all(known(f"ui.inbox.kind.{kind}") for kind in kinds)


def test_the_inbox_needs_a_person(town, tmp_path):
    app = create_app(Settings(home=tmp_path, secret_key="s", clock="sandbox"), db=town)
    assert app.test_client().get("/api/v1/inbox").status_code == 401
    with town.transaction(SYSTEM) as conn:
        access.create_user(
            conn, login="somebody", name="n", roles=["partner"], office=None, password=PASSWORD
        )
    client = app.test_client()
    client.post("/api/v1/auth/session", json={"username": "somebody", "password": PASSWORD})
    assert client.get("/api/v1/inbox").json["groups"] == []


def test_a_promise_kept_long_ago_is_no_day_to_keep(town):
    """A registered case that waits for its certificate says its state, not the day that is past."""
    with town.transaction(SYSTEM) as conn:
        conn.execute(
            "UPDATE registry.case SET status = 'registered', registered_at = %s"
            " WHERE case_no = 'YW20261124000000'",
            [NOW],
        )
    (item,) = groups(town, actor("registrar", "tongshan", "421224"))["cases_to_handle"]["items"]
    assert (item["late"], item["due_on"], item["status"]) == (False, None, "已登簿")
