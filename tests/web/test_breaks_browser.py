"""Differences between the books, in a browser: one is looked at with its evidence, settled, and confirmed."""

import io
import re

import pytest

from tests.web.money_desk import close, new_order, pay
from tests.web.serving import picture

pytestmark = [pytest.mark.browser, pytest.mark.town]


@pytest.fixture(scope="module")
def money(served_money):
    """A payout of which the county's statement shows one fen less, and an order that was paid twice."""
    money = served_money
    money.order = pay(money, new_order(money))
    money.send(*money.event(money.order, channel_txn="T2"))
    close(money)
    day = money.services.today()
    payout = next(
        item
        for item in money.ask("finance_city", "GET", f"/days/{day}").json["payouts"]
        if item["amount_fen"]
    )
    account = money.ask("finance_city", "GET", f"/payouts/{payout['msg_id']}.xml").text
    number = account.split("<CdtrAcct>")[1].split("<Id>")[2].split("<")[0]
    head = "account,statement_ref,booked_on,amount_fen,reference,counterparty"
    raw = f"{head}\n{number},B1,{day},{payout['amount_fen'] - 1},{payout['msg_id']},\n"
    sent = money.ask(
        "finance_city", "POST", "/statements", data={"file": (io.BytesIO(raw.encode()), "b.csv")}
    )
    assert sent.status_code == 201, sent.json
    money.msg_id = payout["msg_id"]
    return money


def find(money, kind):
    items = money.ask("finance_city", "GET", "/days/all/breaks").json["items"]
    return next(item for item in items if item["type"] == kind)


def look(open_as, who, break_id, lang):
    page = open_as(who, f"/finance?breaks=unsettled&break={break_id}", lang)
    page.get_by_test_id("break-detail").get_by_test_id("break-evidence").wait_for()
    return page


def test_what_was_paid_twice_is_seen_beside_the_first_and_goes_back(money, open_as):
    found = find(money, "DOUBLE_PAY")
    page = open_as("finance_city", "/finance")
    assert page.get_by_test_id("figure-breaks").inner_text() == "2"
    row = page.locator(f"[data-testid=breaks] tr[data-key='{found['break_id']}']")
    # By keyboard: the row takes the focus, Enter opens it.
    row.focus()
    page.keyboard.press("Enter")
    detail = page.get_by_test_id("break-detail")
    evidence = detail.get_by_test_id("break-evidence")
    evidence.get_by_text("sandbox T2").wait_for()
    assert page.evaluate("document.activeElement.id") == "break"
    assert evidence.get_by_text("sandbox T1").count() == 1
    order_no = money.order["order_no"]
    assert evidence.locator(f"a[href='/trace/{order_no}']").count() == 1
    parcel = money.order["lines"][0]["parcel_code"]
    assert evidence.locator(f"a[href='/#sel={parcel}']").count() == 1
    assert "申请退付" in detail.locator(".notice").inner_text()
    picture(page, "break-double-pay")
    detail.get_by_test_id("break-refund").click()
    page.locator("dialog [name=comment]").fill("第二次扫码")
    page.get_by_test_id("dialog-save").click()
    detail.get_by_test_id("break-waits").wait_for()
    assert "另一人" in detail.get_by_test_id("break-waits").inner_text()
    assert "第二次扫码" in detail.get_by_test_id("break-course").inner_text()
    assert detail.get_by_test_id("break-confirm").count() == 0
    assert "已解决" in row.inner_text()


@pytest.mark.parametrize(("lang", "side"), [("zh", "finance_tongshan"), ("en", "finance_city")])
def test_the_county_settles_and_the_city_confirms(money, open_as, lang, side):
    """First the county resolves by a letter; then the city sees course and letter and confirms."""
    found = find(money, "K6")
    page = look(open_as, side, found["break_id"], lang)
    detail = page.get_by_test_id("break-detail")
    assert detail.locator(f"a[href='/api/v1/payouts/{money.msg_id}.csv']").count() == 1
    picture(page, f"break-{side}-{lang}")
    if side == "finance_tongshan":
        # It is given to one of those who may settle it; nobody need know a sign-in name.
        detail.get_by_test_id("break-assign").click()
        owners = page.locator("dialog [name=owner] option")
        assert {one.get_attribute("value") for one in owners.all()} == {"finance_city", "finance_tongshan"}
        page.locator("dialog [name=owner]").select_option("finance_tongshan")
        page.get_by_test_id("dialog-save").click()
        detail.get_by_text(re.compile("^[市县] · finance_tongshan$")).wait_for()
        detail.get_by_test_id("break-resolve").click()
        dialog = page.locator("dialog")
        dialog.locator("[name=comment]").fill("银行更正")
        dialog.get_by_test_id("dialog-save").click()
        # Without a document or a posting nothing is settled.
        dialog.locator(".problem").wait_for()
        assert dialog.locator("[name=known_posting] option").count() == 4
        dialog.locator("[name=document]").fill("通财函〔2026〕1号")
        dialog.get_by_test_id("dialog-save").click()
        detail.get_by_test_id("break-waits").wait_for()
        page.get_by_test_id("breaks-which").select_option("resolved")
        row = page.locator(f"[data-testid=breaks] tr[data-key='{found['break_id']}']")
        row.wait_for()
        assert detail.is_hidden()
        return
    assert "通财函〔2026〕1号" in detail.get_by_test_id("break-course").inner_text()
    assert detail.get_by_test_id("break-resolve").count() == 0
    detail.get_by_test_id("break-confirm").click()
    page.locator("dialog [name=comment]").fill("checked")
    page.get_by_test_id("dialog-save").click()
    detail.get_by_text("nothing is left to do").wait_for()
    assert find(money, "K6")["state"] == "confirmed"
    picture(page, f"break-confirmed-{lang}")


def test_what_a_county_may_not_see_it_cannot_open(money):
    found = find(money, "DOUBLE_PAY")
    path = f"/breaks/{found['break_id']}"
    assert money.ask("finance_tongshan", "GET", path).json["code"] == "break_not_found"
    assert money.ask("clerk_xianan", "GET", path).status_code == 403
    assert money.ask("supervisor", "GET", path).json["acts"] == []
    asked = money.ask("finance_city", "GET", path).json
    assert asked["waits"] == "second_person"
    assert {item["kind"] for item in asked["evidence"]} >= {"order", "channel_event", "posting", "refund"}
    unsettled = money.ask("finance_city", "GET", "/days/all/breaks?state=unsettled").json["items"]
    assert all(item["state"] in {"open", "assigned", "explained"} for item in unsettled)
    assert money.ask("finance_city", "GET", "/days/all/breaks?state=nonsense").status_code == 422
