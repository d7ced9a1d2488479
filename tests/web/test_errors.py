import pytest

from api.auth import _ATTRIBUTE, public


def test_every_view_says_who_may_call_it(app):
    unmarked = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not hasattr(app.view_functions[rule.endpoint], _ATTRIBUTE)
    ]
    assert unmarked == []


def test_every_error_is_a_problem(app, client):
    """Each route, called without sign-in and without a body, answers well or with a problem."""
    wrong = []
    for rule in app.url_map.iter_rules():
        path = rule.build(dict.fromkeys(rule.arguments, 1), append_unknown=False)
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            answer = client.open(path[1], method=method)
            good = answer.status_code < 400 or answer.content_type == "application/problem+json"
            if not good or answer.status_code >= 500:
                wrong.append((method, path[1], answer.status_code, answer.content_type))
    assert wrong == []


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"[" * 100_000, "application/json", 400),
        (b"1" * 5000, "application/json", 400),
        (b'{"username": NaN}', "application/json", 400),
        (b'{"username": "a", "username": "b", "password": "c"}', "application/json", 400),
        (b'{"username": "\\ud800", "password": "c"}', "application/json", 400),
        (b"null", "application/json", 422),
        (b'{"username": "a", "password": "b", "role": "admin"}', "application/json", 422),
        (b'{"username": "a", "password": 1}', "application/json", 422),
        (b'{"username": "a", "password": "b"}', "text/plain", 415),
        (b" " * (3 * 1024 * 1024), "application/json", 413),
    ],
)
def test_hostile_bodies(client, body, content_type, status):
    answer = client.post("/api/v1/auth/token", data=body, content_type=content_type)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_a_nul_character_is_refused(client):
    answer = client.post("/api/v1/auth/token", json={"username": "a\u0000", "password": "b"})
    assert answer.status_code == 422


def test_a_foreign_host_is_refused(client):
    assert client.get("/healthz", headers={"Host": "evil.example"}).json["code"] == "host_refused"


def test_a_compressed_request_is_refused(client):
    answer = client.post(
        "/api/v1/auth/token", data=b"x", content_type="application/json", headers={"Content-Encoding": "gzip"}
    )
    assert answer.status_code == 415


def test_the_language_of_a_problem(client):
    assert client.get("/api/v1/me?lang=en").json["detail"] == "Please sign in"
    assert client.get("/api/v1/me").json["detail"] == "请先登录"


def test_the_openapi_document(client):
    document = client.get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/auth/token" in document["paths"]


def test_an_answer_that_cannot_be_written_is_a_failure_with_a_number(app):
    app.add_url_rule("/api/v1/nan", "nan", public(lambda: {"x": float("nan")}))
    answer = app.test_client().get("/api/v1/nan")
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert answer.json["trace_id"]
