"""Time: aware instants, days in Asia/Shanghai, and a clock that only measures how long something takes."""

import time
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Years of days and instants that can be read again, and counted from, wherever they were written down.
YEARS = range(2000, 2100)


class Clock(Protocol):
    """Where the present comes from."""

    def now(self) -> datetime:
        """Return the present instant, aware, in Asia/Shanghai."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in Asia/Shanghai."""
        return datetime.now(SHANGHAI)


def day_of(instant: datetime) -> date:
    """Return the calendar day of an aware instant in Asia/Shanghai.

    Raises
    ------
    ValueError
        If the instant has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no day")
    return instant.astimezone(SHANGHAI).date()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock shows that nobody sets: seconds since the start of the machine that ``boot`` names.

    Two readings of one start differ by the time that went by, also between processes; others say nothing.
    """

    boot: str
    seconds: float


def steady() -> Reading:
    """Return what the machine's own clock shows, which never jumps and goes on while the machine sleeps."""
    return Reading(_boot(), time.clock_gettime(time.CLOCK_BOOTTIME))


@cache
def _boot() -> str:
    """Return the name of the machine's start; of this process where the machine does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return uuid.uuid4().hex
