"""Run a prepared city, in the foreground or as a process of its own, and tell when it answers."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from api.cli.installation import Installation
from api.cli.steps import Steps
from data.settings import Settings

READY_S = 90.0
_OK = 200
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  compared, not bound
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LOG_END = 3000


def run_here(installation: Installation, content: str, steps: Steps) -> int:
    """Supervise in this process until told to stop; returns the exit status."""
    from api.process import stop_on_signals
    from api.supervisor import open_log, supervise

    stop = stop_on_signals()
    ready = threading.Event()
    os.environ.update(installation.environment())

    def announce() -> None:
        if wait_until_ready(installation.settings, stop.is_set):
            ready.set()
            _announce(installation.settings, content, steps)
            print("Ctrl-C stops it.", flush=True)
        else:
            stop.set()

    print("· web server and worker", flush=True)
    threading.Thread(target=announce, daemon=True).start()
    lived = supervise(installation.settings, stop, output=open_log(installation.settings.home))
    stop.set()
    stop_database(installation)
    if not lived or not ready.is_set():
        return _show_log(installation.settings)
    print("stopped")
    return 0


def run_apart(installation: Installation, content: str, steps: Steps) -> int:
    """Start the supervisor as a process of its own, wait until the city answers; returns the status."""
    from api.supervisor import ROOT, open_log

    print("· web server and worker", flush=True)
    output = open_log(installation.settings.home)
    process = subprocess.Popen(
        [sys.executable, "-m", "api.supervisor"],
        cwd=ROOT,
        env=installation.environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    if wait_until_ready(installation.settings, lambda: process.poll() is not None):
        _announce(installation.settings, content, steps)
        return 0
    process.terminate()
    process.wait()
    stop_database(installation)
    return _show_log(installation.settings)


def wait_until_ready(settings: Settings, is_over: Callable[[], bool]) -> bool:
    """Wait until ``/readyz`` answers 200; False if it never does or there is nothing to wait for."""
    import urllib.error
    import urllib.request

    host = "127.0.0.1" if settings.host in _EVERYWHERE else settings.host
    url = f"{address(host, settings.port)}readyz"
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and not is_over():
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  http, to ourselves
                if answer.status == _OK:
                    return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def address(host: str, port: int) -> str:
    """Return the address to open.

    Examples
    --------
    >>> address("::1", 8000)
    'http://[::1]:8000/'
    """
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def stop_database(installation: Installation) -> None:
    """Stop the embedded database, if there is one."""
    if installation.embedded is not None:
        installation.embedded.stop()


def _announce(settings: Settings, content: str, steps: Steps) -> None:
    from api.cli.announcement import announcement

    steps.say(f"ready after {steps.seconds():.1f} s")
    print(announcement(settings, content), flush=True)
    if settings.host not in _LOOPBACK:
        print(
            "It listens beyond this machine: put TLS in front, set NINGTU_SECURE_COOKIES=true and"
            " NINGTU_TRUSTED_HOSTS to the names it is called by.",
            flush=True,
        )


def _show_log(settings: Settings) -> int:
    from api.supervisor import LOG_FILE

    path = settings.home / "log" / LOG_FILE
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    print(f"ningtu: the city did not come up; the end of {path}:\n{text[-_LOG_END:]}", file=sys.stderr)
    return 1
