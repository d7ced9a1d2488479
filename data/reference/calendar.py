"""Working days: the week, changed by the holiday notices of the State Council."""

from collections.abc import Iterable
from datetime import date, timedelta

from data.reference.errors import CalendarEnds
from data.reference.records import Row

FRIDAY = 4
RULE_OF_THE_WEEK = "双休日（国务院关于职工工作时间的规定）"


class WorkCalendar:
    """Days of the years whose holidays are known.

    Parameters
    ----------
    days : iterable of (date, bool)
        Every day with whether offices work on it; without gaps.

    Examples
    --------
    >>> calendar = WorkCalendar([(date(2024, 2, 9), True), (date(2024, 2, 10), False),
    ...                          (date(2024, 2, 11), False), (date(2024, 2, 12), True)])
    >>> calendar.add_workdays(date(2024, 2, 9), 1)
    datetime.date(2024, 2, 12)
    """

    def __init__(self, days: Iterable[tuple[date, bool]]) -> None:
        self._days = dict(days)

    def is_workday(self, day: date) -> bool:
        """Tell whether offices work on a day.

        Raises
        ------
        CalendarEnds
            If the calendar does not know the day.
        """
        if day not in self._days:
            raise CalendarEnds(day=day.isoformat())
        return self._days[day]

    def add_workdays(self, day: date, count: int) -> date:
        """Return the day on which ``count`` working days after ``day`` are over; ``day`` does not count.

        Raises
        ------
        CalendarEnds
            If the calendar does not reach that far.
        """
        left = count
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_workday(day)
        return day

    def first_workday(self, day: date) -> date:
        """Return the day itself if offices work on it, else the next on which they do.

        Days that the calendar does not know follow the week: money cannot wait for the next year's notice.
        """
        while not self._days.get(day, day.weekday() <= FRIDAY):
            day += timedelta(days=1)
        return day

    def workdays_between(self, start: date, end: date) -> int:
        """Return the number of working days after ``start`` up to and with ``end``."""
        span = (end - start).days
        return sum(self.is_workday(start + timedelta(days=step)) for step in range(1, span + 1))


def spread(exceptions: Iterable[Row]) -> list[Row]:
    """Return a row for every day of the years that the exceptions (``valid_from`` to ``valid_to``) cover.

    A day of no exception follows the week.
    """
    special: dict[date, Row] = {}
    for row in exceptions:
        for step in range((row["valid_to"] - row["valid_from"]).days):
            special[row["valid_from"] + timedelta(days=step)] = row
    first, last = min(special).year, max(special).year
    day, end = date(first, 1, 1), date(last + 1, 1, 1)
    rows = []
    while day < end:
        rows.append(_day(day, special.get(day)))
        day += timedelta(days=1)
    return rows


def _day(day: date, exception: Row | None) -> Row:
    if exception is None:
        return {
            "day": day,
            "is_workday": day.weekday() <= FRIDAY,
            "name": None,
            "source_doc": RULE_OF_THE_WEEK,
            "verified": True,
        }
    return {
        "day": day,
        **{name: exception[name] for name in ("is_workday", "name", "source_doc", "verified")},
    }
