"""The finance page and the picture of an order's money, in a browser."""

import io
import json
import threading
from datetime import timedelta

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from tests.flows.browser import settled
from tests.web.money_desk import close, new_order, pay
from tests.web.people import PASSWORD
from tests.web.serving import aside, picture

pytestmark = [pytest.mark.browser, pytest.mark.town]


@pytest.fixture(scope="module")
def money(served_money):
    """A closed day with an order that was paid and 77 fen too much."""
    money = served_money
    money.order = pay(money, new_order(money))
    money.send(*money.event(money.order, channel_txn="T9", amount_fen=77))
    close(money)
    return money


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_way_of_the_money_is_drawn(money, open_as, lang):
    order_no = money.order["order_no"]
    steps = money.ask("finance_city", "GET", f"/orders/{order_no}/trace").json["steps"]
    page = open_as("finance_city", f"/trace/{order_no}", lang)
    drawn = page.get_by_test_id("trace-picture")
    assert drawn.locator(".trace-node").count() == len(steps)
    assert page.get_by_test_id("trace-steps").locator("li").count() == len(steps)
    labels = drawn.locator(".trace-node").evaluate_all(
        "found => found.map((one) => one.getAttribute('aria-label'))"
    )
    assert any(("通山" in label or "Tongshan" in label) and "550.00" in label for label in labels)
    parcel = drawn.locator("a.trace-parcel")
    assert parcel.get_attribute("href") == f"/#sel={money.order['lines'][0]['parcel_code']}"
    # Order to two payments, each to its two postings; from those of the first on to the bill.
    assert drawn.locator(".trace-line").count() == 2 + 2 + 4 + 2 + 4
    assert (
        drawn.locator("a.trace-parcel rect").evaluate("one => getComputedStyle(one).fill") != "rgb(0, 0, 0)"
    )
    picture(page, f"trace-{lang}")
    parcel.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/#**sel=**")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_number_of_the_day_sheet_opens_its_rows(money, open_as, lang):
    page = open_as("finance_city", "/finance", lang)
    page.get_by_test_id("rows-confirmed-421224-nontax").click()
    rows = page.get_by_test_id("report").locator("tbody tr")
    rows.first.wait_for()
    assert rows.count() == 1
    assert money.order["order_no"] in rows.first.inner_text()
    assert "of_county=421224" in page.url
    assert page.get_by_test_id("month-state").get_attribute("data-state") == "open"
    picture(page, f"finance-{lang}")
    page.get_by_test_id("report-name").select_option("ageing")
    page.get_by_test_id("report-show").click()
    page.get_by_test_id("report").get_by_text("DOUBLE_PAY").wait_for()
    assert page.get_by_test_id("report-pdf").get_attribute("href").startswith("/api/v1/reports/ageing?")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_month_of_a_county_opens_its_rows_and_leads_to_the_map(money, open_as, lang):
    page = open_as("finance_tongshan", "/finance", lang)
    sheet = page.get_by_test_id("county-statement")
    sheet.get_by_test_id("open-month-paid_fen").click()
    page.get_by_test_id("report").get_by_text(money.order["order_no"]).wait_for()
    parcel = page.get_by_test_id("report").locator("a[href^='/#sel=']")
    assert parcel.get_attribute("href") == f"/#sel={money.order['lines'][0]['parcel_code']}"
    sheet.get_by_test_id("open-total-confirmed_fen").click()
    page.wait_for_url("**figure=confirmed**")
    page.get_by_test_id("report").get_by_text(money.order["order_no"]).wait_for()
    assert page.get_by_test_id("statement-pdf").get_attribute("href").endswith("/statement?format=pdf")
    picture(page, f"finance-month-{lang}")


FIGURES = ("due", "paid", "arrived", "cleared", "confirmed", "refunded", "suspense")


def yuan(fen):
    return f"{fen // 100:,}.{fen % 100:02d}"


@pytest.mark.parametrize(("who", "rows"), [("finance_city", 12), ("finance_tongshan", 2)])
def test_the_day_sheet_shows_what_the_books_say(money, open_as, who, rows):
    """Every figure of every county and kind, the totals, and the figures above; a county sees its own."""
    day = money.ask(who, "GET", f"/days/{money.services.today()}").json
    page = open_as(who, "/finance")
    assert len(day["counties"]) == rows
    check_sheet(page, day, "100%")
    assert page.get_by_test_id("close-day").count() == (1 if who == "finance_city" else 0)
    assert page.get_by_test_id("books").inner_text().startswith("账务自检通过")
    # Much of a day that goes well is the same amount: told no two that are, the page shows each in its place.
    told = apart(day)
    page.route(f"**/api/v1/days/{money.services.today()}", lambda route: route.fulfill(json=told))
    page.reload()
    settled(page)
    check_sheet(page, told, "33.33%")


