"""The pages behind the story: each state of a case and an order, the queue, the map, print, both languages.

Nothing may complain: no console error, refused content, request outside, missing file or raw text key.
"""

import re
import subprocess

import pytest

from tests.flows import acts, scenes
from tests.flows.browser import settled
from tests.flows.browser import stage as open_stage
from tests.flows.conftest import START
from tests.flows.survey_files import write_block, write_straddler

pytestmark = pytest.mark.browser

COUNTY = "421224"
DAY = START.date()
CASE_STATES = (
    "accepted",
    "supplement",
    "notice",
    "review",
    "suspended",
    "registered",
    "certified",
    "issued",
    "archived",
    "refused",
    "withdrawn",
)


@pytest.fixture(scope="module")
def big_stage(city, tmp_path_factory):
    with open_stage(city.url, "detail", tmp_path_factory.mktemp("pictures")) as found:
        yield found


@pytest.fixture
def stage(big_stage):
    """The browser; at the end nothing may have been complained of."""
    big_stage.complaints.rows.clear()
    yield big_stage
    assert big_stage.complaints.rows == []


@pytest.fixture(scope="module")
def told(city):
    return acts.told_story(city)


@pytest.fixture(scope="module")
def holder(told):
    (found,) = told["tongshan"]["bare"]["case"]["applicants"]
    return found


@pytest.fixture(scope="module")
def survey(city, tmp_path_factory):
    """A block of new parcels in 通山, registered."""
    block = write_block(city.db, tmp_path_factory.mktemp("survey") / "block.gpkg")
    sent = acts.send_survey(city, block.path, "TS-2026-020", "parcels", "2026-06-02")
    return acts.register_survey(city, sent["id"])["id"], block


@pytest.fixture(scope="module")
def flat(city, told):
    """A flat that changed hands; its fee is with the county."""
    story = told["tongshan"]["flat"]
    clerk = city.as_user("clerk_xianan")
    case_no = clerk.post("/api/v1/cases", story["case"])["case_no"]
    order = acts.pay(city, "clerk_xianan", clerk.post(f"/api/v1/cases/{case_no}/orders"))
    done = acts.advance(city, case_no)
    acts.close_day(city, DAY, now=True)
    (certificate,) = done["certificates"]
    return {**story, "case_no": case_no, "order": order, "certificate_no": certificate["certificate_no"]}


@pytest.fixture(scope="module")
def cases(city, survey, flat, holder):
    """A case in each state: those that the synthetic city lacks are made; their numbers by state."""
    _, block = survey
    units = iter(block.unit_codes)
    clerk, registrar = city.as_user("clerk_xianan"), city.as_user("registrar_tongshan")

    def new(*, until=None, paid=False):
        case_no = acts.accept_land(city, "clerk_xianan", next(units), holder)["case_no"]
        order = clerk.post(f"/api/v1/cases/{case_no}/orders")
        if paid:
            acts.pay(city, "clerk_xianan", order)
        if until:
            acts.advance(city, case_no, until=until)
        return case_no, order

    def act(who, case_no, action):
        who.post(f"/api/v1/cases/{case_no}/actions", {"action": action, "comment": "材料与现场不符"})
        return case_no

    made = {
        "accepted": new()[0],
        "supplement": act(clerk, new()[0], "ask_supplement"),
        "suspended": act(registrar, new(until="review")[0], "suspend"),
        "refused": act(clerk, new()[0], "refuse_acceptance"),
        "registered": new(until="registered")[0],
        "issued": new(until="issued", paid=True)[0],
    }
    supervisor = city.as_user("supervisor")
    for state in CASE_STATES:
        if state not in made:
            made[state] = supervisor.get(f"/api/v1/cases?status={state}&limit=1")["items"][0]["case_no"]
    return made


@pytest.fixture(scope="module")
def straddler(city, holder, tmp_path_factory):
    """A case about a parcel that lies in two counties to halves."""
    block = write_straddler(city.db, tmp_path_factory.mktemp("survey") / "straddler.gpkg")
    sent = acts.send_survey(city, block.path, "XA-2026-021", "parcels", "2026-06-02")
    acts.register_survey(city, sent["id"])
    case = acts.accept_land(city, "clerk_xianan", block.unit_codes[0], holder)
    refused = city.as_user("clerk_xianan").call(
        "POST", f"/api/v1/cases/{case['case_no']}/orders", json={}, expect=409
    )
    return {**case, "unit_code": block.unit_codes[0], "refused": refused.json()}


