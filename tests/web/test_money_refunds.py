"""Refunds and what is done with bills, over HTTP: who may, what they see, what the payer sees."""

import json
from datetime import timedelta

import pytest

from api import bill_backlog
from data.access.records import SYSTEM
from data.documents import service as documents
from data.documents.errors import GlyphMissing
from tests.database.registry import town
from tests.web.money_desk import close, give_back, new_order, pay, statements

pytestmark = pytest.mark.town


def bill_path(paid):
    (bill,) = paid["receipts"]
    return f"/receipts/{bill['code']}/{bill['number']}", bill


def test_refund_before_clearing_by_two_persons(money, paid):
    path = f"/orders/{paid['order_no']}/refunds"
    assert money.ask("clerk_xianan", "POST", path, json={}).status_code == 403
    asked = money.ask("finance_city", "POST", path, json={"cause": "withdrawn", "reason": "撤回"})
    assert (asked.status_code, asked.json["state"]) == (202, "requested")
    decide = f"/refunds/{asked.json['refund_no']}/decision"
    own = money.ask("finance_city", "POST", decide, json={"approve": True})
    assert (own.status_code, own.json["code"]) == (403, "refund_same_person")
    assert money.ask("finance_chibi", "POST", decide, json={"approve": True}).status_code == 404
    assert money.ask("registrar_tongshan", "POST", decide, json={"approve": True}).status_code == 403
    assert money.ask("finance_tongshan", "POST", decide, json={"approve": True}).json["state"] == "approved"
    money.work()
    order = money.ask("registrar_tongshan", "GET", f"/orders/{paid['order_no']}").json
    assert order["state"] == "refunded"
    assert sorted(bill["kind"] for bill in order["receipts"]) == ["blue", "red"]
    assert sum(bill["amount_fen"] for bill in order["receipts"]) == 0


def returns_due(money, login):
    """Return the refunds that the inbox of a county's finance says are to be paid back."""
    groups = money.ask(login, "GET", "/inbox").json["groups"]
    (found,) = [group for group in groups if group["kind"] == "returns_to_send"]
    return [item["title"] for item in found["items"]]


def test_refund_after_clearing_with_the_countys_return(money, paid):
    close(money)
    refund = give_back(money, paid, lines=[{"line_no": 1, "amount_fen": 20_000}])
    assert refund["state"] == "returning"
    assert [(item["county_code"], item["state"]) for item in refund["returns"]] == [("421224", "asked")]
    assert returns_due(money, "finance_tongshan") == [refund["refund_no"]]
    assert returns_due(money, "finance_chibi") == []
    path = f"/refunds/{refund['refund_no']}/returns/421224"
    refused = money.ask("finance_chibi", "POST", path, json={"reference": "TF1"})
    assert (refused.status_code, refused.json["code"]) == (403, "not_your_county")
    sent = money.ask("finance_tongshan", "POST", path, json={"reference": "TF1"}).json["items"]
    assert [item["state"] for item in sent] == ["arrived"]
    assert returns_due(money, "finance_tongshan") == []
    money.work()
    done = money.ask("finance_tongshan", "GET", f"/refunds?order_no={paid['order_no']}").json["items"]
    assert [(item["state"], item["amount_fen"]) for item in done] == [("done", 20_000)]
    assert money.ask("finance_chibi", "GET", "/refunds").json["items"] == []
    assert money.ask("finance_chibi", "GET", f"/refunds/{refund['refund_no']}").status_code == 404
    shown = money.ask(None, "GET", f"/pay/{paid['payment_code']}?last4={town.LI.id_number[-4:]}").json
    assert [(item["state"], item["amount_fen"]) for item in shown["refunds"]] == [("done", 20_000)]
    assert "finance" not in json.dumps(shown["refunds"])
    assert [bill["state"] for bill in shown["receipts"]] == ["reversed", "signed", "signed"]


