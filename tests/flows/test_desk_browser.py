"""Round the desk: a result comes again as its next version, with the difference of its findings."""

import geopandas as gpd
import pytest
from shapely.geometry import box

from data.access import service as access
from data.access.records import SYSTEM
from data.callbacks import service as callbacks
from data.callbacks import store
from data.clock import SystemClock
from tests.flows.browser import settled
from tests.flows.browser import stage as open_stage
from tests.flows.survey_files import TONGSHAN_CORNER

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def stage(city, tmp_path_factory):
    with open_stage(city.url, "desk", tmp_path_factory.mktemp("pictures")) as found:
        yield found


def parcels(path, declared):
    east, north = TONGSHAN_CORNER
    shapes = [box(east + 40 * n, north, east + 40 * n + 24, north + 30) for n in range(len(declared))]
    codes = [f"421224001001GB9600{n}" for n in range(1, len(declared) + 1)]
    frame = gpd.GeoDataFrame({"zddm": codes, "ZDMJ": declared}, geometry=shapes, crs="EPSG:4547")
    frame.to_file(path, layer="ZD", driver="GPKG")
    return path


def send(page, path):
    page.get_by_test_id("survey-file").set_input_files(path)
    page.get_by_test_id("survey-send").click()
    page.wait_for_url("**/surveys/*")
    page.locator("#heading[data-status=checked]").wait_for()
    settled(page)


def test_the_next_version_is_sent_from_the_page_and_compared(stage, tmp_path):
    page = stage.open("surveyor", "/surveys")
    page.get_by_test_id("survey-project").fill("XN-DESK-1")
    send(page, parcels(tmp_path / "one.gpkg", [720.0, 900.0]))
    first = page.url
    with page.expect_download() as waiting:
        page.get_by_test_id("survey-report-xlsx").click()
    assert waiting.value.path().read_bytes()[:2] == b"PK"
    page.get_by_test_id("survey-next").click()
    page.wait_for_url("**/surveys?follow=*")
    page.locator("#replaces").wait_for()
    page.wait_for_function("document.getElementById('replaces').value === '1'")
    assert page.get_by_test_id("survey-version").input_value() == "2"
    send(page, parcels(tmp_path / "two.gpkg", [950.0, 720.0]))
    page.get_by_test_id("differences").wait_for()
    figures = {word: page.get_by_test_id(f"difference-{word}").inner_text() for word in ("gone", "new")}
    assert figures == {"gone": "1", "new": "1"}
    stage.look(page, "differences", whole=True)
    page.goto(first)
    page.get_by_test_id("survey-replaced-by").wait_for()
    assert page.locator("#heading").get_attribute("data-status") == "cancelled"
    page.go_back()
    page.locator("#heading[data-status=checked]").wait_for()
    page.get_by_test_id("survey-withdraw").click()
    page.locator("dialog button.btn-danger, dialog .btn-primary").first.click()
    page.locator("#heading[data-status=cancelled]").wait_for()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_interface_for_platforms_is_described(stage, lang):
    page = stage.open("surveyor", f"/help/platform?lang={lang}")
    page.get_by_test_id("help-platform").wait_for()
    assert page.locator("#verify").inner_text() == {"zh": "验签", "en": "Check the signature"}[lang]
    stage.look(page, f"platform-{lang}", whole=True)


@pytest.fixture
def given_up(city):
    """An event that a partner's platform never took: its address and what it was about."""
    url, now = "https://192.0.2.1/ningtu", SystemClock().now()
    with city.db.transaction(SYSTEM) as conn:
        access.create_key(conn, "partner", key="nt_key-of-the-desk")
        (key_id,) = conn.execute("SELECT max(key_id) FROM registry.api_key").fetchone()
        store.save(conn, key_id, url, now)
        callbacks.publish(conn, "partner", "survey:77", "survey.status", {"status": "checked"}, at=now)
        conn.execute(
            "UPDATE registry.callback_event SET state = 'given_up', attempts = 9, last_status = 503"
            " WHERE subject = 'survey:77'"
        )
    return url


def test_administrators_see_callbacks_and_send_one_again(city, stage, given_up):
    page = stage.open("admin", "/admin?tab=callbacks")
    events = page.get_by_test_id("callback-events")
    row = events.locator("tbody tr", has_text="survey:77 checked")
    row.wait_for()
    stage.look(page, "callbacks", whole=True)
    assert (row.locator("td.num").inner_text(), "503" in row.inner_text()) == ("9", True)
    assert page.get_by_text(given_up).count() == 1
    row.get_by_test_id("callback-again").click()
    row.get_by_test_id("callback-again").wait_for(state="detached")
    with city.db.transaction(SYSTEM) as conn:
        (state,) = conn.execute(
            "SELECT state FROM registry.callback_event WHERE subject = 'survey:77'"
        ).fetchone()
    assert state == "waiting"
