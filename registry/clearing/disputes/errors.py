"""Errors of disputes."""

from data.db import on_constraint
from data.errors import Conflict, Forbidden, Invalid, NotFound


class DisputeNotFound(NotFound):
    """No such dispute or line, or not for this caller."""

    code = "dispute_not_found"


class DisputeRefused(Conflict):
    """The line cannot be disputed: not paid, of no amount, going back to its payer, or disputed before."""

    code = "dispute_refused"


class DisputeTooLate(Conflict):
    """The days in which the line could be disputed are over."""

    code = "dispute_too_late"


class DisputeStateRefuses(Conflict):
    """The state of the dispute does not allow it."""

    code = "dispute_state_refuses"


class DisputeCountyBad(Invalid):
    """The county is none of those that the dispute is between."""

    code = "dispute_county_bad"


class DisputeNotYours(Forbidden):
    """A county raises and withdraws its own disputes only, and rules on none."""

    code = "dispute_not_yours"


class DisputeSamePerson(Forbidden):
    """Who proposed the ruling, or raised the dispute, does not confirm it."""

    code = "dispute_same_person"


class LineInDispute(Conflict):
    """The line is held in dispute: it is neither refunded nor cleared until the ruling."""

    code = "line_in_dispute"


on_constraint("dispute_line_idx", DisputeRefused)
on_constraint("dispute_of_paid_line", DisputeRefused)
on_constraint("dispute_event_follows", DisputeStateRefuses)
on_constraint("dispute_event_transition_fkey", DisputeStateRefuses)
on_constraint("dispute_ruling_fits", DisputeStateRefuses)
on_constraint("dispute_ruling_open_idx", DisputeStateRefuses)
on_constraint("dispute_ruling_ended_once", DisputeStateRefuses)
on_constraint("dispute_ruling_two_persons_check", DisputeSamePerson)
on_constraint("refund_line_held", LineInDispute)
on_constraint("batch_item_held", LineInDispute)
