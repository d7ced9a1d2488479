"""Taxes assessed on a case: one payment, two ways, and all of it before registration."""

import json

import pytest

from data.signed_messages import sign
from tests.database.registry import town
from tests.web.money_desk import Money, close, new_order, pay


@pytest.fixture
def money(app, db):
    return Money(app, db)


@pytest.fixture
def order(money):
    return new_order(money)


@pytest.fixture
def paid(money, order):
    return pay(money, order)


def assess(money, case_no, **facts):
    """Send a tax assessment as the tax office does."""
    body = {
        "assessment_no": "TAX-1",
        "tax_code": "deed",
        "name": "契税",
        "amount_fen": 1_200_000,
        "unit_code": town.BARE,
        "payer_name": "李四",
        **facts,
    }
    raw = json.dumps(body).encode()
    at = int(money.services.now().timestamp())
    signature = sign(money.services.settings.sandbox_tax_key, "tax", raw, at=at)
    headers = {"X-Ningtu-Signature": signature, "Content-Type": "application/json"}
    path = f"/cases/{case_no}/tax-assessments"
    assert money.ask(None, "POST", path, data=raw + b" ", headers=headers).status_code == 401
    return money.ask(None, "POST", path, data=raw, headers=headers)


def test_tax_and_fee_in_one_payment_go_two_ways(money):
    case_no = money.case()
    assert [assess(money, case_no).status_code, assess(money, case_no).status_code] == [201, 201]
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


def test_tax_assessed_after_the_fee_was_paid_is_paid_before_registration(money, paid):
    (case_no,) = paid["case_nos"]
    assert assess(money, case_no).status_code == 201
    case = money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json
    assert (case["pay_before"], case["paid_at"]) == ("register", None)
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    assert [(line["kind"], line["amount_fen"]) for line in order["lines"]] == [("tax", 1_200_000)]
    money.send(*money.event(order, channel_txn="T2"))
    money.work()
    assert money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json["order_no"] == order["order_no"]


def test_a_case_is_paid_when_its_last_order_is(money, order):
    (case_no,) = order["case_nos"]
    assess(money, case_no)
    tax = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    assert tax["order_no"] != order["order_no"]
    paid_at = []
    for number, one in enumerate((order, tax)):
        money.send(*money.event(one, channel_txn=f"T{number}"))
        money.work()
        paid_at.append(money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json["paid_at"])
    assert paid_at[0] is None
    assert paid_at[1] is not None


def test_the_refund_of_any_order_leaves_a_case_unpaid(money, paid):
    (case_no,) = paid["case_nos"]
    assess(money, case_no)
    tax = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    money.send(*money.event(tax, channel_txn="T2"))
    money.work()
    money.ask("registrar_tongshan", "POST", f"/orders/{paid['order_no']}/refunds", json={"reason": "误收"})
    money.work()
    assert money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json["paid_at"] is None


def test_tax_is_assessed_on_units_of_its_case_only(money):
    case_no = money.case()
    refused = assess(money, case_no, unit_code=town.SECOND_LAND + "W00000000")
    assert (refused.status_code, refused.json["code"]) == (422, "assessment_unit_foreign")
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    assert [line["kind"] for line in order["lines"]] == ["fee"]


def test_an_assessment_of_one_case_is_not_told_to_be_of_another(money):
    first, second = money.case(), money.case()
    assert assess(money, first).status_code == 201
    assert assess(money, second).status_code == 409
