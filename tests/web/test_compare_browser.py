"""Two dates on the map in Chromium, the lineage of a parcel, what was known before a correction."""

from datetime import date

import pytest

from data.access.records import SYSTEM
from spatial.parcels.service import correct, merge, register, split
from tests.database.spatial.parcel_cases import change, code, parcel, square
from tests.web.map_city import NOW
from tests.web.serving import picture
from tests.web.test_map_browser import IDLE, at_parcels, base, page

pytestmark = pytest.mark.browser
__all__ = ["base", "page"]
LATER = NOW.replace(year=2026, month=2)


@pytest.fixture(scope="module", autouse=True)
def past(module_db, base):
    """Parcels 1 and 2 became 21, which was cut into 22 and 23; parcel 3 was corrected by a metre."""
    with module_db.transaction(SYSTEM) as conn:
        register(
            conn,
            change(parcel(31, square(20, 20)), parcel(32, square(30, 20)), valid_from=date(2015, 1, 1)),
            now=NOW,
        )
        merge(
            conn,
            [code(31), code(32)],
            parcel(21, square(20, 20, 20, 10)),
            valid_from=date(2022, 1, 1),
            now=NOW,
        )
        halves = [parcel(22, square(20, 20, 20, 5)), parcel(23, square(20, 25, 20, 5))]
        split(conn, code(21), halves, valid_from=date(2023, 1, 1), now=NOW)
        correct(conn, parcel(3, square(60, 0, 10, 11), address="样例路3号"), on=date(2023, 1, 1), now=LATER)


def rows(page):
    page.get_by_test_id("differences").locator("li").first.wait_for()
    return {
        row.split("\n")[1].replace(" ", ""): row.split("\n")[0]
        for row in page.get_by_test_id("differences").locator("li").all_inner_texts()
    }


def drawn(page, which):
    return page.evaluate(
        f"""() => [...new Set({which}.queryRenderedFeatures({{layers: ["parcels-fill"]}})
            .map((feature) => feature.properties.parcel_code))].sort()"""
    )


def test_two_dates_are_compared_on_the_map_and_in_a_list(page):
    at_parcels(page, more="&at=2021-12-31")
    page.fill("#cmp", "2023-06-01")
    page.press("#cmp", "Enter")
    handle = page.get_by_role("slider", name="卷帘")
    handle.wait_for()
    assert rows(page) == {code(22): "新设", code(23): "新设", code(31): "终止", code(32): "终止"}
    picture(page, "compare-zh")
    page.evaluate(IDLE)
    page.evaluate(IDLE.replace("__map", "__second"))
    assert code(31) in drawn(page, "window.__map")
    assert code(22) in drawn(page, "window.__second")
    assert code(22) not in drawn(page, "window.__map")
    handle.focus()
    page.keyboard.press("ArrowLeft")
    assert handle.get_attribute("aria-valuenow") == "48"
    assert "cmp=2023-06-01" in page.url
    page.get_by_test_id("differences").locator("li", has_text=code(31)[12:]).locator("button").click()
    page.locator("#detail h2", has_text=code(31)[12:]).wait_for()


def test_a_link_opens_the_same_comparison_and_it_ends(page):
    at_parcels(page, more="&at=2021-12-31&cmp=2023-06-01")
    page.get_by_role("slider", name="卷帘").wait_for()
    rows(page)
    page.click("#cmp-end")
    page.get_by_role("slider", name="卷帘").wait_for(state="detached")
    assert "cmp=" not in page.url
    assert page.locator("#differences").is_hidden()
    assert page.locator(".map-stage canvas").count() == 1
    assert page.locator(".swipe-second").count() == 0


def test_the_lineage_is_a_graph_that_the_keyboard_follows(page):
    at_parcels(page, more=f"&sel={code(22)}")
    page.get_by_role("button", name="沿革").click()
    graph = page.get_by_test_id("lineage")
    graph.wait_for()
    picture(page, "lineage-zh")
    names = graph.locator("svg text").all_text_contents()
    assert sorted(names) == sorted(one[12:] for one in (code(21), code(22), code(31), code(32)))
    assert graph.locator("li").count() == 3
    graph.locator("a", has_text=code(31)[12:]).focus()
    page.keyboard.press("Enter")
    page.locator("#detail h2", has_text=code(31)[12:]).wait_for()
    assert "at=2021-12-31" in page.url


