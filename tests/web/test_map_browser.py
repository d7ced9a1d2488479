"""The map pages in Chromium: choose, search, date, measure; nothing from outside, nothing refused."""

import pytest

from tests.flows.browser import open_page
from tests.web.map_city import NEW, OLD, fill
from tests.web.people import PASSWORD
from tests.web.serving import application, serving

pytestmark = pytest.mark.browser

IDLE = """() => new Promise(done => {
    const m = window.__map;
    if (m.loaded() && m.areTilesLoaded() && !m.isMoving()) done(true);
    else m.once("idle", () => done(true));
})"""


@pytest.fixture(scope="module")
def base(module_db, tmp_path_factory):
    fill(module_db)
    with serving(application(module_db, tmp_path_factory.mktemp("home"))) as address:
        yield address


@pytest.fixture
def page(chromium):
    """Return a page; at the end it must have nothing to complain of."""
    found, complaints = chromium
    complaints.rows.clear()
    page = open_page(found, complaints)
    yield page
    page.context.close()
    assert complaints.rows == []


def sign_in(page, base, login):
    answer = page.context.request.post(
        f"{base}/api/v1/auth/session", data={"username": login, "password": PASSWORD}
    )
    assert answer.ok


def at_parcels(page, more="", zoom=18):
    """Open the map over the five parcels."""
    import numpy as np

    from spatial.crs import to_degrees

    lon, lat = to_degrees(np.array([[530065.0, 3300005.0]]))[0]
    page.goto(f"/#m={zoom}/{lat:.6f}/{lon:.6f}{more}")
    page.wait_for_function("() => window.__map && window.__map.isStyleLoaded()")
    page.evaluate(IDLE)


def click_plane(page, east, north):
    """Click on a place of EPSG:4547 and wait for the answer about the parcel there."""
    import numpy as np

    from spatial.crs import to_degrees

    lon, lat = to_degrees(np.array([[east, north]]))[0]
    point = page.evaluate("p => { const q = window.__map.project(p); return [q.x, q.y]; }", [lon, lat])
    box = page.locator("#map canvas").bounding_box()
    page.mouse.click(box["x"] + point[0], box["y"] + point[1])


def test_a_click_on_each_parcel_opens_its_own_panel(page):
    at_parcels(page)
    for serial, code in enumerate([*OLD, NEW], start=1):
        with page.expect_response(f"**/api/v1/parcels/{code}*"):
            click_plane(page, 530005 + 20 * serial, 3300005)
        page.locator("#detail h2", has_text=code[12:]).wait_for()
        assert f"sel={code}" in page.url
    assert page.evaluate("() => window.__map.getFilter('parcels-selected')[2]") == NEW


def test_the_public_sees_no_rights(page):
    at_parcels(page, more=f"&sel={OLD[0]}")
    page.locator("#detail", has_text="权利与案件信息仅对登录的工作人员显示").wait_for()
    assert "尚无登记的权利" not in page.locator("#detail").inner_text()


def test_staff_see_the_register_page(page, base):
    sign_in(page, base, "ann")
    at_parcels(page, more=f"&sel={OLD[0]}")
    page.locator("#detail", has_text="尚无登记的权利").wait_for()
    page.locator("#detail", has_text="没有在办案件").wait_for()


@pytest.mark.parametrize("words", [OLD[1], f"{OLD[1]}W00000000", "样例路2号"])
def test_search_finds_a_parcel_and_goes_there(page, base, words):
    sign_in(page, base, "ann")
    page.goto("/")
    page.wait_for_function("() => window.__map && window.__map.isStyleLoaded()")
    page.fill("#q", words)
    page.press("#q", "Enter")
    page.locator("#results .results-head").wait_for()
    if page.locator("#detail h2").count() == 0:
        page.press("#q", "ArrowDown")
        page.keyboard.press("Enter")
    page.locator("#detail h2", has_text=OLD[1][12:]).wait_for()
    page.evaluate(IDLE)
    assert page.evaluate("() => window.__map.getZoom()") > 16


