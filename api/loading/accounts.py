"""The demo accounts, and the first administrator of an empty city."""

from dataclasses import dataclass

from data.access import service as access
from data.access.records import SYSTEM
from data.access.store import actor_by_login
from data.db import Database
from data.reference.records import County
from data.reference.service import counties

# Counties whose windows have a demo clerk of their own.
CLERKS = frozenset({"xianan", "tongshan"})
CITY = "city"


@dataclass(frozen=True, slots=True)
class Account:
    """An account to create."""

    login: str
    name: str
    roles: tuple[str, ...]
    office: str | None


@dataclass(frozen=True, slots=True)
class Created:
    """What was created.

    Attributes
    ----------
    logins : list of str
        New accounts; those that were there stay as they are.
    partner_key : str or None
        API key of the account ``partner``, told only when it was created.
    """

    logins: list[str]
    partner_key: str | None


def demo_accounts(of_counties: list[County]) -> list[Account]:
    """Return the demo accounts."""
    accounts = [
        Account("surveyor", "演示测绘员", ("surveyor",), None),
        Account("reviewer", "演示质检员", ("reviewer",), CITY),
        Account("finance_city", "演示市级财务", ("finance_city",), CITY),
        Account("supervisor", "演示监管员", ("supervisor",), CITY),
        Account("partner", "演示合作系统", ("partner",), None),
        Account("admin", "演示管理员", ("admin",), CITY),
    ]
    for county in of_counties:
        slug, name = county.slug, county.name_zh
        accounts.append(Account(f"registrar_{slug}", f"演示登记员（{name}）", ("registrar",), slug))
        accounts.append(Account(f"finance_{slug}", f"演示财务（{name}）", ("finance_county",), slug))
        if slug in CLERKS:
            accounts.append(Account(f"clerk_{slug}", f"演示窗口人员（{name}）", ("clerk",), slug))
    return accounts


def create_demo_accounts(db: Database, password: str, *, partner_key: str | None = None) -> Created:
    """Create the demo accounts that are not there yet, all with one password.

    Parameters
    ----------
    db : Database
        With the reference data loaded.
    password : str
        Password of every account.
    partner_key : str, optional
        API key that ``partner`` gets; default a new random one.

    Raises
    ------
    PasswordWeak
        The password is too short.
    """
    with db.transaction(SYSTEM) as conn:
        accounts = demo_accounts(counties(conn))
    created = [account.login for account in accounts if _create(db, account, password)]
    key = None
    if "partner" in created:
        with db.transaction(SYSTEM) as conn:
            key = access.create_key(conn, "partner", key=partner_key)
    return Created(created, key)


def create_admin(db: Database, password: str) -> bool:
    """Create the administrator of an empty city; returns whether it was not there."""
    return _create(db, Account("admin", "管理员", ("admin",), CITY), password)


def _create(db: Database, account: Account, password: str) -> bool:
    with db.transaction(SYSTEM) as conn:
        if actor_by_login(conn, account.login) is not None:
            return False
        access.create_user(
            conn,
            login=account.login,
            name=account.name,
            roles=list(account.roles),
            office=account.office,
            password=password,
        )
        return True
