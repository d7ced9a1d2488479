"""The main job as people do it, in a real browser, from the survey file to the heatmap."""

import os
from pathlib import Path

import pytest

from tests.flows.browser import browser, open_page, shot, sign_in
from tests.flows.conftest import PASSWORD
from tests.flows.survey_files import write_block

pytestmark = pytest.mark.browser

HOLDER = ("通山某某建材有限公司", "91421224MA4876543X")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    """Pictures go to the folder that a developer names, else to a scratch one."""
    return Path(os.environ.get("STORY_PICTURES") or tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def chrome(city):
    with browser(city.url) as pair:
        yield pair


def as_user(chrome, login):
    page = open_page(*chrome)
    sign_in(page, login, PASSWORD)
    return page


def map_is_still(page):
    """Wait until the map has drawn itself (a canvas, and no request under way)."""
    page.locator("canvas.maplibregl-canvas").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)


def confirm(page, *, optional=False):
    """Say yes to the page's own question; an optional one need not come."""
    button = page.locator("dialog[open] .btn-primary, dialog[open] .btn-danger")
    if optional:
        page.wait_for_timeout(400)
        if not button.count():
            return
    button.first.click()


def surveyor_uploads(page, path, pictures):
    page.goto("/surveys")
    page.get_by_test_id("survey-file").set_input_files(str(path))
    page.get_by_test_id("survey-project").fill("TS-2026-009")
    page.get_by_test_id("survey-kind").select_option("initial_load")
    page.locator("details.options summary").click()
    page.locator("#source_layer").fill("parcels")
    shot(page, pictures, "01-upload")
    page.get_by_test_id("survey-send").click()
    page.wait_for_url("**/surveys/*")
    page.get_by_test_id("survey-submit").click(timeout=60_000)
    confirm(page)
    page.get_by_test_id("survey-submit").wait_for(state="detached")
    shot(page, pictures, "02-submitted")
    return page.url.rsplit("/", 1)[1]


def reviewer_accepts(page, survey_id, pictures):
    page.goto(f"/review/{survey_id}")
    page.get_by_test_id("review-comment").fill("图形与四至一致")
    map_is_still(page)
    shot(page, pictures, "03-review")
    page.get_by_test_id("review-accept").click()
    confirm(page)
    page.get_by_test_id("review-form").wait_for(state="hidden")


def wait_registered(city, survey_id):
    import time

    for _ in range(100):
        if city.as_user("surveyor").get(f"/api/v1/surveys/{survey_id}")["status"] == "registered":
            return
        time.sleep(0.3)
    pytest.fail("the survey is not registered")


def clerk_accepts(page, unit, pictures):
    page.goto("/window")
    page.get_by_test_id("type-land_use_first").check()
    page.get_by_test_id("unit-find").fill(unit)
    page.get_by_test_id("unit-hit").first.click()
    party = page.get_by_test_id("party").first
    party.locator("[name=name]").fill(HOLDER[0])
    party.locator("[name=id_type]").select_option("uscc")
    party.locator("[name=id_number]").fill(HOLDER[1])
    page.get_by_test_id("all-materials").click()
    page.locator("[data-testid=county-name][data-county='421224']").wait_for()
    shot(page, pictures, "04-window")
    page.get_by_test_id("accept").click()
    case_no = page.get_by_test_id("accepted-no").get_attribute("data-case")
    page.get_by_test_id("accepted-open").click()
    page.wait_for_url(f"**/cases/{case_no}")
    page.get_by_test_id("make-order").click()
    code = page.get_by_test_id("payment-code")
    code.wait_for()
    shot(page, pictures, "05-case")
    address = code.get_attribute("href")
    take_step(page)
    return case_no, address


def payer_pays(page, address, pictures):
    page.goto(address)
    page.get_by_test_id("pay-last4").fill(HOLDER[1][-4:])
    page.get_by_test_id("pay-check").get_by_role("button").click()
    page.get_by_test_id("pay-county").first.wait_for()
    assert page.get_by_test_id("pay-county").first.get_attribute("data-county") == "421224"
    map_is_still(page)
    shot(page, pictures, "06-pay")
    page.get_by_test_id("sandbox-pay").click()
    page.locator("[data-testid=pay-state][data-state=paid]").wait_for()
    page.get_by_test_id("pay-bill").first.wait_for(timeout=60_000)
    shot(page, pictures, "07-paid")
    with page.expect_response(lambda answer: ".pdf" in answer.url) as found:
        page.evaluate(
            "href => { fetch(href); }", page.get_by_test_id("pay-bill-pdf").first.get_attribute("href")
        )
    assert found.value.status == 200
    assert found.value.headers["content-type"] == "application/pdf"


def finance_closes(page, pictures):
    page.goto("/finance")
    page.get_by_test_id("close-day").click()
    confirm(page)
    # before the cut-off the page asks once more whether to close what has arrived so far
    while not page.get_by_test_id("payout").count():
        confirm(page, optional=True)
    page.get_by_test_id("payout").first.wait_for(timeout=60_000)
    shot(page, pictures, "08-day-sheet")


STEP = "[data-testid^=act-].btn-primary:not([disabled])"


def take_step(page):
    """Take the next step of a case, and wait until the page has asked anew what may be done."""

    def asked_anew(answer):
        return answer.url.endswith("/actions") and answer.request.method == "GET"

    with page.expect_response(asked_anew):
        page.locator(STEP).first.click()
        confirm(page, optional=True)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)


def registrar_registers(page, case_no, pictures):
    page.goto(f"/cases/{case_no}")
    page.get_by_test_id("case-actions").wait_for()
    page.wait_for_load_state("networkidle")
    while page.locator(STEP).count():
        take_step(page)
    shot(page, pictures, "09-registered")


def supervisor_looks(page, pictures):
    page.goto("/supervision")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)
    shot(page, pictures, "10-supervision")


def test_the_whole_story(city, chrome, tmp_path, pictures):
    path = tmp_path / "tongshan.gpkg"
    unit = write_block(path)[0]
    survey_id = surveyor_uploads(as_user(chrome, "surveyor"), path, pictures)
    reviewer_accepts(as_user(chrome, "reviewer"), survey_id, pictures)
    wait_registered(city, survey_id)
    case_no, pay = clerk_accepts(as_user(chrome, "clerk_xianan"), unit, pictures)
    payer_pays(open_page(*chrome), pay, pictures)
    finance_closes(as_user(chrome, "finance_city"), pictures)
    registrar_registers(as_user(chrome, "registrar_tongshan"), case_no, pictures)
    found = city.as_user("registrar_tongshan").get(f"/api/v1/cases/{case_no}")
    assert found["status"] not in {"accepted", "review"}
    supervisor_looks(as_user(chrome, "supervisor"), pictures)
    assert chrome[1].rows == []
