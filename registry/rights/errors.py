"""Errors of the register."""

from data.db import on_constraint
from data.errors import Conflict


class EntryEnded(Conflict):
    """The entry has ended already: somebody was faster."""

    code = "entry_ended"


on_constraint("rrr_end_pkey", EntryEnded)
