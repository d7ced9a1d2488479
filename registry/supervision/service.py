"""Use cases of supervision, one transaction each, with the rights of the asking person."""

from dataclasses import dataclass
from datetime import date, datetime

from data.access.records import Actor
from data.db import Database
from registry.supervision import store
from registry.supervision.records import (
    Cell,
    CountyFigures,
    CountyShape,
    Heatmap,
    Indicators,
    MonthSum,
    Question,
)
from registry.supervision.rules import added_up, checked, checked_cell

CITY = "421200"


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the supervision page shows beside its map."""

    counties: list[CountyFigures]
    indicators: Indicators
    months: list[MonthSum]


def heatmap(db: Database, actor: Actor, question: Question, *, cell_m: int) -> Heatmap:
    """Sum a metric in squares.

    Parameters
    ----------
    db : Database
    actor : Actor
        Whose rows are counted.
    question : Question
    cell_m : int
        Side of a square, metres of EPSG:4547, 100 to 20000.

    Raises
    ------
    MetricUnknown, PeriodBad, CellSizeBad
    """
    checked(question)
    with db.transaction(actor) as conn:
        return Heatmap(question, cell_m, store.cells(conn, question, checked_cell(cell_m), monthly=False))


def monthly_cells(db: Database, actor: Actor, question: Question, *, cell_m: int) -> list[Cell]:
    """Sum a metric in squares a month.

    Raises
    ------
    MetricUnknown, PeriodBad, CellSizeBad
    """
    checked(question)
    with db.transaction(actor) as conn:
        return store.cells(conn, question, checked_cell(cell_m), monthly=True)


def counties(db: Database, actor: Actor, question: Question, *, today: date) -> list[CountyFigures]:
    """Give the figures of each county.

    Raises
    ------
    MetricUnknown, PeriodBad
    """
    checked(question)
    with db.transaction(actor) as conn:
        return store.counties(conn, question, today)


def overview(db: Database, actor: Actor, question: Question, *, now: datetime) -> Overview:
    """Give the figures of the counties and the city, and the months, together.

    Raises
    ------
    MetricUnknown, PeriodBad
    """
    checked(question)
    with db.transaction(actor) as conn:
        rows = store.counties(conn, question, now.date())
        undecided, breaks = store.waiting(conn, question.county_code)
        mean, rated = store.ratings(conn, question)
        months = store.months(conn, question)
    indicators = Indicators(
        figures=added_up(question.county_code or CITY, rows),
        undecided_counties=undecided,
        open_breaks=breaks,
        rating_mean=None if mean is None else round(mean, 2),
        ratings=rated,
        data_at=now,
    )
    return Overview(rows, indicators, months)


def county_shapes(db: Database, actor: Actor) -> list[CountyShape]:
    """Give the outlines of the counties for a small map."""
    with db.transaction(actor) as conn:
        return store.county_shapes(conn)