def test_what_was_known_before_a_correction_stays_to_be_seen(page):
    at_parcels(page, more=f"&sel={code(3)}")
    detail = page.locator("#detail")
    detail.locator("dd", has_text="110.00").first.wait_for()
    page.get_by_role("button", name="历史").click()
    history = page.get_by_test_id("history")
    history.locator("li").nth(1).wait_for()
    picture(page, "history-zh")
    history.get_by_role("button").first.click()
    page.get_by_test_id("as-known").wait_for()
    detail.locator("dd", has_text="100.00").first.wait_for()
    assert "known=" in page.url
    picture(page, "as-known-zh")
    page.get_by_test_id("as-known").get_by_role("button").click()
    detail.locator("dd", has_text="110.00").first.wait_for()


def area_of_3(page, which="window.__map"):
    return page.evaluate(
        f"""() => {which}.queryRenderedFeatures({{layers: ["parcels-fill"]}})
            .filter((feature) => feature.properties.parcel_code === "{code(3)}")
            .map((feature) => feature.properties.area_m2)[0] ?? null"""
    )


def test_the_map_shows_what_the_register_knew(page):
    at_parcels(page)
    banner = page.locator("#past")
    assert banner.is_hidden()
    assert area_of_3(page) == 110
    page.get_by_text("历史时点").click()
    page.fill("#known", "2026-01-15")
    page.wait_for_function("() => new URLSearchParams(location.hash.slice(1)).get('known')")
    page.evaluate(IDLE)
    assert "按登记簿 2026-01-15 23:59 的记载，显示 " in banner.inner_text()
    assert area_of_3(page) == 100
    assert page.input_value("#known-time") == "23:59:59"
    # The link of the page says the same, at once for map, fields and panel, and in English.
    address = page.url[page.url.index("#") :] + f"&at=2024-05-01&sel={code(3)}"
    page.goto("/?lang=en" + address)
    page.locator("#detail dd", has_text="100.00").first.wait_for()
    page.evaluate(IDLE)
    assert "Shown as known on 2026-01-15 23:59, valid on 2024-05-01." in banner.inner_text()
    assert (page.input_value("#at"), page.input_value("#known")) == ("2024-05-01", "2026-01-15")
    assert area_of_3(page) == 100
    picture(page, "past-known-en")
    banner.get_by_role("button", name="Back to now").press("Enter")
    page.locator("#detail dd", has_text="110.00").first.wait_for()
    page.evaluate(IDLE)
    assert area_of_3(page) == 110
    assert banner.is_hidden()
    assert "at=" not in page.url
    assert "known=" not in page.url
    page.goto("/?lang=zh")


def test_two_dates_are_compared_as_they_were_known(page):
    at_parcels(page, more="&at=2021-12-31&cmp=2023-06-01")
    rows(page)
    page.fill("#known", "2025-12-31")
    page.locator("#differences", has_text="没有差别").wait_for()
    page.evaluate(IDLE)
    page.wait_for_function("() => window.__second && window.__second.isStyleLoaded()")
    page.evaluate(IDLE.replace("__map", "__second"))
    assert drawn(page, "window.__map") == drawn(page, "window.__second") == []
    banner = page.locator("#past").inner_text()
    assert "按登记簿 2025-12-31 23:59 的记载，显示 2021-12-31（左）与 2023-06-01（右） 有效的宗地" in banner
    picture(page, "compare-known-zh")
    page.get_by_role("button", name="登记簿记载改回现在").click()
    rows(page)


def test_the_overview_says_that_it_knows_no_past(page):
    at_parcels(page, more="&at=2021-12-31", zoom=12)
    note = page.get_by_test_id("past-overview")
    assert "格网概览表示今天的登记簿；放大到 13 级起" in note.inner_text()
    picture(page, "past-overview-zh")
    page.evaluate("() => window.__map.setZoom(13)")
    note.wait_for(state="detached")
    assert "显示 2021-12-31 有效的宗地" in page.locator("#past").inner_text()
    page.evaluate("() => window.__map.setZoom(12.9)")
    note.wait_for()
    page.get_by_text("历史时点").first.wait_for()
    page.click("#at-clear")
    note.wait_for(state="detached")


def test_the_comparison_in_english(page):
    at_parcels(page, more="&at=2021-12-31&cmp=2023-06-01")
    page.goto("/?lang=en" + page.url[page.url.index("#") :])
    page.get_by_role("slider", name="Swipe").wait_for()
    assert set(rows(page).values()) == {"New", "Ended"}
    picture(page, "compare-en")
    page.goto("/?lang=zh")
