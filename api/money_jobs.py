"""Background work of money: bills after payments, news to cases, refunds, unfinished closes."""

import logging
from datetime import date, timedelta

from api import bill_backlog, money
from api.context import Services
from data.access.records import SYSTEM
from data.clock import SystemClock
from data.jobs.records import Job
from data.jobs.service import enqueue, report_progress
from registry.cases import service as cases
from registry.payments import lifecycle, taxes
from registry.payments import service as payments
from registry.receipts import rebilling

log = logging.getLogger(__name__)

EXPIRE_EVERY = timedelta(minutes=10)
# Orders one job takes; what is left waits for the next.
BACKLOG = 20_000


def order_paid(services: Services, job: Job) -> None:
    """Tell every case of an order that is now paid up, then issue the bills."""
    with services.db.transaction(SYSTEM) as conn:
        order = payments.get_order(conn, job.payload["order_no"])
        for case_no in order.case_nos:
            if payments.is_paid_up(conn, case_no):
                cases.mark_paid(conn, case_no, order.head.order_no, services.now())
        taxes.note_order(conn, order.head.order_no, "paid", now=services.now())
    money.bill_office(services).issue_for_order(order.head.order_no, now=services.now())


def case_ended(services: Services, job: Job) -> None:
    """Cancel what a case that ended without result still asks to be paid."""
    lifecycle.cancel_of_case(services.db, job.payload["case_no"], now=services.now())


def refund_order(services: Services, job: Job) -> None:
    """Go on with a refund: red bills, counties, the channel; tell the cases when it is done."""
    refund_no = job.payload["refund_no"]
    refund = money.refunding(services).advance(refund_no, now=services.now())
    if refund.state != "done" or refund.order_no is None or refund.suspended_id is not None:
        return
    with services.db.transaction(SYSTEM) as conn:
        for case_no in payments.get_order(conn, refund.order_no).case_nos:
            if not payments.is_paid_up(conn, case_no):
                cases.mark_refunded(conn, case_no, refund.order_no, services.now())
        taxes.note_order(conn, refund.order_no, "refunded", now=services.now())


def dispute_adjusted(services: Services, job: Job) -> None:
    """Reverse the bill of a line that a ruling moved, and give that of its new county."""
    rebilling.rebill(money.bill_office(services), job.payload["dispute_no"], now=services.now())


def report_tax(services: Services, job: Job) -> None:
    """Tell the tax authority that a tax was paid or refunded, and take its certificate."""
    taxes.report(
        services.db,
        money.tax_office(services),
        job.payload,
        keys=money.tax_keys(services),
        now=services.now(),
    )


def ask_to_expire(services: Services, wait: timedelta = timedelta(0)) -> None:
    """Ask for the next look at orders whose time is over; jobs are due by the machine's clock."""
    due = SystemClock().now() + wait
    with services.db.transaction(SYSTEM) as conn:
        enqueue(conn, "expire_orders", {}, key=f"expire_orders:{due:%Y%m%d%H%M}", run_at=due)


def expire_orders(services: Services, _job: Job) -> None:
    """Write off orders whose time is over, and look again in a while."""
    ask_to_expire(services, EXPIRE_EVERY)
    count = lifecycle.expire_due(services.db, now=services.now())
    if count:
        log.info("%d orders expired", count)


def issue_bills(services: Services, job: Job) -> None:
    """Issue the bills of an order that has none, such as after a void."""
    money.bill_office(services).issue_for_order(job.payload["order_no"], now=services.now())


def issue_backlog(services: Services, job: Job) -> None:
    """Issue the bills of orders (paid ``since``) that wait for one; taken up again, it does the rest."""
    since = job.payload.get("since")
    order_nos = bill_backlog.waiting(services, BACKLOG, since and date.fromisoformat(since))
    for progress in bill_backlog.issue_here(services, order_nos):
        report_progress(services.db, job.job_id, progress.done, progress.total)


def close_day(services: Services, job: Job) -> None:
    """Go on with the payouts of a day that a close began."""
    money.clearing(services).resume(date.fromisoformat(job.payload["date"]))
