"""The review workbench in Chromium: worked through by keyboard alone, swiped, decided by two."""

import numpy as np
import pytest
import shapely

from data.access import service as access
from data.access.records import SYSTEM
from spatial.crs import to_degrees
from tests.web.people import PASSWORD
from tests.web.serving import picture
from tests.web.survey_city import EAST, NORTH, SUBDISTRICT, block

pytestmark = pytest.mark.browser
FIFTY = 50
CANCEL_AND_SEE_FOCUS = """() => {
  document.querySelector("dialog[open] .dialog-foot button[type=button]").click();
  return Boolean(document.activeElement?.closest("dialog"));
}"""


@pytest.fixture(scope="module")
def city(served_city):
    with served_city.db.transaction(SYSTEM) as conn:
        access.create_user(
            conn, login="reviewer2", name="二审", roles=["reviewer"], office=None, password=PASSWORD
        )
    return served_city


@pytest.fixture
def desk(open_as):
    """Open pages as people, and wait for the state of the survey."""

    def opened(login, path, status=None):
        page = open_as(login, path)
        if status:
            page.locator(f"#heading[data-status={status}]").wait_for()
        return page

    return opened


def faulty(city, count, project, *, north=0.0, **form):
    """A checked block whose declared areas are all wrong: one error a parcel."""
    frame = block(count)
    frame.geometry = frame.geometry.translate(yoff=north)
    frame["ZDMJ"] = 700.0
    survey = city.checked(frame, project_code=project, **form)
    assert survey["counts"]["errors"] == count
    return survey


def ready(page):
    page.locator("#finding [data-testid=finding-message]").wait_for()
    page.wait_for_function("() => document.getElementById('map').ningtuMap?.loaded()")


def test_fifty_findings_are_cleared_without_a_mouse(city, desk):
    survey = faulty(city, FIFTY, "KEYS")
    page = desk("reviewer", f"/review/{survey['id']}", "checked")
    ready(page)
    picture(page, "review-start-zh")
    progress = page.get_by_test_id("progress")
    total = survey["counts"]["errors"] + survey["counts"]["warnings"]
    press = page.keyboard.press
    press("w")
    page.locator("dialog[open]").wait_for()
    picture(page, "review-answer-zh")
    press("2")
    press("Enter")
    for done in range(1, total):
        progress.filter(has_text=f"{done} / {total}").wait_for()
        if done == 25:
            page.reload()
            ready(page)
            progress.filter(has_text=f"{done} / {total}").wait_for()
            press("w")
            page.locator("dialog[open]").wait_for()
            press("2")
            press("Enter")
        else:
            press("Shift+W")
    progress.filter(has_text=f"{total} / {total}").wait_for()
    press("a")
    page.locator("dialog[open]").wait_for()
    picture(page, "review-accept-zh")
    press("Enter")
    page.locator("#heading[data-status=registered]").wait_for()
    with city.db.transaction(SYSTEM) as conn:
        codes = conn.execute(
            "SELECT reason_code, count(*) FROM spatial.finding_waiver w"
            " JOIN spatial.finding f USING (finding_id) WHERE f.survey_id = %s GROUP BY 1",
            [survey["id"]],
        ).fetchall()
    assert codes == [("W2", FIFTY)]
    page.goto("/exceptions")
    waived = page.get_by_test_id("waivers").locator("tbody tr")
    waived.nth(FIFTY - 1).wait_for()
    assert "reviewer" in waived.first.inner_text()
    picture(page, "exceptions-waivers-zh")
    page.locator("#waived-county").select_option("421202")
    page.get_by_test_id("waivers").get_by_text("没有豁免").wait_for()


@pytest.fixture(scope="module")
def small(city):
    """Three faulty parcels that stay open."""
    return faulty(city, 3, "SMALL", north=200.0)


def chosen(page):
    return page.locator(".finding-row[aria-selected=true]").get_attribute("data-key")


def test_list_and_map_lead_to_each_other(city, desk, small):
    page = desk("reviewer", f"/review/{small['id']}", "checked")
    ready(page)
    first = chosen(page)
    page.keyboard.press("j")
    second = chosen(page)
    assert second != first
    page.keyboard.press("ArrowUp")
    assert chosen(page) == first
    middle = page.evaluate("() => document.getElementById('map').ningtuMap.getCenter().toArray()")
    lon, lat = to_degrees(np.array([[EAST + 10, NORTH + 215]]))[0]
    assert middle == pytest.approx([lon, lat], abs=2e-4)
    # A click on another finding's place chooses its row.
    places = {
        str(row["properties"]["finding_id"]): row["geometry"]
        for row in city.get(f"/surveys/{small['id']}/findings", "reviewer")["features"]
    }
    assert places[second]["type"] == "Point"
    place = places[second]["coordinates"]
    page.evaluate("p => { document.getElementById('map').ningtuMap.jumpTo({center: p, zoom: 19}); }", place)
    page.wait_for_function(
        "() => { const m = document.getElementById('map').ningtuMap;"
        " return m.loaded() && m.queryRenderedFeatures({layers: ['findings-error-point']}).length > 0; }"
    )
    box = page.locator("#map canvas").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function(
        "key => document.querySelector('.finding-row[aria-selected=true]')?.dataset.key === key", arg=second
    )


