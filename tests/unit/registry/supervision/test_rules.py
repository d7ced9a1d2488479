from datetime import date

import pytest

from registry.supervision.errors import CellSizeBad, MetricUnknown, PeriodBad
from registry.supervision.records import CountyFigures, Question
from registry.supervision.rules import added_up, checked, checked_cell, default_period


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 11, 24), date(2025, 12, 1)),
        (date(2026, 12, 31), date(2026, 1, 1)),
        (date(2024, 2, 29), date(2023, 3, 1)),
    ],
)
def test_the_period_is_twelve_months_by_default(today, first):
    assert default_period(today) == (first, today)


def test_a_question_needs_a_known_metric_and_a_period():
    good = Question("fees", date(2026, 1, 1), date(2026, 1, 1))
    assert checked(good) is good
    with pytest.raises(MetricUnknown):
        checked(Question("persons", date(2026, 1, 1), date(2026, 1, 2)))
    with pytest.raises(PeriodBad):
        checked(Question("cases", date(2026, 1, 2), date(2026, 1, 1)))
    with pytest.raises(PeriodBad):
        checked(Question("cases", date(1990, 1, 1), date(2026, 1, 1)))


@pytest.mark.parametrize("cell_m", [0, -5, 99, 20_001])
def test_cells_have_a_sensible_size(cell_m):
    with pytest.raises(CellSizeBad):
        checked_cell(cell_m)


def test_counties_add_up_to_the_city():
    rows = [
        CountyFigures("421202", 5, 2, 1, 3, 1, 12, 8000, 8000),
        CountyFigures("421281", 2, 2, 0, 0, 2, 0, 55000, 0),
    ]
    city = added_up("421200", rows)
    assert (city.cases, city.open, city.fees_fen, city.credited_fen) == (7, 4, 63000, 8000)
    assert city.mean_days == 4.0
    assert rows[1].mean_days is None
