"""The money path over HTTP: from a case's order to the day sheet, the bill and the payer's page."""

import io
import json
from datetime import timedelta

import pytest

from api import wiring
from data.access import service as access
from data.access.records import SYSTEM
from data.jobs.service import drain
from registry.payments import rules, sandbox
from tests.database.registry import town

PASSWORD = "correct-horse-1"
STAFF = {
    "clerk_xianan": (["clerk"], "xianan"),
    "registrar_tongshan": (["registrar"], "tongshan"),
    "registrar_chibi": (["registrar"], "chibi"),
    "finance_city": (["finance_city"], "city"),
    "finance_tongshan": (["finance_county"], "tongshan"),
    "finance_chibi": (["finance_county"], "chibi"),
    "supervisor": (["supervisor"], None),
}


class Money:
    """What a test does over HTTP, with a name for who does it."""

    def __init__(self, app, db):
        self.app, self.db = app, db
        self.client = app.test_client()
        self.services = app.extensions["ningtu"]
        self.headers = {}
        with db.transaction(SYSTEM) as conn:
            town.build(conn)
            for login, (roles, office) in STAFF.items():
                access.create_user(
                    conn, login=login, name=login, roles=roles, office=office, password=PASSWORD
                )

    def ask(self, who, method, path, **more):
        headers = {**self._token(who), **more.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def _token(self, who):
        if who is None:
            return {}
        if who not in self.headers:
            answer = self.client.post("/api/v1/auth/token", json={"username": who, "password": PASSWORD})
            self.headers[who] = {"Authorization": f"Bearer {answer.json['access_token']}"}
        return self.headers[who]

    def case(self):
        entry = self.client.get("/api/v1/handbook/land_use_first").json
        body = {
            "type_code": "land_use_first",
            "unit_codes": [town.BARE],
            "applicants": [
                {"name": "李四", "role": "holder", "id_type": "id_card", "id_number": town.LI.id_number}
            ],
            "materials": [
                {"code": item["code"], "copies": 1}
                for item in entry["materials"]
                if not item["required_when"]
            ],
        }
        return self.ask("clerk_xianan", "POST", "/cases", json=body).json["case_no"]

    def event(self, order, **facts):
        body = {
            "channel_txn": "T1",
            "kind": "paid",
            "payment_code": order["payment_code"],
            "amount_fen": order["amount_fen"],
            "occurred_at": self.services.now().isoformat(),
            **facts,
        }
        raw = json.dumps(body).encode()
        key = self.services.settings.sandbox_channel_key
        at = int(self.services.now().timestamp())
        return raw, rules.sign(key, sandbox.KEY_ID, raw, at=at)

    def send(self, raw, signature, channel="sandbox"):
        return self.ask(
            None,
            "POST",
            f"/channels/{channel}/events",
            data=raw,
            headers={"X-Ningtu-Signature": signature, "Content-Type": "application/json"},
        )

    def work(self):
        return drain(self.db, wiring.handlers(self.services))


@pytest.fixture
def money(app, db):
    return Money(app, db)


@pytest.fixture
def order(money):
    answer = money.ask("clerk_xianan", "POST", f"/cases/{money.case()}/orders")
    assert answer.status_code == 201, answer.json
    return answer.json


@pytest.fixture
def paid(money, order):
    assert money.send(*money.event(order)).json["result"] == "accepted"
    money.work()
    return money.ask("clerk_xianan", "GET", f"/orders/{order['order_no']}").json


def close(money):
    return money.ask("finance_city", "POST", f"/days/{money.services.today()}/close", json={"run": "now"})


def test_a_payment_code_leads_to_its_parcel(money, order):
    (hit,) = money.ask("clerk_xianan", "GET", f"/search?q={order['payment_code']}").json["items"]
    assert (hit["kind"], hit["unit_code"], hit["parcel_code"]) == ("order", town.BARE, town.BARE[:19])
    assert money.ask(None, "GET", f"/search?q={order['payment_code']}").json["items"] == []


def test_an_order_has_the_agreed_shape(order):
    assert {"order_no", "payment_code", "amount_fen", "lines", "state", "expires_at"} <= order.keys()
    assert (order["amount_fen"], order["state"], len(order["payment_code"])) == (55_000, "issued", 20)
    (line,) = order["lines"]
    for name in (
        "line_no",
        "kind",
        "item_code",
        "name",
        "amount_fen",
        "rule_id",
        "parcel_code",
        "county_code",
    ):
        assert name in line
    assert (line["kind"], line["county_code"]) == ("fee", "421224")
    assert isinstance(line["decision_id"], int)


def test_several_cases_of_one_payer_in_one_order(money, order):
    asked = money.ask("clerk_xianan", "POST", "/orders", json={"case_nos": order["case_nos"]})
    assert asked.json["order_no"] == order["order_no"]
    assert money.ask("clerk_xianan", "POST", "/orders", json={"case_nos": []}).status_code == 422


def test_callback_answers(money, order):
    raw, signature = money.event(order)
    assert money.send(raw, signature, "other").status_code == 404
    assert money.send(raw + b" ", signature).status_code == 401
    assert money.send(raw, signature).json == {"result": "accepted", "order_no": order["order_no"]}
    assert money.send(raw, signature).json["result"] == "duplicate"
    assert money.send(*money.event(order, amount_fen=1)).json["result"] == "conflict"
    assert money.send(*money.event(order, channel_txn="T2")).json["result"] == "suspense"
    refused = money.send(*money.event(order, amount_fen=0.5, channel_txn="T3"))
    assert (refused.status_code, refused.json["code"]) == (422, "event_malformed")


def test_paid_tells_the_case_and_brings_the_bill(money, paid):
    assert paid["state"] == "paid"
    (bill,) = paid["receipts"]
    assert {"code", "number", "check_code", "amount_fen", "county_code", "issued_on"} <= bill.keys()
    case = money.ask("clerk_xianan", "GET", f"/cases/{paid['case_nos'][0]}").json
    assert case["paid_at"] is not None


def test_the_day_from_close_to_trace(money, paid):
    assert close(money).status_code == 202
    day = money.ask("finance_city", "GET", f"/days/{money.services.today()}").json
    assert day["state"] == "done"
    row = next(row for row in day["counties"] if (row["county_code"], row["kind"]) == ("421224", "nontax"))
    names = ("due_fen", "paid_fen", "arrived_fen", "cleared_fen", "confirmed_fen")
    assert [row[name] for name in names] == [55_000] * 5
    assert (row["refunded_fen"], row["suspense_fen"], row["state"]) == (0, 0, "done")
    assert day["totals"]["cleared_fen"] == 55_000
    assert day["seal"] is None
    message = money.ask("finance_city", "GET", f"/payouts/{row['payout_msg_id']}.xml")
    assert b"pain.001.001.09" in message.data
    steps = money.ask("finance_city", "GET", f"/orders/{paid['order_no']}/trace").json["steps"]
    assert [step["kind"] for step in steps][:4] == ["parcel", "decision", "order", "payment"]
    assert [step["kind"] for step in steps][-3:] == ["bank_debit", "county_credit", "receipt"]
    assert money.ask("clerk_xianan", "GET", f"/orders/{paid['order_no']}").json["state"] == "cleared"
    trial = money.ask("finance_city", "GET", "/ledger/trial-balance").json
    assert trial["difference_fen"] == 0
    entries = money.ask("finance_tongshan", "GET", "/ledger/accounts/1201.421224/entries").json["items"]
    assert [entry["amount_fen"] for entry in entries] == [55_000]


def test_closing_rules_over_http(money, paid):
    today = money.services.today()
    assert money.ask("clerk_xianan", "POST", f"/days/{today}/close", json={}).status_code == 403
    future = money.ask("finance_city", "POST", "/days/2099-01-01/close", json={})
    assert (future.status_code, future.json["code"]) == (422, "day_in_future")
    assert money.ask("finance_city", "POST", "/days/yesterday/close", json={}).status_code == 422
    assert money.ask("finance_city", "POST", f"/days/{today}/close", json={"run": "never"}).status_code == 422


def test_before_the_cutoff(money, paid):
    from datetime import datetime

    from data.clock import SHANGHAI

    money.services.clock.set(datetime(2026, 12, 1, 9, 0, tzinfo=SHANGHAI))
    early = money.ask("finance_city", "POST", "/days/2026-12-01/close", json={})
    assert (early.status_code, early.json["code"]) == (409, "before_cutoff")


def test_a_stopped_close_is_gone_on_with_in_a_minute_wherever_the_clock_stands(money, paid):
    """The worker goes by the machine's clock: a close by a clock set back must not meet its own successor."""
    money.services.clock.set(money.services.now() - timedelta(days=30))
    assert close(money).status_code == 202
    with money.services.db.transaction(SYSTEM) as conn:
        (waits,) = conn.execute(
            "SELECT run_at > clock_timestamp() AND run_at < clock_timestamp() + interval '2 minutes'"
            " FROM registry.job WHERE kind = 'close_day'"
        ).fetchall()
    assert waits == (True,)


def test_counties_see_and_sign_their_own(money, paid):
    close(money)
    day = f"/days/{money.services.today()}"
    seen = money.ask("finance_chibi", "GET", day).json
    assert {row["county_code"] for row in seen["counties"]} == {"421281"}
    assert seen["totals"]["cleared_fen"] == 0
    assert money.ask("finance_chibi", "GET", f"/orders/{paid['order_no']}").status_code == 404
    assert money.ask("finance_chibi", "POST", f"{day}/counties/421224/sign").json["code"] == "not_your_county"
    signed = money.ask("finance_tongshan", "POST", f"{day}/counties/421224/sign").json
    assert [sign["county_code"] for sign in signed["signatures"]] == ["421224"]
    assert money.ask("finance_city", "POST", f"{day}/seal").json["code"] == "seal_refused"
    msg_id = next(row["payout_msg_id"] for row in signed["counties"] if row["payout_msg_id"])
    assert money.ask("finance_chibi", "GET", f"/payouts/{msg_id}.xml").status_code == 404
    assert money.ask("finance_tongshan", "GET", f"/payouts/{msg_id}.csv").status_code == 200
    assert money.ask("finance_chibi", "GET", "/ledger/accounts/1201.421224/entries").status_code == 404


def test_day_sheet_files(money, paid):
    day = f"/days/{money.services.today()}"
    assert money.ask("finance_city", "GET", f"{day}/sheet.pdf").data.startswith(b"%PDF")
    assert money.ask("supervisor", "GET", f"{day}/sheet.xlsx").data.startswith(b"PK")


def test_bill_files_and_check(money, paid):
    (bill,) = paid["receipts"]
    path = f"/receipts/{bill['code']}/{bill['number']}"
    pdf = money.ask(None, "GET", f"{path}.pdf?check_code={bill['check_code']}")
    assert pdf.data.startswith(b"%PDF")
    assert money.ask(None, "GET", f"{path}.pdf").status_code == 404
    assert money.ask(None, "GET", f"{path}.pdf?check_code=zzzzzz").status_code == 404
    assert money.ask("registrar_chibi", "GET", f"{path}.pdf").status_code == 404
    assert b"<EInvoice>" in money.ask("registrar_tongshan", "GET", f"{path}.xml").data

    def verify(content):
        return money.ask(
            None, "POST", "/receipts/verify", data={"file": (io.BytesIO(content), "bill.pdf")}
        ).json

    good = verify(pdf.data)
    assert (good["valid"], good["bytes_match"], good["signature_valid"], good["status"]) == (
        True,
        True,
        True,
        "live",
    )
    assert good["receipt"]["number"] == bill["number"]
    changed = bytearray(pdf.data)
    changed[len(changed) // 2] ^= 1
    bad = verify(bytes(changed))
    assert (bad["valid"], bad["bytes_match"]) == (False, False)
    facts = {name: bill[name] for name in ("code", "number", "check_code", "amount_fen", "issued_on")}
    assert money.ask(None, "POST", "/receipts/verify", json=facts).json["valid"]
    assert not money.ask(None, "POST", "/receipts/verify", json={**facts, "amount_fen": 1}).json["valid"]
    assert money.ask(None, "POST", "/receipts/verify", json={"code": "x"}).status_code == 422


def test_the_payer_needs_no_account(money, order):
    path = f"/pay/{order['payment_code']}"
    last4 = town.LI.id_number[-4:]
    assert money.ask(None, "GET", f"{path}?last4=0000").status_code == 404
    shown = money.ask(None, "GET", f"{path}?last4={last4}").json
    assert (shown["state"], shown["amount_fen"]) == ("issued", 55_000)
    assert "通山" in shown["lines"][0]["why"]
    assert "李四" not in json.dumps(shown, ensure_ascii=False)
    paid = money.ask(None, "POST", f"{path}/sandbox", json={"last4": last4}).json
    assert (paid["result"], paid["state"]) == ("accepted", "paid")
    money.work()
    (bill,) = money.ask(None, "GET", f"{path}?last4={last4}").json["receipts"]
    assert money.client.get(bill["pdf"]).data.startswith(b"%PDF")
    assert (
        money.ask(None, "POST", f"{path}/sandbox", json={"last4": last4}).json["code"]
        == "order_state_refuses"
    )


def test_codes_cannot_be_tried_out(money, order):
    answers = [
        money.ask(None, "GET", f"/pay/{order['payment_code']}?last4={number:04d}").status_code
        for number in range(25)
    ]
    assert answers.count(404) <= 20
    assert answers[-1] == 429


def test_refund_before_clearing(money, paid):
    path = f"/orders/{paid['order_no']}/refunds"
    assert money.ask("clerk_xianan", "POST", path, json={}).status_code == 403
    asked = money.ask("registrar_tongshan", "POST", path, json={"cause": "withdrawn", "reason": "撤回"})
    assert asked.status_code == 202
    money.work()
    order = money.ask("registrar_tongshan", "GET", f"/orders/{paid['order_no']}").json
    assert order["state"] == "refunded"
    assert sorted(bill["kind"] for bill in order["receipts"]) == ["blue", "red"]
    assert sum(bill["amount_fen"] for bill in order["receipts"]) == 0


def test_tax_and_fee_in_one_payment_go_two_ways(money):
    case_no = money.case()
    body = {
        "assessment_no": "TAX-1",
        "tax_code": "deed",
        "name": "契税",
        "amount_fen": 1_200_000,
        "unit_code": town.BARE,
        "payer_name": "李四",
    }
    raw = json.dumps(body).encode()
    at = int(money.services.now().timestamp())
    signature = rules.sign(money.services.settings.sandbox_tax_key, "tax", raw, at=at)
    headers = {"X-Ningtu-Signature": signature, "Content-Type": "application/json"}
    path = f"/cases/{case_no}/tax-assessments"
    assert money.ask(None, "POST", path, data=raw + b" ", headers=headers).status_code == 401
    assert money.ask(None, "POST", path, data=raw, headers=headers).status_code == 201
    assert money.ask(None, "POST", path, data=raw, headers=headers).status_code == 201
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    assert [(line["kind"], line["amount_fen"]) for line in order["lines"]] == [
        ("fee", 55_000),
        ("tax", 1_200_000),
    ]
    money.send(*money.event(order))
    money.work()
    close(money)
    day = money.ask("finance_city", "GET", f"/days/{money.services.today()}").json
    cleared = {row["kind"]: row["confirmed_fen"] for row in day["counties"] if row["county_code"] == "421224"}
    assert cleared == {"nontax": 55_000, "tax": 1_200_000}
    order = money.ask("clerk_xianan", "GET", f"/orders/{order['order_no']}").json
    assert [bill["amount_fen"] for bill in order["receipts"]] == [55_000]
    assert order["state"] == "cleared"


def test_breaks_and_their_actions(money, order):
    money.send(*money.event(order, amount_fen=7))
    path = f"/days/{money.services.today()}/breaks"
    (found,) = money.ask("finance_city", "GET", path).json["items"]
    assert (found["type"], found["amount_fen"], found["state"]) == ("WRONG_AMOUNT", 7, "open")
    action = f"/breaks/{found['break_id']}/actions"
    assert money.ask("finance_city", "POST", action, json={"action": "refund"}).json["state"] == "resolved"
    again = money.ask("finance_city", "POST", action, json={"action": "confirm"})
    assert (again.status_code, again.json["code"]) == (409, "second_person_needed")


def test_statement_upload(money, paid):
    close(money)
    columns = b"account,statement_ref,booked_on,amount_fen,reference,counterparty"
    raw = columns + b"\n990000421200000001,S1,2026-11-24,9,X,\n"
    answer = money.ask("finance_city", "POST", "/statements", data={"file": (io.BytesIO(raw), "s.csv")})
    assert answer.status_code == 201
    assert (answer.json["entries"], answer.json["matched"]) == (1, 0)
    assert answer.json["breaks"] >= 1
    bad = money.ask("finance_city", "POST", "/statements", data={"file": (io.BytesIO(b"?"), "s.csv")})
    assert (bad.status_code, bad.json["code"]) == (422, "statement_unreadable")


def test_cancel_and_list(money, order):
    listed = money.ask("registrar_tongshan", "GET", "/orders?limit=1").json
    assert [item["order_no"] for item in listed["items"]] == [order["order_no"]]
    assert money.ask("registrar_chibi", "GET", "/orders").json["items"] == []
    cancelled = money.ask("clerk_xianan", "POST", f"/orders/{order['order_no']}/cancel").json
    assert cancelled["state"] == "cancelled"
