"""Errors of clearing."""

from data.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class BeforeCutoff(Conflict):
    """The day's cut-off has not come."""

    code = "before_cutoff"


class DayInFuture(Invalid):
    """The day has not come."""

    code = "day_in_future"


class CloseRunning(Conflict):
    """Another close of this day is running."""

    code = "close_running"


class PayoutNotFound(NotFound):
    """No such payout, or its file is not written yet."""

    code = "payout_not_found"


class NotYourCounty(Forbidden):
    """A county's sheet is signed by that county only."""

    code = "not_your_county"


class SealRefused(Conflict):
    """The day cannot be sealed: unfinished, unsigned, or with open breaks."""

    code = "seal_refused"


class BankSilent(Unavailable):
    """The bank did not answer a submission: it may or may not have it."""

    code = "bank_silent"


class BankMessageBad(Invalid):
    """The bank cannot read a message."""

    code = "bank_message_bad"


class BankClosed(Conflict):
    """The bank does not pay on the day; the money leaves on its next day."""

    code = "bank_closed"


class BooksBroken(Conflict):
    """The books do not hold; nothing is cleared until they do."""

    code = "books_broken"


class MessageUnwritable(ValueError):
    """The account of a payout has words that no message can hold."""


class PayoutNotRejected(Conflict):
    """Only a rejected payout is tried again."""

    code = "payout_not_rejected"