@pytest.mark.parametrize("state", CASE_STATES)
def test_a_case_of_each_state(stage, cases, state):
    page = stage.open("supervisor", f"/cases/{cases[state]}", f"case-{state}")
    assert page.locator("#heading").get_attribute("data-status") == state
    assert page.locator("#facts dt").count() >= 5
    assert page.locator("#map canvas").count() == 1


def test_a_survey_shows_what_it_changed(stage, survey):
    page = stage.open("surveyor", f"/surveys/{survey[0]}")
    page.locator("#changes tbody tr").first.wait_for()
    stage.look(page, "survey", whole=True)
    assert page.locator("#changes tbody tr").count() == 12


def test_two_people_decide_an_undecided_county(city, stage, straddler):
    assert straddler["county_code"] is None
    assert straddler["refused"]["code"] == "county_undecided"
    unit = straddler["unit_code"]
    page = stage.open("clerk_xianan", f"/cases/{straddler['case_no']}", "case-undecided")
    assert page.get_by_test_id("make-order").count() == 0
    page = stage.open("registrar_xianan", "/decisions")
    row = page.locator("[data-testid=undecided] tr", has=page.locator(f"a[href$='{unit}']"))
    row.locator("td").nth(1).click()
    page.locator("#undecided-map-box canvas").wait_for()
    stage.look(page, "decisions")
    row.get_by_test_id("designate").click()
    page.locator("dialog [name=county_code]").select_option(COUNTY)
    page.locator("dialog [name=basis_doc]").fill("咸宁市民政局 2026年第6号")
    page.locator("dialog [name=reason]").fill("主要出入口在通山县")
    stage.look(page, "decisions-designate")
    page.get_by_test_id("dialog-save").click()
    row.get_by_test_id("confirm-county").wait_for()
    page = stage.open("reviewer", "/decisions", "decisions-proposed")
    page.get_by_test_id("confirm-county").click()
    scenes.confirm(page)
    page.get_by_test_id("confirm-county").wait_for(state="detached")
    stage.look(page, "decisions-confirmed")
    read = city.as_user("clerk_xianan")
    found = acts.wait_for(
        lambda: read.get(f"/api/v1/cases/{straddler['case_no']}"), lambda case: case["county_code"]
    )
    assert (found["county_code"], found["decide_office"]) == (COUNTY, "tongshan")
    order = read.post(f"/api/v1/cases/{straddler['case_no']}/orders")
    assert {(line["county_code"], line["rule_id"] != "") for line in order["lines"]} == {(COUNTY, True)}


def test_a_county_signs_its_day_sheet(stage, flat):
    page = stage.open("finance_tongshan", f"/finance?day={DAY}")
    assert page.locator("[data-testid=day-sheet] tbody tr").count() == 2
    page.get_by_test_id("sign-day").click()
    scenes.confirm(page)
    page.get_by_test_id("sign-day").wait_for(state="detached")
    stage.look(page, "finance-county", whole=True)
    assert "finance_tongshan" in page.get_by_test_id("signatures").inner_text()


def test_the_city_sees_every_countys_signature_and_the_trial_balance(stage, flat):
    page = stage.open("finance_city", f"/finance?day={DAY}")
    stage.look(page, "finance-city", whole=True)
    assert page.locator("[data-testid=day-sheet] tbody tr").count() == 12
    assert page.locator("#trial-state [data-tone=ok]").count() == 1


def test_a_bill_is_verified_and_a_changed_one_is_not(city, stage, flat, tmp_path):
    (receipt,) = flat["order"]["receipts"]
    path = f"/api/v1/receipts/{receipt['code']}/{receipt['number']}.pdf?check_code={receipt['check_code']}"
    good = city.as_public().call("GET", path).content
    for name, content in (("true", good), ("false", good[:-20] + bytes([good[-20] ^ 1]) + good[-19:])):
        bill = tmp_path / f"{name}.pdf"
        bill.write_bytes(content)
        page = stage.open(None, "/verify")
        page.get_by_test_id("verify-file").set_input_files(str(bill))
        page.locator(f"[data-testid=verify-result] [data-valid={name}]").wait_for()
        stage.look(page, f"verify-{name}")


