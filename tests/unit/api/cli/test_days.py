"""Days and months as words of a command."""

import pytest
import typer

from api.cli.days import check_day, check_month


@pytest.mark.parametrize(
    "text", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31", "2026-13-01", "x", ""]
)
def test_what_is_no_day_of_ours_is_refused_before_anything_is_opened(text):
    """The ends of the calendar ended in a traceback."""
    with pytest.raises(typer.BadParameter):
        check_day(text)


@pytest.mark.parametrize("text", ["0001-01", "9999-12", "2026-13", "2026"])
def test_what_is_no_month_of_ours_is_refused(text):
    with pytest.raises(typer.BadParameter):
        check_month(text)


def test_a_day_and_a_month_stay_as_they_are():
    assert [check_day(word) for word in ("2026-11-24", "today", None)] == ["2026-11-24", "today", None]
    assert check_month("2026-11") == "2026-11"