def apart(day):
    """Return a day whose figures are all different; a third of what arrived was cleared that day."""
    rows = [
        {**row, **{f"{name}_fen": 1_000 * at + place for place, name in enumerate(FIGURES)}}
        for at, row in enumerate(day["counties"], start=1)
    ]
    totals = {f"{name}_fen": 1_000_000 + place for place, name in enumerate(FIGURES)}
    return {
        **day,
        "counties": rows,
        "totals": {**totals, "arrived_fen": 4_000_008, "confirmed_fen": 2_000_004},
        "same_day": {**day["same_day"], "percent": "33.33"},
    }


def check_sheet(page, day, rate):
    """Hold rows, totals and the figures above against a day."""
    sheet = page.get_by_test_id("day-sheet")
    cells = sheet.locator("tbody tr").evaluate_all(
        "found => found.map((row) => [row.dataset.key,"
        " ...[...row.cells].slice(2, 9).map((one) => one.innerText.trim())])"
    )
    assert cells == [
        [f"{row['county_code']}-{row['kind']}", *(yuan(row[f"{name}_fen"]) for name in FIGURES)]
        for row in day["counties"]
    ]
    totals = [yuan(day["totals"][f"{name}_fen"]) for name in FIGURES]
    assert sheet.locator("tfoot tr > *").all_inner_texts()[2:9] == totals
    above = [one.strip() for one in page.locator("#figures dd").all_inner_texts()]
    assert above == [*totals[1:5], rate, totals[6], str(day["open_breaks"])]


def test_every_number_of_the_lists_opens_what_it_counts(money, open_as):
    page = open_as("finance_city", "/finance")
    for report, behind, opened in (
        ("ageing-n", "breaks", "DOUBLE_PAY"),
        ("pools-used_in_30_days", "bills", money.order["order_no"]),
        ("rate-arrived_fen", "lines", money.order["order_no"]),
        ("rate-credited_fen", "lines", money.order["order_no"]),
    ):
        page.get_by_test_id("report-name").select_option(report.split("-")[0])
        page.get_by_test_id("report-show").click()
        page.get_by_test_id("report").get_by_test_id(f"open-{report}").first.click()
        # What the number counts stands in its own report, too: only the other one is its rows.
        page.wait_for_url(f"**report={behind}&**")
        settled(page)
        assert page.get_by_test_id("report").get_by_text(opened).count() > 0
    page.get_by_test_id("debit-1001").click()
    entry = page.get_by_test_id("entries").locator(f"a[href='/trace/{money.order['order_no']}']").first
    entry.wait_for()


def test_the_bank_refuses_and_the_page_tries_again(money, open_as, monkeypatch):
    from api import money as wiring
    from registry.clearing.sandbox_bank import SandboxBank

    aside(lambda: pay(money, new_order(money), channel_txn="T2"))
    monkeypatch.setattr(wiring, "SandboxBank", lambda db, clock, _mode: SandboxBank(db, clock, "reject"))
    page = open_as("finance_city", "/finance")
    page.get_by_test_id("close-day").click()
    page.locator("dialog[open]").get_by_role("button", name="封账并清分", exact=True).click()
    early = page.locator("dialog[open]").get_by_role("button", name="立即封账(截止时间之前)", exact=True)
    early.or_(page.get_by_test_id("rejected").get_by_test_id("retry")).first.wait_for()
    if early.is_visible():
        early.click()
    # Why, and the difference that it opened, without a reload.
    page.get_by_test_id("rejected").get_by_text("AC01 沙箱拒绝").wait_for()
    page.get_by_test_id("breaks").get_by_text("划拨被拒").first.wait_for()
    monkeypatch.undo()
    page.get_by_test_id("rejected").get_by_test_id("retry").click()
    page.locator("#rejected-panel").wait_for(state="hidden")
    page.locator("#state[data-state=done]").wait_for()
    states = [item["state"] for item in money.ask("finance_city", "GET", "/days/today").json["payouts"]]
    assert states.count("settled") == 2


