"""Errors of following."""

from data.errors import Conflict


class CursorOutlived(Conflict):
    """The cursor was given before the database was restored: begin anew."""

    code = "cursor_outlived"
    status = 410
