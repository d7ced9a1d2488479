"""The superuser step before Alembic: database, extensions, roles, and the LEAKPROOF mark.

Role names carry the database's name, so that several Ningtu databases can live in one cluster:
``<db>_owner`` owns every object and runs migrations, ``<db>_login`` is what running code connects as,
and ``<db>_app``, ``<db>_tiles``, ``<db>_share`` are the group roles it may become.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

EXTENSIONS = ("postgis", "btree_gist", "pgcrypto")
# PostGIS's && is not marked leakproof; without the mark a row-security policy runs first and the
# GiST index is not used (an extension function's mark is not carried by pg_dump: set it again).
LEAKPROOF_FUNCTIONS = ("geometry_overlaps(geometry,geometry)",)
DATABASE_SETTINGS = {"jit": "off", "timezone": "Asia/Shanghai"}
LOGIN_ROLES = ("owner", "login")
GROUP_ROLES = ("app", "tiles", "share")

Conn = psycopg.Connection[Any]


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
        Password given to the owner and login roles when they are created.

    Returns
    -------
    Bootstrapped
        URLs of the owner (migrations) and of the login role (running code).
    """
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        for statement in role_statements(conn, dbname, password):
            conn.execute(statement)
        _create_database(conn, dbname)
    with psycopg.connect(make_conninfo(superuser_url, dbname=dbname), autocommit=True) as conn:
        for statement in database_statements(conn, dbname, prefix=dbname):
            conn.execute(statement)
    return Bootstrapped(
        owner_url=_url(superuser_url, dbname, f"{dbname}_owner", password),
        login_url=_url(superuser_url, dbname, f"{dbname}_login", password),
    )


def role_statements(conn: Conn, prefix: str, password: str) -> Iterator[sql.Composed]:
    """Yield what a superuser must still run in any database: roles and memberships."""
    for suffix in LOGIN_ROLES:
        if not _role_exists(conn, f"{prefix}_{suffix}"):
            yield sql.SQL("CREATE ROLE {} LOGIN NOINHERIT PASSWORD {}").format(
                sql.Identifier(f"{prefix}_{suffix}"), sql.Literal(password)
            )
    for suffix in GROUP_ROLES:
        role = f"{prefix}_{suffix}"
        if not _role_exists(conn, role):
            yield sql.SQL("CREATE ROLE {} NOLOGIN NOINHERIT").format(sql.Identifier(role))
        for member in LOGIN_ROLES:
            if not _is_member(conn, f"{prefix}_{member}", role):
                yield sql.SQL("GRANT {} TO {}").format(
                    sql.Identifier(role), sql.Identifier(f"{prefix}_{member}")
                )


def database_statements(conn: Conn, dbname: str, *, prefix: str) -> Iterator[sql.Composed]:
    """Yield what a superuser must still run inside the database."""
    for name in EXTENSIONS:
        if conn.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [name]).fetchone() is None:
            yield sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(name))
    for function in LEAKPROOF_FUNCTIONS:
        if not _is_leakproof(conn, function):
            yield sql.SQL("ALTER FUNCTION {} LEAKPROOF").format(sql.SQL(function))
    database, owner = sql.Identifier(dbname), f"{prefix}_owner"
    if not _may_create(conn, owner, dbname):
        yield sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, sql.Identifier(owner))
    for name, value in DATABASE_SETTINGS.items():
        if not _is_set(conn, f"{name}={value}", dbname):
            yield sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                database, sql.Identifier(name), sql.Literal(value)
            )


def _create_database(conn: Conn, dbname: str) -> None:
    if conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [dbname]).fetchone() is None:
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'")
        conn.execute(statement.format(sql.Identifier(dbname), sql.Identifier(f"{dbname}_owner")))


def _role_exists(conn: Conn, name: str) -> bool:
    return conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is not None


def _is_member(conn: Conn, member: str, role: str) -> bool:
    query = (
        "SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
        " JOIN pg_roles u ON u.oid = m.member WHERE r.rolname = %s AND u.rolname = %s"
    )
    return conn.execute(query, [role, member]).fetchone() is not None


def _is_leakproof(conn: Conn, function: str) -> bool:
    name, _, arguments = function.rstrip(")").partition("(")
    row = conn.execute(
        "SELECT bool_and(proleakproof) FROM pg_proc"
        " WHERE proname = %s AND replace(oidvectortypes(proargtypes), ' ', '') = %s",
        [name, arguments],
    ).fetchone()
    return bool(row and row[0])


def _may_create(conn: Conn, owner: str, dbname: str) -> bool:
    if not _role_exists(conn, owner):
        return False
    row = conn.execute("SELECT has_database_privilege(%s, %s, 'CREATE')", [owner, dbname]).fetchone()
    return bool(row and row[0])


def _is_set(conn: Conn, setting: str, dbname: str) -> bool:
    query = (
        "SELECT 1 FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
        " WHERE s.setrole = 0 AND d.datname = %s"
        " AND lower(%s) IN (SELECT lower(c) FROM unnest(s.setconfig) c)"
    )
    return conn.execute(query, [dbname, setting]).fetchone() is not None


def _url(base: str, dbname: str, user: str, password: str) -> str:
    parts = conninfo_to_dict(base)
    parts.update(dbname=dbname, user=user, password=password)
    return make_conninfo("", **{key: value for key, value in parts.items() if value is not None})