def test_the_swipe_moves_with_the_arrow_keys(desk, small):
    page = desk("reviewer", f"/review/{small['id']}", "checked")
    ready(page)
    page.keyboard.press("s")
    handle = page.get_by_role("slider")
    handle.wait_for()
    page.wait_for_function("() => document.activeElement?.getAttribute('role') === 'slider'")
    assert handle.get_attribute("aria-valuenow") == "50"
    picture(page, "review-swipe-zh")
    for key, value in (("ArrowRight", "52"), ("Shift+ArrowLeft", "42"), ("End", "100"), ("Home", "0")):
        page.keyboard.press(key)
        assert handle.get_attribute("aria-valuenow") == value
    clip = page.locator(".swipe-second").evaluate("one => one.style.clipPath")
    assert clip.startswith("inset(0")
    both = """() => {
        const [a, b] = [...document.querySelectorAll('#map, .swipe-second')].map((one) => one.ningtuMap);
        const seen = (map) => map.getLayoutProperty('draft-fill', 'visibility') ?? 'visible';
        return [a.getZoom() - b.getZoom(), a.getCenter().lng - b.getCenter().lng, seen(a), seen(b)]; }"""
    page.evaluate("() => { document.getElementById('map').ningtuMap.jumpTo({zoom: 16.3}); }")
    assert page.evaluate(both) == [0, 0, "none", "visible"]
    page.keyboard.press("s")
    handle.wait_for(state="detached")


def test_the_help_lists_the_keys_and_the_card_opens_with_enter(desk, small):
    page = desk("reviewer", f"/review/{small['id']}?lang=en", "checked")
    ready(page)
    page.keyboard.press("?")
    page.get_by_test_id("keys").wait_for()
    picture(page, "review-keys-en")
    page.keyboard.press("Escape")
    page.get_by_test_id("keys").wait_for(state="detached")
    page.keyboard.press("Enter")
    card = page.get_by_test_id("parcel-card")
    card.wait_for()
    picture(page, "review-card-en")
    words = card.inner_text()
    assert "700.00" in words
    assert "600.00" in words
    assert "J1–J2" in words
    assert "30.00" in words
    neighbours = "() => document.getElementById('map').ningtuMap.getLayer('neighbours-label') !== undefined"
    page.wait_for_function(neighbours)
    page.goto(f"/review/{small['id']}?lang=zh")


def test_zoom_shows_a_sliver_of_millimetres_and_a_parcel_of_kilometres(city, desk):
    import geopandas as gpd
    from shapely.geometry import box

    far = NORTH + 600
    shapes = [
        box(EAST, far, EAST + 20, far + 30),
        box(EAST + 19.997, far, EAST + 40, far + 30),
        box(EAST - 2600, far + 100, EAST - 600, far + 400),
    ]
    codes = [f"{SUBDISTRICT}GB{n:05d}" for n in (801, 802, 803)]
    frame = gpd.GeoDataFrame({"zddm": codes, "ZDMJ": [600.0, 600.09, 1.0]}, geometry=shapes, crs="EPSG:4547")
    survey = city.checked(frame, project_code="ZOOM")
    page = desk("reviewer", f"/review/{survey['id']}")
    ready(page)
    zooms = {}
    for row in city.get(f"/surveys/{survey['id']}/findings", "reviewer")["features"]:
        p = row["properties"]
        if (p["rule_id"], p["object_id"]) not in {("T10", codes[0]), ("T31", codes[2])}:
            continue
        page.evaluate(
            "key => { document.querySelector(`[data-key='${key}']`).click(); }", str(p["finding_id"])
        )
        whole = page.evaluate("() => document.getElementById('map').ningtuMap.getZoom()")
        page.keyboard.press("z")
        page.keyboard.press("z") if p["rule_id"] == "T31" else None
        close = page.evaluate("() => document.getElementById('map').ningtuMap.getZoom()")
        zooms[p["rule_id"]] = (whole, close)
    assert set(zooms) == {"T10", "T31"}
    assert zooms["T10"][0] > 18.5  # 30 m of height fill the middle of the map
    assert zooms["T10"][1] > 23.5  # 3 mm are drawn about a pixel wide
    assert 13 < zooms["T31"][0] < 16.5


VIEW = """() => { const map = document.getElementById('map').ningtuMap;
    const [[west, south], [east, north]] = map.getBounds().toArray();
    return [west, south, east, north, map.getZoom()]; }"""


