"""Dated choices of the city about money, which administrators change: undecided counties, the stock of bills.

A new choice ends the one before it on the day it begins; what was in force stays on record.
"""

from dataclasses import asdict, dataclass
from datetime import date

from data.access import audit
from data.access.records import Actor
from data.db import Database, on_constraint
from data.errors import Conflict
from data.reference import store
from data.reference.store import Conn
from data.reference.upkeep import require_ahead


class PolicyOverlaps(Conflict):
    """A choice of this kind already begins on that day or later."""

    code = "policy_overlaps"


for _table in ("county_policy", "bill_stock_policy"):
    on_constraint(f"{_table}_validity_excl", PolicyOverlaps)
    on_constraint(f"{_table}_pkey", PolicyOverlaps)


@dataclass(frozen=True, slots=True)
class CountyPolicyRow:
    """What holds for money whose county is not plain, with its time in force and its source.

    Attributes
    ----------
    dispute_days : int
        Days after payment or clearing in which a county may dispute a line, 1 to 365.
    area_split : bool
        Whether fees of a parcel in several counties are split by area (R3 of the county decision).
    """

    dispute_days: int
    area_split: bool
    valid_from: date
    valid_to: date | None
    source_doc: str
    verified: bool


@dataclass(frozen=True, slots=True)
class BillStockRow:
    """Below how many numbers a county's stock of bills is low, with its time in force and its source."""

    low_count: int
    valid_from: date
    valid_to: date | None
    source_doc: str
    verified: bool


def county_policies(conn: Conn) -> list[CountyPolicyRow]:
    """Return every policy for money whose county is not plain, newest first."""
    return store.dated_rows(conn, "county_policy", CountyPolicyRow)


def bill_stocks(conn: Conn) -> list[BillStockRow]:
    """Return every limit of the stock of bills, newest first."""
    return store.dated_rows(conn, "bill_stock_policy", BillStockRow)


def choose(db: Database, actor: Actor, choice: CountyPolicyRow | BillStockRow, *, today: date) -> None:
    """Put a choice in force from a day on; orders issued and disputes raised before keep theirs.

    Raises
    ------
    ReferenceBackdated, ReferenceTooFar
    PolicyOverlaps
        One begins on that day or later.
    """
    require_ahead(choice.valid_from, today)
    table = "county_policy" if isinstance(choice, CountyPolicyRow) else "bill_stock_policy"
    values = asdict(choice)
    with db.transaction(actor) as conn:
        store.end_dated(conn, table, choice.valid_from)
        store.insert_dated(conn, table, values)
        detail = {name: value for name, value in values.items() if isinstance(value, int)}
        audit.record(conn, actor, f"{table}.choose", choice.valid_from.isoformat(), detail=detail)
