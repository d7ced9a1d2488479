"""Fees and orders in Chromium: a relief at the window, the order on the case page, the public tariff."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.database.registry import town
from tests.flows.browser import RAW_KEY, browser, open_page
from tests.web.money_desk import PASSWORD, Money
from tests.web.serving import application, serving
from tests.web.test_money_tax import assess

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def db_source(town_template):
    return town_template


@pytest.fixture(scope="module")
def app(module_db, tmp_path_factory):
    return application(module_db, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def money(app, module_db):
    return Money(app, module_db)


@pytest.fixture(scope="module")
def base(app):
    with serving(app) as url:
        yield url


@pytest.fixture(scope="module")
def chromium(base):
    with browser(base) as (found, complaints):
        yield found, complaints


@pytest.fixture
def desk(chromium, base):
    """Open pages as people (None: the public); at the end none may have complained."""
    found, complaints = chromium
    complaints.rows.clear()
    pages = []

    def open_as(login, path, lang="zh"):
        page = open_page(found, complaints, lang=lang)
        pages.append(page)
        if login:
            answer = page.context.request.post(
                f"{base}/api/v1/auth/session", data={"username": login, "password": PASSWORD}
            )
            assert answer.ok
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        return page

    yield open_as
    for page in pages:
        assert RAW_KEY.search(page.locator("body").inner_text()) is None
        page.context.close()
    assert [row for row in complaints.rows if "status of 4" not in row] == []


def look(page, name, *, whole=True):
    """Keep a picture where REVIEW_PICTURES names a folder."""
    folder = os.environ.get("REVIEW_PICTURES")
    if folder:
        page.wait_for_timeout(800)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=whole)


def work(money):
    """Let the worker work, beside the browser's event loop: signing a bill has one of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(money.work).result()


def order_state(page, state):
    page.locator(f"[data-testid=order-state][data-state={state}]").wait_for()


def test_an_order_is_issued_cancelled_and_revived_on_the_case_page(desk, money):
    case_no = money.case()
    page = desk("clerk_xianan", f"/cases/{case_no}")
    page.get_by_test_id("make-order").click()
    order_state(page, "issued")
    look(page, "case-issued")
    with page.expect_popup() as opened:
        page.get_by_test_id("order-notice").click()
    notice = page.context.request.get(opened.value.url)
    assert (notice.ok, notice.headers["content-type"]) == (True, "application/pdf")
    folder = os.environ.get("REVIEW_PICTURES")
    if folder:
        Path(folder, "notice.pdf").write_bytes(notice.body())
    opened.value.close()
    page.get_by_test_id("order-cancel").click()
    look(page, "case-cancel-dialog", whole=False)
    page.get_by_test_id("dialog-save").click()
    order_state(page, "cancelled")
    assert page.get_by_test_id("order-notice").count() == 0
    page.get_by_test_id("order-revive").click()
    page.locator("dialog textarea").fill("当事人要求继续缴费")
    look(page, "case-revive-dialog", whole=False)
    page.get_by_test_id("dialog-save").click()
    order_state(page, "issued")
    assert "已取消" in page.get_by_test_id("case-order").inner_text()


def test_late_money_is_told_and_pays_when_the_order_is_revived(desk, money):
    case_no = money.case()
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    money.ask("clerk_xianan", "POST", f"/orders/{order['order_no']}/cancel", json={})
    assert money.send(*money.event(order, channel_txn="LATE")).json["result"] == "suspense"
    page = desk("clerk_xianan", f"/cases/{case_no}", lang="en")
    assert "550.00" in page.get_by_test_id("order-late").inner_text()
    look(page, "case-late-en")
    page.get_by_test_id("order-revive").click()
    page.locator("dialog textarea").fill("late payment")
    page.get_by_test_id("dialog-save").click()
    order_state(page, "paid")
    assert page.get_by_test_id("order-late").count() == 0
    work(money)


def test_cases_of_one_payer_are_ticked_into_one_order(desk, money):
    first, second = money.case(), money.case()
    page = desk("clerk_xianan", f"/cases/{first}")
    page.get_by_test_id("order-joint").get_by_role("checkbox").first.wait_for()
    box = page.get_by_test_id("order-joint").locator(f"input[value='{second}']")
    box.check()
    look(page, "case-joint")
    page.get_by_test_id("make-order").click()
    order_state(page, "issued")
    assert "1,100.00" in page.get_by_test_id("order-amount").inner_text()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_taxes_are_shown_with_state_and_certificate(desk, money, lang):
    case_no = money.case()
    numbers = {"assessment_no": f"TAX-{lang}", "tax_source_no": f"SY-{lang}"}
    assert assess(money, case_no, **numbers).status_code == 201
    order = money.ask("clerk_xianan", "POST", f"/cases/{case_no}/orders").json
    money.send(*money.event(order, channel_txn=f"TAX-{lang}"))
    work(money)
    page = desk("clerk_xianan", f"/cases/{case_no}", lang=lang)
    page.locator("[data-testid=case-taxes] [data-state=certified]").wait_for()
    text = page.get_by_test_id("case-taxes").inner_text()
    assert f"SY-{lang}" in text
    assert "SB42" in text
    look(page, f"case-taxes-{lang}")


def test_a_relief_is_granted_at_the_window_and_stands_on_the_case(desk, money):
    page = desk("clerk_xianan", "/window")
    page.get_by_test_id("type-land_use_first").check()
    box = page.get_by_test_id("declare-collective_reform")
    box.wait_for()
    document = page.get_by_test_id("relief-collective_reform")
    assert not document.is_visible()
    box.check()
    document.fill("通政函〔2026〕7号")
    look(page, "window-relief")
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
        shown = desk("clerk_xianan", f"/cases/{case_no}", lang=lang)
        shown.get_by_test_id("relief").wait_for()
        text = shown.locator("#fees").inner_text()
        assert word in text
        assert "通政函〔2026〕7号" in text
        assert "clerk_xianan" in text
        look(shown, f"case-relief-{lang}")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_tariff_can_be_read_by_everybody(desk, lang):
    page = desk(None, "/help/tariff", lang=lang)
    page.locator("#R02[data-in-force=yes]").wait_for()
    assert page.locator("[data-rule=R02]").count() == 2
    assert (
        page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        == 0
    )
    look(page, f"tariff-{lang}")
