"""The payer without an account: one code for tax and fee, money asked back, who decides, what is shown."""

import pytest

from tests.database.money.conftest import balance
from tests.database.registry import town
from tests.web.money_desk import pay
from tests.web.test_channels import LAST4, state, tell
from tests.web.test_money_tax import assess

pytestmark = pytest.mark.town

WISH = {"last4": LAST4, "reason": "重复办理", "cause": "mistaken"}


def look(money, order):
    return money.ask(None, "GET", f"/pay/{order['payment_code']}?last4={LAST4}").json


def ask(money, order, what, **body):
    return money.ask(None, "POST", f"/pay/{order['payment_code']}/{what}", json={"last4": LAST4, **body})


def tax_order(money, order):
    (case_no,) = order["case_nos"]
    assess(money, case_no)
    return money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json


def test_one_code_pays_tax_and_fee(money, db, order):
    tax = tax_order(money, order)
    assert [line["kind"] for line in tax["lines"]] == ["tax"]
    assert [one["order_no"] for one in look(money, order)["combinable"]] == [tax["order_no"]]
    made = ask(money, order, "combine")
    assert (made.status_code, [line["kind"] for line in made.json["lines"]]) == (201, ["fee", "tax"])
    assert made.json["amount_fen"] == order["amount_fen"] + tax["amount_fen"]
    old = look(money, order)
    assert (old["state"], old["replaced_by"]) == ("cancelled", made.json["payment_code"])
    assert state(money, tax) == "cancelled"
    assert tell(money, "wechat_sandbox", made.json) == (200, "accepted")
    money.work()
    assert balance(db, "2101.421224") == -order["amount_fen"]
    assert balance(db, "2102.421224") == -tax["amount_fen"]
    case = money.ask("clerk_xianan", "GET", f"/cases/{order['case_nos'][0]}").json
    assert case["paid_at"] is not None
    assert tell(money, "wechat_sandbox", order, channel_txn="T9") == (200, "suspense")


def test_nothing_is_combined_that_is_alone_being_paid_or_anothers(money, order):
    alone = ask(money, order, "combine")
    assert (alone.status_code, alone.json["code"]) == (409, "nothing_to_combine")
    tax = tax_order(money, order)
    assert (
        money.ask(None, "POST", f"/pay/{order['payment_code']}/combine", json={"last4": "0000"}).status_code
        == 404
    )
    money.start(tax)
    assert look(money, order)["combinable"] == []
    assert ask(money, order, "combine").json["code"] == "nothing_to_combine"
    busy = ask(money, tax, "combine")
    assert (busy.status_code, busy.json["code"]) == (409, "order_state_refuses")
    assert (state(money, order), state(money, tax)) == ("issued", "paying")


def test_a_payers_wish_is_checked_by_one_and_decided_by_another(money, order):
    assert ask(money, order, "refunds", **WISH).json["code"] == "refund_refused"
    paid = pay(money, order)
    shown = ask(money, paid, "refunds", **WISH)
    assert shown.status_code == 202
    (wish,) = shown.json["refunds"]
    assert (wish["state"], wish["checked_at"], shown.json["refundable"]) == ("requested", None, False)
    path = f"/refunds/{wish['refund_no']}"
    found = money.ask("finance_city", "GET", path).json
    assert (found["requested_by"], found["reason"]) == ("payer", "重复办理")
    early = money.ask("finance_city", "POST", f"{path}/decision", json={"approve": True})
    assert (early.status_code, early.json["code"]) == (409, "refund_unchecked")
    assert money.ask("clerk_xianan", "POST", f"{path}/check").status_code == 403
    assert money.ask("registrar_chibi", "POST", f"{path}/check").status_code == 404
    assert money.ask("finance_tongshan", "POST", f"{path}/check").json["checked_by"] == "finance_tongshan"
    assert money.ask("finance_city", "POST", f"{path}/check").json["code"] == "refund_refused"
    own = money.ask("finance_tongshan", "POST", f"{path}/decision", json={"approve": True})
    assert (own.status_code, own.json["code"]) == (403, "refund_same_person")
    assert money.ask("finance_city", "POST", f"{path}/decision", json={"approve": True}).status_code == 200
    money.work()
    end = look(money, order)
    assert (end["state"], end["refunds"][0]["state"]) == ("refunded", "done")
    assert "finance" not in str(end["refunds"])


def test_the_database_itself_refuses_one_person_alone(money, db, order):
    from psycopg.errors import CheckViolation

    from data.access.records import SYSTEM
    from data.errors import NingtuError

    (wish,) = ask(money, pay(money, order), "refunds", **WISH).json["refunds"]
    with pytest.raises((NingtuError, CheckViolation)), db.transaction(SYSTEM) as conn:
        conn.execute(
            "UPDATE money.refund SET state = 'approved', decided_by = 'x', decided_at = now()"
            " WHERE refund_no = %s",
            [wish["refund_no"]],
        )


def test_money_paid_twice_is_asked_back_by_its_payer_only(money, db, order):
    paid = pay(money, order)
    tell(money, "alipay_sandbox", order, channel_txn="T2")
    (lying,) = look(money, paid)["suspense"]
    assert (lying["reason"], lying["amount_fen"], lying["refund_no"]) == ("DOUBLE_PAY", 55_000, None)
    tell(money, "alipay_sandbox", order, channel_txn="T3", payment_code="9")
    listed = money.ask("finance_city", "GET", "/suspense").json["items"]
    (foreign,) = {item["suspended_id"] for item in listed} - {lying["suspended_id"]}
    assert ask(money, paid, "refunds", **WISH, suspended_id=foreign).status_code == 404
    (wish,) = ask(money, paid, "refunds", **WISH, suspended_id=lying["suspended_id"]).json["refunds"]
    assert (wish["of_suspense"], wish["amount_fen"]) == (True, 55_000)
    path = f"/refunds/{wish['refund_no']}"
    assert money.ask("finance_city", "POST", f"{path}/check").status_code == 200
    alone = money.ask("finance_city", "POST", f"{path}/decision", json={"approve": True})
    assert alone.json["code"] == "refund_same_person"
    assert balance(db, "2301") == -110_000


def test_a_payer_does_not_ask_without_end(money, order):
    pay(money, order)
    answers = [ask(money, order, "refunds", **WISH).status_code for _ in range(4)]
    assert answers == [202, 202, 202, 429]
    assert len(look(money, order)["refunds"]) == 1


@pytest.mark.parametrize(
    "body", [{"reason": ""}, {"reason": "x" * 201}, {"cause": "relief"}, {"suspended_id": 0}, {"lines": []}]
)
def test_wishes_that_are_none(money, order, body):
    assert ask(money, order, "refunds", **{**WISH, **body}).status_code == 422


def test_the_state_is_told_to_who_has_the_number_of_a_payment(money, order):
    begun = money.start(order)
    path = begun["state"].removeprefix("/api/v1")
    assert money.ask(None, "GET", path).json == {"state": "paying"}
    assert money.ask(None, "GET", f"/pay/{order['payment_code']}/attempts/T1").status_code == 404


def test_the_codes_are_drawn(money, order):
    begun = money.start(order)
    for path in (f"/pay/{order['payment_code']}/qr.svg", begun["qr"].removeprefix("/api/v1")):
        answer = money.ask(None, "GET", path)
        assert (answer.mimetype, answer.data[:5]) == ("image/svg+xml", b"<svg ")
    assert town.LI.id_number not in answer.text
