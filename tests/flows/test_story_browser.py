"""The main job as people do it, in a real browser, from the survey file to the heatmap.

The parties and material codes, and the flat, are those that ``./ningtu city story --json`` tells; the sandbox
clock goes over the cut-off of the day. Every scene is pictured (``STORY_PICTURES``).
"""

import pytest

from tests.flows import acts, scenes
from tests.flows.browser import stage as open_stage
from tests.flows.conftest import START
from tests.flows.survey_files import write_block

pytestmark = pytest.mark.browser

COUNTY = "421224"
DAY = START.date()


@pytest.fixture(scope="module")
def stage(city, tmp_path_factory):
    with open_stage(city.url, "story", tmp_path_factory.mktemp("pictures")) as found:
        yield found


def closing_is_refused_before_the_cutoff(stage):
    page = stage.open("finance_city", "/finance")
    assert page.get_by_test_id("day").input_value() == f"{DAY}"
    page.get_by_test_id("close-day").click()
    scenes.confirm(page)
    # It asks whether to close what has arrived so far; no.
    page.locator("dialog[open] .dialog-body", has_text="17:30").wait_for()
    stage.look(page, "09-before-the-cutoff")
    page.locator("dialog[open] .btn").first.click()
    assert page.locator("#state").get_attribute("data-state") == "open"


def county_signs(stage):
    page = stage.open("finance_tongshan", "/finance")
    page.get_by_test_id("sign-day").click()
    scenes.confirm(page)
    page.get_by_test_id("signatures").get_by_text("finance_tongshan").wait_for()
    stage.look(page, "11-county-signed", whole=True)


def bill_is_genuine(stage, href, tmp_path):
    page = stage.page(None)
    bill = tmp_path / "bill.pdf"
    bill.write_bytes(page.context.request.get(href).body())
    page = stage.open(None, "/verify")
    page.get_by_test_id("verify-file").set_input_files(str(bill))
    page.locator("[data-testid=verify-result] [data-valid=true]").wait_for()
    stage.look(page, "12-verified")


def test_the_whole_story(city, stage, tmp_path):
    told = acts.told_story(city)["tongshan"]
    block = write_block(city.db, tmp_path / "tongshan.gpkg")
    survey_id = scenes.upload(
        stage, block.path, project="TS-2026-009", layer="parcels", effective_on="2026-06-02"
    )
    scenes.review(stage, survey_id)
    # A new parcel of the survey and a flat, both in 通山, at the window of 咸安.
    land = {**told["bare"]["case"], "unit_codes": block.unit_codes[:1]}
    land_no = scenes.accept(stage, "clerk_xianan", land, county_code=COUNTY, name="05-window")
    land_pay = scenes.make_order(stage, "clerk_xianan", land_no, "06-case")
    (holder,) = land["applicants"]
    bill = scenes.pay(
        stage, land_pay, holder["id_number"][-4:], county_code=COUNTY, names=("07-pay", "08-paid")
    )
    closing_is_refused_before_the_cutoff(stage)
    city.set_time(17, 31)
    page = scenes.close_day(stage, "10-day-sheet")
    assert page.locator("[data-testid=payout]").count() == 1
    county_signs(stage)
    bill_is_genuine(stage, bill, tmp_path)
    assert scenes.register(stage, "registrar_tongshan", land_no, "13-registered") == "archived"

    flat = told["flat"]["case"]
    flat_no = scenes.accept(stage, "clerk_xianan", flat, county_code=COUNTY, name="14-window-flat")
    flat_pay = scenes.make_order(stage, "clerk_xianan", flat_no)
    buyer = flat["applicants"][1]
    scenes.pay(stage, flat_pay, buyer["id_number"][-4:], county_code=COUNTY)
    # Paid after the cut-off: it is cleared by the next run, the next day.
    city.set_time(9, days=1)
    page = stage.open("finance_city", f"/finance?day={DAY}")
    page.get_by_test_id("close-day").click()
    scenes.confirm(page)
    row = page.locator(f"[data-testid=day-sheet] tr[data-key='{COUNTY}-nontax']")
    row.get_by_text("02N1").wait_for()
    assert scenes.register(stage, "registrar_tongshan", flat_no, "15-flat-registered") == "archived"

    period = {"from": f"{DAY}", "to": f"{DAY}"}
    frame = scenes.heatmap(stage, "16-heat-of-cases", metric="cases", **period)
    assert frame.locator("canvas.leaflet-heatmap-layer").count() == 1
    scenes.heatmap(stage, "17-heat-of-fees", metric="fees", **period)
    frame = scenes.heatmap(stage, "18-counties", mode="counties", metric="fees", **period)
    assert frame.locator("path.leaflet-interactive").count() >= 6
    assert stage.complaints.rows == []