def test_the_payer_sees_each_state_of_an_order(city, stage, cases, flat, holder):
    clerk = city.as_user("clerk_xianan")

    def address(case_no):
        (order,) = clerk.get(f"/api/v1/orders?case_no={case_no}")["items"]
        return f"/pay/{order['payment_code']}"

    buyer = flat["case"]["applicants"][1]
    # State: case, payer, what is shown of it: amount, steps that are done, ways to pay, bills.
    shown = {
        "issued": (cases["accepted"], holder, ("550.00 元", 1, 1, 0)),
        "paid": (cases["issued"], holder, ("550.00 元", 3, 0, 1)),
        "cleared": (flat["case_no"], buyer, ("80.00 元", 5, 0, 1)),
    }
    for state, (case_no, payer, expected) in shown.items():
        page = scenes.open_payment(stage, address(case_no), payer["id_number"][-4:], state=state)
        stage.look(page, f"pay-{state}", whole=True)
        told = (
            page.get_by_test_id("pay-amount").inner_text(),
            page.get_by_test_id("pay-progress").locator("li.done").count(),
            page.get_by_test_id("pay-channels").count(),
            page.get_by_test_id("pay-bill").count(),
        )
        assert (state, told) == (state, expected)
        assert page.get_by_test_id("pay-county").first.get_attribute("data-county") == COUNTY
        assert page.locator("#why").inner_text().strip()
        if expected[-1]:
            link = page.get_by_test_id("pay-bill-pdf").get_attribute("href")
            assert page.context.request.get(link).body().startswith(b"%PDF")


@pytest.fixture(scope="module")
def map_page(big_stage):
    """The map of a registrar, opened once: each test searches on it."""
    return big_stage.open("registrar_tongshan", "/")


def search(page, words, code):
    """Search on the map; the panel of the parcel opens."""
    page.fill("#q", words)
    page.press("#q", "Enter")
    page.locator("#results .results-head").wait_for()
    if page.locator("#results ul button").count() > 1:
        page.locator("#results ul button").first.click()
    page.locator("#detail h2", has_text=code[12:19]).wait_for()
    settled(page)


@pytest.mark.parametrize("by", ["parcel_code", "address", "certificate_no", "case_no", "unit_code"])
def test_the_map_finds_the_flat_by(stage, map_page, flat, by):
    search(map_page, flat[by], flat["parcel_code"])
    stage.look(map_page, f"map-by-{by}")
    assert f"sel={flat['parcel_code']}" in map_page.url
    map_page.locator("#detail .close").click()
    map_page.locator("#detail").wait_for(state="hidden")


def test_the_map_shows_rights_and_the_money_trail(stage, map_page, flat):
    search(map_page, flat["unit_code"], flat["parcel_code"])
    detail = map_page.locator("#detail")
    detail.get_by_text(flat["certificate_no"]).wait_for()
    assert flat["case"]["applicants"][1]["name"] in detail.inner_text()
    detail.locator(".entry", has_text=flat["order"]["order_no"]).locator(".link-button").click()
    detail.locator(".steps li", has_text=re.compile("80.00")).first.wait_for()
    detail.locator(".steps").scroll_into_view_if_needed()
    stage.look(map_page, "map-money-trail")


def test_a_click_on_the_map_shows_the_parcel_and_its_open_case(stage, map_page, survey, cases):
    code, page = survey[1].parcel_codes[0], map_page
    search(page, code, code)
    page.locator("#detail .close").click()
    box = page.locator("#map canvas").bounding_box()
    point = page.evaluate(
        "code => { const map = window.__map;"
        " const [found] = map.queryRenderedFeatures({layers: ['parcels-fill']})"
        "   .filter((feature) => feature.properties.parcel_code === code);"
        " const ring = found.geometry.coordinates[0]; const corners = ring.slice(0, -1);"
        " const middle = [0, 1].map((axis) => corners.reduce((sum, p) => sum + p[axis], 0) / corners.length);"
        " const place = map.project(middle); return [place.x, place.y]; }",
        code,
    )
    page.mouse.move(box["x"] + point[0], box["y"] + point[1])
    assert re.search(
        r"°E .*°N\s+X 32\d+\.\d{3}\s+Y 57\d+\.\d{3} m", page.locator("#coordinates").inner_text()
    )
    page.mouse.click(box["x"] + point[0], box["y"] + point[1])
    page.locator("#detail a", has_text=cases["accepted"]).wait_for()
    assert "国有建设用地使用权首次登记" in page.locator("#detail").inner_text()
    stage.look(page, "map-click")


