"""Days as words of a command: refused before anything is opened."""

from datetime import date

import typer

from data.clock import YEARS

TODAY = "today"


def check_day(text: str | None) -> str | None:
    """Return the word as it is if it is a day, ``today`` or absent.

    Raises
    ------
    typer.BadParameter
    """
    if text is not None and text != TODAY:
        try:
            _of_our_years(text)
        except ValueError as error:
            raise typer.BadParameter(f"{text!r} is not a day such as 2026-11-24") from error
    return text


def check_month(text: str) -> str:
    """Return the word as it is if it is a month.

    Raises
    ------
    typer.BadParameter
    """
    try:
        first = _of_our_years(f"{text}-01")
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a month such as 2026-11") from error
    return f"{first:%Y-%m}"


def _of_our_years(text: str) -> date:
    """Return a day that others can be counted from.

    Raises
    ------
    ValueError
    """
    day = date.fromisoformat(text)
    if day.year not in YEARS:
        raise ValueError(text)
    return day


def day_of_word(text: str, today: date) -> date:
    """Return the day that a checked word means.

    Examples
    --------
    >>> day_of_word("today", date(2026, 11, 24))
    datetime.date(2026, 11, 24)
    """
    return today if text == TODAY else date.fromisoformat(text)
