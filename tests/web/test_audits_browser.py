"""The audit's page: what a night found, what is gone since the night before, and where it lies."""

import pytest

from api.audit_jobs import keep_audit
from data.access import service as access
from data.access.records import SYSTEM
from tests.web.people import PASSWORD
from tests.web.serving import picture
from tests.web.test_audits import SPIKED, mend, spiked

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def city(served_city, module_db):
    """Two nights: a parcel with a spike, and the same parcel without."""
    city = served_city
    city.registered(spiked())
    with module_db.transaction(SYSTEM) as conn:
        access.create_user(
            conn, login="supervisor", name="监管", roles=["supervisor"], office=None, password=PASSWORD
        )
    city.first = keep_audit(city.app.extensions["ningtu"])
    mend(city)
    city.second = keep_audit(city.app.extensions["ningtu"])
    return city


def test_two_nights_of_the_register(city, open_as):
    page = open_as("supervisor", "/audit")
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
    page = open_as("supervisor", f"/audit?run={city.first.run_id}&rule=T03", "en")
    rows = page.get_by_test_id("audit-findings").locator("tbody tr")
    rows.first.wait_for()
    assert [row.locator("td").nth(1).inner_text() for row in rows.all()] == ["T03"]
    picture(page, "audit-en")
