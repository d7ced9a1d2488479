"""Errors of orders and channel events."""

from data.errors import Conflict, Invalid, NotFound, Unauthenticated


class OrderNotFound(NotFound):
    """No such order, or not for this caller."""

    code = "order_not_found"


class OrderStateRefuses(Conflict):
    """The order's state does not allow it."""

    code = "order_state_refuses"


class NothingToPay(Conflict):
    """The case has no fee line to make an order of."""

    code = "nothing_to_pay"


class PayersDiffer(Conflict):
    """The cases of one order have different payers."""

    code = "payers_differ"


class CaseNotPayable(Conflict):
    """Orders are issued for accepted, open cases only."""

    code = "case_not_payable"


class ChannelUnknown(NotFound):
    """No such channel."""

    code = "channel_unknown"


class SignatureBad(Unauthenticated):
    """The signature of a message is wrong, unknown or out of time."""

    code = "signature_bad"


class EventMalformed(Invalid):
    """A signed message has not the agreed form."""

    code = "event_malformed"


class AssessmentConflict(Conflict):
    """The tax assessment's number is known with other content."""

    code = "assessment_conflict"


class AssessmentUnitForeign(Invalid):
    """The tax assessment names a unit that is none of the case's."""

    code = "assessment_unit_foreign"


class RefundRefused(Conflict):
    """The order cannot be refunded now."""

    code = "refund_refused"


class LookupRefused(NotFound):
    """Payment code and last four characters do not belong together."""

    code = "payment_code_unknown"
