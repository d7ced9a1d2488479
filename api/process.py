"""What every process of ours does: write its log, end when told, end when its parent is gone."""

import contextlib
import logging
import os
import signal
import sys
import threading
from types import FrameType

_POLL_S = 1.0
# How far work that nobody waits for stands behind requests on the same cores.
NICENESS = 10


def start_logging(level: str) -> None:
    """Write the log to standard error, one line a record."""
    logging.basicConfig(
        level=level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(process)d %(levelname)s %(name)s %(message)s",
        force=True,
    )
    # waitress warns at each request that waits for a thread: normal under load, and it costs time.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM, SIGINT and the loss of the terminal set."""
    stop = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, told)
    return stop


def end_with_parent(stop: threading.Event) -> None:
    """Set the event when the process that started us has ended, however it ended."""
    parent = os.getppid()

    def watch() -> None:
        while not stop.wait(_POLL_S):
            if os.getppid() != parent:
                stop.set()

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


def give_way() -> None:
    """Let this process and its threads compute behind those that answer people and channels.

    Beside short requests low priority alone is not enough: a batch process does not take the core from a
    process that has just been woken, either.
    """
    os.nice(NICENESS)
    if hasattr(os, "sched_setscheduler"):
        # Where a container forbids it, low priority has to do.
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
