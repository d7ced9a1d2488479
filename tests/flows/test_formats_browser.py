"""The upload page where the coordinate system is wrong: the suggestion is a button, accepting sends again."""

import re

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import box

from tests.flows.browser import open_page, settled, sign_in
from tests.flows.browser import stage as open_stage
from tests.flows.conftest import PASSWORD
from tests.flows.survey_files import TONGSHAN_CORNER

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def stage(city, tmp_path_factory):
    with open_stage(city.url, "formats", tmp_path_factory.mktemp("pictures")) as found:
        yield found


@pytest.fixture
def swapped(tmp_path):
    east, north = TONGSHAN_CORNER
    square = shapely.transform(box(east, north, east + 24, north + 30), lambda xy: xy[:, ::-1])
    frame = gpd.GeoDataFrame({"zddm": ["421224001001GB95001"]}, geometry=[square], crs="EPSG:4547")
    frame.to_file(tmp_path / "swapped.gpkg", layer="ZD", driver="GPKG")
    return tmp_path / "swapped.gpkg"


def test_a_suggestion_is_accepted_with_the_keyboard_and_the_file_is_taken(stage, swapped):
    page = stage.open("surveyor", "/surveys")
    page.get_by_test_id("survey-file").set_input_files(swapped)
    page.get_by_test_id("survey-project").fill("XN-SWAP-1")
    page.get_by_test_id("survey-precheck").click()
    button = page.get_by_test_id("survey-suggestion")
    button.wait_for()
    assert "对调" in page.locator("#upload-problem").inner_text()
    assert page.locator("#axes").input_value() == ""  # nothing is set unasked
    stage.look(page, "suggestion", whole=True)
    button.press("Enter")  # it has the focus
    page.locator("#report").wait_for()
    assert page.locator("#axes").input_value() == "swap"
    page.get_by_test_id("survey-send").click()
    page.wait_for_url("**/surveys/*")
    page.locator("#heading[data-status=checked]").wait_for()
    settled(page)
    stage.look(page, "exports", whole=True)
    with page.expect_download() as waiting:
        page.get_by_test_id("survey-export-txt").click()
    assert waiting.value.path().read_text(encoding="utf-8").startswith("[属性描述]")


def test_the_suggestion_is_said_in_english_too(stage, swapped):
    page = open_page(stage.chromium, stage.complaints, lang="en")
    sign_in(page, "surveyor", PASSWORD)
    page.goto("/surveys?lang=en")
    page.get_by_test_id("survey-file").set_input_files(swapped)
    page.get_by_test_id("survey-precheck").click()
    button = page.get_by_test_id("survey-suggestion")
    button.wait_for()
    assert button.inner_text() == "Accept and send again"
    stage.look(page, "suggestion-en", whole=True)
    with page.expect_download() as waiting:
        page.locator("a[href='/api/v1/samples/sample.txt']").click()
    assert re.fullmatch(r"XN-SAMPLE-\d{8}-[0-9A-F]{8}\.txt", waiting.value.suggested_filename)
