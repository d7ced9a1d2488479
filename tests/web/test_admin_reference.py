"""Working days, accounts and choices about money change from today on, by administrators, with a trace."""

from datetime import timedelta

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from data.reference import service as reference
from tests.web.people import PASSWORD

ACCOUNT = {
    "county_code": "421224",
    "kind": "nontax",
    "owner_code": "421224",
    "name": "通山县财政局非税收入专户",
    "bank": "新银行通山支行",
    "number": "6200000000000001",
    "cnaps": "999442122499",
    "source_doc": "测试函",
}


@pytest.fixture
def boss(app, db):
    with db.transaction(SYSTEM) as conn:
        access.create_user(conn, login="boss", name="b", roles=["admin"], office="city", password=PASSWORD)
        access.create_user(
            conn, login="clerk", name="c", roles=["clerk"], office="tongshan", password=PASSWORD
        )
    return bearer(app, "boss")


@pytest.fixture
def finance(app, boss, db):
    people = {
        "fin": ("finance_city", "city"),
        "shan": ("finance_county", "tongshan"),
        "bi": ("finance_county", "chibi"),
    }
    with db.transaction(SYSTEM) as conn:
        for login, (role, office) in people.items():
            access.create_user(conn, login=login, name=login, roles=[role], office=office, password=PASSWORD)
    return {login: bearer(app, login) for login in people}


def propose(app, boss, **more):
    answer = boss.post("/api/v1/admin/accounts", json={**ACCOUNT, "valid_from": str(today(app)), **more})
    return answer, f"/api/v1/account-changes/{(answer.json or {}).get('change_id')}/decision"


def bearer(app, login):
    client = app.test_client()
    token = client.post("/api/v1/auth/token", json={"username": login, "password": PASSWORD}).json
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token['access_token']}"
    return client


def today(app):
    with app.app_context():
        from api.context import services

        return services().today()


def first_workday(db, day):
    with db.transaction(SYSTEM) as conn:
        calendar = reference.work_calendar(conn)
    return next(later for days in range(30) if calendar.is_workday(later := day + timedelta(days=days)))


def test_the_holidays_of_a_year_are_listed(boss):
    rows = boss.get("/api/v1/admin/holidays?year=2026").json["items"]
    kinds = {row["day"]: row["is_workday"] for row in rows}
    assert kinds["2026-10-01"] is False
    assert any(kinds.values()), "weekend days that are worked belong to the list"


def test_a_day_to_come_can_be_made_a_holiday(app, boss, db):
    day = first_workday(db, today(app))
    body = {"is_workday": False, "name": "临时放假", "source_doc": "测试函"}
    assert boss.put(f"/api/v1/admin/holidays/{day}", json=body).status_code == 204
    with db.transaction(SYSTEM) as conn:
        assert not reference.work_calendar(conn).is_workday(day)
    trail = boss.get(f"/api/v1/admin/audit?subject={day}").json["items"]
    assert [row["action"] for row in trail] == ["calendar.set"]


def test_a_day_gone_cannot_be_changed(boss):
    body = {"is_workday": False, "name": None, "source_doc": "x"}
    answer = boss.put("/api/v1/admin/holidays/2024-01-02", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "reference_backdated")


def in_force(db, day):
    with db.transaction(SYSTEM) as conn:
        return reference.county_account(conn, "421224", "nontax", on=day).number


def test_a_new_account_takes_over_and_the_old_one_stays_on_record(app, boss, finance, db):
    start = today(app)
    before = in_force(db, start)
    answer, path = propose(app, boss)
    assert (answer.status_code, answer.json["state"]) == (202, "proposed")
    assert in_force(db, start) == before
    assert finance["fin"].post(path, json={"approve": True}).json["state"] == "confirmed"
    assert in_force(db, start) == ACCOUNT["number"]
    rows = [
        row
        for row in boss.get("/api/v1/admin/accounts").json["items"]
        if (row["county_code"], row["kind"]) == ("421224", "nontax")
    ]
    assert [row["valid_to"] for row in rows] == [None, str(start)]
    trail = boss.get("/api/v1/admin/audit?subject=421224/nontax").json["items"]
    assert {(row["action"], row["login"]) for row in trail} == {
        ("account.propose", "boss"),
        ("account.change", "fin"),
    }


