"""The production server: waitress in several processes on one listening socket.

``python -m api.server`` binds, then forks; each child builds the application for itself, so that no
connection or thread is shared over a fork. A child that dies is replaced. waitress reads slow clients without
giving them a thread, which the servers measured beside it did not.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING, Any

from api.process import end_with_parent, start_logging, stop_on_signals
from data.settings import Settings, load_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

BACKLOG = 1024
CHANNEL_TIMEOUT_S = 10
CLEANUP_INTERVAL_S = 5
CONNECTION_LIMIT = 1000
MAX_HEADER_BYTES = 32 * 1024
STOP_S = 10
# A child that dies this soon did not come up; after so many in a row the server gives up.
YOUNG_S = 5.0
MAX_YOUNG_DEATHS = 5


def main() -> int:
    """Serve until told to stop."""
    settings = load_settings()
    start_logging(settings.log_level)
    listening = bind(settings.host, settings.port)
    import api.app  # noqa: F401  loaded once before the fork: its memory is shared

    return Master(settings, listening).run()


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises
    ------
    OSError
        If the address is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


class Master:
    """Keeps the children alive.

    Parameters
    ----------
    settings : Settings
        ``workers`` says how many children.
    listening : socket
        The socket they all accept from.
    """

    def __init__(self, settings: Settings, listening: socket.socket) -> None:
        self._settings = settings
        self._listening = listening
        self._born: dict[int, float] = {}
        self._young_deaths = 0

    def run(self) -> int:
        """Fork the children and replace those that die, until told to stop; returns the exit status."""
        stop = stop_on_signals()
        parent = os.getppid()  # asked in the loop: no thread may run while we fork
        log.info("serving http://%s:%s", self._settings.host, self._settings.port)
        while not stop.is_set() and self._young_deaths < MAX_YOUNG_DEATHS:
            while len(self._born) < self._settings.workers:
                self._born[self._fork()] = time.monotonic()
            stop.wait(0.2)
            self._reap()
            if os.getppid() != parent:
                stop.set()
        failed = not stop.is_set()
        if failed:
            log.error("the server's processes do not come up")
        self._end()
        return int(failed)

    def _fork(self) -> int:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                serve(self._settings, self._listening)
                status = 0
            except Exception:
                log.exception("server process failed")
            finally:
                logging.shutdown()
                os._exit(status)
        return pid

    def _reap(self) -> None:
        for pid in list(self._born):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            age = time.monotonic() - self._born.pop(pid)
            log.warning("server process %s ended with status %s", pid, status)
            self._young_deaths = self._young_deaths + 1 if age < YOUNG_S else 0

    def _end(self) -> None:
        for pid in self._born:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_S
        for pid in self._born:
            while os.waitpid(pid, os.WNOHANG)[0] == 0:
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGKILL)
                time.sleep(0.05)


def serve(settings: Settings, listening: socket.socket) -> None:
    """Serve requests in this process until told to stop."""
    from api.app import create_app

    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    _leave_with_parent()
    app = create_app(settings)
    make_server(app, settings, listening).run()
    app.extensions["ningtu"].db.close()


def make_server(app: "WSGIApplication", settings: Settings, listening: socket.socket) -> Any:
    """Return a waitress server, not running yet."""
    from waitress.server import create_server

    from api.server_refusals import channel_class

    server = create_server(
        app,
        sockets=[listening],
        threads=settings.threads,
        channel_timeout=CHANNEL_TIMEOUT_S,
        cleanup_interval=CLEANUP_INTERVAL_S,
        connection_limit=CONNECTION_LIMIT,
        max_request_header_size=MAX_HEADER_BYTES,
        max_request_body_size=(settings.max_upload_mib + 1) * 1024 * 1024,
        clear_untrusted_proxy_headers=True,
        asyncore_use_poll=True,
        ident="",
    )
    server.channel_class = channel_class(settings.max_upload_mib)
    return server


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit


def _leave_with_parent() -> None:
    """Leave as if told, when the master has died without telling."""
    gone = threading.Event()
    end_with_parent(gone)

    def leave() -> None:
        gone.wait()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=leave, daemon=True, name="leave").start()


if __name__ == "__main__":
    sys.exit(main())
