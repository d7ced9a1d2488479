"""Taxes assessed on a case: one payment, two ways, and all of it before registration."""

import json

import pytest

from data.access.records import SYSTEM
from data.errors import NingtuError
from data.signed_messages import sign
from tests.database.registry import town
from tests.web.money_desk import close, give_back

pytestmark = pytest.mark.town


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
    return send(money, case_no, body)


def send(money, case_no, body):
    """Send a signed message of the tax office; one that was changed on the way is refused."""
    raw = json.dumps(body).encode()
    at = int(money.services.now().timestamp())
    signature = sign(money.services.settings.sandbox_tax_key, "tax", raw, at=at)
    headers = {"X-Ningtu-Signature": signature, "Content-Type": "application/json"}
    path = f"/cases/{case_no}/tax-assessments"
    assert money.ask(None, "POST", path, data=raw + b" ", headers=headers).status_code == 401
    return money.ask(None, "POST", path, data=raw, headers=headers)


def withdraw(money, case_no, number="TAX-1", reason="核定有误"):
    return send(money, case_no, {"assessment_no": number, "state": "withdrawn", "reason": reason})


def taxes(money, case_no):
    return money.ask("clerk_xianan", "GET", f"/cases/{case_no}/tax-assessments").json["items"]


def states(money, case_no):
    return {row["assessment_no"]: row["state"] for row in taxes(money, case_no)}


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
    give_back(money, paid)
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


def test_a_paid_tax_is_reported_and_comes_back_certified(money):
    case_no = money.case()
    assess(money, case_no, tax_source_no="SY4212240001")
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    money.send(*money.event(order))
    money.work()
    (row,) = taxes(money, case_no)
    assert (row["state"], row["tax_source_no"]) == ("certified", "SY4212240001")
    assert row["certificate_no"].startswith("SB42")
    assert [event["to"] for event in row["events"]] == ["assessed", "paid", "certified"]
    assert row["events"][1]["order_no"] == order["order_no"]
    money.work()
    assert len(taxes(money, case_no)[0]["events"]) == 3


def test_a_certificate_before_payment_is_refused(money):
    case_no = money.case()
    assess(money, case_no)
    news = {"assessment_no": "TAX-1", "state": "certified", "certificate_no": "C1"}
    refused = send(money, case_no, news)
    assert (refused.status_code, refused.json["code"]) == (409, "assessment_state_refuses")
    unknown = send(money, case_no, {**news, "assessment_no": "TAX-9"})
    assert (unknown.status_code, unknown.json["code"]) == (404, "assessment_unknown")


def test_a_withdrawn_tax_takes_its_unpaid_order_with_it_and_is_not_asked_for_again(money):
    case_no = money.case()
    assess(money, case_no)
    joint = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    assert [withdraw(money, case_no).status_code for _ in range(2)] == [201, 201]
    assert states(money, case_no) == {"TAX-1": "withdrawn"}
    dead = money.ask("clerk_xianan", "GET", f"/orders/{joint['order_no']}").json
    assert (dead["state"], dead["events"][-1]["actor"]) == ("cancelled", "tax")
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    assert [line["kind"] for line in order["lines"]] == ["fee"]
    assert money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json["pay_before"] == "issue"


def test_an_order_with_a_withdrawn_tax_is_not_revived(money):
    case_no = money.case()
    assess(money, case_no)
    joint = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    withdraw(money, case_no)
    path = f"/orders/{joint['order_no']}/revive"
    refused = money.ask("clerk_xianan", "POST", path, json={"reason": "x"})
    assert (refused.status_code, refused.json["code"]) == (409, "order_lines_gone")


def test_a_case_whose_fee_was_paid_goes_on_when_its_tax_is_withdrawn(money, paid):
    (case_no,) = paid["case_nos"]
    assess(money, case_no)
    assert money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json["paid_at"] is None
    withdraw(money, case_no)
    case = money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json
    assert (case["order_no"], case["pay_before"]) == (paid["order_no"], "issue")


def test_a_tax_that_is_being_paid_or_is_paid_is_not_withdrawn(money):
    case_no = money.case()
    assess(money, case_no)
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    money.start(order)
    wait = withdraw(money, case_no)
    assert (wait.status_code, wait.json["code"]) == (409, "payment_under_way")
    money.send(*money.event(order))
    before_the_worker = withdraw(money, case_no)
    assert (before_the_worker.status_code, before_the_worker.json["code"]) == (
        409,
        "assessment_state_refuses",
    )
    money.work()
    assert withdraw(money, case_no).status_code == 409
    assert states(money, case_no) == {"TAX-1": "certified"}


