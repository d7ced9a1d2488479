"""The audit's page: what a night found, what is gone since the night before, and where it lies."""

import os

import pytest

from api.app import create_app
from api.audit_jobs import keep_audit
from data.access import service as access
from data.access.records import SYSTEM
from data.settings import Settings
from tests.flows.browser import browser, open_page, settled
from tests.web.serving import lend_assets, serving
from tests.web.survey_people import PASSWORD
from tests.web.test_audits import SPIKED, mend, spiked
from tests.web.test_surveys import City

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def city(module_db, tmp_path_factory):
    """Two nights: a parcel with a spike, and the same parcel without; ``city.url`` serves the pages."""
    home = tmp_path_factory.mktemp("home")
    lend_assets(home)
    app = create_app(Settings(home=home, secret_key="s"), db=module_db)
    app.config["TESTING"] = True
    city = City(app, module_db, tmp_path_factory.mktemp("files"))
    city.registered(spiked())
    with module_db.transaction(SYSTEM) as conn:
        access.create_user(
            conn, login="supervisor", name="监管", roles=["supervisor"], office=None, password=PASSWORD
        )
    city.first = keep_audit(app.extensions["ningtu"])
    mend(city)
    city.second = keep_audit(app.extensions["ningtu"])
    with serving(app) as city.url:
        yield city


@pytest.fixture
def open_as(city):
    """Return how the supervisor opens an address; the page may not have complained at the end."""
    with browser(city.url) as (found, complaints):
        pages = []

        def opened(path, lang="zh"):
            page = open_page(found, complaints, lang=lang)
            pages.append(page)
            body = {"username": "supervisor", "password": PASSWORD}
            assert page.context.request.post(f"{city.url}/api/v1/auth/session", data=body).ok
            page.goto(path)
            settled(page)
            return page

        yield opened
        for page in pages:
            page.context.close()
        assert complaints.rows == []


def picture(page, name):
    if folder := os.environ.get("STORY_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_two_nights_of_the_register(city, open_as):
    page = open_as("/audit")
    rows = page.get_by_test_id("audit-findings").locator("tbody tr")
    assert rows.filter(has_text="T03").count() == 0
    picture(page, "audit-zh")
    page.get_by_test_id("audit-state").select_option("gone")
    gone = rows.filter(has_text="T03")
    gone.wait_for()
    assert SPIKED[-7:] in gone.inner_text()
    assert "state=gone" in page.url
    page.get_by_test_id("audit-run").select_option(str(city.first.run_id))
    page.get_by_test_id("audit-state").select_option("present")
    gone.wait_for()
    page.get_by_test_id("audit-severity").select_option("error")
    gone.wait_for(state="detached")
    page.get_by_test_id("audit-severity").select_option("")
    gone.get_by_role("link", name="在地图上看").click()
    page.wait_for_url("**/#m=19/**")


def test_the_address_of_a_run_keeps_its_filters(city, open_as):
    page = open_as(f"/audit?lang=en&run={city.first.run_id}&rule=T03", lang="en")
    rows = page.get_by_test_id("audit-findings").locator("tbody tr")
    rows.first.wait_for()
    assert [row.locator("td").nth(1).inner_text() for row in rows.all()] == ["T03"]
    picture(page, "audit-en")
