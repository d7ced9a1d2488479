"""A relief whose document comes after acceptance: assessed again, ordered anew, or asked back once paid."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from data.access.records import SYSTEM
from tests.database.registry import town
from tests.web.money_desk import close, new_order, pay

pytestmark = pytest.mark.town

UNREADABLE = ("", " ", "\u200b", "通\u202e号", "a\nb")
RELIEF = {"fact": "collective_reform", "document": "通政函〔2026〕7号", "reason": "受理后补交"}


def grant(money, case_no, who="clerk_xianan", **more):
    return money.ask(who, "POST", f"/cases/{case_no}/reliefs", json={**RELIEF, **more})


def case_of(order):
    return order["lines"][0]["case_no"]


def test_while_nothing_is_paid_the_fee_is_assessed_again_and_ordered_anew(money):
    old = new_order(money)
    case_no = case_of(old)
    answer = grant(money, case_no)
    assert (answer.status_code, answer.json["fee_total_fen"]) == (201, 0), answer.json
    found = money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json
    (before,), (now,) = found["fee_lines_replaced"], found["fee_lines"]
    assert (before["amount_fen"], before["superseded_by"], before["superseded_reason"]) == (
        55_000,
        "clerk_xianan",
        "受理后补交",
    )
    assert (now["rule_id"], now["amount_fen"], now["relief_document"]) == ("E12", 0, "通政函〔2026〕7号")
    assert "collective_reform" in found["declares"]
    assert money.ask("clerk_xianan", "GET", f"/orders/{old['order_no']}").json["state"] == "cancelled"
    new = money.ask("clerk_xianan", "GET", f"/orders/{answer.json['order_no']}").json
    assert (new["state"], new["amount_fen"]) == ("paid", 0)
    steps = money.ask("clerk_xianan", "GET", f"/cases/{case_no}/timeline").json["items"]
    assert [step["comment"] for step in steps if step["action"] == "relief"] == ["受理后补交"]
    with money.db.transaction(SYSTEM) as conn:
        traced = conn.execute("SELECT detail FROM registry.audit WHERE action = 'case.relief'").fetchall()
    assert [(row[0]["before_fen"], row[0]["after_fen"]) for row in traced] == [(55_000, 0)]
    assert grant(money, case_no).json["code"] == "relief_unknown"


def test_without_an_order_none_is_made(money):
    answer = grant(money, money.case())
    assert (answer.status_code, answer.json["order_no"], answer.json["refund_no"]) == (201, None, None)


def test_once_it_is_paid_the_difference_is_asked_back_and_a_second_person_decides(money):
    order = pay(money, new_order(money))
    case_no = case_of(order)
    answer = grant(money, case_no)
    assert answer.status_code == 201, answer.json
    refund = money.ask("finance_city", "GET", f"/refunds/{answer.json['refund_no']}").json
    assert (refund["cause"], refund["amount_fen"], refund["state"]) == ("relief", 55_000, "requested")
    found = money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json
    assert (found["fee_lines_replaced"], [line["amount_fen"] for line in found["fee_lines"]]) == (
        [],
        [55_000],
    )
    path = f"/refunds/{answer.json['refund_no']}/decision"
    assert money.ask("finance_city", "POST", path, json={"approve": True}).status_code == 200


def test_a_relief_that_the_tariff_does_not_know_or_another_office_grants_changes_nothing(money):
    case_no = money.case()
    assert grant(money, case_no, fact="first_of_all").json["code"] == "relief_unknown"
    assert grant(money, case_no, "registrar_chibi").status_code in {403, 404}
    assert grant(money, case_no, "finance_city").status_code == 403
    assert grant(money, case_no, document=" ").status_code == 422
    found = money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json
    assert (found["fee_lines_replaced"], found["fee_total_fen"]) == ([], 55_000)


def test_a_replaced_line_stays_as_it_was(money):
    case_no = money.case()
    grant(money, case_no)
    facts = money.ask("clerk_xianan", "GET", f"/cases/{case_no}/reliefs").json["items"]
    assert "collective_reform" in {item["fact"] for item in facts}
    with pytest.raises(Exception, match="fee_line_superseded_stays"), money.db.transaction(SYSTEM) as conn:
        conn.execute(
            "UPDATE registry.fee_line SET superseded_at = NULL, superseded_by = NULL,"
            " superseded_reason = NULL WHERE case_no = %s",
            [case_no],
        )


def joint_order(money):
    """Issue one order for two cases of one payer."""
    cases = [money.case(), money.case()]
    answer = money.ask("clerk_xianan", "POST", "/orders", json={"case_nos": cases})
    assert answer.status_code == 201, answer.json
    return cases, answer.json


def test_of_a_joint_order_only_the_case_of_the_relief_is_ordered_for_less(money):
    (one, other), old = joint_order(money)
    answer = grant(money, one)
    assert money.ask("clerk_xianan", "GET", f"/orders/{old['order_no']}").json["state"] == "cancelled"
    new = money.ask("clerk_xianan", "GET", f"/orders/{answer.json['order_no']}").json
    assert {line["case_no"]: line["amount_fen"] for line in new["lines"]} == {one: 0, other: 55_000}
    assert (new["state"], new["amount_fen"]) == ("issued", 55_000)


def test_of_a_joint_order_that_is_paid_only_the_lines_of_the_case_go_back(money):
    (one, other), order = joint_order(money)
    pay(money, order)
    answer = grant(money, other)
    refund = money.ask("finance_city", "GET", f"/refunds/{answer.json['refund_no']}").json
    back = {line["line_no"]: line["amount_fen"] for line in refund["lines"]}
    assert {line["case_no"]: back.get(line["line_no"], 0) for line in order["lines"]} == {
        one: 0,
        other: 55_000,
    }


def test_while_another_refund_is_open_a_relief_is_refused_and_leaves_no_note(money):
    order = pay(money, new_order(money))
    asked = {"reason": "误收"}
    made = money.ask("registrar_tongshan", "POST", f"/orders/{order['order_no']}/refunds", json=asked)
    assert made.status_code == 202
    answer = grant(money, case_of(order))
    assert (answer.status_code, answer.json["code"]) == (409, "refund_refused")
    steps = money.ask("clerk_xianan", "GET", f"/cases/{case_of(order)}/timeline").json["items"]
    assert "relief" not in {step["action"] for step in steps}


def test_a_note_that_fails_takes_the_refund_with_it(money, monkeypatch):
    order = pay(money, new_order(money))
    monkeypatch.setattr("registry.cases.reliefs.note_relief", lambda *_, **__: 1 // 0)
    money.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert grant(money, case_of(order)).status_code == 500
    listed = money.ask("finance_city", "GET", f"/refunds?order_no={order['order_no']}").json["items"]
    assert listed == []


def house_order(money):
    """Issue the order of a sale."""
    with money.db.transaction(SYSTEM) as conn:
        town.enter_right(conn, town.FLATS[0], town.LI)
    materials = money.client.get("/api/v1/handbook/existing_house_transfer").json["materials"]
    people = (("transferor", town.LI), ("transferee", town.WANG))
    body = {
        "type_code": "existing_house_transfer",
        "unit_codes": [town.FLATS[0]],
        "applicants": [
            {"name": one.name, "role": role, "id_type": one.id_type, "id_number": one.id_number}
            for role, one in people
        ],
        "materials": [{"code": item["code"], "copies": 1} for item in materials if not item["required_when"]],
    }
    case_no = money.ask("clerk_xianan", "POST", "/cases", json=body).json["case_no"]
    return money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json


@pytest.fixture
def half(money, superuser_url):
    """Let the relief between spouses take off less than half, so that as much again would still be there."""
    name = conninfo_to_dict(money.db.url)["dbname"]
    with psycopg.connect(make_conninfo(superuser_url, dbname=name), autocommit=True) as conn:
        conn.execute("UPDATE ref.fee_rule SET amount_fen = 4500 WHERE rule_id = 'C03'")


@pytest.mark.usefixtures("half")
def test_what_a_relief_gave_back_is_not_given_back_again(money):
    order = pay(money, house_order(money))
    spouses = {"fact": "between_spouses", "document": "结婚证"}
    asked = grant(money, case_of(order), **spouses)
    assert asked.status_code == 201, asked.json
    refund_no = asked.json["refund_no"]
    close(money)
    decision = f"/refunds/{refund_no}/decision"
    assert money.ask("finance_city", "POST", decision, json={"approve": True}).status_code == 200
    money.work()
    back = f"/refunds/{refund_no}/returns/421224"
    assert money.ask("finance_tongshan", "POST", back, json={"reference": "TF-1"}).status_code < 300
    money.ask("finance_city", "POST", f"{back}/arrival")
    money.work()
    refund = money.ask("finance_city", "GET", f"/refunds/{refund_no}").json
    assert (refund["state"], refund["amount_fen"]) == ("done", 3_500)
    again = grant(money, case_of(order), **spouses)
    assert (again.status_code, again.json["code"]) == (409, "refund_refused")


@pytest.mark.parametrize("field", ["document", "reason"])
def test_a_later_relief_has_a_document_and_a_reason_that_can_be_read(money, field):
    case_no = money.case()
    for words in UNREADABLE:
        refused = money.ask(
            "clerk_xianan", "POST", f"/cases/{case_no}/reliefs", json={**RELIEF, field: words}
        )
        assert (refused.status_code, refused.json["code"]) == (422, "request_invalid")
    granted = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/reliefs", json=RELIEF)
    assert granted.status_code == 201
