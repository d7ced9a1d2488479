"""A county's account is changed by two persons, in a browser: an administrator proposes, finance confirms."""

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from tests.web.people import PASSWORD
from tests.web.serving import picture

pytestmark = [pytest.mark.browser, pytest.mark.town]
NUMBER = "6200000000000001"


@pytest.fixture(scope="module")
def money(served_money):
    with served_money.db.transaction(SYSTEM) as conn:
        access.create_user(conn, login="boss", name="boss", roles=["admin"], office="city", password=PASSWORD)
    return served_money


def propose(page):
    page.get_by_test_id("new-account").click()
    dialog = page.locator("dialog")
    dialog.locator("[name=county_code]").select_option("421224")
    dialog.locator("[name=owner_code]").select_option("421224")
    for name, value in {
        "name": "通山县财政局非税收入专户",
        "bank": "新银行通山支行",
        "number": NUMBER,
        "cnaps": "999442122499",
        "source_doc": "通财函〔2026〕8号",
    }.items():
        dialog.locator(f"[name={name}]").fill(value)
    page.get_by_test_id("dialog-save").click()
    page.get_by_test_id("account-changes").get_by_text(NUMBER).wait_for()


def numbers_in_force(money):
    rows = money.ask("finance_city", "GET", "/admin/accounts").json["items"]
    return {row["number"] for row in rows if row["valid_to"] is None}


def test_who_proposed_an_account_takes_it_back(money, open_as):
    page = open_as("boss", "/admin?tab=accounts")
    propose(page)
    assert page.get_by_test_id("account-confirm").count() == 0
    picture(page, "account-proposed-zh")
    page.get_by_test_id("account-withdraw").click()
    page.locator("dialog .dialog-foot .btn-danger").click()
    page.get_by_text("已撤回").wait_for()
    page.get_by_test_id("account-changes").wait_for(state="hidden")
    assert NUMBER not in numbers_in_force(money)


@pytest.mark.parametrize(("lang", "who"), [("zh", "finance_tongshan"), ("en", "finance_city")])
def test_finance_compares_an_account_and_confirms_it(money, open_as, lang, who):
    """The county's finance declines the first, the city's confirms the second."""
    propose(open_as("boss", "/admin?tab=accounts"))
    other = open_as("finance_chibi", "/finance", lang)
    other.get_by_test_id("day-sheet").locator("table").wait_for()
    assert other.get_by_test_id("account-changes").is_hidden()
    page = open_as(who, "/finance", lang)
    changes = page.get_by_test_id("account-changes")
    changes.get_by_text(NUMBER).wait_for()
    picture(page, f"account-changes-{lang}")
    act = "decline" if lang == "zh" else "confirm"
    page.get_by_test_id(f"account-{act}").click()
    asked = page.locator("dialog").inner_text()
    assert all(words in asked for words in (NUMBER, "9900421224010001", "新银行通山支行", "999442122499"))
    picture(page, f"account-{act}-{lang}")
    page.locator("dialog .dialog-foot .btn").nth(1).click()
    changes.wait_for(state="hidden")
    assert (NUMBER in numbers_in_force(money)) == (act == "confirm")
