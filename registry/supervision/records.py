"""Words of supervision."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: a metric, a period (both days included), a county or None for the city."""

    metric: str
    first: date
    last: date
    county_code: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of the plane grid, the i-th east and j-th north of the origin of EPSG:4547.

    ``n`` counts cases or fee lines; ``value`` is the same for cases, fen for fees. ``month`` is the first
    day of the month where cells are by month.
    """

    i: int
    j: int
    n: int
    value: int
    month: date | None = None


@dataclass(frozen=True, slots=True)
class Heatmap:
    """Cells of a question; ``total`` is the sum of their values."""

    question: Question
    cell_m: int
    cells: list[Cell]

    @property
    def total(self) -> int:
        """Return the sum of all cells."""
        return sum(cell.value for cell in self.cells)


@dataclass(frozen=True, slots=True)
class MonthSum:
    """Value of a metric in a month."""

    month: date
    value: int


@dataclass(frozen=True, slots=True)
class CountyFigures:
    """Figures of a county in a period; amounts in fen.

    ``elsewhere`` counts cases accepted at another office than the deciding one; ``registered_days`` is the
    sum of days from acceptance to registration.
    """

    county_code: str
    cases: int
    open: int
    overdue: int
    registered: int
    elsewhere: int
    registered_days: int
    fees_fen: int
    credited_fen: int

    @property
    def mean_days(self) -> float | None:
        """Return the mean days from acceptance to registration, None when nothing was registered."""
        return round(self.registered_days / self.registered, 2) if self.registered else None


@dataclass(frozen=True, slots=True)
class Indicators:
    """Figures of the city (or of one county) and what waits for a person."""

    figures: CountyFigures
    undecided_counties: int
    open_breaks: int
    rating_mean: float | None
    ratings: int
    data_at: datetime


@dataclass(frozen=True, slots=True)
class CountyShape:
    """Outline of a county: GeoJSON geometry text, lon/lat degrees (CGCS2000)."""

    county_code: str
    name_zh: str
    name_en: str
    shape: str
