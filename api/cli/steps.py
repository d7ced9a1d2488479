"""Say step by step what is done, and how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Steps:
    """Prints each step with its time; details of a step stand below it."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._on_progress_line = False

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Do one step."""
        begin = time.monotonic()
        print(f"· {what}", flush=True)
        yield
        self._end_progress()
        print(f"  done in {time.monotonic() - begin:.1f} s", flush=True)

    def say(self, detail: str) -> None:
        """Print a detail of the present step."""
        self._end_progress()
        print(f"  {detail}", flush=True)

    def parcels(self, done: int, total: int) -> None:
        """Show how many parcels are done, on one line that is written over (on a terminal only)."""
        if sys.stdout.isatty():
            print(f"\r  {done:,} of {total:,} parcels\x1b[K", end="", flush=True)
            self._on_progress_line = True

    def seconds(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self._begin

    def _end_progress(self) -> None:
        if self._on_progress_line:
            print()
            self._on_progress_line = False
