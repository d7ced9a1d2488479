"""The superuser step before Alembic: database, extensions, roles, and the LEAKPROOF mark.

Role names carry the database's name, so that several Ningtu databases can live in one cluster:
``<db>_owner`` owns every object and runs migrations, ``<db>_login`` is what running code connects as,
and ``<db>_app``, ``<db>_tiles``, ``<db>_share`` are the group roles it may become.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

EXTENSIONS = ("postgis", "btree_gist", "pgcrypto")
# PostGIS's && is not marked leakproof; without the mark a row-security policy runs first and the
# GiST index is not used (an extension function's mark is not carried by pg_dump: set it again).
LEAKPROOF_FUNCTIONS = ("geometry_overlaps(geometry,geometry)",)


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """Connection strings of one bootstrapped database."""

    owner_url: str
    login_url: str


def bootstrap(superuser_url: str, dbname: str, *, password: str) -> Bootstrapped:
    """Create database, extensions and roles if they are absent.

    Parameters
    ----------
    superuser_url : str
        Connection string of a superuser (any database of the cluster).
    dbname : str
        Name of the Ningtu database, also the prefix of the role names.
    password : str
        Password given to the owner and login roles.

    Returns
    -------
    Bootstrapped
        URLs of the owner (migrations) and of the login role (running code).
    """
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        for statement in _cluster_statements(conn, dbname, password):
            conn.execute(statement)
    target = make_conninfo(superuser_url, dbname=dbname)
    with psycopg.connect(target, autocommit=True) as conn:
        for statement in database_statements(dbname):
            conn.execute(statement)
    return Bootstrapped(
        owner_url=_url(superuser_url, dbname, f"{dbname}_owner", password),
        login_url=_url(superuser_url, dbname, f"{dbname}_login", password),
    )


def database_statements(dbname: str) -> Iterator[sql.Composed]:
    """Yield the statements that need a superuser inside the database."""
    for name in EXTENSIONS:
        yield sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name))
    for function in LEAKPROOF_FUNCTIONS:
        yield sql.SQL("ALTER FUNCTION {} LEAKPROOF").format(sql.SQL(function))
    yield sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(
        sql.Identifier(dbname), sql.Identifier(f"{dbname}_owner")
    )
    yield sql.SQL("ALTER DATABASE {} SET jit = off").format(sql.Identifier(dbname))
    yield sql.SQL("ALTER DATABASE {} SET timezone = 'Asia/Shanghai'").format(sql.Identifier(dbname))


def _cluster_statements(conn: psycopg.Connection, dbname: str, password: str) -> Iterator[sql.Composed]:
    for suffix in ("owner", "login"):
        yield from _role(conn, f"{dbname}_{suffix}", login_password=password)
    for suffix in ("app", "tiles", "share"):
        role = f"{dbname}_{suffix}"
        yield from _role(conn, role, login_password=None)
        yield sql.SQL("GRANT {} TO {}, {}").format(
            sql.Identifier(role), sql.Identifier(f"{dbname}_login"), sql.Identifier(f"{dbname}_owner")
        )
    if conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [dbname]).fetchone() is None:
        yield sql.SQL("CREATE DATABASE {} OWNER {}").format(
            sql.Identifier(dbname), sql.Identifier(f"{dbname}_owner")
        )


def _role(conn: psycopg.Connection, name: str, *, login_password: str | None) -> Iterator[sql.Composed]:
    known = conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is not None
    verb = sql.SQL("ALTER" if known else "CREATE")
    if login_password is None:
        if not known:
            yield sql.SQL("CREATE ROLE {} NOLOGIN NOINHERIT").format(sql.Identifier(name))
        return
    yield sql.SQL("{} ROLE {} LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS PASSWORD {}").format(
        verb, sql.Identifier(name), sql.Literal(login_password)
    )


def _url(base: str, dbname: str, user: str, password: str) -> str:
    parts = conninfo_to_dict(base)
    parts.update(dbname=dbname, user=user, password=password)
    return make_conninfo("", **{key: value for key, value in parts.items() if value is not None})
