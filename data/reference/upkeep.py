"""Upkeep of the reference data that administrators change: working days and the counties' accounts.

Accounts are dated rows: a new one ends the one before it on the day it begins, and nothing that was in force
is rewritten.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta

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


class ReferenceTooFar(Invalid):
    """What begins later than that is a slip of the pen, and would keep out every change before it."""

    code = "reference_too_far"


class AccountOwnerBad(Invalid):
    """A county's money goes to the county or the city, not to others; the county is one of the city's."""

    code = "account_owner_bad"


class AccountTaken(Conflict):
    """The number is another county's, of the other kind of money, or the collection account's."""

    code = "account_taken"


class AccountOverlaps(Conflict):
    """An account of this county and kind already begins on that day or later."""

    code = "account_overlaps"


on_constraint("county_account_validity_excl", AccountOverlaps)
on_constraint("county_account_pkey", AccountOverlaps)
on_constraint("county_account_county_code_fkey", AccountOwnerBad)
FURTHEST = timedelta(days=400)


def require_ahead(day: date, today: date) -> None:
    """Refuse a day that is over, or so far ahead that it is a slip of the pen.

    Raises
    ------
    ReferenceBackdated, ReferenceTooFar
    """
    if day < today:
        raise ReferenceBackdated(day=day.isoformat())
    if day > today + FURTHEST:
        raise ReferenceTooFar(day=day.isoformat(), days=FURTHEST.days)


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
    ReferenceBackdated, ReferenceTooFar
    """
    require_ahead(day.day, today)
    with db.transaction(actor) as conn:
        conn.execute(load_sql(__package__, "set_day.sql"), asdict(day))
        audit.record(conn, actor, "calendar.set", day.day.isoformat(), detail={"is_workday": day.is_workday})


def accounts(conn: Conn) -> list[AccountRow]:
    """Return every account, past ones too."""
    with conn.cursor(row_factory=class_row(AccountRow)) as cur:
        return cur.execute(load_sql(__package__, "accounts.sql")).fetchall()


def change_account(
    db: Database, actor: Actor, account: Mapping[str, object], *, today: date, own: str = ""
) -> None:
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
    own : str
        Number of the collection account, from which the county is paid.

    Raises
    ------
    ReferenceBackdated, ReferenceTooFar, AccountOverlaps
    AccountOwnerBad
    AccountTaken
    """
    valid_from = account["valid_from"]
    if not isinstance(valid_from, date):
        raise ReferenceBackdated(day=str(valid_from))
    require_ahead(valid_from, today)
    county_code = str(account["county_code"])
    if account["owner_code"] not in {county_code, f"{county_code[:4]}00"}:
        raise AccountOwnerBad(county_code=county_code)
    with db.transaction(actor) as conn:
        if account["number"] == own or _taken(conn, account):
            raise AccountTaken(number=account["number"])
        conn.execute(load_sql(__package__, "close_account.sql"), account)
        conn.execute(load_sql(__package__, "open_account.sql"), account)
        audit.record(
            conn,
            actor,
            "account.change",
            f"{account['county_code']}/{account['kind']}",
            detail={"valid_from": valid_from.isoformat(), "number": account["number"]},
        )


def _taken(conn: Conn, account: Mapping[str, object]) -> bool:
    """Tell whether a number is, or was, of another county or of the other kind of money."""
    return conn.execute(load_sql(__package__, "account_taken.sql"), account).fetchone() is not None
