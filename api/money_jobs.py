"""Background work of money: bills after payments, news to cases, refunds, unfinished closes."""

from datetime import date

from api import money
from api.context import Services
from data.access.records import SYSTEM
from data.jobs.records import Job
from registry.cases import service as cases
from registry.payments import service as payments


def order_paid(services: Services, job: Job) -> None:
    """Tell every case of an order that is now paid up, then issue the bills."""
    with services.db.transaction(SYSTEM) as conn:
        order = payments.get_order(conn, job.payload["order_no"])
        for case_no in order.case_nos:
            if payments.is_paid_up(conn, case_no):
                cases.mark_paid(conn, case_no, order.head.order_no, services.now())
    money.bill_office(services).issue_for_order(order.head.order_no, now=services.now())


def case_ended(services: Services, job: Job) -> None:
    """Cancel what a case that ended without result still asks to be paid."""
    payments.cancel_of_case(services.db, job.payload["case_no"], now=services.now())


def refund_order(services: Services, job: Job) -> None:
    """Reverse bills, pay back, and tell the cases."""
    order_no = job.payload["order_no"]
    money.bill_office(services).refund_order(order_no, job.payload["channel"], now=services.now())
    with services.db.transaction(SYSTEM) as conn:
        for case_no in payments.get_order(conn, order_no).case_nos:
            if not payments.is_paid_up(conn, case_no):
                cases.mark_refunded(conn, case_no, order_no, services.now())


def close_day(services: Services, job: Job) -> None:
    """Go on with the payouts of a day that a close began."""
    money.clearing(services).resume(date.fromisoformat(job.payload["date"]))