def test_a_permalink_opens_the_same_view(stage, map_page, survey):
    code = survey[1].parcel_codes[1]
    search(map_page, code, code)
    link, view = (
        map_page.url,
        map_page.evaluate("() => [window.__map.getZoom(), window.__map.getCenter().lng]"),
    )
    page = stage.page("reviewer")
    page.goto("about:blank")
    page.goto(link)
    page.locator("#detail h2", has_text=code[12:19]).wait_for()
    settled(page)
    again = page.evaluate("() => [window.__map.getZoom(), window.__map.getCenter().lng]")
    assert again == pytest.approx(view, abs=0.01)


@pytest.mark.parametrize("metric", ["cases", "fees"])
def test_the_supervisor_sees_the_two_years_of_the_city(stage, flat, metric):
    period = {"from": "2024-06-09", "to": f"{DAY}"}
    frame = scenes.heatmap(stage, f"heat-{metric}", metric=metric, **period)
    assert frame.locator("canvas.leaflet-heatmap-layer").count() == 1
    frame = scenes.heatmap(stage, f"counties-{metric}", metric=metric, mode="counties", **period)
    assert frame.locator("path.leaflet-interactive").count() >= 6


FIGURE = ":is(td > button.link-button, button.link-button.num)"


@pytest.mark.parametrize("path", ["case", "finance"])
def test_on_paper_nothing_is_left_to_press(stage, cases, flat, path):
    address = {"case": f"/cases/{cases['issued']}", "finance": f"/finance?day={DAY}"}[path]
    login = {"case": "clerk_xianan", "finance": "finance_city"}[path]
    page = stage.open(login, address)
    page.emulate_media(media="print")
    try:
        stage.look(page, f"print-{path}", whole=True)
        # A figure that opens its rows on the screen is a plain figure on paper.
        figures = page.locator(f"{FIGURE}:visible")
        underlines = figures.evaluate_all("all => all.map((one) => getComputedStyle(one).textDecorationLine)")
        assert set(underlines) <= {"none"}
        shown = page.locator("button:visible, .site-nav:visible, .no-print:visible").and_(
            page.locator(f":not({FIGURE})")
        )
        assert shown.evaluate_all("all => all.map((one) => one.outerHTML)") == []
    finally:
        page.emulate_media(media="screen")


@pytest.mark.parametrize("paper", ["slip", "sheet"])
def test_the_papers_are_there_to_print(stage, cases, flat, tmp_path, paper):
    path = {"slip": f"/api/v1/cases/{cases['issued']}/slip.pdf", "sheet": f"/api/v1/days/{DAY}/sheet.pdf"}
    login = {"slip": "clerk_xianan", "sheet": "finance_city"}[paper]
    pdf = tmp_path / "paper.pdf"
    pdf.write_bytes(stage.open(login, "/inbox").context.request.get(path[paper]).body())
    text = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    assert {"slip": cases["issued"], "sheet": f"{DAY}"}[paper] in text
    picture = stage.folder / f"{stage.prefix}-paper-{paper}"
    subprocess.run(["pdftoppm", "-png", "-r", "70", "-singlefile", str(pdf), str(picture)], check=True)


def test_the_language_can_be_changed_on_a_page(stage, cases):
    page = stage.open("supervisor", f"/cases/{cases['issued']}")
    try:
        page.locator(".site-tools a[hreflang=en]").click()
        page.wait_for_url("**/cases/*lang=en")
        stage.look(page, "case-english", whole=True)
        assert page.locator("html").get_attribute("lang") == "en"
        for name, path in (("finance", f"/finance?day={DAY}"), ("supervision", "/supervision"), ("map", "/")):
            page = stage.open("supervisor", path, f"{name}-english")
            assert page.locator("html").get_attribute("lang") == "en"
    finally:
        stage.open("supervisor", "/inbox?lang=zh")


def test_an_order_runs_out_after_its_thirty_days(city, stage, cases, holder):
    """Last: the clock goes on by a month."""
    (order,) = city.as_user("clerk_xianan").get(f"/api/v1/orders?case_no={cases['accepted']}")["items"]
    city.set_time(18, days=31)
    acts.close_day(city, city.today())
    page = scenes.open_payment(
        stage, f"/pay/{order['payment_code']}", holder["id_number"][-4:], state="expired"
    )
    assert page.get_by_test_id("sandbox-pay").count() == 0
    assert "已缴金额" not in page.locator("#summary").inner_text()
    stage.look(page, "pay-expired", whole=True)
