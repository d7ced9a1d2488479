"""Errors of the ledger."""

from data.db import on_constraint
from data.errors import Conflict, NotFound


class PostingConflict(Conflict):
    """The business key was used with another input."""

    code = "posting_conflict"


class FundsShort(Conflict):
    """A guarded account would become negative."""

    code = "funds_short"


class DaySealed(Conflict):
    """The accounting day is sealed or its month closed."""

    code = "day_sealed"


class AccountUnknown(NotFound):
    """No such account."""

    code = "ledger_account_unknown"


class PostingNotFound(NotFound):
    """No such posting."""

    code = "posting_not_found"


class NotReversible(Conflict):
    """The posting is a reversal, was reversed, or has a reservation: resolve that instead."""

    code = "posting_not_reversible"


class MonthNotReady(Conflict):
    """The month cannot be closed; says what is missing."""

    code = "month_not_ready"


on_constraint("posting_reverses_whole", NotReversible)
on_constraint("posting_reverses_idx", NotReversible)
on_constraint("guard_negative", FundsShort)
on_constraint("posting_day_open", DaySealed)
