"""Errors of the handbook."""

from data.errors import Conflict, Invalid, NotFound


class EntryNotFound(NotFound):
    """No such business type, or none in force then."""

    code = "handbook_entry_not_found"


class EntryInvalid(Invalid):
    """An entry file breaks the format."""

    code = "handbook_entry_invalid"


class VersionChanged(Conflict):
    """A published version has other content than the file: publish a new version instead."""

    code = "handbook_version_changed"