def test_a_page_of_refunds_is_read_at_once(money, monkeypatch):
    def ask():
        return money.ask("finance_city", "GET", "/refunds")

    orders = [pay(money, new_order(money), channel_txn=f"T{number}") for number in range(3)]
    give_back(money, orders[0])
    of_one = len(statements(monkeypatch, ask))
    close(money)
    for order in orders[1:]:
        give_back(money, order)
    assert len(statements(monkeypatch, ask)) == of_one
    items = ask().json["items"]
    assert [item["order_no"] for item in items] == [order["order_no"] for order in reversed(orders)]
    assert [[line["amount_fen"] for line in item["lines"]] for item in items] == [[55_000]] * 3
    assert [[back["county_code"] for back in item["returns"]] for item in items] == [
        ["421224"],
        ["421224"],
        [],
    ]


def test_a_refund_waits_in_the_inbox_of_who_may_decide_it(money, paid):
    def waiting(who):
        found = {group["kind"]: group for group in money.ask(who, "GET", "/inbox").json["groups"]}
        return [item["title"] for item in found["refunds_to_decide"]["items"]]

    path = f"/orders/{paid['order_no']}/refunds"
    refund_no = money.ask("finance_tongshan", "POST", path, json={}).json["refund_no"]
    # Who asked does not decide, and another county has no part in it.
    assert [waiting(who) for who in ("finance_city", "finance_tongshan", "finance_chibi")] == [
        [refund_no],
        [],
        [],
    ]
    money.ask("finance_city", "POST", f"/refunds/{refund_no}/decision", json={"approve": False})
    assert waiting("finance_city") == []


def test_a_refund_that_asks_for_too_much(money, paid):
    path = f"/orders/{paid['order_no']}/refunds"
    for lines in ([{"line_no": 9}], [{"line_no": 1, "amount_fen": 55_001}]):
        answer = money.ask("finance_city", "POST", path, json={"lines": lines})
        assert (answer.status_code, answer.json["code"]) == (409, "refund_refused")
    assert money.ask("finance_city", "POST", path, json={"lines": []}).status_code == 422
    assert (
        money.ask("finance_city", "POST", path, json={"lines": [{"line_no": 1, "amount_fen": 0}]}).status_code
        == 422
    )


def test_a_line_stands_once_in_a_refund(money, paid):
    asked = {"lines": [{"line_no": 1, "amount_fen": 100}, {"line_no": 1, "amount_fen": 200}]}
    answer = money.ask("finance_tongshan", "POST", f"/orders/{paid['order_no']}/refunds", json=asked)
    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")
    assert money.ask("finance_tongshan", "GET", "/refunds").json["items"] == []


def test_suspense_money_is_listed_and_asked_back(money, paid):
    money.send(*money.event(paid, channel_txn="T2"))
    assert money.ask("finance_tongshan", "GET", "/suspense").status_code == 403
    (lying,) = money.ask("finance_city", "GET", "/suspense").json["items"]
    assert (lying["reason"], lying["amount_fen"], lying["refund_no"]) == ("DOUBLE_PAY", 55_000, None)
    body = {"suspended_id": lying["suspended_id"], "reason": "重复缴费"}
    asked = money.ask("finance_city", "POST", "/refunds", json=body)
    assert (asked.status_code, asked.json["state"]) == (202, "requested")
    unknown = money.ask("finance_city", "POST", "/refunds", json={**body, "suspended_id": 1})
    assert unknown.json["code"] == "refund_not_found"


def test_copies_links_and_entries(money, paid):
    path, bill = bill_path(paid)
    assert money.ask("registrar_chibi", "POST", f"{path}/copies").status_code == 404
    for number in ("1", "2"):
        copy = money.ask("clerk_xianan", "POST", f"{path}/copies")
        assert (copy.status_code, copy.headers["X-Ningtu-Copy"]) == (200, number)
        assert copy.data.startswith(b"%PDF")
    link = money.ask("clerk_xianan", "POST", f"{path}/links", json={"hours": 1})
    assert link.status_code == 201
    assert money.client.get(link.json["url"]).data.startswith(b"%PDF")
    wrong = money.client.get(link.json["url"][:-2])
    assert (wrong.status_code, wrong.json["code"]) == (404, "delivery_link_expired")
    entry = {name: bill[name] for name in ("code", "number", "check_code")} | {"organisation": "某某公司"}
    first = money.ask(None, "POST", "/receipts/entries", json=entry).json
    assert (first["result"], first["first_at"]) == ("entered", None)
    again = money.ask(None, "POST", "/receipts/entries", json={**entry, "organisation": "另一公司"}).json
    assert (again["result"], again["same_organisation"]) == ("entered_before", False)
    assert (
        money.ask(None, "POST", "/receipts/entries", json={**entry, "check_code": "zzzzzz"}).status_code
        == 404
    )
    kinds = [event["kind"] for event in money.ask("clerk_xianan", "GET", f"{path}/events").json["items"]]
    assert kinds == ["copy", "copy", "entry", "entry_again"]
    facts = {name: bill[name] for name in ("code", "number", "check_code", "amount_fen", "issued_on")}
    seen = money.ask(None, "POST", "/receipts/verify", json=facts).json
    assert seen["entered_at"] is not None
    assert seen["copies"] == 2


