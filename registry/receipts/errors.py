"""Errors of bills."""

from data.errors import Conflict, NotFound


class ReceiptNotFound(NotFound):
    """No such bill, or a wrong check code."""

    code = "receipt_not_found"


class ReceiptHeld(Conflict):
    """The bill cannot be printed yet: a character is missing in the fonts."""

    code = "receipt_held"
