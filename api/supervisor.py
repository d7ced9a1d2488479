"""Keeps the processes of a running city alive: the server and the workers.

``./ningtu up`` runs it in the foreground, ``up --detach`` as ``python -m api.supervisor``. It writes who runs
to ``<home>/run.json``, so that a second ``up`` and ``down`` find it.
"""

import contextlib
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from api.process import start_logging, stop_on_signals
from data.settings import Settings, load_settings

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
MODULES = {"server": "api.server", "worker": "api.worker", "bulk worker": "api.bulk_worker"}
LOG_FILE = "city.log"
MAX_LOG_BYTES = 20 * 1024 * 1024
STOP_S = 20.0
# A process that dies sooner than this after its start is started again only after a growing pause,
# and one that has never lived longer is given up after some tries.
YOUNG_S = 10.0
TRIES = 3
MAX_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True)
class Running:
    """Who runs a city. ``started`` is the kernel's start time of the supervisor: a pid can be used again."""

    pid: int
    started: str
    host: str
    port: int


class Child:
    """A process that is started again when it ends."""

    def __init__(self, name: str, module: str, output: int | None, scratch: Path) -> None:
        self.name = name
        self._environment = {**os.environ, "TMPDIR": str(scratch)}
        self._output = output
        self._command = [sys.executable, "-m", module]
        self._process: subprocess.Popen[bytes] | None = None
        self._begin = 0.0
        self._deaths = 0
        self._has_lived = False
        self._not_before = 0.0

    @property
    def is_hopeless(self) -> bool:
        """Return whether the process has never come up."""
        return not self._has_lived and self._deaths >= TRIES

    def look_after(self) -> None:
        """Start the process if it does not run and its pause is over."""
        now = time.monotonic()
        if self._process is not None:
            status = self._process.poll()
            young = now - self._begin < YOUNG_S
            self._has_lived = self._has_lived or not young
            if status is None:
                return
            self._deaths = self._deaths + 1 if young else 0
            self._not_before = now + min(MAX_PAUSE_S, 2.0**self._deaths - 1)
            log.warning("%s ended with status %s", self.name, status)
            self._process = None
        if now >= self._not_before:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
            )
            self._begin = now

    def stop(self) -> None:
        """End the process."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def supervise(settings: Settings, stop: threading.Event, *, output: int | None = None) -> bool:
    """Keep server and worker alive until told to stop; their settings are in the environment.

    Parameters
    ----------
    settings : Settings
        Say which home folder and which address.
    stop : Event
        Tells us to stop.
    output : int, optional
        File descriptor that they write to, by default ours.

    Returns
    -------
    bool
        False if one of them never came up.
    """
    scratch = make_scratch(settings.home)
    children = [Child(name, module, output, scratch) for name, module in MODULES.items()]
    write_running(settings)
    try:
        while not stop.is_set():
            for child in children:
                child.look_after()
            if any(child.is_hopeless for child in children):
                return False
            stop.wait(0.5)
        return True
    finally:
        for child in children:
            child.stop()
        run_file(settings.home).unlink(missing_ok=True)


def make_scratch(home: Path) -> Path:
    """Return an empty folder for temporary files: what killed processes left of uploads is gone with it."""
    scratch = home / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700, exist_ok=True)
    return scratch


def run_file(home: Path) -> Path:
    """Return the file that says who runs."""
    return home / "run.json"


def write_running(settings: Settings) -> None:
    """Write that this process runs the city."""
    running = Running(os.getpid(), start_time(os.getpid()) or "", settings.host, settings.port)
    run_file(settings.home).write_text(json.dumps(asdict(running)), encoding="utf-8")


def find_running(home: Path) -> Running | None:
    """Return who runs the city of a home folder; a record of a process that is gone counts for nothing."""
    try:
        running = Running(**json.loads(run_file(home).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return running if start_time(running.pid) == running.started else None


def start_time(pid: int) -> str | None:
    """Return the kernel's start time of a process, None if there is none."""
    with contextlib.suppress(OSError):
        # The command's name, in brackets, may hold spaces: count from its end.
        after_name = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        )
        fields = after_name.split()
        return None if fields[0] == "Z" else fields[19]
    return None


def open_log(home: Path) -> int:
    """Return a file descriptor that appends to the city's log; a large old log is kept once."""
    folder = home / "log"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOG_FILE
    if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
        path.replace(path.with_suffix(".old"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def main() -> int:
    """Supervise in the background."""
    settings = load_settings()
    start_logging(settings.log_level)
    return 0 if supervise(settings, stop_on_signals()) else 1


if __name__ == "__main__":
    sys.exit(main())
