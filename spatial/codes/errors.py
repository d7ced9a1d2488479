"""Errors of codes."""

from data.errors import Conflict, Invalid


class CodeBad(Invalid):
    """The text has not the shape of a parcel or unit code."""

    code = "unit_code_bad"


class SerialsUsedUp(Conflict):
    """No serial is left under the prefix."""

    code = "serials_used_up"
