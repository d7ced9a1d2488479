"""Fees and orders in Chromium: a relief at the window, the order on the case page, the public tariff."""

import json

import pytest

from tests.database.registry import town
from tests.web.serving import aside, picture
from tests.web.test_money_tax import assess

pytestmark = [pytest.mark.browser, pytest.mark.town]


@pytest.fixture(scope="module")
def money(served_money):
    return served_money


def order_state(page, state):
    page.locator(f"[data-testid=order-state][data-state={state}]").wait_for()


def test_an_order_is_issued_cancelled_and_revived_on_the_case_page(open_as, money):
    case_no = money.case()
    page = open_as("clerk_xianan", f"/cases/{case_no}")
    page.get_by_test_id("make-order").click()
    order_state(page, "issued")
    picture(page, "case-issued")
    with page.expect_popup() as opened:
        page.get_by_test_id("order-notice").click()
    notice = page.context.request.get(opened.value.url)
    assert (notice.ok, notice.headers["content-type"]) == (True, "application/pdf")
    assert notice.body().startswith(b"%PDF")
    opened.value.close()
    page.get_by_test_id("order-cancel").click()
    picture(page, "case-cancel-dialog")
    page.get_by_test_id("dialog-save").click()
    order_state(page, "cancelled")
    assert page.get_by_test_id("order-notice").count() == 0
    page.get_by_test_id("order-revive").click()
    page.locator("dialog textarea").fill("当事人要求继续缴费")
    picture(page, "case-revive-dialog")
    page.get_by_test_id("dialog-save").click()
    order_state(page, "issued")
    assert "已取消" in page.get_by_test_id("case-order").inner_text()


def test_late_money_is_told_and_pays_when_the_order_is_revived(open_as, money):
    case_no = money.case()
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    money.ask("clerk_xianan", "POST", f"/orders/{order['order_no']}/cancel", json={})
    assert money.send(*money.event(order, channel_txn="LATE")).json["result"] == "suspense"
    page = open_as("clerk_xianan", f"/cases/{case_no}", lang="en")
    assert "550.00" in page.get_by_test_id("order-late").inner_text()
    picture(page, "case-late-en")
    page.get_by_test_id("order-revive").click()
    page.locator("dialog textarea").fill("late payment")
    page.get_by_test_id("dialog-save").click()
    order_state(page, "paid")
    assert page.get_by_test_id("order-late").count() == 0
    aside(money.work)


def test_cases_of_one_payer_are_ticked_into_one_order(open_as, money):
    first, second = money.case(), money.case()
    page = open_as("clerk_xianan", f"/cases/{first}")
    page.get_by_test_id("order-joint").get_by_role("checkbox").first.wait_for()
    box = page.get_by_test_id("order-joint").locator(f"input[value='{second}']")
    box.check()
    picture(page, "case-joint")
    page.get_by_test_id("make-order").click()
    order_state(page, "issued")
    assert "1,100.00" in page.get_by_test_id("order-amount").inner_text()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_taxes_are_shown_with_state_and_certificate(open_as, money, lang):
    case_no = money.case()
    numbers = {"assessment_no": f"TAX-{lang}", "tax_source_no": f"SY-{lang}"}
    assert assess(money, case_no, **numbers).status_code == 201
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    money.send(*money.event(order, channel_txn=f"TAX-{lang}"))
    aside(money.work)
    page = open_as("clerk_xianan", f"/cases/{case_no}", lang=lang)
    page.locator("[data-testid=case-taxes] [data-state=certified]").wait_for()
    text = page.get_by_test_id("case-taxes").inner_text()
    assert f"SY-{lang}" in text
    assert "SB42" in text
    picture(page, f"case-taxes-{lang}")


def test_a_relief_is_granted_at_the_window_and_stands_on_the_case(open_as, money):
    page = open_as("clerk_xianan", "/window")
    page.get_by_test_id("type-land_use_first").check()
    box = page.get_by_test_id("declare-collective_reform")
    box.wait_for()
    document = page.get_by_test_id("relief-collective_reform")
    assert not document.is_visible()
    box.check()
    document.fill("通政函〔2026〕7号")
    picture(page, "window-relief")
    asked = page.evaluate("() => document.querySelectorAll('[data-fact]').length")
    assert asked >= 6
    entry = money.client.get("/api/v1/handbook/land_use_first").json
    body = {
        "type_code": "land_use_first",
        "unit_codes": [town.BARE],
        "applicants": [
            {"name": "李四", "role": "holder", "id_type": "id_card", "id_number": town.LI.id_number}
        ],
        "materials": [{"code": item["code"]} for item in entry["materials"] if not item["required_when"]],
        "declares": ["collective_reform"],
        "reliefs": [{"fact": "collective_reform", "document": "通政函〔2026〕7号"}],
    }
    case_no = money.ask(
        "clerk_xianan", "POST", "/cases", data=json.dumps(body), content_type="application/json"
    ).json["case_no"]
    for lang, word in (("zh", "农村集体产权制度改革"), ("en", "Registration within the reform")):
        shown = open_as("clerk_xianan", f"/cases/{case_no}", lang=lang)
        shown.get_by_test_id("relief").wait_for()
        text = shown.locator("#fees").inner_text()
        assert word in text
        assert "通政函〔2026〕7号" in text
        assert "clerk_xianan" in text
        picture(shown, f"case-relief-{lang}")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_tariff_can_be_read_by_everybody(open_as, lang):
    page = open_as(None, "/help/tariff", lang=lang)
    page.locator("#R02[data-in-force=yes]").wait_for()
    assert page.locator("[data-rule=R02]").count() == 2
    assert (
        page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        == 0
    )
    picture(page, f"tariff-{lang}")
