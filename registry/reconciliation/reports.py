"""Reports to city and counties: every number opens its rows, every row its parcel."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, get_args

from data.access.records import SYSTEM, Actor
from data.clock import day_of
from data.db import Database
from data.errors import Forbidden
from registry.clearing import rules as clearing
from registry.clearing.days import visible_counties
from registry.reconciliation import store_reports
from spatial.counties.rules import OUTSIDE_PPM, WHOLE_PPM

# What a line can be counted under: the day sheet's figures, what counties gave back, what is in dispute, what
# reached the county on the day it was cleared, and what went back to its payer before it was cleared.
Figure = Literal[
    "due",
    "paid",
    "arrived",
    "cleared",
    "confirmed",
    "refunded",
    "suspense",
    "returned",
    "disputed",
    "credited",
    "refunded_before",
]
FIGURES: tuple[str, ...] = get_args(Figure)
MONTH_FIGURES = ("due", "paid", "arrived", "cleared", "confirmed", "refunded", "returned", "disputed")
MAX_ROWS = 100_000
# Columns of each report; the end of a name tells its kind: _fen money, at instants, day dates.
COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "lines": (
            "at",
            "order_no",
            "line_no",
            "case_no",
            "item",
            "county_code",
            "kind",
            "parcel_code",
            "channel",
            "reference",
            "amount_fen",
        ),
        "month": (
            "day",
            "county_code",
            "kind",
            "channel",
            "item_code",
            "item",
            *(f"{figure}_fen" for figure in MONTH_FIGURES),
        ),
        "unbilled": ("at", "order_no", "case_no", "county_code", "parcel_code", "bill_state", "amount_fen"),
        "straddles": (
            "at",
            "order_no",
            "case_no",
            "parcel_code",
            "county_code",
            "rule",
            "shares",
            "basis",
            "amount_fen",
        ),
        "boundary": ("county_code", "kind", "n", "decided_fen", "today_fen", "difference_fen"),
        "boundary_lines": (
            "at",
            "order_no",
            "line_no",
            "item",
            "kind",
            "parcel_code",
            "county_code",
            "county_today",
            "boundary_set",
            "amount_fen",
        ),
        "pools": (
            "county_code",
            "code",
            "first_number",
            "last_number",
            "used",
            "left_over",
            "used_in_30_days",
        ),
        "ageing": (
            "type",
            "side",
            "county_code",
            "n",
            "amount_fen",
            "age_0",
            "age_1",
            "age_3",
            "age_7",
            "age_more",
            "overdue",
        ),
        "breaks": (
            "at",
            "type",
            "day",
            "side",
            "county_code",
            "order_no",
            "parcel_code",
            "reference",
            "state",
            "due_on",
            "amount_fen",
        ),
        "bills": (
            "day",
            "bill_number",
            "code",
            "bill_kind",
            "bill_state",
            "order_no",
            "case_no",
            "county_code",
            "parcel_code",
            "amount_fen",
        ),
        "rate": ("day", "arrived_fen", "refunded_before_fen", "credited_fen", "rate", "median_s"),
        "balance": ("day", "statement_ref", "bank_fen", "ledger_fen", "difference_fen"),
        "entries": (
            "day",
            "statement_ref",
            "reference",
            "county_code",
            "order_no",
            "parcel_code",
            "amount_fen",
        ),
    }
)
CITY_ONLY = frozenset({"balance", "entries"})
# Reports over rows that row-level security guards are read as the actor, the others as the system.
GUARDED = frozenset({"lines", "month", "unbilled", "straddles"})


@dataclass(frozen=True, slots=True)
class Question:
    """What a report is asked for: days (Asia/Shanghai), and what narrows it.

    ``figure``, ``channel`` and ``item`` (code) narrow lines; ``type`` and ``age`` (0, 1, 3, 7, more, overdue)
    differences; ``type`` decided or today the lines a county has or would have by today's boundary; ``pool``
    (code-first number) bills, of all days when ``whole``; ``statement`` bank entries.
    """

    first: date
    last: date
    county: str | None = None
    kind: str | None = None
    figure: str = "paid"
    channel: str | None = None
    item: str | None = None
    type: str | None = None
    age: str | None = None
    pool: str | None = None
    whole: bool = False
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A report: rows under columns, true at ``as_of``; ``more`` when rows were left out."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    as_of: datetime
    more: bool = False


def make(
    db: Database, actor: Actor, name: str, asked: Question, *, now: datetime, limit: int = MAX_ROWS
) -> Report:
    """Return a report on what the actor may see.

    Parameters
    ----------
    name : str
        One of :data:`COLUMNS`.
    now : datetime
        Aware instant, the data date.
    limit : int
        Most rows.

    Raises
    ------
    Forbidden
        A county asks for the city's accounts.
    """
    if name in CITY_ONLY and actor.scope != "all":
        raise Forbidden("forbidden")
    facts: dict[str, Any] = {
        **asdict(asked),
        "date": asked.first,
        "to": asked.last,
        "counties": list(visible_counties(actor)),
        "everything": actor.scope == "all",
        "today": day_of(now),
        "whole_ppm": WHOLE_PPM,
        "outside_ppm": OUTSIDE_PPM,
        "collection": clearing.COLLECTION_ACCOUNT.number,
        "limit": limit + 1,
    }
    with db.transaction(actor if name in GUARDED else SYSTEM) as conn:
        rows = store_reports.rows(conn, name, facts)
    return Report(name, COLUMNS[name], rows[:limit], now, more=len(rows) > limit)
