"""Errors of reconciliation."""

from data.errors import Conflict, Invalid, NotFound


class FileFault(ValueError):
    """What is wrong with a statement file: a code with the words ``statement_fault.<code>``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StatementUnreadable(Invalid):
    """The file is neither camt.053 nor our CSV, or holds what cannot be; ``reason`` says what."""

    code = "statement_unreadable"


def unreadable(error: Exception) -> StatementUnreadable:
    """Return the error of a file: with what we found wrong, else that it has not the agreed form."""
    return StatementUnreadable(reason=error.reason if isinstance(error, FileFault) else "format")


class StatementKnown(Conflict):
    """A statement of this account and number was loaded with other content."""

    code = "statement_conflict"


class StatementAccountUnknown(Invalid):
    """The statement is of no account or channel of ours."""

    code = "statement_account_unknown"


class EvidenceNeeded(Invalid):
    """A difference is resolved by a posting or a document that exists."""

    code = "evidence_needed"


class OwnerUnfit(Invalid):
    """A difference is given to somebody who may settle it: the city's finance, or that of its county."""

    code = "owner_unfit"


class OtherSideNeeded(Conflict):
    """What one side resolved is confirmed by the other: city or county."""

    code = "other_side_needed"


class BreakNotFound(NotFound):
    """No such difference."""

    code = "break_not_found"


class BreakActionRefused(Conflict):
    """The difference's state or kind does not allow the action."""

    code = "break_action_refused"


class SecondPersonNeeded(Conflict):
    """A money action is confirmed by another person than the one who took it."""

    code = "second_person_needed"


class MonthNotOver(Invalid):
    """The month is not over."""

    code = "month_not_over"


class ReportUnknown(NotFound):
    """No such report."""

    code = "report_unknown"
