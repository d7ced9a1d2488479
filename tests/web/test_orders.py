"""Orders over HTTP: roles, keys, notice, cancel, revive, joint orders, and the jobs that look after them."""

import io
from datetime import timedelta

import pypdf
import pytest

from data.access import idempotency
from data.access.records import SYSTEM
from registry.payments import rules

pytestmark = pytest.mark.town


def later(money, monkeypatch, by):
    """Let the city's clock show a later instant."""
    at = money.services.now() + by
    monkeypatch.setattr(type(money.services.clock), "now", lambda _self: at)
    return at


def test_an_order_is_cancelled_and_revived_by_its_window(money, order):
    path = f"/orders/{order['order_no']}"
    assert (order["payable"], order["late_fen"]) == (True, 0)
    for who in ("finance_tongshan", "supervisor"):
        assert money.ask(who, "POST", f"{path}/cancel", json={}).status_code == 403
        assert money.ask(who, "POST", f"{path}/revive", json={"reason": "x"}).status_code == 403
    assert money.ask("registrar_chibi", "POST", f"{path}/cancel", json={}).status_code == 404
    assert money.ask("clerk_xianan", "POST", f"{path}/cancel", json={}).json["state"] == "cancelled"
    again = money.ask("clerk_xianan", "POST", f"{path}/cancel", json={})
    assert (again.status_code, again.json["code"]) == (409, "order_state_refuses")
    for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 501}):
        assert money.ask("clerk_xianan", "POST", f"{path}/revive", json=body).status_code == 422
    revived = money.ask("clerk_xianan", "POST", f"{path}/revive", json={"reason": "当事人要求"}).json
    assert (revived["state"], revived["payment_code"]) == ("issued", order["payment_code"])
    assert [event["to"] for event in revived["events"]] == ["issued", "cancelled", "issued"]


def test_an_order_being_paid_is_not_cancelled(money, order):
    money.start(order)
    refused = money.ask("clerk_xianan", "POST", f"/orders/{order['order_no']}/cancel", json={})
    assert (refused.status_code, refused.json["code"]) == (409, "payment_under_way")


