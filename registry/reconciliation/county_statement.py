"""The month statement of a county (月度对账单): its figures by day, channel and item, and its payouts.

Each payout's item list is built anew from the frozen lines; its hash must be the one in the remittance text
(``RmtInf``) that the county's bank received.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from data.access.records import SYSTEM, Actor
from data.db import Database
from registry.clearing import pain001, rules
from registry.clearing.days import visible_counties
from registry.clearing.errors import NotYourCounty
from registry.clearing.planning import items_of
from registry.clearing.records import Payout
from registry.clearing.service import Clearing
from registry.clearing.store import payouts_of
from registry.reconciliation import reports
from registry.reconciliation.reports import Question, Report

PAYOUT_COLUMNS = (
    "day",
    "msg_id",
    "kind",
    "payout_state",
    "n",
    "items_sha256",
    "list_agrees",
    "amount_fen",
)


@dataclass(frozen=True, slots=True)
class CountyStatement:
    """A county's month: ``figures`` and ``payouts`` as reports, true at ``as_of``."""

    month: date
    county_code: str
    figures: Report
    payouts: Report
    as_of: datetime

    def total(self, column: str) -> int:
        """Return the sum of a column of the figures, fen."""
        at = self.figures.columns.index(column)
        return sum(row[at] for row in self.figures.rows)


def make(
    db: Database, clearing: Clearing, actor: Actor, county_code: str, month: date, *, now: datetime
) -> CountyStatement:
    """Return the statement of a county's month, so far if it is not over.

    Parameters
    ----------
    month : date
        First day of the month (Asia/Shanghai).
    now : datetime
        Aware instant, the data date.

    Raises
    ------
    NotYourCounty
        A county asks for another one's.
    """
    if county_code not in visible_counties(actor):
        raise NotYourCounty(county_code=county_code)
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    figures = reports.make(db, actor, "month", Question(month, last, county_code), now=now)
    with db.transaction(SYSTEM) as conn:
        found = payouts_of(conn, county_code, month, last)
        lists = [rules.items_sha256(items_of(conn, payout)) for payout in found]
    rows = [_row(clearing, payout, rebuilt) for payout, rebuilt in zip(found, lists, strict=True)]
    payouts = Report("payouts", PAYOUT_COLUMNS, rows, now)
    return CountyStatement(month, county_code, figures, payouts, now)


def _row(clearing: Clearing, payout: Payout, rebuilt: bytes) -> tuple[object, ...]:
    told = pain001.remittance(payout)
    if payout.state != "planned":
        told = pain001.read(clearing.payout_file(payout.msg_id)).remittance
    agrees = told == f"n={payout.n_items};sha256={rebuilt.hex()}"
    return (
        payout.biz_date,
        payout.msg_id,
        payout.kind,
        payout.state,
        payout.n_items,
        rebuilt.hex(),
        agrees,
        payout.amount_fen,
    )
