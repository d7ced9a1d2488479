"""A limit on how often one caller may ask, in this process."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from data.errors import Forbidden


class TooManyRequests(Forbidden):
    """Asked too often."""

    code = "too_many_requests"
    status = 429


@dataclass(slots=True)
class RateLimit:
    """At most ``count`` asks a key within ``window_s`` seconds."""

    count: int
    window_s: float
    _asked: dict[str, deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, key: str) -> None:
        """Count an ask.

        Raises
        ------
        TooManyRequests
        """
        now = time.monotonic()
        with self._lock:
            asked = self._asked.setdefault(key, deque())
            while asked and asked[0] <= now - self.window_s:
                asked.popleft()
            if len(asked) >= self.count:
                raise TooManyRequests(retry_after_s=int(asked[0] + self.window_s - now) + 1)
            asked.append(now)
            if len(self._asked) > MAX_KEYS:
                self._forget(now)

    def _forget(self, now: float) -> None:
        for key in [
            key for key, asked in self._asked.items() if not asked or asked[-1] <= now - self.window_s
        ]:
            del self._asked[key]


MAX_KEYS = 10_000