def test_a_refunded_tax_is_reported_and_can_be_assessed_anew(money):
    case_no = money.case()
    assess(money, case_no)
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    money.send(*money.event(order))
    money.work()
    give_back(money, order, reason="多缴")
    money.work()
    assert states(money, case_no) == {"TAX-1": "refunded"}
    assess(money, case_no, assessment_no="TAX-2", amount_fen=900_000, replaces="TAX-1")
    assert states(money, case_no) == {"TAX-1": "withdrawn", "TAX-2": "assessed"}
    again = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    assert [(line["kind"], line["amount_fen"]) for line in again["lines"]] == [
        ("fee", 55_000),
        ("tax", 900_000),
    ]


def test_a_tax_source_is_paid_once(money):
    """Sent again under a new number, a tax was asked for twice in one order."""
    case_no = money.case()
    source = {"tax_source_no": "SY42120001"}
    assess(money, case_no, **source)
    twice = assess(money, case_no, assessment_no="TAX-2", **source)
    assert (twice.status_code, twice.json["code"]) == (409, "tax_source_twice")
    assert "TAX-1" in twice.json["detail"]
    assert states(money, case_no) == {"TAX-1": "assessed"}
    other_tax = assess(money, case_no, assessment_no="TAX-3", tax_code="stamp", name="印花税", **source)
    assert other_tax.status_code == 201
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    money.send(*money.event(order))
    money.work()
    assert assess(money, case_no, assessment_no="TAX-4", **source).json["code"] == "tax_source_twice"
    give_back(money, order, reason="多缴")
    money.work()
    assert assess(money, case_no, assessment_no="TAX-5", **source).status_code == 201


def test_what_no_order_can_ask_for_is_said_in_words(money):
    case_no = money.case()
    assess(money, case_no, amount_fen=10**13)
    refused = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders")
    assert refused.json["code"] == "order_too_large"
    assert "上限" in refused.json["detail"]


def test_an_assessment_does_not_replace_itself(money):
    refused = assess(money, money.case(), replaces="TAX-1")
    assert (refused.status_code, refused.json["field"]) == (422, "replaces")


def test_a_new_assessment_replaces_the_old_once(money):
    case_no = money.case()
    assess(money, case_no)
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    new = {"assessment_no": "TAX-2", "amount_fen": 1_100_000, "replaces": "TAX-1"}
    assert [assess(money, case_no, **new).status_code for _ in range(2)] == [201, 201]
    assert states(money, case_no) == {"TAX-1": "withdrawn", "TAX-2": "assessed"}
    assert money.ask("clerk_xianan", "GET", f"/orders/{order['order_no']}").json["state"] == "cancelled"
    second = assess(money, case_no, assessment_no="TAX-3", replaces="TAX-1")
    assert second.status_code == 409
    unknown = assess(money, case_no, assessment_no="TAX-4", replaces="TAX-9")
    assert (unknown.status_code, unknown.json["code"]) == (404, "assessment_unknown")
    assert states(money, case_no).keys() == {"TAX-1", "TAX-2"}


@pytest.mark.parametrize(
    "body",
    [
        {"assessment_no": "TAX-1", "state": "paid"},
        {"assessment_no": "TAX-1", "state": ["withdrawn"], "reason": "x"},
        {"assessment_no": "TAX-1", "state": "withdrawn"},
        {"assessment_no": "TAX-1", "state": "withdrawn", "reason": "x", "amount_fen": 1},
        {"assessment_no": "TAX-1", "state": "withdrawn", "reason": "a\nb"},
        {"assessment_no": "TAX-1", "state": "certified", "certificate_no": ""},
        {"state": "withdrawn", "reason": "x"},
    ],
)
def test_a_message_of_another_form_is_refused(money, body):
    case_no = money.case()
    assess(money, case_no)
    refused = send(money, case_no, body)
    assert (refused.status_code, refused.json["code"]) == (422, "event_malformed")
    assert states(money, case_no) == {"TAX-1": "assessed"}


def test_who_may_read_the_taxes_of_a_case(money):
    case_no = money.case()
    assess(money, case_no)
    path = f"/cases/{case_no}/tax-assessments"
    assert money.ask("registrar_chibi", "GET", path).status_code == 404
    assert money.ask(None, "GET", path).status_code == 401


def test_the_database_refuses_a_change_of_state_that_is_none(money, db):
    case_no = money.case()
    assess(money, case_no)
    for seq, before, after in (
        (2, "assessed", "certified"),
        (2, "paid", "refunded"),
        (3, "assessed", "withdrawn"),
    ):
        with pytest.raises(NingtuError), db.transaction(SYSTEM) as conn:
            conn.execute(
                "INSERT INTO money.tax_event (assessment_no, seq, from_state, to_state, at, actor,"
                " certificate_no, order_no) VALUES ('TAX-1', %s, %s, %s, now(), 'x', %s, NULL)",
                [seq, before, after, "C" if after == "certified" else None],
            )
