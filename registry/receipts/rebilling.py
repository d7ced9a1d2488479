"""Rulings and bills together: the bill of the line that moved is reversed, its new county gives another."""

from dataclasses import replace
from datetime import datetime

from data.access.records import SYSTEM
from registry.clearing.disputes import service as disputes
from registry.clearing.disputes.records import Dispute
from registry.payments import service as payments
from registry.receipts import custody, store
from registry.receipts.errors import ReceiptHeld
from registry.receipts.issuing import BILLED_STATES, BillOffice, moved_blue, red_of, rest_of
from registry.receipts.records import Bill


def rebill(office: BillOffice, dispute_no: str, *, now: datetime) -> list[Bill]:
    """Give the bills of a dispute whose ruling moved a fee line, and sign them. Re-entrant.

    The blue bill with the line is reversed whole by a red one of its own county; what else was on it gets a
    new blue one (换开), and the line one of the county of the ruling. Taxes have no bill of ours.

    Returns
    -------
    list of Bill
        All bills of the order but void ones.

    Raises
    ------
    DisputeNotFound
    ReceiptHeld
        A bill cannot be printed.
    """
    with office.db.transaction(SYSTEM) as conn:
        dispute = disputes.get_dispute(conn, dispute_no).head
    if dispute.state == "adjusted" and dispute.moves and dispute.kind == "nontax":
        _clear_the_way(office, dispute, now)
        _number(office, dispute, now)
    bills = office.sign_all(dispute.order_no)
    held = [bill for bill in bills if bill.dispute_no == dispute_no and bill.state != "signed"]
    if held:
        raise ReceiptHeld(bill=held[0].key, characters=held[0].held_reason)
    return bills


def _clear_the_way(office: BillOffice, dispute: Dispute, now: datetime) -> None:
    """Sign what is numbered, so that it can be reversed; void what cannot be printed."""
    for bill in office.sign_all(dispute.order_no):
        if bill.state == "held" and bill.kind == "blue" and bill.dispute_no is None:
            with office.db.transaction(SYSTEM) as conn:
                custody.void_in(conn, SYSTEM, bill, reason=f"属地争议 {dispute.dispute_no}", now=now)


def _number(office: BillOffice, dispute: Dispute, now: datetime) -> None:
    """Give numbers to the red bill, to the one for the rest and to that of the other county, together."""
    with office.db.transaction(SYSTEM) as conn:
        payments.lock_order(conn, dispute.order_no)
        head = payments.get_order(conn, dispute.order_no).head
        for blue in store.blue_bills_of_line(conn, dispute.line_id):
            if blue.county_code != dispute.county_code:
                continue
            red = replace(red_of(blue, None, now), dispute_no=dispute.dispute_no)
            office.number(conn, red)
            left_fen = store.left_of(conn, blue)
            if left_fen:
                rest = replace(rest_of(blue, left_fen, None, now), dispute_no=dispute.dispute_no)
                office.number(conn, rest)
        known = any(
            bill.dispute_no == dispute.dispute_no and bill.kind == "blue" and bill.replaces is None
            for bill in store.bills_of_order(conn, dispute.order_no)
            if bill.state != "void"
        )
        made = moved_blue(
            head,
            dispute.dispute_no,
            case_no=dispute.case_no,
            county_code=str(dispute.ruled_county),
            now=now,
        )
        amount_fen = store.moved_left(conn, made)
        if not known and amount_fen and head.state in BILLED_STATES:
            office.number(conn, replace(made, amount_fen=amount_fen))
