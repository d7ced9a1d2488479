"""``NINGTU_DATABASE_URL``: use a database of somebody else's, or say exactly what it lacks."""

import sys
from typing import TYPE_CHECKING

import typer

from api.cli.installation import kept_secret
from data.settings import Settings

if TYPE_CHECKING:
    from data.cluster.bootstrap import Bootstrapped
    from data.cluster.given import Given


def prepare_given(settings: Settings) -> "Bootstrapped":
    """Check a given database and return the addresses of its owner and login roles.

    A superuser's address is enough: the rest is done with it. Otherwise everything must be there, and
    ``NINGTU_OWNER_URL`` must say how to reach the owner role.

    Raises
    ------
    DatabaseUnfit
    typer.Exit
        After the missing statements were printed.
    """
    from data.cluster.bootstrap import Bootstrapped
    from data.cluster.given import check_owner, inspect

    given = inspect(settings.database_url)
    if given.superuser:
        return _bootstrap_ourselves(settings, given)
    if given.missing or not given.user.endswith("_login"):
        _tell_missing(given)
    if not settings.owner_url:
        prefix = given.user.removesuffix("_login")
        _give_up(f"set NINGTU_OWNER_URL to the address of the role {prefix}_owner: it runs the migrations")
    check_owner(settings.owner_url, given)
    return Bootstrapped(owner_url=settings.owner_url, login_url=settings.database_url)


def _bootstrap_ourselves(settings: Settings, given: "Given") -> "Bootstrapped":
    import psycopg
    from psycopg import sql

    from data.cluster.bootstrap import LOGIN_ROLES, bootstrap

    password = kept_secret(settings.home, "role_password")
    urls = bootstrap(settings.database_url, given.dbname, password=password)
    # The roles may stem from another installation: the password kept here is to be theirs.
    with psycopg.connect(settings.database_url, autocommit=True) as conn:
        for suffix in LOGIN_ROLES:
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
            conn.execute(statement.format(sql.Identifier(f"{given.dbname}_{suffix}"), sql.Literal(password)))
    return urls


def _tell_missing(given: "Given") -> None:
    print(
        f"The database {given.dbname} lacks what only a superuser can give. Run as one, in it:",
        file=sys.stderr,
    )
    print(file=sys.stderr)
    for statement in given.missing:
        print(f"  {statement}", file=sys.stderr)
    if not given.user.endswith("_login"):
        name = given.dbname
        print(file=sys.stderr)
        print(
            f"Then set NINGTU_DATABASE_URL with the user {name}_login and NINGTU_OWNER_URL with {name}_owner"
            f" (given was {given.user}).",
            file=sys.stderr,
        )
    raise typer.Exit(1)


def _give_up(reason: str) -> None:
    print(f"ningtu: {reason}", file=sys.stderr)
    raise typer.Exit(1)
