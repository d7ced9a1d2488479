"""Days as words of a command: refused before anything is opened."""

from datetime import date

import typer

TODAY = "today"


def check_day(text: str | None) -> str | None:
    """Return the word as it is if it is a day, ``today`` or absent.

    Raises
    ------
    typer.BadParameter
    """
    if text is not None and text != TODAY:
        try:
            date.fromisoformat(text)
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
        first = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a month such as 2026-11") from error
    return f"{first:%Y-%m}"


def day_of_word(text: str, today: date) -> date:
    """Return the day that a checked word means.

    Examples
    --------
    >>> day_of_word("today", date(2026, 11, 24))
    datetime.date(2026, 11, 24)
    """
    return today if text == TODAY else date.fromisoformat(text)
