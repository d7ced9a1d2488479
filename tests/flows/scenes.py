"""What the people of the flows do on the pages."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.flows.browser import Stage, settled

# A real file of thousands of parcels is checked and registered in this time even on a busy machine.
LONG_MS = 900_000
STEP = "[data-testid^=act-].btn-primary:not([disabled])"


def confirm(page: Any) -> None:
    """Say yes to the page's own question."""
    dialog = page.locator("dialog[open]")
    dialog.locator(".btn-primary, .btn-danger").first.click()


def upload(stage: Stage, path: Path, *, project: str, layer: str, effective_on: str) -> str:
    """The surveyor sends a file in and submits it once it is checked; returns its id."""
    page = stage.open("surveyor", "/surveys")
    page.get_by_test_id("survey-file").set_input_files(str(path))
    page.get_by_test_id("survey-project").fill(project)
    page.get_by_test_id("survey-kind").select_option("initial_load")
    page.locator("details.options summary").click()
    page.locator("#source_layer").fill(layer)
    page.locator("#effective_on").fill(effective_on)
    stage.look(page, "01-upload")
    page.get_by_test_id("survey-send").click()
    page.wait_for_url("**/surveys/*", timeout=LONG_MS)
    page.locator("#changes-panel").wait_for(timeout=LONG_MS)
    stage.look(page, "02-findings", whole=True)
    page.get_by_test_id("survey-submit").click()
    confirm(page)
    page.locator("#heading[data-status=submitted]").wait_for()
    return str(page.url.rsplit("/", 1)[1])


def review(stage: Stage, survey_id: str) -> None:
    """The reviewer looks at the map and accepts; the page waits for the registration."""
    page = stage.open("reviewer", f"/review/{survey_id}")
    page.get_by_test_id("review-comment").fill("图形与四至一致")
    stage.look(page, "03-review")
    page.get_by_test_id("review-accept").click()
    confirm(page)
    page.locator("#heading[data-status=registered]").wait_for(timeout=LONG_MS)
    stage.look(page, "04-registered")


def accept(stage: Stage, login: str, case: dict[str, Any], *, county_code: str, name: str = "") -> str:
    """A clerk fills the window's form in with what a case needs; returns its number."""
    page = stage.open(login, "/window")
    page.get_by_test_id(f"type-{case['type_code']}").check()
    for unit_code in case["unit_codes"]:
        page.get_by_test_id("unit-find").fill(unit_code)
        page.locator(f"[data-testid=unit-hit][data-code='{unit_code}']").first.click()
    _applicants(page, case["applicants"])
    for material in case["materials"]:
        page.get_by_test_id(f"material-{material['code']}").check()
    page.locator(f"[data-testid=county-name][data-county='{county_code}']").wait_for()
    page.get_by_test_id("window-fee").locator("table").wait_for()
    if name:
        stage.look(page, name, whole=True)
    page.get_by_test_id("accept").click()
    return str(page.get_by_test_id("accepted-no").get_attribute("data-case"))


def _applicants(page: Any, applicants: Sequence[dict[str, str]]) -> None:
    rows = page.get_by_test_id("party")
    for person in applicants:
        row = rows.filter(has=page.locator(f"select[name=role] option[value={person['role']}]:checked")).first
        row.locator("[name=name]").fill(person["name"])
        row.locator("[name=id_type]").select_option(person["id_type"])
        row.locator("[name=id_number]").fill(person["id_number"])


def make_order(stage: Stage, login: str, case_no: str, name: str = "") -> str:
    """The clerk issues the payment order and sends the case on; returns the payer's address."""
    page = stage.open(login, f"/cases/{case_no}")
    page.get_by_test_id("make-order").click()
    code = page.get_by_test_id("payment-code")
    code.wait_for()
    if name:
        stage.look(page, name, whole=True)
    take_step(page)
    return str(code.get_attribute("href"))


def take_step(page: Any) -> None:
    """Take the next step of a case; the page draws its steps anew when it is done."""
    button = page.locator(STEP).first.element_handle()
    button.click()
    page.wait_for_function("(button) => !button.isConnected", arg=button)
    settled(page)


def register(stage: Stage, login: str, case_no: str, name: str = "") -> str:
    """The county takes every step that is its own; returns the state of the case."""
    page = stage.open(login, f"/cases/{case_no}")
    while page.locator(STEP).count():
        take_step(page)
    if name:
        stage.look(page, name, whole=True)
    return str(page.locator("#heading").get_attribute("data-status"))


def pay(
    stage: Stage, address: str, last4: str, *, county_code: str, names: tuple[str, str] | None = None
) -> str:
    """The payer sees why this county, pays in the sandbox, and waits for the bill; returns its address."""
    page = open_payment(stage, address, last4)
    assert page.get_by_test_id("pay-county").first.get_attribute("data-county") == county_code
    if names:
        stage.look(page, names[0], whole=True)
    page.get_by_test_id("sandbox-pay").click()
    page.locator("[data-testid=pay-state][data-state=paid]").wait_for()
    page.get_by_test_id("pay-bill").first.wait_for()
    if names:
        stage.look(page, names[1], whole=True)
    return str(page.get_by_test_id("pay-bill-pdf").first.get_attribute("href"))


def open_payment(stage: Stage, address: str, last4: str, *, state: str = "issued") -> Any:
    """Open an order of a state as its payer, without an account."""
    page = stage.open(None, address)
    # Who has opened it before in this tab would not be asked again.
    page.evaluate("() => sessionStorage.clear()")
    page.reload()
    page.get_by_test_id("pay-last4").fill(last4)
    page.get_by_test_id("pay-check").get_by_role("button").click()
    page.locator(f"[data-testid=pay-state][data-state={state}]").wait_for()
    settled(page)
    return page


def close_day(stage: Stage, name: str = "") -> Any:
    """City finance closes the day after its cut-off."""
    page = stage.open("finance_city", "/finance")
    page.get_by_test_id("close-day").click()
    confirm(page)
    page.locator("#state[data-state=done]").wait_for()
    if name:
        stage.look(page, name, whole=True)
    return page


def heatmap(stage: Stage, name: str, **query: str) -> Any:
    """The supervisor opens the map of a figure; returns its frame once it is drawn."""
    words = "&".join(f"{key}={value}" for key, value in query.items())
    page = stage.open("supervisor", f"/supervision?{words}")
    frame = page.frame_locator("#map-frame")
    frame.locator("html[data-ready=true]").wait_for()
    stage.look(page, name, whole=True)
    return frame
