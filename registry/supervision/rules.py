"""What may be asked, and how figures are put together; nothing here touches a database."""

from collections.abc import Sequence
from datetime import date

from registry.supervision.errors import CellSizeBad, MetricUnknown, PeriodBad
from registry.supervision.records import CountyFigures, Question

METRICS = ("cases", "open", "overdue", "fees")
MIN_CELL_M = 100
MAX_CELL_M = 20_000
MAX_DAYS = 3660


def checked(question: Question) -> Question:
    """Return the question if it can be answered.

    Raises
    ------
    MetricUnknown, PeriodBad
    """
    if question.metric not in METRICS:
        raise MetricUnknown(metric=question.metric)
    if not 0 <= (question.last - question.first).days <= MAX_DAYS:
        raise PeriodBad(first=question.first.isoformat(), last=question.last.isoformat())
    return question


def checked_cell(cell_m: int) -> int:
    """Return the cell size in metres if it is allowed.

    Raises
    ------
    CellSizeBad
    """
    if not MIN_CELL_M <= cell_m <= MAX_CELL_M:
        raise CellSizeBad(cell_m=cell_m)
    return cell_m


def default_period(today: date) -> tuple[date, date]:
    """Return the last twelve months: from the first of the month a year ago to today.

    Examples
    --------
    >>> default_period(date(2026, 11, 24))
    (datetime.date(2025, 12, 1), datetime.date(2026, 11, 24))
    """
    month = today.year * 12 + today.month - 1 - 11
    return date(month // 12, month % 12 + 1, 1), today


def added_up(code: str, rows: Sequence[CountyFigures]) -> CountyFigures:
    """Return the sum of counties under one code."""
    return CountyFigures(
        county_code=code,
        cases=sum(row.cases for row in rows),
        open=sum(row.open for row in rows),
        overdue=sum(row.overdue for row in rows),
        registered=sum(row.registered for row in rows),
        elsewhere=sum(row.elsewhere for row in rows),
        registered_days=sum(row.registered_days for row in rows),
        fees_fen=sum(row.fees_fen for row in rows),
        credited_fen=sum(row.credited_fen for row in rows),
    )


def figure_of(metric: str, row: CountyFigures) -> int:
    """Return the figure of a county that a metric shows."""
    return {"cases": row.cases, "open": row.open, "overdue": row.overdue, "fees": row.fees_fen}[metric]
