"""An application behind a running server, for tests that look at pages or want real connections."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from waitress.server import create_server

from data.settings import Settings, load_settings
from tests.flows.browser import RAW_KEY, open_page, settled
from tests.web.people import PASSWORD


def application(db: Any, home: Path) -> Any:
    """Return an application on a database, with the map assets and a folder of its own."""
    from api.app import create_app

    (home / "assets").symlink_to(load_settings({}).assets_dir.resolve())
    app = create_app(Settings(home=home, secret_key="s"), db=db)
    app.config["TESTING"] = True
    return app


@contextmanager
def listening(app: Any, *, threads: int = 6) -> Iterator[str]:
    """Listen on a port of its own for the time of the block; yield the address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=threads)
    closing = threading.Event()

    def run() -> None:
        try:
            server.run()
        except OSError:
            # The loop may be waiting at the very sockets that are closed below.
            if not closing.is_set():
                raise

    threading.Thread(target=run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        closing.set()
        server.close()


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application for the time of the block, tiles too; yield its address."""
    with listening(app) as url:
        try:
            yield url
        finally:
            app.extensions["ningtu_tiles"].close()


@contextmanager
def visits(chromium: Any, url: str) -> Iterator[Callable[..., Any]]:
    """Yield how a person (None: the public) opens a page; at the end none may complain or show a raw key."""
    found, complaints = chromium
    complaints.rows.clear()
    pages = []

    def opened(login: str | None, path: str, lang: str = "zh") -> Any:
        page = open_page(found, complaints, lang=lang)
        pages.append(page)
        if login:
            body = {"username": login, "password": PASSWORD}
            assert page.context.request.post(f"{url}/api/v1/auth/session", data=body).ok
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        settled(page)
        return page

    yield opened
    for page in pages:
        assert RAW_KEY.search(page.locator("body").inner_text()) is None
        page.context.close()
    assert complaints.rows == []


def aside(work: Callable[[], Any]) -> Any:
    """Do what signs in a thread of its own: the signing library runs a loop, and so does the browser here."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def picture(page: Any, name: str) -> None:
    """Keep a picture of a page where STORY_PICTURES names a folder."""
    if folder := os.environ.get("STORY_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