def test_one_key_makes_one_order_and_one_answer(money):
    path, key = f"/cases/{money.case()}/orders", {"Idempotency-Key": "k-1"}
    first = money.ask("clerk_xianan", "POST", path, headers=key)
    again = money.ask("clerk_xianan", "POST", path, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.data, again.headers["Idempotent-Replay"]) == (first.data, "true")
    other = money.ask("clerk_xianan", "POST", "/orders", json={"case_nos": ["X1234"]}, headers=key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_conflict")


def test_a_key_whose_request_runs_is_refused(money, monkeypatch):
    seen = []
    begin = idempotency.begin

    def twice(db, login, key, digest):
        answer = begin(db, login, key, digest)
        if not seen:
            seen.append(
                money.ask("clerk_xianan", "POST", path, headers={"Idempotency-Key": "k-2"}).json["code"]
            )
        return answer

    path = f"/cases/{money.case()}/orders"
    money.ask("clerk_xianan", "GET", "/me")
    monkeypatch.setattr(idempotency, "begin", twice)
    first = money.ask("clerk_xianan", "POST", path, headers={"Idempotency-Key": "k-2"})
    assert (first.status_code, seen) == (201, ["idempotency_running"])


def test_the_notice_says_what_to_pay_where_it_goes_and_by_which_rule(money, order):
    answer = money.ask("clerk_xianan", "GET", f"/orders/{order['order_no']}/notice.pdf")
    assert answer.mimetype == "application/pdf"
    words = pypdf.PdfReader(io.BytesIO(answer.data)).pages[0].extract_text().replace(" ", "")
    for word in ("缴款通知书", order["payment_code"], "550.00", "伍佰伍拾元整", "R03", "通山县", "李四"):
        assert word in words
    assert money.ask("clerk_xianan", "GET", f"/orders/{order['order_no']}/notice.pdf").data == answer.data
    assert money.ask("registrar_chibi", "GET", f"/orders/{order['order_no']}/notice.pdf").status_code == 404
    assert money.ask("finance_city", "GET", f"/orders/{order['order_no']}/notice.pdf").status_code == 403


def test_a_dead_order_has_no_notice(money, order):
    money.ask("clerk_xianan", "POST", f"/orders/{order['order_no']}/cancel", json={})
    refused = money.ask("clerk_xianan", "GET", f"/orders/{order['order_no']}/notice.pdf")
    assert (refused.status_code, refused.json["code"]) == (409, "order_state_refuses")


def test_the_worker_writes_off_orders_and_asks_to_look_again(money, order, monkeypatch):
    from api.money_jobs import ask_to_expire

    later(money, monkeypatch, rules.ORDER_LIFE + rules.GRACE + timedelta(minutes=1))
    ask_to_expire(money.services)
    money.work()
    with money.db.transaction(SYSTEM) as conn:
        state = conn.execute("SELECT state FROM money.payment_order").fetchone()
        waiting = conn.execute(
            "SELECT count(*) FROM registry.job WHERE kind = 'expire_orders' AND state = 'waiting'"
        ).fetchone()
    assert (state, waiting) == (("expired",), (1,))


def test_after_its_time_an_order_is_not_payable_though_not_yet_written_off(money, order, monkeypatch):
    found = money.ask("clerk_xianan", "GET", f"/orders/{order['order_no']}").json
    assert found["payable"]
    later(money, monkeypatch, rules.ORDER_LIFE + timedelta(minutes=1))
    with money.db.transaction(SYSTEM) as conn:
        (last4,) = conn.execute("SELECT payer_last4 FROM money.payment_order").fetchone()
    path = f"/pay/{order['payment_code']}"
    shown = money.ask(None, "GET", f"{path}?last4={last4}").json
    assert (shown["state"], shown["payable"]) == ("issued", False)
    refused = money.ask(None, "POST", f"{path}/sandbox", json={"last4": last4})
    assert (refused.status_code, refused.json["code"]) == (409, "order_state_refuses")


def test_late_money_is_seen_and_pays_the_revived_order(money, order):
    path = f"/orders/{order['order_no']}"
    money.ask("clerk_xianan", "POST", f"{path}/cancel", json={})
    assert money.send(*money.event(order)).json["result"] == "suspense"
    assert money.ask("clerk_xianan", "GET", path).json["late_fen"] == 55_000
    paid = money.ask("finance_city", "POST", f"{path}/revive", json={"reason": "逾期款入账"}).json
    assert (paid["state"], paid["late_fen"]) == ("paid", 0)
    money.work()
    assert [bill["amount_fen"] for bill in money.ask("clerk_xianan", "GET", path).json["receipts"]] == [
        55_000
    ]


def test_joint_cases_are_offered_to_the_window(money, order):
    (case_no,) = order["case_nos"]
    assert money.ask("clerk_xianan", "GET", f"/cases/{case_no}/joint").json["items"] == []
    assert money.ask("registrar_chibi", "GET", f"/cases/{case_no}/joint").status_code == 404
    assert money.ask("finance_city", "GET", f"/cases/{case_no}/joint").status_code == 403
    second, third = money.case(), money.case()
    (offered,) = money.ask("clerk_xianan", "GET", f"/cases/{second}/joint").json["items"]
    assert (offered["case_no"], offered["amount_fen"]) == (third, 55_000)
    joint = money.ask("clerk_xianan", "POST", "/orders", json={"case_nos": [second, third]}).json
    assert (joint["amount_fen"], joint["case_nos"]) == (110_000, [second, third])


def test_of_several_cases_one_that_has_an_order_is_named_and_nothing_is_issued(money, order):
    (first,) = order["case_nos"]
    second, third = money.case(), money.case()

    def ask(*case_nos):
        return money.ask("clerk_xianan", "POST", "/orders", json={"case_nos": list(case_nos)})

    for asked in (ask(second, first), ask(first, second)):
        assert (asked.status_code, asked.content_type) == (409, "application/problem+json")
        assert asked.json["code"] == "cases_in_orders"
        assert [(fault["case_no"], fault["order_no"]) for fault in asked.json["errors"]] == [
            (first, order["order_no"])
        ]
    assert [head["order_no"] for head in money.ask("clerk_xianan", "GET", "/orders").json["items"]] == [
        order["order_no"]
    ]
    other = ask(second, third)
    assert other.status_code == 201
    # Every case has an order, but no order asks for both.
    apart = ask(first, second)
    assert {fault["order_no"] for fault in apart.json["errors"]} == {
        order["order_no"],
        other.json["order_no"],
    }
    assert ask(third, second).json["order_no"] == other.json["order_no"]
    money.ask("clerk_xianan", "POST", f"/orders/{order['order_no']}/cancel", json={})
    money.ask("clerk_xianan", "POST", f"/orders/{other.json['order_no']}/cancel", json={})
    assert ask(first, second, third).json["amount_fen"] == 165_000
