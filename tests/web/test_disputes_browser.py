"""The page of disputes in a browser: a county raises, the city proposes, the supervisor confirms."""

import threading

import pytest

from tests.database.money.test_what_if import moved_town, write
from tests.flows.browser import browser, settled
from tests.web.money_desk import PASSWORD, Money, close, new_order, pay
from tests.web.serving import application, picture, serving, visits

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def db_source(town_template):
    return town_template


@pytest.fixture(scope="module")
def money(module_db, tmp_path_factory):
    """The small town behind a running server; ``money.url`` is its address."""
    app = application(module_db, tmp_path_factory.mktemp("home"))
    money = Money(app, module_db)
    money.order = pay(money, new_order(money))
    with serving(app) as money.url:
        yield money


@pytest.fixture(scope="module")
def chromium(money):
    with browser(money.url) as found:
        yield found


@pytest.fixture
def open_as(chromium, money):
    with visits(chromium, money.url, PASSWORD) as opened:
        yield opened


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


def work(money):
    """Let the worker work in a thread of its own: this one has the browser's loop."""
    thread = threading.Thread(target=money.work)
    thread.start()
    thread.join()


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
    close(money)
    work(money)
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
    work(money)
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
