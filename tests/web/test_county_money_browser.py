"""What city and counties settle with each other, in a browser: rules, papers of disputes and designations."""

from datetime import timedelta

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from tests.flows.browser import browser
from tests.web.money_desk import PASSWORD, Money, new_order, pay
from tests.web.serving import application, picture, serving, visits

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def money(module_db, tmp_path_factory):
    """The small town behind a running server; ``money.url`` is its address."""
    app = application(module_db, tmp_path_factory.mktemp("home"))
    money = Money(app, module_db)
    money.order = pay(money, new_order(money))
    with serving(app) as money.url:
        yield money


@pytest.fixture(scope="module")
def chromium(money):
    with browser(money.url) as found:
        yield found


@pytest.fixture
def open_as(chromium, money):
    with visits(chromium, money.url, PASSWORD) as opened:
        yield opened


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_administrator_splits_by_area_from_a_day_on(money, open_as, lang):
    with money.db.transaction(SYSTEM) as conn:
        access.create_user(
            conn, login=f"boss_{lang}", name="b", roles=["admin"], office="city", password=PASSWORD
        )
    page = open_as(f"boss_{lang}", "/admin?tab=policies", lang)
    begins = (money.services.today() + timedelta(days={"zh": 30, "en": 60}[lang])).isoformat()
    page.get_by_test_id("new-county-policy").click()
    dialog = page.locator("dialog[open]")
    # By keyboard: 2 chooses the second of the radios.
    dialog.locator("[name=area_split]").first.press("2")
    dialog.locator("[name=valid_from]").fill(begins)
    dialog.locator("[name=source_doc]").fill("咸财函〔2026〕31号")
    picture(page, f"policy-form-{lang}")
    dialog.locator("[name=source_doc]").press("Enter")
    page.locator(f"tr[data-key='{begins}']").wait_for()
    picture(page, f"policies-{lang}")
    found = money.ask("finance_city", "GET", "/admin/policies").json["county"]
    assert (found[0]["valid_from"], found[0]["area_split"]) == (begins, True)
