"""A relief granted later and the orders around it: those cancelled, under refund, or given back whole."""

import pytest

from tests.web.money_desk import close, give_back, new_order, pay
from tests.web.test_reliefs import case_of, grant, house_order

pytestmark = pytest.mark.town


def revive(money, order):
    path = f"/orders/{order['order_no']}/revive"
    return money.ask("clerk_xianan", "POST", path, json={"reason": "x"})


def test_an_order_that_a_relief_cancelled_is_not_revived(money):
    old = new_order(money)
    assert grant(money, case_of(old)).status_code == 201
    refused = revive(money, old)
    assert (refused.status_code, refused.json["code"]) == (409, "order_lines_gone")


def test_an_order_that_was_dead_before_a_relief_is_not_revived_for_the_old_fee(money):
    old = new_order(money)
    path = f"/orders/{old['order_no']}/cancel"
    assert money.ask("clerk_xianan", "POST", path).status_code < 300
    assert grant(money, case_of(old)).status_code == 201
    refused = revive(money, old)
    assert (refused.status_code, refused.json["code"]) == (409, "order_lines_gone")


def test_while_money_goes_back_a_relief_is_refused(money):
    order = pay(money, new_order(money))
    path = f"/orders/{order['order_no']}/refunds"
    asked = money.ask("registrar_tongshan", "POST", path, json={"reason": "误收"}).json
    decision = f"/refunds/{asked['refund_no']}/decision"
    assert money.ask("finance_city", "POST", decision, json={"approve": True}).status_code == 200
    answer = grant(money, case_of(order))
    assert (answer.status_code, answer.json["code"]) == (409, "refund_refused")


def test_a_fee_that_a_relief_gave_back_whole_is_not_asked_for_again(money):
    order = pay(money, new_order(money))
    case_no = case_of(order)
    refund_no = grant(money, case_no).json["refund_no"]
    decision = f"/refunds/{refund_no}/decision"
    assert money.ask("finance_city", "POST", decision, json={"approve": True}).status_code == 200
    money.work()
    assert money.ask("finance_city", "GET", f"/refunds/{refund_no}").json["state"] == "done"
    assert money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json["paid_at"] is not None
    again = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders")
    assert (again.status_code, again.json["code"]) == (409, "nothing_to_pay")
    assert money.ask("clerk_xianan", "GET", f"/cases/{money.case()}/joint").json["items"] == []
    assert grant(money, case_no).json["code"] == "refund_refused"


def back_from_county(money, refund):
    """Let the county pay its part of a refund back, and the worker go on."""
    path = f"/refunds/{refund['refund_no']}/returns/421224"
    money.ask("finance_tongshan", "POST", path, json={"reference": "TF"})
    money.ask("finance_city", "POST", f"{path}/arrival")
    money.work()
    found = money.ask("finance_city", "GET", f"/refunds/{refund['refund_no']}").json
    assert found["state"] == "done"
    return found


def test_of_a_fee_partly_relieved_only_the_rest_is_asked_for_again(money):
    order = pay(money, house_order(money))
    case_no = case_of(order)
    asked = grant(money, case_no, fact="between_spouses", document="结婚证").json
    close(money)
    decision = f"/refunds/{asked['refund_no']}/decision"
    assert money.ask("finance_city", "POST", decision, json={"approve": True}).status_code == 200
    money.work()
    assert back_from_county(money, asked)["amount_fen"] == 7_000
    assert back_from_county(money, give_back(money, order))["amount_fen"] == 1_000
    again = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders")
    assert (again.status_code, again.json["amount_fen"]) == (201, 1_000)
    (line,) = money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json["fee_lines"]
    assert line["amount_fen"] == 8_000


def test_a_fee_that_was_given_back_for_another_reason_is_asked_for_again(money):
    order = pay(money, new_order(money))
    assert give_back(money, order)["state"] == "done"
    case_no = case_of(order)
    assert money.ask("clerk_xianan", "GET", f"/cases/{case_no}").json["paid_at"] is None
    again = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders")
    assert (again.status_code, again.json["amount_fen"]) == (201, 55_000)
