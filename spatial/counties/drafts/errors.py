"""Errors of draft boundaries."""

from data.db import on_constraint
from data.errors import Conflict, Invalid, NotFound
from spatial.counties.shapes import Fault


class DraftUnreadable(Invalid):
    """The file is no GeoPackage with county polygons."""

    code = "draft_unreadable"


class DraftBad(Invalid):
    """The draft's counties cannot be used: missing, invalid, overlapping, or elsewhere."""

    code = "draft_bad"


def draft_bad(fault: Fault) -> DraftBad:
    """Return the error of a draft with a fault."""
    return DraftBad(reason=fault.reason, counties=fault.counties)


class DraftNotFound(NotFound):
    """There is no such draft."""

    code = "draft_not_found"


class DraftOver(Conflict):
    """The comparison is complete or was cancelled already."""

    code = "draft_over"


class DraftWithoutShapes(Conflict):
    """The draft was loaded before its shapes were kept; it must be loaded again."""

    code = "draft_without_shapes"


class PublicationInPast(Invalid):
    """A boundary set comes into force today or later."""

    code = "publication_in_past"


class PublicationNameTaken(Conflict):
    """A boundary set of this name exists."""

    code = "publication_name_taken"


class PublicationOpen(Conflict):
    """Somebody proposed to publish this draft, and nobody has decided yet."""

    code = "publication_open"


class PublicationNotFound(NotFound):
    """There is no such publication of the draft."""

    code = "publication_not_found"


class PublicationOver(Conflict):
    """The publication was confirmed or declined already."""

    code = "publication_over"


class PublicationSamePerson(Conflict):
    """The person who proposed cannot confirm."""

    code = "publication_same_person"


on_constraint("boundary_publication_second_person", PublicationSamePerson)
on_constraint("boundary_publication_end_pkey", PublicationOver)