@pytest.mark.parametrize("width_m", [60, 4000])
def test_a_finding_about_the_whole_file_shows_all_of_the_draft(city, desk, width_m):
    frame = block(2)
    north = 20_000 + width_m
    frame.geometry = frame.geometry.translate(yoff=north)
    frame.loc[1, "geometry"] = shapely.affinity.translate(frame.geometry[0], xoff=width_m - 20)
    survey = city.checked(frame, project_code=f"WHOLE-{width_m}")
    (finding,) = (
        row
        for row in city.get(f"/surveys/{survey['id']}/findings", "reviewer")["features"]
        if row["properties"]["rule_id"] == "datum_not_verifiable"
    )
    places = np.array([[EAST, NORTH + north], [EAST + width_m, NORTH + north + 30]])
    (west, south), (east, top) = to_degrees(places)
    page = desk("reviewer", f"/review/{survey['id']}")
    ready(page)
    for press in ("Home", "z"):
        page.evaluate(
            "() => { document.getElementById('map').ningtuMap.jumpTo({zoom: 20, center: [114, 30]}); }"
        )
        page.evaluate("key => { document.querySelector(`[data-key='${key}']`).click(); }", str(finding["id"]))
        page.keyboard.press(press)
        view = page.evaluate(VIEW)
        assert view[0] < west < east < view[2]
        assert view[1] < south < top < view[3]
        assert (view[2] - view[0]) < 6 * (east - west)
    picture(page, f"review-whole-{width_m}")


def test_the_same_person_cannot_accept_twice_and_another_can(city, desk):
    fresh = block(20)
    fresh.geometry = fresh.geometry.translate(yoff=-400.0)
    fresh["zddm"] = [f"{SUBDISTRICT}GB{n:05d}" for n in range(501, 521)]
    city.registered(fresh, project_code="TWO-1")
    moved = fresh.copy()
    moved.geometry = moved.geometry.translate(xoff=0.004)
    survey = city.checked(moved, project_code="TWO-2", kind="correction")
    city.post(f"/surveys/{survey['id']}/submit")
    page = desk("reviewer", f"/review/{survey['id']}", "submitted")
    page.get_by_test_id("second-reviewer").filter(has_text="更正登记涉及20宗以上").wait_for()
    page.wait_for_function("() => document.getElementById('map').ningtuMap?.loaded()")
    page.keyboard.press("a")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Enter")
    page.locator("#message", has_text="等另一位审核人复核").wait_for()
    assert page.locator("#heading").get_attribute("data-status") == "submitted"
    picture(page, "review-second-zh")
    page.keyboard.press("a")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Enter")
    page.locator("dialog[open] .problem", has_text="另一位审核人").wait_for()
    other = desk("reviewer2", "/inbox")
    other.get_by_test_id("inbox-surveys_second").wait_for()
    other.goto(f"/review/{survey['id']}")
    other.get_by_test_id("second-reviewer").filter(has_text="reviewer").wait_for()
    other.wait_for_function("() => document.getElementById('map').ningtuMap?.loaded()")
    other.keyboard.press("a")
    other.locator("dialog[open]").wait_for()
    other.keyboard.press("Enter")
    other.locator("#heading[data-status=registered]").wait_for()


def test_a_fault_of_the_register_goes_its_round(desk, small):
    page = desk("surveyor", f"/surveys/{small['id']}", "checked")
    page.get_by_test_id("report-fault").first.click()
    page.locator("dialog [name=description]").fill("邻宗界线与档案不符")
    picture(page, "fault-report-zh")
    page.get_by_test_id("dialog-save").click()
    page.locator(".toast", has_text="已立案").wait_for()
    page.goto("/exceptions")
    page.locator("#faults tbody tr", has_text="邻宗界线与档案不符").wait_for()
    assert page.locator("#counts-panel").is_hidden()
    page = desk("reviewer", "/inbox")
    page.get_by_test_id("inbox-register_faults").locator("a").first.click()
    page.get_by_test_id("fault-confirm").click()
    page.locator("dialog [name=comment]").fill("档案无误，图形错")
    page.get_by_test_id("dialog-save").click()
    page.get_by_test_id("fault").locator("h2 .badge", has_text="已确认").wait_for()
    picture(page, "exceptions-zh")
    page.get_by_test_id("fault-mend").click()
    page.get_by_test_id("dialog-save").click()
    page.get_by_test_id("fault").locator("h2 .badge", has_text="已改正").wait_for()
    rows = page.get_by_test_id("exception-counts").locator("table").first.locator("tbody tr")
    rows.filter(has_text="T31").locator("td").nth(6).filter(has_text="1").wait_for()


