"""Payments of the loaded cases: orders, daily clearing, payouts and bills, by the books of registry."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from api.loading import store
from data.access.records import SYSTEM
from data.clock import day_of
from data.db import Database
from data.jobs import service as jobs
from registry.receipts.history import load_history
from registry.receipts.records import PastLine, PastOrder
from registry.reconciliation.matching import LOOK_BACK

# Days of payments written in one transaction: so many that each day is whole, so few that they fit in memory.
SPAN = timedelta(days=31)


def load_money(db: Database, *, now: datetime) -> int:
    """Write orders, clearing and bills of loaded cases that were paid before today and have no order yet.

    A job signs the bills of the last weeks; older ones are signed when somebody opens them.

    Returns
    -------
    int
        Number of orders.
    """
    count = 0
    with db.transaction(SYSTEM) as conn:
        first = store.first_unordered(conn)
    while first is not None and first < day_of(now):
        with db.transaction(SYSTEM) as conn:
            store.allow_time(conn)
            orders = _orders(store.paid_lines(conn, first, min(first + SPAN, day_of(now))))
            count += load_history(conn, orders, now=now)
            store.name_orders(conn)
            following = store.first_unordered(conn)
        if following == first:
            break
        first = following
    with db.transaction(SYSTEM) as conn:
        store.allow_time(conn)
        store.number_certificates(conn)
        store.close_serials(conn)
        store.note_cases(conn)
        # The books are compared this far back: a paid order without a signed bill would be a difference.
        since = day_of(now) - LOOK_BACK
        jobs.enqueue(conn, "issue_backlog", {"since": since.isoformat()}, key="issue_backlog:loaded")
    return count


def _orders(rows: list[tuple[Any, ...]]) -> Iterator[PastOrder]:
    """Yield an order for the lines of each case; the rows come ordered by case."""
    for case_no, lines in groupby(rows, key=lambda row: str(row[0])):
        found = list(lines)
        _, payer_name, payer_number, office, accepted_at, paid_at, *_ = found[0]
        yield PastOrder(
            case_no=case_no,
            payer_name=payer_name,
            payer_last4=payer_number[-4:],
            accept_office=office,
            issued_at=accepted_at,
            paid_at=paid_at,
            lines=tuple(_line(row[6:]) for row in found),
        )


def _line(row: tuple[Any, ...]) -> PastLine:
    line_no, item_code, name, amount_fen, rule_id, reason, unit, parcel, county, decision, east, north = row
    return PastLine(
        source=f"fee:{line_no}",
        item_code=item_code,
        name=name,
        amount_fen=amount_fen,
        rule_id=rule_id,
        reason=reason,
        unit_code=unit,
        parcel_code=parcel,
        county_code=county,
        decision_id=decision,
        place_m=None if east is None else (east, north),
    )
