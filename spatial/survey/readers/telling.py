"""How far a reading is: the readers say it, the parent of the child hears it through the pipe.

One process reads one file, so one meter is enough; where nobody listens, saying it costs nothing.
"""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

_PAUSE_S: Final = 0.2


class Said(NamedTuple):
    """How far a reader is: ``done`` of ``total`` at a step."""

    step: str
    done: int
    total: int


class Meter:
    """Counts within a step, and tells the listener, not too often."""

    def __init__(self) -> None:
        self.listener: Callable[[Said], None] | None = None
        self._step = ""
        self._done = 0
        self._total = 0
        self._said_at = 0.0

    def begin(self, step: str, total: int) -> None:
        """Start a step, such as ``unpacking`` (bytes) or ``reading`` (rows)."""
        self._step, self._done, self._total = step, 0, total
        self._say()

    def advance(self, count: int) -> None:
        """Count further."""
        self._done = min(self._done + count, self._total)
        if time.monotonic() - self._said_at >= _PAUSE_S or self._done == self._total:
            self._say()

    def _say(self) -> None:
        if self.listener is not None:
            self._said_at = time.monotonic()
            self.listener(Said(self._step, self._done, self._total))


METER: Final = Meter()
"""Of this process."""