def test_nobody_sends_a_countys_money_elsewhere_alone(app, boss, finance, db):
    """Who proposed it may take it back only; finance of another county neither sees nor decides it."""
    start = today(app)
    before = in_force(db, start)
    _, path = propose(app, boss)
    with db.transaction(SYSTEM) as conn:
        access.create_user(conn, login="mate", name="m", roles=["admin"], office="city", password=PASSWORD)
        access.update_user(
            conn, "boss", name="b", roles=["admin", "finance_city"], office="city", active=True
        )
    boss = bearer(app, "boss")
    for who in (boss, bearer(app, "mate")):
        alone = who.post(path, json={"approve": True})
        assert (alone.status_code, alone.json["code"]) == (409, "account_second_person")
        assert who.get("/api/v1/account-changes").json["items"][0]["may_confirm"] is False
    other = finance["bi"].post(path, json={"approve": True})
    assert (other.status_code, other.json["code"]) == (404, "account_change_not_found")
    assert bearer(app, "clerk").post(path, json={"approve": True}).status_code == 403
    assert finance["bi"].get("/api/v1/account-changes").json["items"] == []
    (seen,) = finance["shan"].get("/api/v1/account-changes").json["items"]
    assert (seen["number_before"], seen["number"]) == (before, ACCOUNT["number"])
    assert (seen["own"], seen["may_confirm"]) == (False, True)
    told = [
        group
        for group in finance["shan"].get("/api/v1/inbox").json["groups"]
        if group["kind"] == "account_changes"
    ]
    assert [item["note"] for item in told[0]["items"]] == ["测试函"]
    assert in_force(db, start) == before
    assert boss.post(path, json={"approve": False}).json["state"] == "declined"
    again = finance["fin"].post(path, json={"approve": True})
    assert (again.status_code, again.json["code"]) == (404, "account_change_not_found")
    assert in_force(db, start) == before


def test_a_change_whose_day_passed_is_not_confirmed(app, boss, finance, db):
    _, path = propose(app, boss)
    with db.transaction(SYSTEM) as conn:
        conn.execute("UPDATE ref.account_change SET valid_from = valid_from - 1")
    late = finance["shan"].post(path, json={"approve": True})
    assert (late.status_code, late.json["code"]) == (422, "reference_backdated")
    assert finance["shan"].get("/api/v1/account-changes").json["items"], "it still waits, to be declined"


def test_an_account_is_not_changed_in_the_past(boss):
    answer = boss.post("/api/v1/admin/accounts", json={**ACCOUNT, "valid_from": "2024-01-01"})
    assert (answer.status_code, answer.json["code"]) == (422, "reference_backdated")


def test_two_accounts_from_the_same_day_are_refused(app, boss, finance):
    _, path = propose(app, boss)
    waiting, _ = propose(app, boss)
    assert (waiting.status_code, waiting.json["code"]) == (409, "account_change_open")
    finance["shan"].post(path, json={"approve": True})
    _, path = propose(app, boss)
    answer = finance["shan"].post(path, json={"approve": True})
    assert (answer.status_code, answer.json["code"]) == (409, "account_overlaps")


def test_a_clerk_changes_neither(app, boss):
    clerk = bearer(app, "clerk")
    assert clerk.get("/api/v1/admin/holidays?year=2026").status_code == 403
    assert (
        clerk.post("/api/v1/admin/accounts", json={**ACCOUNT, "valid_from": "2026-12-01"}).status_code == 403
    )


SPLIT = {"area_split": True, "dispute_days": 45, "source_doc": "测试纪要〔2026〕1号"}


def test_an_area_split_begins_and_ends_on_its_days(app, boss, db):
    first, second = today(app), today(app) + timedelta(days=10)
    assert (
        boss.post("/api/v1/admin/policies/county", json={**SPLIT, "valid_from": str(first)}).status_code
        == 201
    )
    later = {**SPLIT, "area_split": False, "valid_from": str(second)}
    assert boss.post("/api/v1/admin/policies/county", json=later).status_code == 201
    with db.transaction(SYSTEM) as conn:
        chosen = [reference.county_policy(conn, on=first + timedelta(days=days)) for days in (-1, 0, 9, 10)]
    assert [(one.area_split, one.dispute_days) for one in chosen] == [
        (False, 30),
        (True, 45),
        (True, 45),
        (False, 45),
    ]
    rows = boss.get("/api/v1/admin/policies").json["county"]
    assert [(row["valid_from"], row["valid_to"], row["verified"]) for row in rows[:2]] == [
        (str(second), None, True),
        (str(first), str(second), True),
    ]
    trail = boss.get(f"/api/v1/admin/audit?subject={first}").json["items"]
    assert ("county_policy.choose", True) in [
        (row["action"], row["detail"].get("area_split")) for row in trail
    ]


