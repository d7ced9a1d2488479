"""Lists of money in a browser: "more" reads on to the end, and a search stands in the page's address."""

import re

import pytest

from tests.web.money_desk import close, give_back, new_order, pay
from tests.web.serving import picture

pytestmark = [pytest.mark.browser, pytest.mark.town]

LISTS = {
    "bills": ("/finance/bills", "/receipts", "number"),
    "corrections": ("/finance/bills", "/receipts/corrections", "correction_id"),
    "refunds": ("/finance/refunds", "/refunds", "refund_no"),
    "suspense": ("/finance/refunds", "/suspense", "suspended_id"),
    "disputes": ("/finance/disputes", "/disputes", "dispute_no"),
    "breaks": ("/finance?breaks=unsettled", "/days/all/breaks?state=unsettled", "break_id"),
}


@pytest.fixture(scope="module")
def money(served_money):
    """Three orders: one went back, one was paid twice, one is in dispute; bills of two shall be corrected."""
    money = served_money
    money.orders = [pay(money, new_order(money), channel_txn=f"T{n}") for n in range(3)]
    back, twice, disputed = money.orders
    give_back(money, back)
    for n in range(2):
        money.send(*money.event(twice, channel_txn=f"D{n}", amount_fen=7))
    (lying, _) = money.ask("finance_city", "GET", "/suspense").json["items"]
    asked = {"suspended_id": lying["suspended_id"], "reason": "重复缴费"}
    assert money.ask("finance_city", "POST", "/refunds", json=asked).status_code == 202
    for order in (twice, disputed):
        claim = {"order_no": order["order_no"], "reason": "在赤壁境内", "basis_doc": "赤财函〔2026〕8号"}
        assert money.ask("finance_chibi", "POST", "/disputes", json=claim).status_code == 201
        (bill,) = order["receipts"]
        right = {"payer_name": "某某公司", "payer_kind": "unit", "reason": "写错了"}
        path = f"/receipts/{bill['code']}/{bill['number']}/corrections"
        assert money.ask("finance_tongshan", "POST", path, json=right).status_code == 202
    return money


def rows(page, name):
    return page.get_by_test_id(name).locator("tbody tr[data-key]")


def one_at_a_time(page):
    """Let the server hand its lists out one row at a time."""

    def narrowed(route):
        route.continue_(url=re.sub(r"\blimit=\d+", "limit=1", route.request.url))

    page.route(re.compile(r"/api/v1/.*\blimit="), narrowed)
    page.reload()


@pytest.mark.parametrize("name", LISTS)
def test_more_reads_on_to_the_end(money, open_as, name):
    path, asked, key = LISTS[name]
    keys = [str(row[key]) for row in money.ask("finance_city", "GET", asked).json["items"]]
    assert len(keys) >= 2
    page = open_as("finance_city", path)
    rows(page, name).first.wait_for()
    assert rows(page, name).evaluate_all("found => found.map((one) => one.dataset.key)") == keys
    assert not page.get_by_test_id(f"{name}-more").is_visible()
    one_at_a_time(page)
    for n in range(1, len(keys) + 1):
        rows(page, name).nth(n - 1).wait_for()
        assert rows(page, name).evaluate_all("found => found.map((one) => one.dataset.key)") == keys[:n]
        page.get_by_test_id(f"{name}-more").click()
    page.get_by_test_id(f"{name}-more").wait_for(state="hidden")
    assert rows(page, name).count() == len(keys)


@pytest.mark.parametrize("who", ["finance_city", "finance_tongshan"])
def test_more_reads_the_lines_of_a_decision(money, open_as, who):
    decision_id = money.orders[0]["lines"][0]["decision_id"]
    page = open_as(who, f"/decisions/{decision_id}")
    rows(page, "decision-lines").nth(2).wait_for()
    one_at_a_time(page)
    keys = [f"{order['order_no']}-1" for order in reversed(money.orders)]
    for n in range(1, len(keys) + 1):
        rows(page, "decision-lines").nth(n - 1).wait_for()
        found = rows(page, "decision-lines").evaluate_all("found => found.map((one) => one.dataset.key)")
        assert found == keys[:n]
        page.get_by_test_id("decision-lines-more").click()
    page.get_by_test_id("decision-lines-more").wait_for(state="hidden")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_search_for_bills_stands_in_the_address(money, open_as, lang):
    (bill,) = money.orders[1]["receipts"]
    page = open_as("finance_city", "/finance/bills", lang)
    page.get_by_test_id("bill-q").fill(bill["number"].lstrip("0"))
    page.get_by_test_id("bill-q").press("Enter")
    page.wait_for_url("**q=**")
    rows(page, "bills").nth(1).wait_for(state="detached")
    assert rows(page, "bills").get_attribute("data-key") == bill["number"]
    assert "李四" in rows(page, "bills").inner_text()
    picture(page, f"bills-found-{lang}")
    page.get_by_test_id("bill-q").fill("李四")
    page.locator("#state").select_option("reversed")
    page.wait_for_url("**state=reversed**")
    (gone,) = money.orders[0]["receipts"]
    page.get_by_test_id("bills").locator(f"tr[data-key='{gone['number']}']").wait_for()
    assert rows(page, "bills").count() == 1
    again = open_as("finance_city", page.url.removeprefix(money.url), lang)
    rows(again, "bills").first.wait_for()
    assert rows(again, "bills").count() == 1
    assert again.get_by_test_id("bill-q").input_value() == "李四"
    again.get_by_test_id("bill-q").fill("无此人")
    again.get_by_test_id("bill-q").press("Enter")
    again.get_by_test_id("bills").locator(".empty").wait_for()


def test_refunds_of_an_order_and_of_a_state_stand_in_the_address(money, open_as):
    back = money.orders[0]["order_no"]
    page = open_as("finance_city", f"/finance/refunds?state=done&order_no={back}")
    rows(page, "refunds").first.wait_for()
    assert rows(page, "refunds").count() == 1
    assert back in rows(page, "refunds").inner_text()
    page.get_by_test_id("refunds-of").fill(money.orders[2]["order_no"])
    page.get_by_test_id("refunds-of").press("Enter")
    page.get_by_test_id("refunds").locator(".empty").wait_for()
    assert money.orders[2]["order_no"] in page.url


def test_a_zero_is_reported_once_the_day_is_closed(money, open_as):
    sheet = open_as("finance_city", "/finance").get_by_test_id("day-sheet")
    assert sheet.locator("tbody tr").count() == 12
    assert "零报告" not in sheet.inner_text()
    close(money)
    sheet = open_as("finance_city", "/finance").get_by_test_id("day-sheet")
    assert sheet.get_by_text("零报告").count() == 11
