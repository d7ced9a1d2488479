"""In a browser: a county raises a dispute, the city proposes, the supervisor confirms; what a draft moves."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import openpyxl
import pytest

from registry.reconciliation import what_if
from spatial.counties.drafts import service as drafts
from tests.database.money.test_what_if import moved_town, write
from tests.flows.browser import settled
from tests.web.money_desk import close, new_order, pay
from tests.web.serving import aside, picture

pytestmark = [pytest.mark.browser, pytest.mark.town]


@pytest.fixture(scope="module")
def money(served_money):
    served_money.order = pay(served_money, new_order(served_money))
    return served_money


def state(page, expected):
    """Wait until the dispute that is open has a state."""
    page.get_by_test_id("dispute-detail").locator(f'[data-state="{expected}"]').wait_for()
    settled(page)


def save(page, **values):
    dialog = page.locator("dialog[open]")
    for name, value in values.items():
        dialog.locator(f"[name={name}]").fill(value)
    page.get_by_test_id("dialog-save").click()
    dialog.wait_for(state="detached")


def test_a_county_gives_its_own_line_to_another_that_it_chooses(money, open_as):
    """Its own county, which would be refused, is neither offered nor chosen beforehand."""
    page = open_as("finance_tongshan", f"/decisions/{money.order['lines'][0]['decision_id']}")
    page.get_by_test_id("raise-1").first.click()
    field = page.locator("dialog[open] [name=claimed_county]")
    offered = field.evaluate("field => [...field.options].map((one) => one.value)")
    assert offered == ["", "421202", "421281", "421221", "421222", "421223"]
    assert field.input_value() == ""


def test_a_dispute_from_the_county_to_the_run(money, open_as):
    chibi = open_as("finance_chibi", f"/finance/disputes?order={money.order['order_no']}")
    chibi.get_by_test_id("dispute-raise").click()
    save(chibi, reason="宗地在赤壁境内", basis_doc="赤财函〔2026〕8号")
    state(chibi, "raised")
    no = chibi.locator("#detail-title").inner_text()
    path = f"/finance/disputes?dispute={no}"
    city = open_as("finance_city", path)
    picture(city, "disputes-raised-zh")
    city.get_by_test_id("dispute-hold").click()
    save(city)
    state(city, "held")
    assert "暂存" in city.get_by_test_id("dispute-money").inner_text()
    city.get_by_test_id("dispute-propose").click()
    save(city, basis_doc="咸裁〔2026〕1号", reason="勘界后在赤壁")
    city.get_by_text("等待另一人复核").first.wait_for()
    assert city.get_by_test_id("dispute-confirm").count() == 0
    supervisor = open_as("supervisor", path, "en")
    supervisor.get_by_test_id("dispute-confirm").click()
    save(supervisor)
    state(supervisor, "ruled")
    assert "Ruled to Chibi" in supervisor.get_by_test_id("dispute-money").inner_text()
    close(money)
    aside(money.work)
    after = open_as("finance_chibi", path, "en")
    state(after, "adjusted")
    assert "Chibi" in after.get_by_test_id("dispute-money").inner_text()
    assert after.get_by_test_id("disputes").locator("tbody tr").count() == 1
    picture(after, "disputes-adjusted-en")
    other = open_as("finance_tongshan", "/finance/disputes?state=held")
    assert other.get_by_test_id("disputes").locator("tbody tr").count() == 0
    picture(other, "disputes-empty-zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_draft_of_the_lines_on_the_map(money, open_as, tmp_path, lang):
    file = write(tmp_path / "draft.gpkg", moved_town(money.db).items())
    page = open_as("finance_city", "/finance/what-if", lang)
    page.get_by_test_id("draft-file").set_input_files(file)
    page.get_by_test_id("draft-load").click()
    page.get_by_text("being compared" if lang == "en" else "正在对比").first.wait_for()
    aside(money.work)
    page.get_by_test_id("what-if-parcels").locator("tbody tr").nth(1).wait_for()
    page.locator("#map[data-drawn='2']").wait_for()
    settled(page)
    assert page.get_by_test_id("what-if-parcels").locator("tbody tr").count() == 2
    assert page.get_by_test_id("what-if-lines").locator("tbody tr").count() == 1
    assert "550.00" in page.get_by_test_id("what-if-sums").inner_text()
    picture(page, f"what-if-{lang}")
    link = page.locator("#csv").get_attribute("href")
    answer = page.context.request.get(f"{money.url}{link}")
    assert answer.ok
    assert "550.00" in answer.text()
    with page.expect_download() as download:
        page.locator("#xlsx").click()
    same_lines(download.value.path(), page.context.request.get(f"{money.url}{json_of(link)}").json()["items"])


def json_of(link):
    return link.replace("format=csv", "format=json")


def same_lines(file, items):
    """Compare a workbook with what the page shows: orders, parcels, counties, and amounts in yuan."""
    with file.open("rb") as content:
        (sheet,) = openpyxl.load_workbook(content).worksheets
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    shown = ("order_no", "line_no", "parcel_code", "county_code", "to_county")
    places = [what_if.COLUMNS.index(name) for name in shown]
    assert [[row[place] for place in places] for row in rows] == [
        [item[name] for name in shown] for item in items
    ]
    assert [row[-1] for row in rows] == [item["amount_fen"] / 100 for item in items]
    assert sheet.cell(4, len(what_if.COLUMNS)).data_type == "n"


@contextmanager
def stopped_at(money, draft_id, checked):
    """Compare a draft in a thread of its own that stands still after a number of parcels, for the block."""
    reached, go_on = threading.Event(), threading.Event()

    def stand_still(draft):
        if draft.checked == checked:
            reached.set()
            go_on.wait()

    facts = {"as_of": money.services.today(), "now": money.services.now(), "step": 1}
    compare = partial(drafts.compare, money.db, draft_id, on_step=stand_still, **facts)
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(compare)
        working.add_done_callback(lambda _: reached.set())
        try:
            reached.wait()
            yield
        finally:
            go_on.set()
        working.result()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_comparison_shows_how_far_it_is_and_is_cancelled(money, open_as, tmp_path, lang):
    file = write(tmp_path / "draft.gpkg", moved_town(money.db).items())
    page = open_as("finance_city", "/finance/what-if", lang)
    page.get_by_test_id("draft-file").set_input_files(file)
    page.get_by_test_id("draft-load").click()
    progress = page.get_by_test_id("what-if-progress")
    progress.get_by_text("Finding the ground" if lang == "en" else "正在求出").wait_for()
    picture(page, f"what-if-finding-{lang}")
    draft_id = int(page.locator("#sums-title").inner_text().removeprefix("#"))
    with stopped_at(money, draft_id, 1):
        progress.get_by_text("1 of 2" if lang == "en" else "1 / 2").wait_for()
        assert progress.locator("progress").evaluate("bar => bar.position") == 0.5
        assert page.get_by_test_id("draft-load").is_enabled()
        assert page.locator("#found").is_hidden()
        picture(page, f"what-if-progress-{lang}")
        page.get_by_test_id("what-if-cancel").click()
        page.locator("#cancelled").wait_for()
        progress.wait_for(state="hidden")
    page.get_by_test_id("what-if-parcels").locator("tbody tr").wait_for()
    settled(page)
    picture(page, f"what-if-cancelled-{lang}")
    found = money.ask("finance_city", "GET", f"/boundary-drafts/{draft_id}").json
    assert (found["state"], found["checked"], found["parcels"]) == ("cancelled", 1, 1)
