"""Time: aware instants, and days in Asia/Shanghai."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


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


@dataclass(slots=True)
class ShiftedClock:
    """The machine's clock moved by a fixed offset; the sandbox and tests set it."""

    offset: timedelta = timedelta()

    def now(self) -> datetime:
        """Return the shifted instant, aware, in Asia/Shanghai."""
        return datetime.now(SHANGHAI) + self.offset


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
