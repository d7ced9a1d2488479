"""The payer's page in Chromium: a channel, waiting, coming back, one code for tax and fee, refunds."""

import pytest

from registry.clearing.rules import COLLECTION_ACCOUNT
from tests.web.money_desk import give_back, new_order
from tests.web.serving import aside, picture
from tests.web.test_channels import LAST4, tell
from tests.web.test_money_tax import assess

pytestmark = [pytest.mark.browser, pytest.mark.town]
PHONE = {"width": 390, "height": 844}
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def money(served_money):
    return served_money


def open_order(open_as, order, lang="zh", *, phone=False):
    page = open_as(None, f"/pay/{order['payment_code']}", lang=lang)
    if phone:
        page.set_viewport_size(PHONE)
    page.get_by_test_id("pay-last4").fill(LAST4)
    page.get_by_test_id("pay-check").get_by_role("button").click()
    page.get_by_test_id("pay-state").wait_for()
    return page


def shows(page, state):
    page.locator(f"[data-testid=pay-state][data-state={state}]").wait_for()


def fresh(money):
    order = new_order(money)
    money.ask("clerk_xianan", "GET", f"/orders/{order['order_no']}")
    return order


def finish(money, order):
    """Cancel what is unpaid: the cases of one payer share nothing but the town."""
    money.ask("clerk_xianan", "POST", f"/orders/{order['order_no']}/cancel", json={})


@pytest.mark.parametrize(("lang", "phone"), [("zh", True), ("en", False)])
def test_paying_at_a_channel_and_coming_back(open_as, money, lang, phone):
    order = fresh(money)
    page = open_order(open_as, order, lang, phone=phone)
    picture(page, f"pay-choose-{lang}")
    assert page.evaluate(TOO_WIDE) <= 0
    page.get_by_test_id("way-wechat_sandbox").click()
    page.locator("[data-testid=channel-state][data-state=open]").wait_for()
    picture(page, f"pay-channel-{lang}")
    page.get_by_test_id("back-to-pay").click()
    shows(page, "paying")
    page.get_by_test_id("pay-waiting").wait_for()
    picture(page, f"pay-waiting-{lang}")
    assert page.evaluate(TOO_WIDE) <= 0
    page.get_by_test_id("to-channel").click()
    page.get_by_test_id("channel-pay").click()
    page.locator("[data-testid=channel-state][data-state=paid]").wait_for()
    page.get_by_test_id("back-to-pay").click()
    shows(page, "paid")
    assert page.get_by_test_id("pay-channels").count() == 0
    aside(money.work)
    page.reload()
    page.get_by_test_id("pay-bill").wait_for()
    picture(page, f"pay-paid-{lang}")
    page.get_by_test_id("ask-refund").click()
    page.locator("dialog input[name=reason]").fill("重复办理")
    picture(page, f"pay-refund-dialog-{lang}")
    page.get_by_test_id("dialog-save").click()
    page.locator("[data-testid=pay-refund][data-state=requested]").wait_for()
    picture(page, f"pay-refund-{lang}")
    staff = open_as("finance_tongshan", "/finance/refunds", lang=lang)
    staff.get_by_test_id("refund-check").first.click()
    staff.get_by_test_id("refund-check").first.wait_for(state="detached")
    assert staff.get_by_test_id("refund-approve").count() == 0
    picture(staff, f"refunds-checked-{lang}")
    city = open_as("finance_city", "/finance/refunds", lang=lang)
    city.get_by_test_id("refund-approve").first.click()
    city.get_by_test_id("dialog-save").click()
    city.get_by_test_id("refund-approve").first.wait_for(state="detached")
    aside(money.work)


def test_the_page_says_under_way_until_the_channel_says_how_it_ended(open_as, money):
    order = fresh(money)
    begun = money.start(order, "alipay_sandbox")
    page = open_order(open_as, order)
    shows(page, "paying")
    money.ask(
        None, "POST", f"/sandbox/payments/alipay_sandbox/{begun['channel_txn']}", json={"act": "refuse"}
    )
    page.reload()
    shows(page, "paying")
    aside(money.work)
    shows(page, "issued")
    page.get_by_test_id("way-alipay_sandbox").wait_for()
    finish(money, order)


def test_a_transfer_pays_when_its_purpose_is_the_code(open_as, money):
    order = fresh(money)
    page = open_order(open_as, order)
    page.get_by_test_id("transfer-box").locator("summary").click()
    to = page.get_by_test_id("transfer-to").inner_text()
    assert all(words in to for words in (COLLECTION_ACCOUNT.name, COLLECTION_ACCOUNT.number, "沙箱银行"))
    picture(page, "pay-transfer-zh")
    page.get_by_test_id("transfer").get_by_role("button").click()
    page.locator("#toasts").get_by_text("已转出").wait_for()
    assert "请勿重复付款" in page.get_by_test_id("transfer-waiting").inner_text()
    assert page.get_by_test_id("way-alipay_sandbox").is_disabled()
    assert page.get_by_test_id("sandbox-pay").is_disabled()
    aside(money.work)
    shows(page, "paid")


