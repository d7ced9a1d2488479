"""What counties pay back of money that was cleared to them (退付): asked, sent, arrived."""

from datetime import datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.db import Database
from data.jobs.service import enqueue
from registry.ledger import rules as chart
from registry.ledger.records import Entry
from registry.payments import refund_postings, store, store_refunds
from registry.payments.errors import RefundNotFound
from registry.payments.records import CountyReturn, Refund


def returns_due(conn: store.Conn, county_code: str, *, limit: int) -> list[CountyReturn]:
    """Return what a county is asked to pay back (退付) and has not sent, oldest refund first."""
    return store_refunds.returns_due(conn, county_code, limit)


def send_return(
    db: Database, actor: Actor, refund_no: str, county_code: str, *, reference: str, now: datetime
) -> list[CountyReturn]:
    """Write that a county has paid its part of a refund back (退付) out of its own account.

    Raises
    ------
    RefundNotFound
        Nothing is asked of this county.
    """
    with db.transaction(SYSTEM) as conn:
        refund, items = _of_county(conn, refund_no, county_code)
        for item in items:
            if not store_refunds.set_sent(conn, item, reference=reference, by=actor.login, at=now):
                continue
            entries = (
                Entry(
                    chart.in_transit(county_code),
                    chart.county_account(county_code, item.kind),
                    item.amount_fen,
                ),
                Entry(
                    chart.discharged(county_code, item.kind), chart.refunds_owed(county_code), item.amount_fen
                ),
            )
            what = (f"crt:{refund_no}:{county_code}:{item.kind}", "county_return")
            refund_postings.post(conn, what, entries, refund=refund, now=now, actor=actor.login)
            audit.record(conn, actor, "refund.return", refund_no, detail={"county_code": county_code})
        return store_refunds.returns(conn, refund_no)


def take_return(
    db: Database, actor: Actor, refund_no: str, county_code: str, *, now: datetime
) -> list[CountyReturn]:
    """Write that a county's money arrived in the collection account; the job goes on with the refund.

    Raises
    ------
    RefundNotFound
    """
    with db.transaction(SYSTEM) as conn:
        refund, items = _of_county(conn, refund_no, county_code)
        for item in items:
            if not store_refunds.set_arrived(conn, item, at=now):
                continue
            entries = (Entry(chart.COLLECTION, chart.in_transit(county_code), item.amount_fen),)
            what = (f"cra:{refund_no}:{county_code}:{item.kind}", "county_return_arrive")
            refund_postings.post(conn, what, entries, refund=refund, now=now, actor=actor.login)
            enqueue(
                conn,
                "refund_order",
                {"refund_no": refund_no},
                key=f"refund_order:{refund_no}:{county_code}:{item.kind}",
            )
        return store_refunds.returns(conn, refund_no)


def _of_county(conn: store.Conn, refund_no: str, county_code: str) -> tuple[Refund, list[CountyReturn]]:
    refund = store_refunds.lock(conn, refund_no)
    items = [item for item in store_refunds.returns(conn, refund_no) if item.county_code == county_code]
    if refund is None or not items:
        raise RefundNotFound(refund_no=refund_no)
    return refund, items
