"""A database given by ``NINGTU_DATABASE_URL``: whether it is fit and what it lacks."""

from dataclasses import dataclass
from typing import Any

import psycopg

from data.cluster.bootstrap import EXTENSIONS, database_statements, role_statements
from data.cluster.errors import DatabaseUnfit

MIN_POSTGRESQL = 150000
MIN_POSTGIS = (3, 3)
_PASSWORD = "choose a password"  # noqa: S105  a placeholder in a printed statement


@dataclass(frozen=True, slots=True)
class Given:
    """What was found out about a given database.

    ``superuser`` says that we may bootstrap it ourselves; ``missing`` are the statements, ended by
    semicolons, that a superuser must run before Ningtu can use it.
    """

    dbname: str
    user: str
    superuser: bool
    missing: tuple[str, ...]


def inspect(url: str) -> Given:
    """Look at a given database.

    Parameters
    ----------
    url : str
        Connection string, of any user of it.

    Raises
    ------
    DatabaseUnfit
        If it does not answer, is older than PostgreSQL 15 or its machine has no PostGIS 3.3.
    """
    with _connect(url) as conn:
        return _inspect(conn)


def check_owner(url: str, given: Given) -> None:
    """See that an address reaches the owner role of a given database.

    Raises
    ------
    DatabaseUnfit
    """
    owner = f"{given.user.removesuffix('_login')}_owner"
    with _connect(url) as conn:
        if (conn.info.dbname, conn.info.user) != (given.dbname, owner):
            raise DatabaseUnfit(
                reason=f"NINGTU_OWNER_URL names user {conn.info.user} of database {conn.info.dbname},"
                f" not {owner} of {given.dbname}"
            )


def _connect(url: str) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise DatabaseUnfit(reason=str(error).strip()) from error


def _inspect(conn: psycopg.Connection[Any]) -> Given:
    if conn.info.server_version < MIN_POSTGRESQL:
        raise DatabaseUnfit(reason=f"PostgreSQL {conn.info.server_version // 10000} is older than 15")
    for name in EXTENSIONS:
        _check_extension(conn, name)
    dbname, user = conn.info.dbname, conn.info.user
    prefix = user.removesuffix("_login") if user.endswith("_login") else dbname
    row = conn.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    # Groups and roles carry the prefix of the login role, which need not be the database's name.
    statements = [
        *role_statements(conn, prefix, _PASSWORD),
        *database_statements(conn, dbname, prefix=prefix),
    ]
    return Given(dbname, user, bool(row and row[0]), tuple(f"{item.as_string(conn)};" for item in statements))


def _check_extension(conn: psycopg.Connection[Any], name: str) -> None:
    row = conn.execute(
        "SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = %s",
        [name],
    ).fetchone()
    if row is None:
        raise DatabaseUnfit(reason=f"the server's machine does not have the extension {name}")
    if name == "postgis" and tuple(int(part) for part in row[0].split(".")[:2]) < MIN_POSTGIS:
        raise DatabaseUnfit(reason=f"PostGIS {row[0]} is older than 3.3")
