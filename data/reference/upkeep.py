"""Upkeep of the reference data that administrators change: working days and the counties' accounts.

Accounts are dated rows: a new one ends the one before it on the day it begins, and nothing that was in force
is rewritten.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from psycopg.rows import class_row

from data.access import audit
from data.access.records import Actor
from data.db import Database, load_sql, on_constraint
from data.errors import Conflict, Invalid
from data.reference.records import CountyAccount
from data.reference.store import Conn


class ReferenceBackdated(Invalid):
    """Reference data may change from today on only."""

    code = "reference_backdated"


class AccountOverlaps(Conflict):
    """An account of this county and kind already begins on that day or later."""

    code = "account_overlaps"


on_constraint("county_account_validity_excl", AccountOverlaps)
on_constraint("county_account_pkey", AccountOverlaps)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day on which offices do not follow the week."""

    day: date
    is_workday: bool
    name: str | None
    source_doc: str
    verified: bool


@dataclass(frozen=True, slots=True)
class AccountRow(CountyAccount):
    """An account with its source."""

    source_doc: str
    verified: bool


def special_days(conn: Conn, year: int) -> list[SpecialDay]:
    """Return the holidays and worked weekend days of a year."""
    with conn.cursor(row_factory=class_row(SpecialDay)) as cur:
        return cur.execute(load_sql(__package__, "special_days.sql"), {"year": year}).fetchall()


def set_day(db: Database, actor: Actor, day: SpecialDay, *, today: date) -> None:
    """Say whether offices work on a day to come.

    Raises
    ------
    ReferenceBackdated
    """
    if day.day < today:
        raise ReferenceBackdated(day=day.day.isoformat())
    with db.transaction(actor) as conn:
        conn.execute(load_sql(__package__, "set_day.sql"), asdict(day))
        audit.record(conn, actor, "calendar.set", day.day.isoformat(), detail={"is_workday": day.is_workday})


def accounts(conn: Conn) -> list[AccountRow]:
    """Return every account, past ones too."""
    with conn.cursor(row_factory=class_row(AccountRow)) as cur:
        return cur.execute(load_sql(__package__, "accounts.sql")).fetchall()


def change_account(db: Database, actor: Actor, account: Mapping[str, object], *, today: date) -> None:
    """Pay a county's money to another account from a day on.

    Parameters
    ----------
    db : Database
        Database.
    actor : Actor
        Who changes it.
    account : mapping
        ``county_code, kind, owner_code, name, bank, number, cnaps, valid_from, source_doc``.
    today : date
        Present day.

    Raises
    ------
    ReferenceBackdated, AccountOverlaps
    """
    valid_from = account["valid_from"]
    if not isinstance(valid_from, date) or valid_from < today:
        raise ReferenceBackdated(day=str(valid_from))
    with db.transaction(actor) as conn:
        conn.execute(load_sql(__package__, "close_account.sql"), account)
        conn.execute(load_sql(__package__, "open_account.sql"), account)
        audit.record(
            conn,
            actor,
            "account.change",
            f"{account['county_code']}/{account['kind']}",
            detail={"valid_from": valid_from.isoformat(), "number": account["number"]},
        )
