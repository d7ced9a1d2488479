"""An application behind a running server, for tests that look at pages or want real connections."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from waitress.server import create_server

from data.settings import load_settings


def lend_assets(home: Path) -> None:
    """Let a folder of an installation use the map assets that are there already."""
    (home / "assets").symlink_to(load_settings({}).assets_dir.resolve())


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application on a port of its own for the time of the block; yield its address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=6)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        app.extensions["ningtu_tiles"].close()
