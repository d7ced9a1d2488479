"""The money path over HTTP: from a case's order to the day sheet, the bill and the payer's page."""

import io
import json
from datetime import date, timedelta

import pytest

from data.access.records import SYSTEM
from registry.clearing import sandbox_reports
from registry.clearing.records import BankOrder
from tests.database.registry import town
from tests.web.money_desk import close

pytestmark = pytest.mark.town


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
    unread = money.send(*money.event(order, amount_fen=0.5, channel_txn="T3"))
    assert (unread.status_code, unread.json) == (200, {"result": "unapplied"})


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


def send_report(money, who, raw):
    return money.ask(who, "POST", "/bank-messages", data={"file": (io.BytesIO(raw), "report.xml")})


def test_a_report_of_the_bank_over_http(money, paid):
    close(money)
    order = BankOrder("XN4212242099010101N1", b"", 1, "9", "debited", money.services.now(), date(2099, 1, 1))
    raw = sandbox_reports.status_report(order, "ACSC", at=money.services.now())
    answer = send_report(money, "finance_city", raw)
    assert (answer.status_code, answer.json) == (201, {"reports": ["break"]})
    assert send_report(money, "finance_city", raw).json == {"reports": []}
    assert send_report(money, "finance_city", b"<x/>").json["code"] == "bank_message_bad"
    assert send_report(money, "finance_city", b"").status_code == 422
    assert send_report(money, "finance_tongshan", raw).status_code == 403


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
    assert money.ask("finance_tongshan", "GET", f"/payouts/{msg_id}.csv.sig").data[:1] == b"0"
    assert money.ask("finance_chibi", "GET", f"/payouts/{msg_id}.csv.sig").status_code == 404
    assert money.ask("finance_chibi", "GET", "/ledger/accounts/1201.421224/entries").status_code == 404


def test_nobody_signs_seals_or_compares_a_day_that_has_not_come(money, paid):
    day = f"/days/{money.services.today() + timedelta(days=1)}"
    for who, act in (
        ("finance_tongshan", "counties/421224/sign"),
        ("finance_city", "counties/421200/sign"),
        ("finance_city", "seal"),
        ("finance_city", "reconcile"),
    ):
        answer = money.ask(who, "POST", f"{day}/{act}")
        assert (answer.status_code, answer.json["code"]) == (422, "day_in_future"), act
    assert money.ask("finance_city", "GET", day).json["signatures"] == []


def test_links_of_a_trace_answer_to_whom_they_are_shown(money, paid):
    close(money)
    kinds = {}
    for who in ("finance_city", "supervisor", "finance_tongshan", "clerk_xianan", "registrar_tongshan"):
        steps = money.ask(who, "GET", f"/orders/{paid['order_no']}/trace").json["steps"]
        shown = [step for step in steps if step["link"]]
        kinds[who] = {step["kind"] for step in shown}
        answers = {
            step["link"]: money.ask(who, "GET", step["link"].removeprefix("/api/v1")) for step in shown
        }
        assert {
            link: answer.status_code for link, answer in answers.items() if answer.status_code != 200
        } == {}
    assert kinds["finance_tongshan"] == kinds["finance_city"]
    assert "posting" not in kinds["clerk_xianan"]


def test_postings_of_another_countys_money_are_not_shown(money, paid):
    close(money)
    steps = money.ask("finance_city", "GET", f"/orders/{paid['order_no']}/trace").json["steps"]
    paths = [step["link"].removeprefix("/api/v1") for step in steps if "/postings/" in step["link"]]
    for who, status in (("finance_city", 200), ("finance_chibi", 404)):
        assert {path: money.ask(who, "GET", path).status_code for path in paths} == dict.fromkeys(
            paths, status
        )
    assert len(paths) == 4


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


def test_facts_of_a_bill_are_taken_as_they_are_written(money, paid):
    (bill,) = paid["receipts"]
    facts = {name: bill[name] for name in ("code", "number", "check_code", "amount_fen", "issued_on")}

    def asked(**more):
        return money.ask(None, "POST", "/receipts/verify", json={**facts, **more})

    assert asked().json["valid"]
    for bad in ({"amount_fen": "55000"}, {"amount_fen": 55000.0}, {"amount_fen": True}, {"issued_on": 20000}):
        refused = asked(**bad)
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, next(iter(bad)))
    form = money.ask(None, "POST", "/receipts/verify", data=facts)
    assert form.json["valid"]
    assert (
        money.ask(None, "POST", "/receipts/verify", data={**facts, "amount_fen": "55000.0"}).status_code
        == 422
    )


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


def test_nobody_pays_for_a_case_that_was_withdrawn(money, order):
    (case_no,) = order["case_nos"]
    left = money.ask(
        "clerk_xianan", "POST", f"/cases/{case_no}/actions", json={"action": "withdraw", "comment": "不办了"}
    )
    assert left.status_code == 200, left.json
    money.work()
    assert money.ask("clerk_xianan", "GET", f"/orders/{order['order_no']}").json["state"] == "cancelled"
    assert money.send(*money.event(order)).json["result"] == "suspense"


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