def test_the_low_stock_of_bills_is_what_was_chosen(app, boss, db):
    start = today(app)
    chosen = {"low_count": 3, "valid_from": str(start), "source_doc": "测试函"}
    assert boss.get("/api/v1/admin/policies").json["bill_stock"][0]["low_count"] == 500
    assert boss.post("/api/v1/admin/policies/bill-stock", json=chosen).status_code == 201
    with db.transaction(SYSTEM) as conn:
        access.create_user(
            conn, login="finance", name="f", roles=["finance_city"], office="city", password=PASSWORD
        )
        assert reference.low_stock_of_bills(conn, on=start - timedelta(days=1)) == 500
    stock = bearer(app, "finance").get("/api/v1/receipts/pools").json
    assert stock["low_water"] == 3
    assert all(row["low"] == (row["left"] < 3) for row in stock["stock"])


@pytest.mark.parametrize("which", ["county", "bill-stock"])
def test_a_choice_is_not_backdated_nor_made_twice_nor_by_others(app, boss, which):
    body = {**SPLIT} if which == "county" else {"low_count": 9, "source_doc": "x"}
    path = f"/api/v1/admin/policies/{which}"
    past = boss.post(path, json={**body, "valid_from": "2024-01-01"})
    assert (past.status_code, past.json["code"]) == (422, "reference_backdated")
    now = {**body, "valid_from": str(today(app))}
    assert [boss.post(path, json=now).status_code for _ in range(2)] == [201, 409]
    before = boss.get("/api/v1/admin/policies").json
    assert bearer(app, "clerk").post(path, json=now).status_code == 403
    bad = {"area_split": "yes"} if which == "county" else {"low_count": 0}
    assert boss.post(path, json={**now, **bad}).status_code == 422
    assert boss.get("/api/v1/admin/policies").json == before


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        ({"name": "通山县\u0001财政局"}, "request_invalid"),
        ({"name": "\u202e局政财县山通"}, "request_invalid"),
        ({"bank": "  "}, "request_invalid"),
        ({"name": "财" * 141}, "request_invalid"),
        ({"source_doc": "\u200b"}, "request_invalid"),
        ({"number": "9900421281010001"}, "account_taken"),
        ({"number": "9900421224020001"}, "account_taken"),
        ({"number": "990000421200000001"}, "account_taken"),
        ({"owner_code": "421281"}, "account_owner_bad"),
        ({"county_code": "421299", "owner_code": "421299"}, "account_owner_bad"),
    ],
)
def test_an_account_that_no_payment_could_reach_is_refused(app, boss, odd, code):
    """A name with a control character went into a frozen payout and stopped its day for good."""
    answer = boss.post("/api/v1/admin/accounts", json={**ACCOUNT, "valid_from": str(today(app)), **odd})
    assert (answer.status_code in {409, 422}, answer.json["code"]) == (True, code)


FAR = {
    "accounts": ACCOUNT,
    "policies/county": {"area_split": True, "dispute_days": 30, "source_doc": "函"},
    "policies/bill-stock": {"low_count": 100, "source_doc": "函"},
    "tariff-choices": {"choice": "mortgage_piece", "option": "per_loan", "source_doc": "函"},
}


@pytest.mark.parametrize("which", FAR)
def test_a_year_that_is_a_slip_of_the_pen_does_not_shut_out_all_before_it(app, boss, which):
    begin = today(app) + timedelta(days=1)
    far = {**FAR[which], "valid_from": str(begin.replace(year=begin.year + 100, day=1))}
    answer = boss.post(f"/api/v1/admin/{which}", json=far)
    assert (answer.status_code, answer.json["code"]) == (422, "reference_too_far")
    assert boss.post(f"/api/v1/admin/{which}", json={**far, "valid_from": str(begin)}).status_code in {
        201,
        202,
    }


def test_a_holiday_a_hundred_years_ahead_is_refused(boss):
    body = {"is_workday": False, "name": "国庆", "source_doc": "函"}
    answer = boss.put("/api/v1/admin/holidays/2126-10-01", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "reference_too_far")
