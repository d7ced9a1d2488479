"""What happens to bills after their number: void, paper copies, entries in books; the stock of numbers."""

from datetime import datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.db import Database
from data.jobs.service import enqueue
from registry.receipts import checking, store, store_events
from registry.receipts.errors import ReceiptReversed, ReceiptSigned, SegmentUnfit
from registry.receipts.records import Bill, BillEvent, BookUse, Segment

MAX_NUMBER = 9_999_999_999
PUBLIC_ACTOR = "public"


def void(db: Database, actor: Actor, bill: Bill, *, reason: str, now: datetime) -> BillEvent:
    """Give up a bill that has a number and was never signed (作废); the number stays used, with its reason.

    A job issues a new one at once for what the order still pays for.

    Parameters
    ----------
    bill : Bill
        Numbered or held.
    reason : str
        Words.
    now : datetime
        Aware instant.

    Raises
    ------
    ReceiptSigned
        A signed bill is only reversed by a red one.
    """
    with db.transaction(actor) as conn:
        event = void_in(conn, actor, bill, reason=reason, now=now)
        enqueue(conn, "order_paid", {"order_no": bill.order_no}, key=f"bill_void:{bill.key}")
    return event


def void_in(conn: store.Conn, actor: Actor, bill: Bill, *, reason: str, now: datetime) -> BillEvent:
    """Give up a bill as :func:`void` does, in the transaction of a caller who issues what takes its place.

    Raises
    ------
    ReceiptSigned
    """
    store_events.lock_bill(conn, bill.code, bill.number)
    now_stored = store.fetch_bill(conn, bill.code, bill.number)
    if now_stored is None or now_stored.state not in {"numbered", "held"}:
        raise ReceiptSigned(bill=bill.key)
    event = store_events.add_event(conn, bill, "void", actor=actor.login, detail={"reason": reason}, at=now)
    store_events.set_void(conn, bill)
    audit.record(conn, actor, "bill.void", bill.key, detail={"reason": reason})
    return event


def count_copy(db: Database, actor: Actor, bill: Bill, *, now: datetime) -> BillEvent:
    """Count a paper copy (打印); its number is printed on it."""
    with db.transaction(actor) as conn:
        store_events.lock_bill(conn, bill.code, bill.number)
        event = store_events.add_event(conn, bill, "copy", actor=actor.login, detail={}, at=now)
        audit.record(conn, actor, "bill.copy", bill.key, detail={"copy": event.seq})
    return event


def enter_in_books(
    db: Database, code: str, number: str, *, check_code: str, use: BookUse, now: datetime
) -> tuple[BillEvent, BillEvent | None]:
    """Mark a bill as used in somebody's books (入账反馈).

    Parameters
    ----------
    code, number, check_code : str
        票据代码, 票据号码, 校验码: who has them has the bill.
    use : BookUse
        Whose books, and the voucher there.
    now : datetime
        Aware instant.

    Returns
    -------
    tuple of (BillEvent, BillEvent or None)
        This entry, and the first one if there was one before: a warning.

    Raises
    ------
    ReceiptNotFound
    ReceiptReversed
        A reversed or a red bill proves no payment.
    """
    bill = checking.by_check_code(db, code, number, check_code)
    if bill.reversed or bill.kind == "red":
        raise ReceiptReversed(bill=f"{code}-{number}")
    detail = {"organisation": use.organisation, "voucher": use.voucher}
    with db.transaction(SYSTEM) as conn:
        store_events.lock_bill(conn, code, number)
        first = store_events.entry_of(conn, code, number)
        kind = "entry" if first is None else "entry_again"
        event = store_events.add_event(conn, bill, kind, actor=PUBLIC_ACTOR, detail=detail, at=now)
    return event, first


def receive_segment(db: Database, actor: Actor, segment: Segment) -> Segment:
    """Enter numbers received from the finance bureau (入库).

    Raises
    ------
    SegmentUnfit
        Numbers out of range, or some were received before (the database refuses an overlap).
    """
    if not 0 < segment.lo <= segment.hi <= MAX_NUMBER:
        raise SegmentUnfit(bill=segment.code)
    with db.transaction(actor) as conn:
        store_events.insert_segment(conn, segment)
        detail = {"lo": segment.lo, "hi": segment.hi, "county_code": segment.county_code}
        audit.record(conn, actor, "bill.segment", segment.code, detail=detail)
    return segment


def stock(db: Database, code: str, counties: list[str]) -> dict[str, int]:
    """Return how many numbers of a code each county has left."""
    left = dict.fromkeys(counties, 0)
    with db.transaction(SYSTEM) as conn:
        for segment in store_events.segments(conn, code):
            left[segment.county_code] = left.get(segment.county_code, 0) + segment.hi - segment.next + 1
    return left
