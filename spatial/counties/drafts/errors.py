"""Errors of draft boundaries."""

from data.errors import Conflict, Invalid, NotFound


class DraftUnreadable(Invalid):
    """The file is no GeoPackage with county polygons."""

    code = "draft_unreadable"


class DraftBad(Invalid):
    """The draft's counties cannot be used: missing, invalid, overlapping, or elsewhere."""

    code = "draft_bad"


class DraftNotFound(NotFound):
    """There is no such draft."""

    code = "draft_not_found"


class DraftOver(Conflict):
    """The comparison is complete or was cancelled already."""

    code = "draft_over"
