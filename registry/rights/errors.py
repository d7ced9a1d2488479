"""Errors of the register."""

from data.db import on_constraint
from data.errors import Conflict, NotFound


class EntryEnded(Conflict):
    """The entry has ended already: somebody was faster."""

    code = "entry_ended"


class EntryUnknown(NotFound):
    """No such entry."""

    code = "entry_unknown"


on_constraint("rrr_end_pkey", EntryEnded)
