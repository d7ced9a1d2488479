"""A limit on how often one caller may ask, kept by the application in this process."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from flask import current_app

from data.errors import Forbidden

MAX_KEYS = 10_000
_EXTENSION = "ningtu_rates"


class TooManyRequests(Forbidden):
    """Asked too often."""

    code = "too_many_requests"
    status = 429


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most ``count`` asks a key within ``window_s`` seconds."""

    name: str
    count: int
    window_s: float

    def spend(self, key: str) -> None:
        """Count an ask of the running application.

        Raises
        ------
        TooManyRequests
        """
        asks: dict[str, _Asks] = current_app.extensions.setdefault(_EXTENSION, {})
        asks.setdefault(self.name, _Asks()).spend(key, self.count, self.window_s)


@dataclass(slots=True)
class _Asks:
    """Instants of the asks of each key, within the window."""

    at: dict[str, deque[float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, key: str, count: int, window_s: float) -> None:
        now = time.monotonic()
        with self.lock:
            asked = self.at.setdefault(key, deque())
            while asked and asked[0] <= now - window_s:
                asked.popleft()
            if len(asked) >= count:
                raise TooManyRequests(retry_after_s=int(asked[0] + window_s - now) + 1)
            asked.append(now)
            if len(self.at) > MAX_KEYS:
                old = [name for name, instants in self.at.items() if instants[-1] <= now - window_s]
                for name in old:
                    del self.at[name]
