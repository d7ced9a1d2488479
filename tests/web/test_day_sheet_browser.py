"""The day sheet signed in a browser: by each county, then by the city, and so sealed."""

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from tests.flows.browser import settled
from tests.web.money_desk import close, new_order, pay
from tests.web.people import PASSWORD
from tests.web.serving import picture

pytestmark = [pytest.mark.browser, pytest.mark.town]
CITY, TONGSHAN = "421200", "421224"
OTHERS = {
    "xianan": "421202",
    "jiayu": "421221",
    "tongcheng": "421222",
    "chongyang": "421223",
    "chibi": "421281",
}


@pytest.fixture(scope="module")
def money(served_money):
    """A closed day that all counties but 通山 signed."""
    money = served_money
    pay(money, new_order(money))
    close(money)
    for office, code in OTHERS.items():
        who = f"clerk_of_{office}"
        with money.db.transaction(SYSTEM) as conn:
            access.create_user(
                conn, login=who, name=who, roles=["finance_county"], office=office, password=PASSWORD
            )
        signed = money.ask(who, "POST", f"/days/{money.services.today()}/counties/{code}/sign")
        assert signed.status_code == 200, signed.json
    return money


def row_of(page, name):
    return page.get_by_test_id("signatures").locator("tbody tr").filter(has_text=name)


def sign(page, button, title):
    """Press a button, read what is asked, agree, and wait until the button is gone."""
    page.get_by_test_id(button).click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_role("button", name=title, exact=True).click()
    page.get_by_test_id(button).wait_for(state="detached")
    settled(page)


def day_of(money):
    return money.ask("finance_city", "GET", f"/days/{money.services.today()}").json


def signed_by(money):
    return {item["county_code"]: item["signed_by"] for item in day_of(money)["signatures"]}


def test_a_month_names_what_stands_against_its_close(money, open_as):
    """Also once it was asked for and refused, and after the page was loaded anew."""
    page = open_as("finance_city", "/finance?day=2026-10-15")
    panel = page.get_by_test_id("month")
    day = panel.get_by_role("link", name="2026-10-31")
    assert day.get_attribute("href") == "/finance?day=2026-10-31#signatures-title"
    panel.get_by_text("未签认：市财政、咸安区").wait_for()
    page.get_by_test_id("close-month").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_text("2026-10 还有 1 项未办结").wait_for()
    dialog.get_by_role("button", name="月结", exact=True).click()
    panel.locator("[data-state=closing]").wait_for(timeout=60_000)
    for _ in range(2):
        panel.get_by_text("下列事项办结后再点“继续月结”即结账").wait_for()
        day.wait_for()
        panel.get_by_role("button", name="继续月结").wait_for()
        page.reload()
    picture(page, "month-refused-zh")


def test_county_and_city_sign_the_day_sheet(money, open_as):
    county = open_as("finance_tongshan", "/finance")
    assert county.get_by_test_id("sign-city").count() == 0
    row_of(county, "通山县").get_by_text("待县局签认").wait_for()
    sign(county, "sign-day", "签认本县日清表")
    row_of(county, "通山县").get_by_text("finance_tongshan").wait_for()
    picture(county, "day-signed-county-zh")
    assert (signed_by(money)[TONGSHAN], CITY in signed_by(money)) == ("finance_tongshan", False)

    city = open_as("finance_city", "/finance", "en")
    # What the county signed is there; the city signs for itself only.
    row_of(city, "Tongshan").get_by_text("finance_tongshan").wait_for()
    left = city.get_by_test_id("signatures").get_by_test_id("seal-reasons")
    left.get_by_text("Not signed: City finance", exact=True).wait_for()
    assert city.get_by_test_id("sign-day").count() == 0
    assert day_of(money)["seal"] is None
    sign(city, "sign-city", "Sign for the city")
    row_of(city, "City finance").get_by_text("finance_city").wait_for()
    picture(city, "day-signed-city-en")
    # The last signature sealed the day.
    seal = day_of(money)["seal"]
    city.get_by_test_id("signatures").get_by_text(seal["sha256"]).wait_for()
    assert (signed_by(money)[CITY], len(signed_by(money))) == ("finance_city", 7)
    # Nothing stands against it any more, and nothing is cleared into it.
    assert left.count() == 0
    assert city.get_by_test_id("close-day").count() == 0
    county.reload()
    row_of(county, "finance_city").wait_for()
    assert row_of(county, "通山县").locator(".hash").inner_text() != ""
