"""Chromium for the flows: nothing but our own host, every complaint of a page kept."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.flows.conftest import PASSWORD

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--enable-unsafe-swiftshader",
]
TIMEOUT_MS = 60_000
# Console lines that say nothing about a page: the software renderer's, and those of refused requests
# (a half-filled form's preview, a closing before the cut-off): answers are judged by their status below.
HARMLESS = ("GPU stall due to ReadPixels", "GL Driver Message", "Failed to load resource")
# Waits until every map of the page has drawn what it shows.
STILL = """async () => {
    const boxes = [...document.querySelectorAll(".map-box")].map((box) => box.ningtuMap);
    for (const map of [window.__map, ...boxes].filter(Boolean))
        if (!(map.loaded() && map.areTilesLoaded() && !map.isMoving()))
            await new Promise((done) => map.once("idle", done));
}"""
# No list loads, and every map box that is shown has its map (or says why not).
NOTHING_WAITS = """() => !document.querySelector(".waiting, [aria-busy=true]")
    && [...document.querySelectorAll(".map-box:not(.frame-box)")]
        .every((box) => !box.offsetParent || box.ningtuMap || box.querySelector(".empty"))"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
RAW_KEY = re.compile(r"\bui\.[a-z_]+\.[a-z_.]+")


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
    """Yield a browser and the complaints of every page opened through :func:`open_page`."""
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
    page.set_default_timeout(TIMEOUT_MS)
    complaints.watch(page)
    return page


def sign_in(page: Any, login: str, password: str) -> None:
    """Sign in by the form, as a person does."""
    page.goto("/sign-in")
    page.get_by_test_id("username").fill(login)
    page.get_by_test_id("password").fill(password)
    page.get_by_test_id("sign-in").click()
    page.wait_for_url("**/inbox")


def settled(page: Any) -> None:
    """Wait until nothing is under way: no request, no list that loads, no map that draws."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function(NOTHING_WAITS)
    page.evaluate(STILL)


@dataclass
class Stage:
    """The browser of a flow: a page for each person, a picture of each scene, what went wrong."""

    chromium: Any
    complaints: Complaints
    folder: Path
    prefix: str
    pages: dict[str | None, Any] = field(default_factory=dict)

    def page(self, login: str | None = None) -> Any:
        """Return the page of a person (None: the public), signed in at the first call."""
        if login not in self.pages:
            self.pages[login] = open_page(self.chromium, self.complaints)
            if login is not None:
                sign_in(self.pages[login], login, PASSWORD)
        return self.pages[login]

    def open(self, login: str | None, path: str, name: str = "") -> Any:
        """Open a path as a person, wait until it is there; with a name also look at it."""
        page = self.page(login)
        page.goto(path)
        settled(page)
        if name:
            self.look(page, name)
        return page

    def look(self, page: Any, name: str, *, whole: bool = False) -> None:
        """Take a picture; note what no page may show: a text's raw key, content wider than the window."""
        # A page that asks a question waits for the answer.
        if not page.locator("dialog[open]").count():
            settled(page)
        self.folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(self.folder / f"{self.prefix}-{name}.png"), full_page=whole)
        keys = RAW_KEY.findall(page.locator("body").inner_text())
        self.complaints.rows += [f"{name}: raw text key {key}" for key in keys]
        if page.evaluate(TOO_WIDE) > 0:
            self.complaints.rows.append(f"{name}: wider than the window")

    def leave(self) -> None:
        for page in self.pages.values():
            page.context.close()
        self.pages.clear()


@contextmanager
def stage(base: str, prefix: str, scratch: Path) -> Iterator[Stage]:
    """Yield a stage; pictures go to the folder that ``STORY_PICTURES`` names, else to a scratch one."""
    with browser(base) as (chromium, complaints):
        found = Stage(chromium, complaints, Path(os.environ.get("STORY_PICTURES") or scratch), prefix)
        yield found
        found.leave()