def test_a_transfer_of_another_amount_is_typed_in_yuan_and_shown_in_suspense(open_as, money):
    order = fresh(money)
    page = open_order(open_as, order, "en")
    page.get_by_test_id("transfer-box").locator("summary").click()
    amount = page.get_by_label("Amount (CNY)")
    assert amount.input_value() == "550.00"
    amount.fill("12.5")
    page.get_by_test_id("transfer").get_by_role("button").click()
    page.get_by_test_id("transfer-waiting").wait_for()
    aside(money.work)
    assert "12.50" in page.get_by_test_id("pay-suspense").inner_text()
    shows(page, "issued")


def test_tax_and_fee_are_put_under_one_code(open_as, money):
    order = fresh(money)
    (case_no,) = order["case_nos"]
    assess(money, case_no, assessment_no="TAX-B")
    money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders")
    page = open_order(open_as, order)
    picture(page, "pay-combine-zh")
    page.get_by_test_id("combine").click()
    page.wait_for_url(lambda url: order["payment_code"] not in url)
    shows(page, "issued")
    assert "12,550.00" in page.get_by_test_id("pay-amount").inner_text()
    picture(page, "pay-combined-zh")
    old = open_order(open_as, order, "en")
    old.get_by_test_id("replaced").wait_for()
    picture(old, "pay-replaced-en")


def test_money_paid_twice_is_shown_and_asked_back(open_as, money):
    order = fresh(money)
    for number, name in enumerate(("wechat_sandbox", "unionpay_sandbox")):
        assert tell(money, name, order, channel_txn=f"B{number}-{order['order_no']}")[0] == 200
    aside(money.work)
    page = open_order(open_as, order, "en")
    page.get_by_test_id("pay-suspense").wait_for()
    picture(page, "pay-suspense-en")
    page.get_by_test_id("ask-suspense").click()
    page.locator("dialog input[name=reason]").fill("paid twice")
    page.get_by_test_id("dialog-save").click()
    page.get_by_test_id("pay-suspense").get_by_test_id("ask-suspense").wait_for(state="detached")


def test_an_order_that_went_back_waits_for_nothing_more(open_as, money):
    order = fresh(money)
    steps = open_order(open_as, order).get_by_test_id("pay-progress").locator("li")
    assert steps.count() == 5
    assert tell(money, "wechat_sandbox", order, channel_txn=f"G-{order['order_no']}")[0] == 200
    aside(money.work)
    assert aside(lambda: give_back(money, order))["state"] == "done"
    page = open_order(open_as, order)
    shows(page, "refunded")
    steps = page.get_by_test_id("pay-progress").locator("li")
    assert steps.all_inner_texts()[-1].startswith("已到账")
    assert steps.count() == page.get_by_test_id("pay-progress").locator("li.done").count() == 3
    reversed_bill, red = page.get_by_test_id("pay-bill").all_inner_texts()
    assert "已红冲" in reversed_bill
    assert "红票" not in reversed_bill
    assert "红票" in red
    picture(page, "pay-refunded-zh")


def test_a_card_is_taken_on_the_case_page(open_as, money):
    order = fresh(money)
    page = open_as("clerk_xianan", f"/cases/{order['case_nos'][0]}")
    page.get_by_test_id("order-card").click()
    picture(page, "case-card-dialog")
    page.get_by_test_id("dialog-save").click()
    # Until the channel tells, no second card is taken; then the page shows it by itself.
    page.get_by_test_id("order-told").get_by_text("请勿重复刷卡").wait_for()
    assert page.get_by_test_id("order-card").count() == 0
    aside(money.work)
    page.locator("[data-testid=order-state][data-state=paid]").wait_for()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_finance_sees_channels_and_sets_faults(open_as, money, lang):
    page = open_as("finance_city", "/finance/channels", lang=lang)
    page.get_by_test_id("set-bank_sandbox").click()
    page.locator("dialog input[name=lose_pct]").fill("25")
    picture(page, f"channels-dialog-{lang}")
    page.get_by_test_id("dialog-save").click()
    page.get_by_test_id("faults-bank_sandbox").get_by_text("25").wait_for()
    picture(page, f"channels-{lang}")
    off = money.ask("finance_city", "PUT", "/channels/bank_sandbox/faults", json={})
    assert off.status_code == 200
