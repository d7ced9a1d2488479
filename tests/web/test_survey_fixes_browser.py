"""A fix is shown beside its finding and on the map, and accepted with one click."""

import pytest

from data.access.records import SYSTEM
from data.jobs.service import report_progress
from tests.web.serving import picture
from tests.web.survey_city import block, package
from tests.web.survey_people import work
from tests.web.test_survey_fixes import faulty, neighbour_lacks_a_point

pytestmark = pytest.mark.browser
FIX_ON_MAP = """() => {
    const source = document.getElementById("map").ningtuMap.getSource("finding-fix");
    return source && source.serialize().data.features.length === 1;
}"""


@pytest.fixture(scope="module")
def city(served_city):
    return served_city


def test_a_fix_is_accepted_with_one_click(city, open_as):
    survey = city.checked(faulty(), project_code="FIX")
    page = open_as("surveyor", f"/surveys/{survey['id']}")
    spike = page.locator("[data-testid=findings] li", has_text="T03")
    assert "删除尖刺" in spike.inner_text()
    spike.click()
    page.wait_for_function(FIX_ON_MAP)
    picture(page, "survey-fix-zh")
    spike.get_by_test_id("accept-fix").click()
    page.wait_for_selector("#heading[data-status=received]")
    work(city.app)
    page.wait_for_selector("#heading[data-status=checked]")
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=findings]').innerText.includes('T03')"
    )
    assert city.get(f"/surveys/{survey['id']}/fixes")["draft_no"] == 2
    choose_on_the_map(city, page, survey)


def choose_on_the_map(city, page, survey):
    """The fix of the old check is gone; a click on a finding of the new one chooses its row."""
    assert not page.evaluate(FIX_ON_MAP)
    rows = city.get(f"/surveys/{survey['id']}/findings")["features"]
    found = next(row for row in rows if row["geometry"]["type"] == "Point")
    page.evaluate(
        "p => document.getElementById('map').ningtuMap.jumpTo({ center: p, zoom: 19 })",
        found["geometry"]["coordinates"],
    )
    kind = f"findings-{found['properties']['severity']}-point"
    page.wait_for_function(
        "kind => { const map = document.getElementById('map').ningtuMap;"
        " return map.loaded() && map.queryRenderedFeatures({ layers: [kind] }).length > 0; }",
        arg=kind,
    )
    page.locator("#map canvas").click()
    # Others may lie above it.
    chosen = page.locator("[data-testid=findings] li[aria-current=true]").get_attribute("data-key")
    assert chosen in {str(row["id"]) for row in rows}


def test_the_reviewer_sees_proposals_and_touched_rights(city, open_as):
    survey = neighbour_lacks_a_point(city)
    page = open_as("surveyor", f"/surveys/{survey['id']}", "en")
    picture(page, "survey-propose-en")
    page.get_by_test_id("accept-fix").first.click()
    page.wait_for_selector("[data-testid=proposals]")
    city.post(f"/surveys/{survey['id']}/submit")
    for lang, word in (("zh", "对已登记邻宗的建议"), ("en", "Proposals to registered neighbours")):
        review = open_as("reviewer", f"/review/{survey['id']}", lang)
        review.locator("#tab-changes").click()
        assert word in review.get_by_test_id("proposals").inner_text()
        picture(review, f"review-proposals-{lang}")


def test_a_long_table_of_changes_is_paged(city, open_as):
    survey = city.checked(block(520, first=1_000, moved=600.0), project_code="LONG", kind="new")
    page = open_as("surveyor", f"/surveys/{survey['id']}")
    rows = page.locator("#changes tbody tr")
    assert rows.count() == 500
    page.get_by_test_id("more-changes").click()
    assert rows.count() == 520
    assert not page.get_by_test_id("more-changes").count()


def test_the_list_moves_and_who_is_at_a_row_stays_at_it(city, open_as):
    survey_id = city.send(package(block(2), city.tmp_path), project_code="LIST").json["id"]
    with city.db.transaction(SYSTEM) as conn:
        query = "SELECT job_id FROM spatial.survey WHERE survey_id = %s"
        (job_id,) = conn.execute(query, [survey_id]).fetchone()
    page = open_as("surveyor", "/surveys")
    row = page.locator(f"#surveys tr[data-key='{survey_id}']")
    link = row.get_by_role("link")
    for focused, done in ((row, 3), (link, 5)):
        focused.focus()
        report_progress(city.db, job_id, done, 9, "checking")
        row.get_by_text(f"{done} / 9").wait_for()
        assert focused.evaluate("it => it === document.activeElement")
    work(city.app)
    row.locator("[data-tone]", has_text="已检查").wait_for()
    assert link.evaluate("it => it === document.activeElement")
