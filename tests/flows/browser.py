"""Chromium for the flows: nothing but our own host, every complaint of a page kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--enable-unsafe-swiftshader",
]
# Console lines that say nothing about a page: the software renderer's, and those of refused requests
# (a half-filled form's preview, a closing before the cut-off): answers are judged by their status below.
HARMLESS = ("GPU stall due to ReadPixels", "GL Driver Message", "Failed to load resource")


class Complaints:
    """What a page did wrong: script errors, refused content, missing files, requests to other hosts."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.rows: list[str] = []

    def watch(self, page: Any) -> None:
        page.on("pageerror", lambda error: self.rows.append(f"script: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type == "error" and not any(word in message.text for word in HARMLESS):
            self.rows.append(f"console: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.base, "blob:", "data:")):
            self.rows.append(f"outside: {request.url}")

    def _response(self, response: Any) -> None:
        if response.status == 404 or response.status >= 500:
            self.rows.append(f"{response.status}: {response.url}")


@contextmanager
def browser(base: str) -> Iterator[tuple[Any, Complaints]]:
    """Yield a browser and the complaints of every page opened through :func:`signed_in`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium, Complaints(base)
        chromium.close()


def open_page(chromium: Any, complaints: Complaints, *, lang: str = "zh") -> Any:
    """Open a page in a context of its own."""
    locale = "zh-CN" if lang == "zh" else "en-GB"
    context = chromium.new_context(
        locale=locale,
        timezone_id="Asia/Shanghai",
        viewport={"width": 1366, "height": 860},
        base_url=complaints.base,
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    complaints.watch(page)
    return page


def sign_in(page: Any, login: str, password: str) -> None:
    """Sign in by the form, as a person does."""
    page.goto("/sign-in")
    page.get_by_test_id("username").fill(login)
    page.get_by_test_id("password").fill(password)
    page.get_by_test_id("sign-in").click()
    page.wait_for_url("**/inbox")


def shot(page: Any, folder: Path, name: str) -> None:
    """Keep a picture of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(folder / f"{name}.png"))