def test_void_is_for_unsigned_bills_and_the_city(money, paid):
    path, _ = bill_path(paid)
    assert money.ask("finance_tongshan", "POST", f"{path}/void", json={"reason": "错"}).status_code in {
        403,
        422,
    }
    answer = money.ask("finance_city", "POST", f"{path}/void", json={"reason": "开错了"})
    assert (answer.status_code, answer.json["code"]) == (409, "receipt_signed")


def test_the_worker_issues_the_new_bill_after_a_void(money, order, monkeypatch):
    """The fonts lack a character of the payer's name until one that has it is there."""

    def lack(texts):
        raise GlyphMissing(characters="李")

    def bills():
        return money.ask("finance_city", "GET", f"/receipts?q={order['order_no']}").json["items"]

    with monkeypatch.context() as patch:
        patch.setattr(documents, "require_glyphs", lack)
        pay(money, order)
    (held,) = bills()
    assert held["state"] == "held"
    path = f"/receipts/{held['code']}/{held['number']}/void"
    assert money.ask("finance_city", "POST", path, json={"reason": "改用新字库"}).status_code == 200
    money.work()
    assert sorted((bill["state"], bill["number"]) for bill in bills()) == [
        ("signed", f"{int(held['number']) + 1:010d}"),
        ("void", held["number"]),
    ]


def test_numbers_are_received_and_counted(money, paid):
    new = {"code": "42060126", "county_code": "421281", "lo": 900_001, "hi": 900_100, "document": "LY-9"}
    assert money.ask("finance_tongshan", "POST", "/receipts/pools", json=new).status_code == 403
    assert money.ask("finance_city", "POST", "/receipts/pools", json=new).status_code == 201
    again = money.ask("finance_city", "POST", "/receipts/pools", json={**new, "county_code": "421224"})
    assert (again.status_code, again.json["code"]) == (409, "bill_segment_unfit")
    pools = money.ask("finance_city", "GET", "/receipts/pools").json
    low = {item["county_code"]: item["low"] for item in pools["stock"]}
    assert (low["421281"], low["421224"]) == (True, False)
    own = money.ask("finance_chibi", "GET", "/receipts/pools").json
    assert {item["county_code"] for item in own["segments"]} == {"421281"}


def test_the_keys_are_shown_and_the_verdict_names_each_signature(money, paid):
    import io

    shown = money.ask(None, "GET", "/receipts/keys").json["items"]
    assert [item["role"] for item in shown] == ["seal", "issuer", "supervisor"]
    assert all("PRIVATE" not in text for item in shown for text in item["certificates"])
    path, bill = bill_path(paid)
    pdf = money.ask(None, "GET", f"{path}.pdf?check_code={bill['check_code']}").data
    answer = money.ask(None, "POST", "/receipts/verify", data={"file": (io.BytesIO(pdf), "b.pdf")}).json
    assert [(item["role"], item["valid"]) for item in answer["signatures"]] == [
        ("seal", True),
        ("issuer", True),
        ("supervisor", True),
    ]


