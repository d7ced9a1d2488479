"""Errors of orders and channel events."""

from collections.abc import Mapping

from data.db import on_constraint
from data.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class OrderNotFound(NotFound):
    """No such order, or not for this caller."""

    code = "order_not_found"


class OrderStateRefuses(Conflict):
    """The order's state does not allow it."""

    code = "order_state_refuses"


class PaymentUnderWay(Conflict):
    """A payment of the order is under way: it cannot be cancelled before that has ended."""

    code = "payment_under_way"


class ReviveTooLate(Conflict):
    """The order has been dead too long to be revived."""

    code = "revive_too_late"


class OrderLinesClaimed(Conflict):
    """Another live order asks for the same fees."""

    code = "order_lines_claimed"


class CasesInOrders(Conflict):
    """Some of several cases have a live order for all they owe.

    Parameters
    ----------
    taken : mapping of str to str
        Order by case.
    """

    code = "cases_in_orders"

    def __init__(self, taken: Mapping[str, str]) -> None:
        faults: list[dict[str, object]] = [
            {"field": "case_nos", "code": "case_in_order", "case_no": case_no, "order_no": order_no}
            for case_no, order_no in taken.items()
        ]
        case_no, order_no = next(iter(taken.items()))
        super().__init__(errors=faults, case_no=case_no, order_no=order_no)


class OrderLinesGone(Conflict):
    """What the order asks for is no longer owed."""

    code = "order_lines_gone"


class LateMoneyOnTheWay(Conflict):
    """The late payment has not arrived in the collection account yet."""

    code = "late_money_on_the_way"


class NothingToPay(Conflict):
    """The case has no fee line to make an order of."""

    code = "nothing_to_pay"


class NothingToCombine(Conflict):
    """The payer has no other unpaid order of the same case."""

    code = "nothing_to_combine"


class PayersDiffer(Conflict):
    """The cases of one order have different payers."""

    code = "payers_differ"


class CaseNotPayable(Conflict):
    """Orders are issued for accepted, open cases only."""

    code = "case_not_payable"


class ChannelUnknown(NotFound):
    """No such channel."""

    code = "channel_unknown"


class ChannelNotForPayers(Conflict):
    """Nobody begins a payment at this channel from the payer's page."""

    code = "channel_not_for_payers"


class KeyRotationRefused(Conflict):
    """Two keys hold already, or only one does."""

    code = "key_rotation_refused"


class SandboxPaymentOver(Conflict):
    """The payment at the sandbox channel has ended."""

    code = "sandbox_payment_over"


class SignatureBad(Unauthenticated):
    """The signature of a message is wrong, unknown or out of time."""

    code = "signature_bad"


class EventMalformed(Invalid):
    """A signed message has not the agreed form."""

    code = "event_malformed"


class AssessmentConflict(Conflict):
    """The tax assessment's number is known with other content."""

    code = "assessment_conflict"


class TaxSourceTwice(Conflict):
    """What is taxed by this source is assessed or paid already under another number."""

    code = "tax_source_twice"


class OrderTooLarge(Conflict):
    """What is owed together is more than an order can ask for."""

    code = "order_too_large"


class AssessmentUnitForeign(Invalid):
    """The tax assessment names a unit that is none of the case's."""

    code = "assessment_unit_foreign"


class AssessmentUnknown(NotFound):
    """The case has no such tax assessment."""

    code = "assessment_unknown"


class AssessmentStateRefuses(Conflict):
    """The state of the tax assessment does not allow it."""

    code = "assessment_state_refuses"


class RefundRefused(Conflict):
    """The order cannot be refunded now."""

    code = "refund_refused"


class RefundUnderWay(RefundRefused):
    """Another refund of the order has not ended."""

    code = "refund_under_way"


class RefundExceeds(RefundRefused):
    """More is asked back than is left of a line."""

    code = "refund_exceeds"


class RefundNotFound(NotFound):
    """No such refund, or not for this caller."""

    code = "refund_not_found"


class SuspenseGone(RefundNotFound):
    """The money no longer lies in suspense, or is being asked back already."""

    code = "suspense_gone"


class RefundWaitsForClearing(Conflict):
    """Its money is on the way to the counties, or only a part of an uncleared order is asked for."""

    code = "refund_waits_for_clearing"


class RefundUnchecked(Conflict):
    """What a payer asks for is checked by one of the staff before another decides."""

    code = "refund_unchecked"


class SamePersonDecides(Forbidden):
    """Who asked for a refund does not decide it."""

    code = "refund_same_person"


class LookupRefused(NotFound):
    """Payment code and last four characters do not belong together."""

    code = "payment_code_unknown"


on_constraint("order_claim_pkey", OrderLinesClaimed)
on_constraint("payment_order_amount_fen_check", OrderTooLarge)
on_constraint("refund_two_persons_check", SamePersonDecides)
on_constraint("refund_payer_two_persons_check", SamePersonDecides)
on_constraint("refund_within_line", RefundExceeds)
on_constraint("refund_still_suspended", SuspenseGone)
