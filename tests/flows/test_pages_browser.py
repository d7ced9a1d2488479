"""Every page in Chromium, for each role: no console error, no violation of the policy, no outside request."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.flows.conftest import PASSWORD

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
TIMEOUT_MS = 30_000
# Software rendering says so on the console; that is no fault of the page.
HARMLESS = ("GPU stall", "GroupMarkerNotSet", "WebGL")
PAGES = {
    None: (
        "/sign-in",
        "/pay",
        "/pay/42120212345678901234",
        "/verify",
        "/handbook",
        "/apply",
        "/help",
        "/help/errors",
        "/help/rules",
        "/api/v1/docs",
    ),
    "surveyor": ("/inbox", "/surveys", "/password"),
    "reviewer": ("/inbox", "/surveys", "/decisions"),
    "clerk_xianan": ("/inbox", "/window", "/cases"),
    "registrar_tongshan": ("/inbox", "/cases?status=review"),
    "finance_city": ("/inbox", "/finance"),
    "finance_tongshan": ("/inbox", "/finance"),
    "supervisor": ("/inbox", "/cases", "/finance"),
    "admin": (
        "/admin",
        "/admin?tab=offices",
        "/admin?tab=holidays",
        "/admin?tab=accounts",
        "/admin?tab=audit",
    ),
}


@dataclass
class Watched:
    """A page whose faults are written down."""

    page: Any
    base: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(TIMEOUT_MS)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not any(word in message.text for word in HARMLESS):
            self.faults.append(f"console: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.faults.append(f"outside: {request.url}")

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function("() => !document.querySelector('.waiting,[aria-busy=true]')")

    def sign_in(self, login: str) -> None:
        self.page.goto(f"{self.base}/sign-in")
        self.page.fill("[data-testid=username]", login)
        self.page.fill("[data-testid=password]", PASSWORD)
        self.page.click("[data-testid=sign-in]")
        self.page.wait_for_url("**/inbox")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, city):
    """Open a browser of a person's own; what goes wrong is checked at the end."""
    opened = []

    def start(login: str | None = None, *, lang: str = "zh") -> Watched:
        context = chromium.new_context(locale="zh-CN" if lang == "zh" else "en-GB")
        context.add_cookies([{"name": "lang", "value": lang, "url": city.url}])
        watched = Watched(context.new_page(), city.url)
        opened.append(watched)
        if login:
            watched.sign_in(login)
        return watched

    yield start
    for watched in opened:
        watched.page.context.close()
    assert [fault for watched in opened for fault in watched.faults] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("login", PAGES, ids=str)
def test_pages_open_without_a_fault(visit, login, lang):
    watched = visit(login, lang=lang)
    for path in PAGES[login]:
        watched.open(path)
        assert watched.page.locator("h1").first.inner_text()
        assert not watched.page.locator(".problem").count(), path


def test_a_wrong_password_is_said_on_the_page(chromium, city):
    page = chromium.new_page()
    page.goto(f"{city.url}/sign-in")
    page.fill("[data-testid=username]", "surveyor")
    page.fill("[data-testid=password]", "not-the-password")
    page.click("[data-testid=sign-in]")
    assert "bad_credentials" in page.locator(".problem").inner_text()
    page.close()


def test_a_wrong_payer_sees_nothing(chromium, city):
    page = chromium.new_page()
    page.goto(f"{city.url}/pay/42120212345678901234")
    page.fill("[data-testid=pay-last4]", "1234")
    page.click("[data-testid=pay-check] button")
    page.wait_for_selector("#check-problem .problem")
    assert not page.locator("[data-testid=pay-amount]").count()
    page.close()


def test_the_window_works_with_the_keyboard(visit):
    """From the type to the accept button without a mouse; nothing is chosen, so it says what is missing."""
    page = visit("clerk_xianan").page
    page.goto(page.url.replace("/inbox", "/window"))
    page.wait_for_selector("[data-testid=type-land_use_first]")
    page.focus("[data-testid=type-land_use_first]")
    page.keyboard.press("Space")
    page.focus("[data-testid=accept]")
    page.keyboard.press("Enter")
    assert page.locator("[data-testid=window-problem] li").count() == 1


def test_a_new_user_can_sign_in(visit):
    admin = visit("admin").page
    admin.goto(admin.url.replace("/inbox", "/admin"))
    admin.click("[data-testid=new-user]")
    admin.fill("dialog [name=login]", "newclerk")
    admin.fill("dialog [name=name]", "新窗口")
    admin.check("dialog [name=roles][value=clerk]")
    admin.select_option("dialog [name=office]", "chibi")
    admin.fill("dialog [name=password]", PASSWORD)
    admin.click("[data-testid=dialog-save]")
    admin.wait_for_selector("tr[data-key=newclerk]")
    assert visit("newclerk").page.locator("[data-testid=inbox]").count() == 1


def test_every_control_of_the_forms_has_a_name(visit):
    """Screen readers say every field: a label, or an aria-label."""
    nameless = """() => [...document.querySelectorAll('main input,main select,main textarea')]
      .filter((one) => !one.labels?.length && !one.getAttribute('aria-label') && !one.closest('[hidden]'))
      .map((one) => one.outerHTML)"""
    for login, path in (
        ("clerk_xianan", "/window"),
        ("clerk_xianan", "/cases"),
        ("finance_city", "/finance"),
    ):
        watched = visit(login)
        watched.open(path)
        assert watched.page.evaluate(nameless) == []
