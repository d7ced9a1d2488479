"""SQL of users, sessions, keys and offices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from data.access.records import Actor, Office, User

Conn = Connection[TupleRow]

_ACTOR = """
SELECT u.user_id, u.login, u.name, u.roles, u.office, o.county_code
FROM registry.app_user u LEFT JOIN registry.office o USING (office)
"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against."""

    user_id: int
    password_hash: str | None
    active: bool
    failed_sign_ins: int
    locked_until: datetime | None


def credentials(conn: Conn, login: str) -> Credentials | None:
    """Fetch and lock the row a sign-in is checked against."""
    with conn.cursor(row_factory=class_row(Credentials)) as cur:
        return cur.execute(
            "SELECT user_id, password_hash, active, failed_sign_ins, locked_until"
            " FROM registry.app_user WHERE login = %s FOR UPDATE",
            [login],
        ).fetchone()


def count_failure(conn: Conn, user_id: int, locked_until: datetime | None) -> None:
    """Count a failed sign-in."""
    conn.execute(
        "UPDATE registry.app_user SET failed_sign_ins = failed_sign_ins + 1, locked_until = %s"
        " WHERE user_id = %s",
        [locked_until, user_id],
    )


def clear_failures(conn: Conn, user_id: int) -> None:
    """Forget failed sign-ins."""
    conn.execute(
        "UPDATE registry.app_user SET failed_sign_ins = 0, locked_until = NULL"
        " WHERE user_id = %s AND (failed_sign_ins > 0 OR locked_until IS NOT NULL)",
        [user_id],
    )


def set_password(conn: Conn, user_id: int, password_hash: str) -> None:
    """Store a password hash."""
    conn.execute(
        "UPDATE registry.app_user SET password_hash = %s, must_change_password = false,"
        " failed_sign_ins = 0, locked_until = NULL WHERE user_id = %s",
        [password_hash, user_id],
    )


def actor_by_id(conn: Conn, user_id: int) -> Actor | None:
    """Fetch an active user as an actor."""
    return _actor(conn, "WHERE u.active AND u.user_id = %s", user_id)


def actor_by_login(conn: Conn, login: str) -> Actor | None:
    """Fetch an active user as an actor."""
    return _actor(conn, "WHERE u.active AND u.login = %s", login)


def _actor(conn: Conn, condition: str, value: object) -> Actor | None:
    found = _actors(conn, condition, value)
    return found[0] if found else None


def actors_with(conn: Conn, roles: Sequence[str]) -> list[Actor]:
    """Fetch the active users who have one of some roles, by sign-in name."""
    return _actors(conn, "WHERE u.active AND u.roles && %s ORDER BY u.login", list(roles))


def _actors(conn: Conn, condition: str, value: object) -> list[Actor]:
    rows = conn.execute((_ACTOR + condition).encode(), [value]).fetchall()
    return [
        Actor(user_id, login, name, frozenset(roles), office, county_code)
        for user_id, login, name, roles, office, county_code in rows
    ]


def insert_session(
    conn: Conn, *, token_sha256: bytes, user_id: int, kind: str, csrf: str, expires_at: datetime
) -> None:
    """Insert a session."""
    conn.execute(
        "INSERT INTO registry.session (token_sha256, user_id, kind, csrf, expires_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        [token_sha256, user_id, kind, csrf, expires_at],
    )


def fetch_session(conn: Conn, token_sha256: bytes, kind: str) -> tuple[int, str] | None:
    """Fetch (user_id, csrf) of a live session."""
    row = conn.execute(
        "SELECT user_id, csrf FROM registry.session"
        " WHERE token_sha256 = %s AND kind = %s AND expires_at > clock_timestamp()",
        [token_sha256, kind],
    ).fetchone()
    return None if row is None else (row[0], row[1])


def delete_session(conn: Conn, token_sha256: bytes) -> None:
    """End one session."""
    conn.execute("DELETE FROM registry.session WHERE token_sha256 = %s", [token_sha256])


def delete_sessions(conn: Conn, user_id: int) -> None:
    """End every session of a user, and clear out sessions that have run out."""
    conn.execute(
        "DELETE FROM registry.session WHERE user_id = %s OR expires_at < clock_timestamp()", [user_id]
    )


def insert_key(conn: Conn, user_id: int, key_sha256: bytes, prefix: str) -> int:
    """Insert an API key."""
    row = conn.execute(
        "INSERT INTO registry.api_key (user_id, key_sha256, prefix) VALUES (%s, %s, %s)"
        " ON CONFLICT (key_sha256) DO UPDATE SET revoked_at = NULL RETURNING key_id",
        [user_id, key_sha256, prefix],
    ).fetchone()
    if row is None:
        raise LookupError(prefix)
    return int(row[0])


def fetch_key(conn: Conn, key_sha256: bytes) -> tuple[int, int] | None:
    """Fetch a live key's row and whose it is."""
    row = conn.execute(
        "SELECT key_id, user_id FROM registry.api_key WHERE key_sha256 = %s AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > clock_timestamp())",
        [key_sha256],
    ).fetchone()
    return None if row is None else (int(row[0]), int(row[1]))


def upsert_office(conn: Conn, office: Office) -> None:
    """Insert or update an office."""
    conn.execute(
        "INSERT INTO registry.office (office, name, name_en, county_code) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (office) DO UPDATE SET name = excluded.name, name_en = excluded.name_en,"
        " county_code = excluded.county_code",
        [office.office, office.name, office.name_en, office.county_code],
    )


def offices(conn: Conn) -> list[Office]:
    """Fetch the active offices, the city's first."""
    with conn.cursor(row_factory=class_row(Office)) as cur:
        return cur.execute(
            "SELECT office, name, name_en, county_code FROM registry.office WHERE active"
            " ORDER BY county_code NULLS FIRST, office"
        ).fetchall()


def insert_user(conn: Conn, *, login: str, name: str, roles: list[str], office: str | None) -> int | None:
    """Insert a user without a password; None when the name is taken."""
    row = conn.execute(
        "INSERT INTO registry.app_user (login, name, roles, office) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (login) DO NOTHING RETURNING user_id",
        [login, name, roles, office],
    ).fetchone()
    return None if row is None else int(row[0])


def update_user(
    conn: Conn, login: str, *, name: str, roles: list[str], office: str | None, active: bool
) -> int | None:
    """Change a user; None when there is none."""
    row = conn.execute(
        "UPDATE registry.app_user SET name = %s, roles = %s, office = %s, active = %s"
        " WHERE login = %s RETURNING user_id",
        [name, roles, office, active, login],
    ).fetchone()
    return None if row is None else int(row[0])


def users(conn: Conn) -> list[User]:
    """Fetch every account."""
    with conn.cursor(row_factory=class_row(User)) as cur:
        return cur.execute(
            "SELECT u.user_id, u.login, u.name, u.roles, u.office, o.county_code, u.active, u.created_at,"
            " u.must_change_password FROM registry.app_user u LEFT JOIN registry.office o USING (office)"
            " ORDER BY u.login"
        ).fetchall()
