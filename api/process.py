"""What every process of ours does: write its log, end when told, end when its parent is gone."""

import logging
import os
import signal
import sys
import threading
from types import FrameType

_POLL_S = 1.0


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
