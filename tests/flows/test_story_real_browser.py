"""The main job on a real cadastral file of 9,615 parcels, in a browser: from the upload to the heatmap."""

import pytest

from tests.flows import acts, scenes
from tests.flows.browser import stage as open_stage
from tests.flows.conftest import START
from tests.flows.test_story_http import HOLDER

pytestmark = [pytest.mark.browser, pytest.mark.shared_data]

COUNTY = "421281"
DAY = START.date()


@pytest.fixture(scope="module")
def stage(empty_city, tmp_path_factory):
    with open_stage(empty_city.url, "real", tmp_path_factory.mktemp("pictures")) as found:
        yield found


def test_the_whole_story_of_a_real_parcel(empty_city, stage, shared_data):
    survey_id = scenes.upload(
        stage,
        shared_data / "soA_history_moved_to_xianning.gpkg.zip",
        project="REAL-2014",
        layer="parcels_2014_03",
        effective_on="2014-03-31",
    )
    scenes.review(stage, survey_id)
    unit = acts.inner_parcel(empty_city, COUNTY)["unit_code"]
    entry = empty_city.as_public().get("/api/v1/handbook/land_use_first")
    case = {
        "type_code": "land_use_first",
        "unit_codes": [unit],
        "applicants": [HOLDER],
        "materials": [one for one in entry["materials"] if not one.get("required_when")],
    }
    case_no = scenes.accept(stage, "clerk_tongshan", case, county_code=COUNTY, name="05-window")
    address = scenes.make_order(stage, "clerk_tongshan", case_no, "06-case")
    scenes.pay(stage, address, HOLDER["id_number"][-4:], county_code=COUNTY, names=("07-pay", "08-paid"))
    empty_city.set_time(17, 31)
    page = scenes.close_day(stage, "09-day-sheet")
    row = page.locator(f"[data-testid=day-sheet] tr[data-key='{COUNTY}-nontax']")
    assert row.locator("td", has_text="550.00").count() >= 4
    assert scenes.register(stage, "registrar_chibi", case_no, "10-registered") == "archived"
    page = stage.open("registrar_chibi", f"/#sel={unit[:19]}")
    page.locator("#detail", has_text=HOLDER["name"]).wait_for()
    stage.look(page, "11-map")
    frame = scenes.heatmap(stage, "12-heat", metric="fees", **{"from": f"{DAY}", "to": f"{DAY}"})
    assert frame.locator("canvas.leaflet-heatmap-layer").count() == 1
    assert stage.complaints.rows == []
