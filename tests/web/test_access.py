from datetime import timedelta

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from data.clock import SystemClock
from tests.web.people import PASSWORD, bearer


@pytest.fixture
def users(db):
    with db.transaction(SYSTEM) as conn:
        for login, roles, office in (
            ("boss", ["admin"], "city"),
            ("tom", ["clerk"], "tongshan"),
        ):
            access.create_user(conn, login=login, name=login, roles=roles, office=office, password=PASSWORD)


def test_a_token_says_who_and_where(client, users):
    answer = client.post("/api/v1/auth/token", json={"username": "tom", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json["token_type"] == "Bearer"
    assert (answer.json["roles"], answer.json["office"]) == (["clerk"], "tongshan")
    me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {answer.json['access_token']}"})
    assert me.json["county_code"] == "421224"


def test_wrong_name_and_wrong_password_answer_alike(client, users):
    answers = [
        client.post("/api/v1/auth/token", json={"username": name, "password": "wrong-password"})
        for name in ("tom", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json["detail"] == answers[1].json["detail"]


def test_five_failures_lock_the_account(client, users):
    for _ in range(5):
        client.post("/api/v1/auth/token", json={"username": "tom", "password": "wrong-password"})
    answer = client.post("/api/v1/auth/token", json={"username": "tom", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.json["code"] == "sign_in_locked"
    assert 0 < int(answer.headers["Retry-After"]) <= timedelta(minutes=15).total_seconds() + 1


def test_a_browser_write_needs_the_csrf_token(client, users):
    signed = client.post("/api/v1/auth/session", json={"username": "boss", "password": PASSWORD})
    body = {"login": "new", "name": "n", "roles": [], "password": PASSWORD}
    assert client.post("/api/v1/admin/users", json=body).json["code"] == "csrf_failed"
    good = client.post("/api/v1/admin/users", json=body, headers={"X-CSRF-Token": signed.json["csrf"]})
    assert good.status_code == 201


def test_the_session_cookie_is_out_of_reach_of_scripts(client, users):
    signed = client.post("/api/v1/auth/session", json={"username": "boss", "password": PASSWORD})
    cookie = signed.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_sign_in_from_another_site_is_refused(client, users):
    answer = client.post(
        "/api/v1/auth/session",
        json={"username": "boss", "password": PASSWORD},
        headers={"Origin": "http://evil.example"},
    )
    assert answer.status_code == 403


def test_a_signed_out_session_is_over(client, users):
    signed = client.post("/api/v1/auth/session", json={"username": "tom", "password": PASSWORD})
    cookie = signed.headers["Set-Cookie"].split(";")[0]
    client.delete("/api/v1/auth/session", headers={"X-CSRF-Token": signed.json["csrf"]})
    assert client.get("/api/v1/me", headers={"Cookie": cookie}).status_code == 401


def test_a_password_change_ends_every_session(client, users):
    old = bearer(client, "tom")
    answer = client.post(
        "/api/v1/auth/password", json={"old": PASSWORD, "new": "another-horse-2"}, headers=old
    )
    assert answer.status_code == 204
    assert client.get("/api/v1/me", headers=old).status_code == 401


def test_a_weak_new_password_is_refused(client, users):
    answer = client.post(
        "/api/v1/auth/password", json={"old": PASSWORD, "new": "short"}, headers=bearer(client, "tom")
    )
    assert (answer.status_code, answer.json["code"]) == (422, "password_weak")


def test_the_old_password_is_no_new_one(client, users):
    body = {"old": PASSWORD, "new": PASSWORD}
    answer = client.post("/api/v1/auth/password", json=body, headers=bearer(client, "tom"))
    assert (answer.status_code, answer.json["code"]) == (422, "password_weak")


def test_a_login_is_no_password(client, users):
    body = {"login": "long-login-1", "name": "n", "roles": [], "password": "Long-Login-1"}
    answer = client.post("/api/v1/admin/users", json=body, headers=bearer(client, "boss"))
    assert (answer.status_code, answer.json["code"]) == (422, "password_weak")


def test_a_clerk_is_no_administrator(client, users):
    assert client.get("/api/v1/admin/users", headers=bearer(client, "tom")).status_code == 403


def test_a_role_change_ends_the_sessions(client, users):
    tom, boss = bearer(client, "tom"), bearer(client, "boss")
    body = {"name": "tom", "roles": ["registrar"], "office": "tongshan", "active": True}
    assert client.put("/api/v1/admin/users/tom", json=body, headers=boss).status_code == 204
    assert client.get("/api/v1/me", headers=tom).status_code == 401


def test_a_view_that_names_no_role_answers_nobody(app, users):
    app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "open")
    client = app.test_client()
    assert client.get("/api/v1/forgotten").status_code == 401
    assert client.get("/api/v1/forgotten", headers=bearer(client, "boss")).status_code == 403


def test_a_cookie_is_no_bearer_token_and_a_token_no_cookie(app, users):
    client = app.test_client()
    client.post("/api/v1/auth/session", json={"username": "tom", "password": PASSWORD})
    cookie = client.get_cookie("ningtu_session").value
    stranger = app.test_client()
    assert stranger.get("/api/v1/me", headers={"Authorization": f"Bearer {cookie}"}).status_code == 401
    token = bearer(stranger, "tom")["Authorization"].removeprefix("Bearer ")
    stranger.set_cookie("ningtu_session", token)
    assert stranger.get("/api/v1/me").status_code == 401


def test_a_session_ends_by_itself(client, db, users):
    tom = bearer(client, "tom")
    with db.transaction(SYSTEM) as conn:
        conn.execute("UPDATE registry.session SET expires_at = clock_timestamp() - interval '1 second'")
    assert client.get("/api/v1/me", headers=tom).status_code == 401


@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
def test_a_key_is_revoked_and_runs_out(client, db, users, column):
    with db.transaction(SYSTEM) as conn:
        headers = {"Authorization": f"Bearer {access.create_key(conn, 'tom')}"}
    assert client.get("/api/v1/me", headers=headers).status_code == 200
    with db.transaction(SYSTEM) as conn:
        conn.execute(f"UPDATE registry.api_key SET {column} = clock_timestamp() - interval '1 second'")
    assert client.get("/api/v1/me", headers=headers).status_code == 401


def test_an_account_that_is_off_lets_nobody_in(client, db, users):
    with db.transaction(SYSTEM) as conn:
        key = {"Authorization": f"Bearer {access.create_key(conn, 'tom')}"}
    body = {"name": "tom", "roles": ["clerk"], "office": "tongshan", "active": False}
    assert client.put("/api/v1/admin/users/tom", json=body, headers=bearer(client, "boss")).status_code == 204
    signed = client.post("/api/v1/auth/token", json={"username": "tom", "password": PASSWORD})
    assert (signed.status_code, signed.json["code"]) == (401, "bad_credentials")
    assert client.get("/api/v1/me", headers=key).status_code == 401


def test_an_office_that_is_none_is_refused(client, users):
    body = {"name": "tom", "roles": ["clerk"], "office": "nowhere", "active": True}
    answer = client.put("/api/v1/admin/users/tom", json=body, headers=bearer(client, "boss"))
    assert (answer.status_code, answer.json["code"]) == (422, "office_unknown")


def test_an_api_key_signs_a_program_in(client, db, users):
    with db.transaction(SYSTEM) as conn:
        key = access.create_key(conn, "tom")
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"}).json["login"] == "tom"
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {key}x"}).status_code == 401


def test_one_idempotency_key_one_effect(client, users):
    headers = {**bearer(client, "boss"), "Idempotency-Key": "k-1"}
    body = {"login": "once", "name": "n", "roles": [], "password": PASSWORD}
    first = client.post("/api/v1/admin/users", json=body, headers=headers)
    again = client.post("/api/v1/admin/users", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    other = client.post("/api/v1/admin/users", json={**body, "login": "twice"}, headers=headers)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_conflict")


def test_an_idempotency_key_is_each_persons_own(client, db, users):
    with db.transaction(SYSTEM) as conn:
        access.create_user(conn, login="boss2", name="b", roles=["admin"], office="city", password=PASSWORD)
    body = {"login": "once", "name": "n", "roles": [], "password": PASSWORD}
    made = [
        client.post(
            "/api/v1/admin/users",
            json={**body, "login": f"by_{who}"},
            headers={**bearer(client, who), "Idempotency-Key": "k-1"},
        ).status_code
        for who in ("boss", "boss2")
    ]
    assert made == [201, 201]


def test_administration_is_audited(client, users):
    boss = bearer(client, "boss")
    client.post(
        "/api/v1/admin/users",
        json={"login": "new", "name": "n", "roles": [], "password": PASSWORD},
        headers=boss,
    )
    rows = client.get("/api/v1/admin/audit?subject=new", headers=boss).json["items"]
    assert [(row["action"], row["login"]) for row in rows] == [("user.create", "boss")]


@pytest.mark.parametrize("days", [-200, 200])
def test_moving_the_sandbox_clock_moves_no_session(client, users, days):
    boss, tom = bearer(client, "boss"), bearer(client, "tom")
    moved = SystemClock().now() + timedelta(days=days)
    answer = client.post("/api/v1/sandbox/clock", json={"now": moved.isoformat()}, headers=boss)
    assert answer.status_code == 200
    assert client.get("/api/v1/me", headers=tom).status_code == 200
    assert client.get("/api/v1/me", headers=bearer(client, "tom")).status_code == 200