def test_coordinates_are_read_out_to_the_millimetre(page):
    import re

    import numpy as np

    from spatial.crs import GEOGRAPHIC, to_plane

    at_parcels(page)
    places = np.array([[113.55, 29.05], [114.311, 29.8182], [114.96, 30.29]])
    shown = [
        page.evaluate("async p => (await import('/static/mapview.js')).coordinatesText(p[0], p[1])", place)
        for place in places.tolist()
    ]
    for text, place, plane in zip(shown, places, to_plane(places, GEOGRAPHIC), strict=True):
        lon, lat, north, east = (float(n) for n in re.findall(r"\d+\.\d+", text))
        assert (lon, lat) == pytest.approx(place.tolist(), abs=1e-7)
        assert (east, north) == pytest.approx(plane.tolist(), abs=0.001)
    page.mouse.move(700, 400)
    assert "Y 530" in page.locator("#coordinates").inner_text()


def test_the_state_on_an_earlier_day_lacks_the_new_parcel(page):
    at_parcels(page, more="&at=2016-12-31")
    codes = """() => [...new Set(window.__map.queryRenderedFeatures({layers: ["parcels-fill"]})
        .map(feature => feature.properties.parcel_code))].sort()"""
    assert page.evaluate(codes) == OLD
    page.click("#at-clear")
    page.wait_for_function(f"() => ({codes})().length === 5")


def test_measuring_takes_the_plane_of_the_register(page):
    at_parcels(page, zoom=19)
    page.click("#measuring summary")
    page.click("[data-measure=area]")
    for east, north in ((530040, 3300000), (530050, 3300000), (530050, 3300010), (530040, 3300010)):
        click_plane(page, east, north)
        page.wait_for_timeout(350)
    page.keyboard.press("Enter")
    shown = page.locator("#measured strong").inner_text()
    area = float(shown.split(" ")[0].replace(",", ""))
    # Clicks are whole pixels of about 0.13 m.
    assert area == pytest.approx(100, abs=6)
    assert page.locator("#detail").is_hidden()


def test_the_keyboard_chooses_the_parcel_in_the_middle(page):
    at_parcels(page)
    page.locator("#map canvas").focus()
    page.keyboard.press("Enter")
    page.locator("#detail h2", has_text=OLD[2][12:]).wait_for()


def test_the_link_keeps_the_unit_and_a_place_without_parcel_lets_it_go(page, base):
    sign_in(page, base, "ann")
    unit = OLD[1] + "W00000000"
    at_parcels(page, more=f"&sel={unit}")
    page.locator("#detail h2", has_text=OLD[1][12:]).wait_for()
    assert f"sel={unit}" in page.url
    page.fill("#q", "114.6,29.6")
    page.press("#q", "Enter")
    page.locator("#detail").wait_for(state="hidden")
    assert "sel=" not in page.url


def test_an_earlier_day_shows_nothing_that_has_no_past(page):
    visible = "id => window.__map.getLayoutProperty(id, 'visibility')"
    at_parcels(page, more="&at=2016-12-31")
    assert page.evaluate(visible, "buildings-fill") == "none"
    page.click("#at-clear")
    assert page.evaluate(visible, "buildings-fill") == "visible"


def test_staff_may_lay_cases_and_heat_over_the_map(page, base):
    sign_in(page, base, "ann")
    at_parcels(page, zoom=14)
    page.click("#layers summary")
    page.get_by_label("登记案件", exact=True).check()
    page.get_by_label("案件热力（近一年）", exact=True).check()
    page.evaluate(IDLE)
    drawn = "() => window.__map.queryRenderedFeatures({layers: ['cases-point']}).length"
    page.wait_for_function(f"() => ({drawn})() > 0")
    assert page.evaluate("() => window.__map.getLayoutProperty('heat-heat', 'visibility')") == "visible"


def test_printing_takes_a_picture_of_the_map_and_its_legend(page):
    at_parcels(page, more=f"&sel={OLD[0]}")
    page.locator("#detail h2", has_text=OLD[0][12:]).wait_for()
    page.evaluate("() => { window.dispatchEvent(new Event('beforeprint')); }")
    page.emulate_media(media="print")
    picture = page.locator("#picture")
    picture.wait_for()
    # more than one colour: WebGL's emptied buffer would be blank
    colours = """async () => {
      const image = document.getElementById("picture"); await image.decode();
      const copy = document.createElement("canvas");
      Object.assign(copy, {width: image.naturalWidth, height: image.naturalHeight});
      const pen = copy.getContext("2d"); pen.drawImage(image, 0, 0);
      const seen = new Set(new Uint32Array(pen.getImageData(0, 0, copy.width, copy.height).data.buffer));
      return seen.size;
    }"""
    assert page.evaluate(colours) > 3
    assert page.locator("#detail h2").is_visible()
    assert page.locator(".map-foot .map-notice").is_visible()
    page.evaluate("() => { window.dispatchEvent(new Event('afterprint')); }")
    assert not page.locator("#layers").get_attribute("open")


