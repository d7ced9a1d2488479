"""The counties' accounts: proposed by an administrator, in force once a person of finance has confirmed.

Accounts are dated rows: a new one ends the one before it on the day it begins, and nothing that was in force
is rewritten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import class_row, dict_row

from data.access import audit
from data.access.records import Actor
from data.clock import day_of
from data.db import Database, load_sql, on_constraint
from data.errors import Conflict, Invalid, NotFound
from data.reference.records import CountyAccount
from data.reference.store import Conn
from data.reference.upkeep import ReferenceBackdated, require_ahead


class AccountOwnerBad(Invalid):
    """A county's money goes to the county or the city, not to others; the county is one of the city's."""

    code = "account_owner_bad"


class AccountTaken(Conflict):
    """The number is another county's, of the other kind of money, or the collection account's."""

    code = "account_taken"


class AccountOverlaps(Conflict):
    """An account of this county and kind already begins on that day or later."""

    code = "account_overlaps"


class AccountChangeOpen(Conflict):
    """A change of this county's account waits already for a second person."""

    code = "account_change_open"


class AccountChangeNotFound(NotFound):
    """No change waits under that key, or none that the person may decide."""

    code = "account_change_not_found"


class AccountSecondPerson(Conflict):
    """Somebody of finance confirms an account, not who proposed it."""

    code = "account_second_person"


on_constraint("account_change_open_idx", AccountChangeOpen)
on_constraint("account_change_county_code_fkey", AccountOwnerBad)
on_constraint("account_change_second_person_check", AccountSecondPerson)
on_constraint("county_account_validity_excl", AccountOverlaps)
on_constraint("county_account_pkey", AccountOverlaps)
on_constraint("county_account_county_code_fkey", AccountOwnerBad)


@dataclass(frozen=True, slots=True)
class AccountRow(CountyAccount):
    """An account with its source."""

    source_doc: str
    verified: bool


@dataclass(frozen=True, slots=True)
class AccountChange:
    """A change that waits for a second person; ``number_before`` is the account in force."""

    change_id: int
    county_code: str
    kind: str
    owner_code: str
    name: str
    bank: str
    number: str
    cnaps: str
    valid_from: date
    source_doc: str
    proposed_by: str
    proposed_at: datetime
    number_before: str | None


def accounts(conn: Conn) -> list[AccountRow]:
    """Return every account, past ones too."""
    with conn.cursor(row_factory=class_row(AccountRow)) as cur:
        return cur.execute(load_sql(__package__, "accounts.sql")).fetchall()


def open_changes(conn: Conn, counties: Sequence[str] | None) -> list[AccountChange]:
    """Return the changes that wait for a second person, of some counties or all."""
    with conn.cursor(row_factory=class_row(AccountChange)) as cur:
        values = {"counties": None if counties is None else list(counties)}
        return cur.execute(load_sql(__package__, "account_changes.sql"), values).fetchall()


def propose(db: Database, actor: Actor, account: Mapping[str, object], *, now: datetime, own: str) -> int:
    """Propose that a county's money is paid to another account from a day on; returns the key of the change.

    Parameters
    ----------
    db : Database
        Database.
    actor : Actor
        Who proposes it.
    account : mapping
        ``county_code, kind, owner_code, name, bank, number, cnaps, valid_from, source_doc``.
    now : datetime
        Aware instant.
    own : str
        Number of the collection account, from which the county is paid.

    Raises
    ------
    ReferenceBackdated, ReferenceTooFar
    AccountOwnerBad, AccountTaken
    AccountChangeOpen
    """
    with db.transaction(actor) as conn:
        _require_sound(conn, account, today=day_of(now), own=own)
        statement = load_sql(__package__, "propose_account.sql")
        row = conn.execute(statement, {**account, "by": actor.login, "at": now}).fetchone()
        _record(conn, actor, "account.propose", account)
    return int(row[0]) if row else 0


def decide(
    db: Database, actor: Actor, change_id: int, *, approve: bool, now: datetime, own: str
) -> Mapping[str, object]:
    """Bring a change into force as a second person, or decline it; who proposed it can take it back.

    Returns
    -------
    mapping
        The account.

    Raises
    ------
    AccountChangeNotFound
        Also to a county that it does not concern.
    AccountSecondPerson
    ReferenceBackdated, ReferenceTooFar
        Its first day has passed meanwhile: it waits to be declined, and is proposed anew.
    AccountTaken, AccountOverlaps
    """
    with db.transaction(actor) as conn:
        with conn.cursor(row_factory=dict_row) as cur:
            statement = load_sql(__package__, "lock_account_change.sql")
            found = cur.execute(statement, {"change_id": change_id}).fetchone()
        if found is None or not _concerns(actor, found):
            raise AccountChangeNotFound(change_id=change_id)
        state = "confirmed" if approve else "declined"
        if approve and not may_confirm(actor, str(found["proposed_by"])):
            raise AccountSecondPerson
        values = {"change_id": change_id, "state": state, "by": actor.login, "at": now}
        conn.execute(load_sql(__package__, "decide_account.sql"), values)
        if approve:
            _require_sound(conn, found, today=day_of(now), own=own)
            conn.execute(load_sql(__package__, "close_account.sql"), found)
            conn.execute(load_sql(__package__, "open_account.sql"), found)
        _record(conn, actor, "account.change" if approve else "account.decline", found)
    return found


def may_confirm(actor: Actor, proposed_by: str) -> bool:
    """Tell whether somebody is the second person: of finance, and not who proposed the change."""
    return actor.may("finance_city", "finance_county") and actor.login != proposed_by


def _concerns(actor: Actor, change: Mapping[str, object]) -> bool:
    return actor.may("admin", "finance_city") or actor.county_code == change["county_code"]


def _require_sound(conn: Conn, account: Mapping[str, object], *, today: date, own: str) -> None:
    """Refuse days that are over and accounts that are not the county's."""
    valid_from, county_code = account["valid_from"], str(account["county_code"])
    if not isinstance(valid_from, date):
        raise ReferenceBackdated(day=str(valid_from))
    require_ahead(valid_from, today)
    if account["owner_code"] not in {county_code, f"{county_code[:4]}00"}:
        raise AccountOwnerBad(county_code=county_code)
    if account["number"] == own or _taken(conn, account):
        raise AccountTaken(number=account["number"])


def _taken(conn: Conn, account: Mapping[str, object]) -> bool:
    """Tell whether a number is, or was, of another county or of the other kind of money."""
    return conn.execute(load_sql(__package__, "account_taken.sql"), account).fetchone() is not None


def _record(conn: Conn, actor: Actor, action: str, account: Mapping[str, object]) -> None:
    detail = {"valid_from": str(account["valid_from"]), "number": account["number"]}
    audit.record(conn, actor, action, f"{account['county_code']}/{account['kind']}", detail=detail)