def test_what_is_returned_tells_the_surveyor_why(city, desk):
    survey = faulty(city, 2, "BACK", north=4000.0)
    page = desk("reviewer", f"/review/{survey['id']}", "checked")
    ready(page)
    page.keyboard.press("c")
    page.locator("dialog[open]").wait_for()
    page.locator("dialog [name=reason]").fill("请重新量算")
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for(state="detached")
    page.keyboard.press("r")
    page.locator("dialog[open]").wait_for()
    assert not page.evaluate(CANCEL_AND_SEE_FOCUS)
    page.keyboard.press("r")
    page.locator("dialog[open] input[value=R4]").check()
    page.locator("dialog [name=comment]").fill("面积与图形不符")
    picture(page, "review-return-zh")
    page.get_by_test_id("dialog-save").click()
    page.locator("#heading[data-status=returned]").wait_for()
    page = desk("surveyor", f"/surveys/{survey['id']}", "returned")
    page.locator("#message", has_text="面积不符").wait_for()
    page.locator("#findings", has_text="请重新量算").wait_for()


def test_on_paper_there_is_every_finding_and_nothing_to_press(desk, small):
    page = desk("reviewer", f"/review/{small['id']}", "checked")
    ready(page)
    page.evaluate("() => { window.dispatchEvent(new Event('beforeprint')); }")
    page.emulate_media(media="print")
    assert (
        page.locator("#printed li:visible").count()
        == small["counts"]["errors"] + small["counts"]["warnings"] + small["counts"]["infos"]
    )
    assert page.locator("#picture").is_visible()
    assert page.locator(".finding-view").is_hidden()
    assert page.locator("button:visible, input:visible").count() == 0
    # A list longer than a page begins on the first one.
    panel = page.locator(".panel", has=page.locator("#printed"))
    assert panel.evaluate("(panel) => getComputedStyle(panel).breakInside") == "auto"
    picture(page, "review-print-zh")


@pytest.mark.parametrize(("login", "path"), [("reviewer", "/review/{}"), ("surveyor", "/surveys/{}?lang=en")])
def test_rules_that_did_not_run_are_told_from_those_that_passed(city, desk, small, login, path):
    rules = city.get(f"/surveys/{small['id']}")["run"]["rules"]
    page = desk(login, path.format(small["id"]), "checked")
    for result in ("found", "not_run", "passed"):
        expected = [rule["rule_id"] for rule in rules if rule["result"] == result]
        box = page.get_by_test_id(f"rules-{result}")
        box.locator("summary").click()
        assert expected
        assert box.locator("li a").all_inner_texts() == expected
        assert box.locator("li div").count() == (len(expected) if result == "not_run" else 0)
    assert page.get_by_test_id("count-rules_not_run").inner_text() == str(small["counts"]["rules_not_run"])
    box.locator("li a").first.click()
    page.locator(f"section#{expected[0]}").wait_for()


def test_the_list_tells_the_versions_of_a_project_apart(city, desk, small):
    faulty(city, 2, small["project_code"], north=5_000.0, version="2")
    page = desk("surveyor", "/surveys")
    row = page.locator("tr", has_text=small["project_code"])
    row.nth(1).wait_for()
    at = page.locator("thead th").all_inner_texts().index("版本")
    assert row.locator(f"td:nth-child({at + 1})").all_inner_texts() == ["2", "1"]


def test_the_pages_in_english(desk, small):
    page = desk("reviewer", f"/review/{small['id']}?lang=en", "checked")
    ready(page)
    picture(page, "review-start-en")
    page.goto("/exceptions?lang=en")
    page.get_by_test_id("waivers").locator("table, .empty").first.wait_for()
    picture(page, "exceptions-en")
    assert page.locator("html").get_attribute("lang") == "en"


def test_five_thousand_findings_are_drawn_only_where_they_are_seen(desk, small):
    page = desk("reviewer", f"/review/{small['id']}", "checked")
    ready(page)
    page.evaluate(
        """async () => {
            const { FindingList } = await import("/static/pages/findinglist.js");
            const rows = Array.from({ length: 5000 }, (_, n) => ({ properties: {
              key: `k${n}`, severity: "error", rule_id: "T10", object_id: String(n),
              message: `No. ${n}`, measured: 1, unit: "m2" } }));
            const box = document.body.appendChild(document.createElement("section"));
            box.id = "many";
            window.many = new FindingList({ box, label: "many", onChoose: () => {} });
            window.many.show(rows);
            window.many.choose("k4321");
        }"""
    )
    chosen_row = page.locator("#many .finding-row[aria-selected=true]")
    assert chosen_row.get_attribute("aria-posinset") == "4322"
    assert chosen_row.get_attribute("aria-setsize") == "5000"
    assert page.locator("#many .finding-row").count() < 60
    assert page.evaluate("() => window.many.neighbour(10)") == "k4331"
