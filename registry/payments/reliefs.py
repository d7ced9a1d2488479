"""A relief granted after acceptance: what is unpaid is ordered anew, what is paid goes back as a refund."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from data.access.records import SYSTEM, Actor
from data.db import Database
from registry.cases import reliefs as case_reliefs
from registry.cases import service as cases
from registry.cases.records import NewRelief
from registry.cases.reliefs import Reassessed
from registry.payments import issuing, refund_requests, rules, store, store_refunds
from registry.payments.errors import PaymentUnderWay, RefundRefused
from registry.payments.records import Asked, Order, OrderLine, Refund
from spatial.counties.rules import largest_remainder


@dataclass(frozen=True, slots=True)
class Granted:
    """What a relief led to: an order in place of an unpaid one, or a refund that a second person decides."""

    order: Order | None = None
    refund: Refund | None = None


def grant_relief(
    db: Database, actor: Actor, case_no: str, relief: NewRelief, *, reason: str, now: datetime
) -> Granted:
    """Grant a relief whose document came after acceptance.

    While nothing is paid the fee is assessed again, an order is cancelled and one of the new amount issued
    for the same cases. Once it is paid the fee stays as it was and the difference is asked back (``relief``).

    Parameters
    ----------
    relief : NewRelief
        Fact and document.
    reason : str
        Words, kept with the lines that are replaced, or with the refund.
    now : datetime
        Aware instant.

    Raises
    ------
    CaseNotFound, NotYourOffice, CaseClosed, ReliefUnknown
    PaymentUnderWay
        Somebody is paying right now.
    RefundRefused
        The order is being refunded, what is asked is not left of it, or a relief gave it back before.
    """
    with db.transaction(actor) as conn:
        case = cases.get_case(conn, case_no, lock=True)
        store.lock_case(conn, case_no)
        found = case_reliefs.reassess(conn, actor, case, relief)
        order_no = _paid_order(conn, case_no)
        # Once paid the fee stays as it was assessed: only the refund tells that a relief was granted.
        if store_refunds.relieved(conn, [case_no]):
            raise RefundRefused(order_no=order_no or case_no, state="refunded")
        if order_no is None:
            together = _cancel(conn, actor, case_no, now)
            case_reliefs.replace_lines(conn, actor, found, reason=reason, now=now)
            issued = issuing.issue_in(conn, actor, together, now=now) if together else None
            return Granted(order=issued if isinstance(issued, Order) else None)
        lines = _difference(conn, order_no, case_no, found)
    asked = Asked("relief", f"{reason}（{relief.document}）", dict(lines))
    # Refund and note stand or fall together; the refund sees lines of other counties, too.
    with db.transaction(SYSTEM) as conn:
        refund = refund_requests.request_in(conn, actor, order_no, asked=asked, now=now)
        if (refund.cause, refund.reason) != (asked.cause, asked.reason):
            raise RefundRefused(order_no=order_no, state="refunding")
        case_reliefs.note_relief(conn, actor, found, reason=reason, now=now)
    return Granted(refund=refund)


def _paid_order(conn: store.Conn, case_no: str) -> str | None:
    """Return the order that paid the case's fee, None while nothing is paid; its orders stay locked.

    Raises
    ------
    RefundRefused
        Its money is going back.
    """
    claims = store.claimed(conn, [case_no]).items()
    for order_no in sorted({order for (_, source), order in claims if source.startswith("fee:")}):
        head = store.lock_order(conn, order_no)
        if head is not None and head.state == "refunding":
            raise RefundRefused(order_no=order_no, state=head.state)
        if head is not None and head.state in refund_requests.REFUNDABLE:
            return order_no
    return None


def _cancel(conn: store.Conn, actor: Actor, case_no: str, now: datetime) -> list[str]:
    """Cancel the unpaid orders of a case; return the cases that were to be paid by them."""
    together: list[str] = []
    for order_no in store.unpaid_of_case(conn, case_no):
        head = store.lock_order(conn, order_no)
        if head is None or head.state not in rules.LIVE_UNPAID:
            continue
        until = rules.attempt_ends(store.fetch_events(conn, order_no))
        if until is not None and until > now:
            raise PaymentUnderWay(order_no=order_no, until=until.isoformat())
        together += [line.case_no for line in store.fetch_lines(conn, order_no)]
        store.add_event(conn, order_no, head.state, "cancelled", at=now, actor=actor.login)
    return list(dict.fromkeys(together))


def _difference(conn: store.Conn, order_no: str, case_no: str, found: Reassessed) -> dict[int, int | None]:
    """Return what goes back of which order line: by unit, what was assessed before less what is now.

    A fee that was split by area goes back by the shares in which its counties had it.

    Raises
    ------
    RefundRefused
    """
    less: Counter[str] = Counter()
    for line in found.before:
        less[line.unit_code] += line.amount_fen
    for piece in found.after:
        less[piece.unit_code] -= piece.amount_fen
    back: dict[int, int | None] = {}
    for (unit, *_), paid in _fees_of(store.fetch_lines(conn, order_no), case_no).items():
        part = min(less[unit], sum(paid.values()))
        if part > 0:
            less[unit] -= part
            back |= {line_no: fen for line_no, fen in largest_remainder(part, paid).items() if fen}
    if not back:
        raise RefundRefused(order_no=order_no, state="paid")
    return back


def _fees_of(lines: list[OrderLine], case_no: str) -> dict[tuple[str, str, str], dict[int, int]]:
    """Return a case's fees by unit, item and rule: of each the lines, one a county, with their fen."""
    fees: dict[tuple[str, str, str], dict[int, int]] = defaultdict(dict)
    for line in lines:
        if line.case_no == case_no and line.kind == "fee":
            fees[line.unit_code or "", line.item_code, line.rule_id][line.line_no] = line.amount_fen
    return fees