def unbilled(money):
    """Pay an order whose bill was not issued: the job is lost."""
    order = new_order(money)
    assert money.send(*money.event(order)).json["result"] == "accepted"
    with money.db.transaction(SYSTEM) as conn:
        conn.execute("DELETE FROM registry.job WHERE kind = 'order_paid'")
    assert bill_backlog.waiting(money.services, 10) == [order["order_no"]]
    today = money.services.today()
    assert bill_backlog.waiting(money.services, 10, today) == [order["order_no"]]
    assert bill_backlog.waiting(money.services, 10, today + timedelta(days=1)) == []
    return order["order_no"]


def bills_of(money, order_no):
    return money.ask("registrar_tongshan", "GET", f"/orders/{order_no}").json["receipts"]


def test_the_backlog_of_bills_is_issued_in_the_background(money):
    order_no = unbilled(money)
    assert money.ask("finance_tongshan", "POST", "/receipts/backlog").status_code == 403
    asked = money.ask("finance_city", "POST", "/receipts/backlog")
    assert (asked.status_code, asked.json["waiting"]) == (202, 1)
    money.work()
    state = money.ask("finance_city", "GET", f"/receipts/backlog/{asked.json['job_id']}").json
    assert state == {"state": "done", "done": 1, "total": 1}
    assert len(bills_of(money, order_no)) == 1
    assert bill_backlog.waiting(money.services, 10) == []


def test_processes_beside_the_server_issue_the_backlog(money):
    order_no = unbilled(money)
    services = money.services
    steps = list(bill_backlog.issue_all(services.settings, services.db.url, [order_no], workers=1))
    assert [(step.done, step.total, step.signed, step.held) for step in steps] == [(1, 1, 1, 0)]
    assert steps[0].cpu_s > 0
    (bill,) = bills_of(money, order_no)
    assert (
        money.ask("finance_city", "GET", f"/receipts/{bill['code']}/{bill['number']}.pdf").data[:5]
        == b"%PDF-"
    )


def test_corrections_answer_what_they_refuse(money):
    order = pay(money, new_order(money))
    (bill,) = order["receipts"]
    path = f"/receipts/{bill['code']}/{bill['number']}/corrections"
    right = {"payer_name": "王五", "payer_kind": "person", "reason": "写错"}
    assert money.ask("clerk_xianan", "POST", path, json=right).status_code == 403
    assert money.ask("registrar_chibi", "POST", path, json=right).status_code == 404
    wrong = money.ask("finance_city", "POST", path, json={**right, "payer_code": "x"})
    assert (wrong.status_code, wrong.json["code"]) == (422, "request_invalid")
    made = money.ask("finance_city", "POST", path, json=right)
    assert (made.status_code, made.json["state"]) == (202, "requested")
    decision = f"/receipts/corrections/{made.json['correction_id']}/decision"
    own = money.ask("finance_city", "POST", decision, json={"approve": True})
    assert (own.status_code, own.json["code"]) == (403, "refund_same_person")
    again = money.ask("registrar_tongshan", "POST", path, json=right)
    assert (again.status_code, again.json["code"]) == (409, "bill_correction_refused")
    assert money.ask("finance_tongshan", "POST", decision, json={"approve": True}).status_code == 403
    listed = money.ask("finance_tongshan", "GET", "/receipts/corrections?state=requested").json["items"]
    assert made.json["correction_id"] in {item["correction_id"] for item in listed}
    assert money.ask("registrar_chibi", "GET", "/receipts/corrections").json["items"] == []


def test_another_wish_is_not_answered_with_the_refund_that_is_under_way(money, paid):
    """Who asked for one fen back was answered 202 with a refund of everything."""
    path = f"/orders/{paid['order_no']}/refunds"
    part = {"reason": "减免", "lines": [{"line_no": 1, "amount_fen": 20_000}]}
    first = money.ask("registrar_tongshan", "POST", path, json=part).json
    again = money.ask("registrar_tongshan", "POST", path, json=part)
    assert (again.status_code, again.json["refund_no"]) == (202, first["refund_no"])
    for other in ({"lines": [{"line_no": 1, "amount_fen": 1}]}, {"lines": [{"line_no": 2}]}, {}):
        refused = money.ask("registrar_tongshan", "POST", path, json={**part, "lines": None, **other})
        assert (refused.status_code, refused.json["code"]) == (409, "refund_under_way")
        assert first["refund_no"] in refused.json["detail"]
