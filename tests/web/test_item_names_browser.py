"""English pages name what is paid for in English; the bill and what is stored stay Chinese."""

import pytest

from data.messages import known, text
from tests.web.money_desk import close, give_back, new_order, pay
from tests.web.serving import picture
from tests.web.test_channels import LAST4
from tests.web.test_money_tax import assess

pytestmark = [pytest.mark.browser, pytest.mark.town]

STORED = "不动产登记费（非住宅类）"
ENGLISH = "Registration fee, non-housing"


@pytest.fixture(scope="module")
def money(served_money):
    """An order in dispute whose money arrived, and one that went back."""
    money = served_money
    money.order = pay(money, new_order(money))
    money.back = pay(money, new_order(money), channel_txn="T2")
    close(money)
    give_back(money, money.back)
    claim = {"order_no": money.order["order_no"], "reason": "在赤壁境内", "basis_doc": "赤财函〔2026〕8号"}
    made = money.ask("finance_chibi", "POST", "/disputes", json=claim)
    assert made.status_code == 201
    money.dispute = made.json["dispute_no"]
    return money


@pytest.mark.parametrize("what", ["trace", "case", "refunds", "disputes", "decision", "lines", "month"])
def test_a_page_names_items_in_its_language(money, open_as, what):
    (line,) = money.order["lines"]
    today = money.services.today()
    path = {
        "trace": f"/trace/{money.order['order_no']}",
        "case": f"/cases/{line['case_no']}",
        "refunds": "/finance/refunds",
        "disputes": f"/finance/disputes?dispute={money.dispute}",
        "decision": f"/decisions/{line['decision_id']}",
        "lines": f"/finance?report=lines&figure=paid&from={today}&to={today}",
        "month": f"/finance?report=month&from={today}&to={today}",
    }[what]
    page = open_as("finance_city", path, "en")
    page.get_by_text(ENGLISH).first.wait_for()
    assert STORED not in page.locator("main").inner_text()
    picture(page, f"items-{what}-en")
    stored = open_as("finance_city", path)
    stored.get_by_text(STORED).first.wait_for()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("which", ["order", "back"])
def test_the_steps_of_the_money_are_told_in_words(money, open_as, which, lang):
    """Every step has its word, every posting that of its kind; the numbers link to what they name."""
    order_no = getattr(money, which)["order_no"]
    steps = money.ask("finance_city", "GET", f"/orders/{order_no}/trace").json["steps"]
    page = open_as("finance_city", f"/trace/{order_no}", lang)
    told = page.get_by_test_id("trace-steps").locator("li > span").all_inner_texts()
    assert len(told) == len(steps)
    for step, words in zip(steps, told, strict=True):
        codes = [f"ui.cases.trace.{step['kind']}"]
        if step["kind"] == "posting":
            codes.append(f"ui.cases.posting.{step['detail']['kind']}")
        assert all(known(code) for code in codes), codes
        assert words.startswith(" · ".join(text(code, lang) for code in codes))
    kinds = {step["detail"]["kind"] for step in steps if step["kind"] == "posting"}
    assert {"pay", "arrive"} <= kinds


def test_the_payer_reads_fee_and_tax_in_english(money, open_as):
    order = new_order(money)
    (case_no,) = order["case_nos"]
    assess(money, case_no, assessment_no="TAX-B")
    page = open_as(None, f"/pay/{order['payment_code']}", "en")
    page.get_by_test_id("pay-last4").fill(LAST4)
    page.get_by_test_id("pay-check").get_by_role("button").click()
    page.locator("#lines").get_by_text(ENGLISH).wait_for()
    tax = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    assert [one["name"] for one in tax["lines"]] == ["契税"]
    at = open_as("finance_city", f"/trace/{tax['order_no']}", "en")
    at.get_by_text("Deed tax").first.wait_for()


def test_files_of_reports_name_items_in_the_asked_language(money):
    today = money.services.today()
    asked = f"/reports/lines?figure=paid&date={today}&to={today}&format=csv"
    for lang, there, gone in (("en", ENGLISH, STORED), ("zh", STORED, ENGLISH)):
        content = money.ask("finance_city", "GET", f"{asked}&lang={lang}").data.decode("utf-8-sig")
        assert there in content
        assert gone not in content


def test_what_is_stored_stays_chinese(money):
    order = money.ask("finance_city", "GET", f"/orders/{money.order['order_no']}?lang=en").json
    assert [line["name"] for line in order["lines"]] == [STORED]