def test_a_day_on_which_the_bank_is_closed_is_cleared_when_a_person_says_so(money, open_as):
    """The refusal tells of this way, so it is offered."""
    sent = []

    def closed(route):
        sent.append(route.request.post_data_json)
        problem = {"code": "bank_closed", "detail": "银行不办理划拨"}
        if sent[-1] == {"run": "now"}:
            route.fulfill(status=202, json={"date": "2026-11-28", "state": "done", "frozen": []})
        else:
            route.fulfill(status=409, content_type="application/problem+json", body=json.dumps(problem))

    page = open_as("finance_city", "/finance")
    page.route("**/close", closed)
    page.get_by_test_id("close-day").click()
    page.locator("dialog[open]").get_by_role("button", name="封账并清分", exact=True).click()
    dialog = page.locator("dialog[open]").filter(has_text="银行不办理划拨")
    picture(page, "day-bank-closed-zh")
    dialog.get_by_role("button", name="立即清分(银行非工作日)", exact=True).click()
    page.locator("#toasts").get_by_text("正在清分").wait_for()
    assert sent == [{}, {"run": "now"}]


def test_what_is_paid_and_not_billed_is_on_the_red_list(money, open_as):
    order = new_order(money)
    assert money.send(*money.event(order, channel_txn="T3")).json["result"] == "accepted"
    page = open_as("finance_city", "/finance")
    page.get_by_test_id("report-name").select_option("unbilled")
    page.get_by_test_id("report-show").click()
    page.get_by_test_id("report").get_by_text(order["order_no"]).wait_for()
    assert page.get_by_test_id("report").locator(f"a[href='/trace/{order['order_no']}']").count() == 1
    aside(money.work)
    page.get_by_test_id("report-show").click()
    page.get_by_test_id("report").get_by_text(order["order_no"]).wait_for(state="detached")


def test_the_banks_balance_stands_beside_the_ledgers(money, open_as):
    day = money.services.today()
    head = "account,statement_ref,booked_on,amount_fen,reference,counterparty"
    lines = [head, f"990000421200000001,B1,{day},0,OPBD,", f"990000421200000001,B1,{day},77,XX-1,"]
    raw = "\n".join([*lines, f"990000421200000001,B1,{day},77,CLBD,"])
    file = {"file": (io.BytesIO(raw.encode()), "b.csv")}
    assert money.ask("finance_city", "POST", "/statements", data=file).status_code == 201
    page = open_as("finance_city", "/finance")
    page.get_by_test_id("report-name").select_option("balance")
    page.get_by_test_id("report-show").click()
    page.get_by_test_id("report").get_by_test_id("open-balance-bank_fen").click()
    page.get_by_test_id("report").get_by_text("XX-1").wait_for()
    page.get_by_test_id("report-name").select_option("balance")
    page.get_by_test_id("report-show").click()
    page.get_by_test_id("report").get_by_test_id("open-balance-ledger_fen").click()
    page.get_by_test_id("entries").locator("tbody tr").first.wait_for()


def test_a_county_sees_its_breaks_and_brings_its_statement(money, open_as):
    page = open_as("finance_tongshan", "/finance")
    assert page.locator("#statement").count() == 1
    assert page.get_by_test_id("breaks").get_by_text("DOUBLE_PAY").count() == 0
    assert page.locator("#report-name option[value=balance]").count() == 0
    picture(page, "finance-county")