def test_layers_can_be_hidden_and_the_link_keeps_it(page):
    at_parcels(page)
    page.click("#layers summary")
    page.locator("#layer-tree input[type=checkbox]").nth(3).uncheck()
    page.evaluate(IDLE)
    assert page.evaluate("() => window.__map.getLayoutProperty('parcels-fill', 'visibility')") == "none"
    assert "parcels" not in page.url.split("on=")[1].split("&")[0].split("%2C")


@pytest.mark.parametrize(("lang", "words"), [("zh", "不是法定行政区域界线"), ("en", "not a legal boundary")])
def test_every_map_carries_its_notices(page, base, lang, words):
    sign_in(page, base, "watch")
    page.goto(f"/?lang={lang}")
    page.locator(".map-foot .map-notice", has_text=words).wait_for()
    page.goto(f"/supervision?lang={lang}")
    page.locator(".frame-box .map-notice", has_text=words).wait_for()


@pytest.mark.parametrize("mode", ["heat", "film", "counties"])
def test_the_supervision_map_draws(page, base, mode):
    sign_in(page, base, "watch")
    page.goto(f"/supervision?mode={mode}&from=2026-01-01&to=2026-12-31")
    frame = page.frame_locator("#map-frame")
    frame.locator("html[data-ready=true]").wait_for()
    assert frame.locator(".leaflet-gl-layer canvas, canvas.maplibregl-canvas").count() >= 1
    if mode == "counties":
        assert frame.locator("path.leaflet-interactive").count() >= 6
    if mode == "film":
        frame.locator(".timecontrol-forward").click()
        frame.locator(".timecontrol-date", has_text="2026-").wait_for()
    if mode == "heat":
        assert frame.locator("canvas.leaflet-heatmap-layer").count() == 1


def test_a_click_on_a_county_chooses_it(page, base):
    sign_in(page, base, "watch")
    page.goto("/supervision?mode=counties&from=2026-01-01&to=2026-12-31")
    frame = page.frame_locator("#map-frame")
    frame.locator("html[data-ready=true]").wait_for()
    with page.expect_navigation():
        frame.locator("path.leaflet-interactive").first.dispatch_event("click", {"bubbles": True})
    assert "county=42" in page.url
    assert page.locator("#counties tbody tr").count() == 1


@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh", ["一号楼", "120.00", "118.50", "整幢", "—"]), ("en", ["Whole building", "Measured", "120.00"])],
)
def test_the_panel_shows_predicted_and_measured_areas_and_points(page, module_db, lang, words):
    from shapely.geometry import MultiPolygon

    from data.access.records import SYSTEM
    from spatial.buildings.records import Building, BuildingUnit
    from spatial.buildings.service import load_buildings
    from tests.database.spatial.parcel_cases import square
    from tests.web.map_city import NOW, OLD_DAY

    house = f"{OLD[3]}F0001"
    with module_db.transaction(SYSTEM) as conn:
        load_buildings(
            conn,
            [Building(house, MultiPolygon([square(82, 2, 5)]), "一号楼", floors=2, predicted_area_m2=240)],
            [
                BuildingUnit(f"{house}0001", 1, "101", "", "11", True, 120, 118.5),
                BuildingUnit(f"{house}0002", 2, "201", "", "11", True, 120),
            ],
            valid_from=OLD_DAY,
            now=NOW,
        )
    page.goto(f"/?lang={lang}#sel={OLD[3]}")
    areas, points = page.get_by_test_id("parcel-buildings"), page.get_by_test_id("parcel-points")
    areas.locator("summary").focus()
    page.keyboard.press("Enter")
    for word in words:
        areas.get_by_text(word).first.wait_for()
    points.locator("summary").click()
    points.get_by_text("J4").wait_for()
    points.get_by_text("3300010.000").first.wait_for()
