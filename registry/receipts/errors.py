"""Errors of bills."""

from data.db import on_constraint
from data.errors import Conflict, NotFound


class ReceiptNotFound(NotFound):
    """No such bill, or a wrong check code."""

    code = "receipt_not_found"


class ReceiptHeld(Conflict):
    """The bill cannot be printed yet: a character is missing in the fonts."""

    code = "receipt_held"


class ReceiptSigned(Conflict):
    """A signed bill is never void: it is reversed by a red one."""

    code = "receipt_signed"


class ReceiptReversed(Conflict):
    """A reversed bill proves no payment."""

    code = "receipt_reversed"


class CorrectionNotFound(NotFound):
    """No such correction, or not for this caller."""

    code = "bill_correction_not_found"


class CorrectionRefused(Conflict):
    """Only a signed blue bill in force, none of it promised back, is corrected, and to another payer."""

    code = "bill_correction_refused"


class SegmentUnfit(Conflict):
    """The numbers cannot be taken into stock."""

    code = "bill_segment_unfit"


class LinkExpired(NotFound):
    """The link to a bill is wrong or its time is over."""

    code = "delivery_link_expired"


on_constraint("bill_pool_segments_excl", SegmentUnfit)