def test_a_bill_shows_who_signed_it_and_is_entered_in_books_once(open_as, money):
    (bill,) = money.order["receipts"]
    path = f"/receipts/{bill['code']}/{bill['number']}"
    assert money.ask("clerk_xianan", "POST", f"{path}/copies").status_code == 200
    pdf = money.ask("finance_city", "GET", f"{path}.pdf").data
    page = open_as(None, "/verify")
    page.get_by_test_id("verify-file").set_input_files(
        {"name": "bill.pdf", "mimeType": "application/pdf", "buffer": pdf}
    )
    result = page.locator("[data-testid=verify-result] [data-valid=true]")
    result.wait_for()
    signatures = page.locator("[data-testid=signatures] tbody tr")
    assert [row.split()[-1] for row in signatures.all_inner_texts()] == ["有效"] * 3
    assert "SM2-SM3" in signatures.nth(1).inner_text()
    assert "未入账" in result.inner_text()
    for organisation, said in (("某某公司", "entered"), ("另一公司", "entered_before")):
        page.get_by_label("入账单位").fill(organisation)
        page.get_by_label("记账凭证号").fill("记-11-0042")
        page.locator("#entry-check_code").fill(bill["check_code"])
        page.get_by_test_id("entry-submit").click()
        page.locator(f"[data-testid=entry-result][data-result={said}]").wait_for()
    picture(page, "verify-entry")
    page.get_by_test_id("verify-file").set_input_files(
        {"name": "again.pdf", "mimeType": "application/pdf", "buffer": pdf}
    )
    page.locator("[data-testid=verify-result] dl", has_text="已入账").wait_for()
    picture(page, "verify-entered")
    facts = page.locator("[data-testid=verify-result] dl").inner_text().split("\n")
    assert facts[facts.index("已打印份数") + 1] == "1"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_bill_to_the_wrong_payer_is_corrected_by_two_persons(open_as, money, lang):
    """The county asks on the page, the city approves there; the list then has three bills."""
    order = new_order(money)
    assert money.send(*money.event(order, channel_txn=f"T-{lang}")).json["result"] == "accepted"
    # Signing has an event loop of its own, so it cannot run beside the browser's.
    worker = threading.Thread(target=money.work)
    worker.start()
    worker.join()
    (bill,) = money.ask("clerk_xianan", "GET", f"/orders/{order['order_no']}").json["receipts"]
    asking = open_as("finance_tongshan", "/finance/bills", lang)
    row = asking.locator(f"[data-testid=bills] tr[data-key='{bill['number']}']")
    row.get_by_test_id("bill-correct").click()
    form = asking.locator("dialog")
    form.locator("[name=payer_name]").fill("咸宁市某某有限公司")
    form.locator("[name=payer_code]").fill("91421200MA0000000X")
    form.locator("[name=reason]").fill("写成了经办人")
    picture(asking, f"correction-form-{lang}")
    form.get_by_test_id("dialog-save").click()
    asking.locator("[data-testid=corrections] tbody tr", has_text=bill["number"]).wait_for()
    page = open_as("finance_city", "/finance/bills", lang)
    asked = page.locator("[data-testid=corrections] tbody tr", has_text=bill["number"])
    asked.get_by_test_id("correction-approve").click()
    page.get_by_test_id("dialog-save").click()
    asked.locator(":scope:not(:has([data-testid=correction-approve]))").wait_for()
    page.locator("[data-testid=bills] tr", has_text=f"{bill['code']}-{bill['number']}").first.wait_for()
    picture(page, f"corrections-{lang}")
    found = money.ask("finance_city", "GET", f"/orders/{order['order_no']}").json["receipts"]
    assert sorted(one["amount_fen"] for one in found)[0] == -bill["amount_fen"]
    assert len(found) == 3


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_administrator_chooses_what_one_piece_is(money, open_as, lang):
    with money.db.transaction(SYSTEM) as conn:
        access.create_user(
            conn, login=f"boss_{lang}", name="b", roles=["admin"], office="city", password=PASSWORD
        )
    page = open_as(f"boss_{lang}", "/admin", lang)
    page.get_by_test_id("tab-tariff").click()
    page.get_by_test_id("choose-mortgage_piece").click()
    dialog = page.locator("dialog")
    begins = money.services.today() + timedelta(days={"zh": 1, "en": 2}[lang])
    dialog.locator("[name=option]").select_option("per_loan")
    dialog.locator("[name=valid_from]").fill(begins.isoformat())
    dialog.locator("[name=source_doc]").fill("咸自然资函〔2026〕9号")
    dialog.locator(".btn-primary").click()
    page.locator(f"tr[data-key='mortgage_piece-{begins}']").wait_for()
    picture(page, f"admin-tariff-{lang}")
    chosen = money.ask(None, "GET", f"/tariff?at={begins}").json["choices"]
    assert [(row["option"], row["source_doc"]) for row in chosen] == [("per_loan", "咸自然资函〔2026〕9号")]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_clerk_grants_a_relief_whose_document_came_later(money, open_as, lang):
    page = open_as("clerk_xianan", f"/cases/{money.case()}", lang)
    page.get_by_test_id("relief-later").click()
    dialog = page.locator("dialog")
    dialog.locator("[name=fact]").select_option("collective_reform")
    dialog.locator("[name=document]").fill("通政函〔2026〕7号")
    dialog.locator("[name=reason]").fill("受理后补交")
    dialog.locator(".btn-primary").click()
    page.get_by_test_id("fee-replaced").wait_for()
    assert "550.00" in page.locator("#fees s").last.inner_text()
    assert "0.00" in page.locator("#fees tfoot").inner_text()
    assert page.get_by_test_id("relief-later").count() == 0
    picture(page, f"relief-{lang}")
