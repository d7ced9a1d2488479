"""Errors of the reference data."""

from data.errors import NotFound, Unavailable


class AccountUnknown(NotFound):
    """No account of a county is in force on a day."""

    code = "county_account_unknown"


class ClearingHoursUnknown(NotFound):
    """No cut-offs are in force on a day."""

    code = "clearing_hours_unknown"


class CalendarEnds(Unavailable):
    """A day lies outside the holiday calendar."""

    code = "calendar_ends"
