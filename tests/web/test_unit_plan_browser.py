"""The floor plan's button: on the map's panel when a drawn flat is chosen, for those who read the unit."""

from datetime import date

import pytest
from shapely.geometry import MultiPolygon

from data.access.records import SYSTEM
from spatial.buildings.records import Building, BuildingUnit, FloorOutline
from spatial.buildings.service import load_buildings
from tests.database.spatial.parcel_cases import square
from tests.web.map_city import OLD
from tests.web.serving import picture
from tests.web.test_map_browser import base, page, sign_in

pytestmark = pytest.mark.browser
__all__ = ["base", "page"]
HOUSE = f"{OLD[3]}F0001"
DRAWN, BLANK = f"{HOUSE}0001", f"{HOUSE}0002"


@pytest.fixture(scope="module", autouse=True)
def house(module_db, base):
    """A house with a flat that was drawn and one that was not."""
    ground = square(61, 1, 6)
    plain = {"use_code": "11", "housing": True, "measured_area_m2": 36}
    units = [
        BuildingUnit(DRAWN, 1, "101", "样例路3号101室", outlines=[FloorOutline(1, ground)], **plain),
        BuildingUnit(BLANK, 1, "102", "样例路3号102室", **plain),
    ]
    with module_db.transaction(SYSTEM) as conn:
        houses = [Building(HOUSE, MultiPolygon([ground]), "样例楼", floors=2)]
        load_buildings(conn, houses, units, valid_from=date(2015, 1, 1))


@pytest.mark.parametrize(("lang", "word"), [("zh", "分户图 PDF"), ("en", "Floor plan PDF")])
def test_a_drawn_flat_leads_to_its_plan(page, base, lang, word):
    sign_in(page, base, "ann")
    page.goto(f"/?lang={lang}#sel={DRAWN}")
    link = page.get_by_test_id("unit-plan")
    link.wait_for()
    link.scroll_into_view_if_needed()
    assert link.text_content() == word
    picture(page, f"unit_plan_{lang}")
    answer = page.context.request.get(f"{base}{link.get_attribute('href')}")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.body().startswith(b"%PDF")


def test_a_flat_without_outline_has_no_button(page, base):
    sign_in(page, base, "ann")
    page.goto(f"/#sel={BLANK}")
    page.get_by_text("样例路3号102室").first.wait_for()
    assert page.get_by_test_id("unit-plan").count() == 0
    page.get_by_role("button", name="样例路3号101室").click()
    page.get_by_test_id("unit-plan").wait_for()


def test_the_public_sees_no_button(page, base):
    page.goto(f"/#sel={DRAWN}")
    page.get_by_test_id("parcel-points").wait_for()
    page.locator('a[href^="/sign-in?next="]').first.wait_for()
    assert page.get_by_test_id("unit-plan").count() == 0
