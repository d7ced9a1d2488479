"""Accounts, sign-in, sessions and API keys.

Passwords are argon2id hashes; tokens and keys are stored as SHA-256 only. Five failed sign-ins lock an
account for fifteen minutes; a wrong name costs the same time as a wrong password.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from data.access import audit, store
from data.access.errors import (
    BadCredentials,
    OfficeUnknown,
    PasswordWeak,
    RoleUnknown,
    SignInLocked,
    UserExists,
    UserUnknown,
)
from data.access.records import ROLES, SYSTEM, Actor
from data.db import Database

SESSION_LIFE = {"browser": timedelta(hours=12), "bearer": timedelta(hours=8)}
MAX_FAILURES = 5
LOCK_TIME = timedelta(minutes=15)
MIN_PASSWORD = 10
KEY_PREFIX = "nt_"
# What one guess costs, argon2id: the OWASP Password Storage Cheat Sheet's second choice (19 MiB, 2 passes).
HASH_COST = {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; ``token`` is told once and stored only as a hash."""

    actor: Actor
    token: str
    csrf: str
    expires_in_s: int


def sign_in(db: Database, login: str, password: str, *, kind: str, now: datetime) -> SignedIn:
    """Check a password and open a session.

    Raises
    ------
    BadCredentials
        Wrong name or password.
    SignInLocked
        Too many failures; says how long it lasts.
    """
    with db.transaction(SYSTEM) as conn:
        verdict = _verdict(conn, login, password, now)
        if isinstance(verdict, int):
            store.clear_failures(conn, verdict)
            actor = store.actor_by_id(conn, verdict)
            if actor is not None:
                audit.record(conn, actor, "sign_in", login, detail={"kind": kind})
                return _open_session(conn, actor, kind, now)
    # Raised outside the transaction: the counted failure must be kept.
    raise verdict if isinstance(verdict, Exception) else BadCredentials()


def _verdict(conn: store.Conn, login: str, password: str, now: datetime) -> int | Exception:
    found = store.credentials(conn, login)
    if found is not None and found.locked_until is not None and found.locked_until > now:
        return SignInLocked(retry_after_s=int((found.locked_until - now).total_seconds()) + 1)
    good = _matches(found.password_hash if found else None, password)
    if found is None:
        return BadCredentials()
    if good and found.active:
        return found.user_id
    lock = now + LOCK_TIME if (found.failed_sign_ins + 1) % MAX_FAILURES == 0 else None
    store.count_failure(conn, found.user_id, lock)
    return BadCredentials()


def _open_session(conn: store.Conn, actor: Actor, kind: str, now: datetime) -> SignedIn:
    token = secrets.token_urlsafe(32)
    csrf = secrets.token_urlsafe(24)
    life = SESSION_LIFE[kind]
    if actor.user_id is None:
        raise BadCredentials
    store.insert_session(
        conn, token_sha256=digest(token), user_id=actor.user_id, kind=kind, csrf=csrf, expires_at=now + life
    )
    return SignedIn(actor, token, csrf, int(life.total_seconds()))


def actor_of_token(conn: store.Conn, token: str, *, kind: str) -> tuple[Actor, str] | None:
    """Return the actor and CSRF token of a live session, or None."""
    found = store.fetch_session(conn, digest(token), kind)
    if found is None:
        return None
    actor = store.actor_by_id(conn, found[0])
    return None if actor is None else (actor, found[1])


def actor_named(conn: store.Conn, login: str) -> Actor | None:
    """Return who has a sign-in name, with roles and office as they are now."""
    return store.actor_by_login(conn, login)


def actors_with(conn: store.Conn, *roles: str) -> list[Actor]:
    """Return the people in office who have one of some roles, by sign-in name."""
    return store.actors_with(conn, roles)


def actor_of_key(conn: store.Conn, key: str) -> Actor | None:
    """Return the actor of a live API key, or None."""
    found = store.fetch_key(conn, digest(key))
    return None if found is None else store.actor_by_id(conn, found[1])


def key_id(conn: store.Conn, key: str) -> int | None:
    """Return the row of a live API key, or None."""
    found = store.fetch_key(conn, digest(key))
    return None if found is None else found[0]


def sign_out(db: Database, token: str) -> None:
    """End a session."""
    with db.transaction(SYSTEM) as conn:
        store.delete_session(conn, digest(token))


def change_password(db: Database, actor: Actor, old: str, new: str, *, now: datetime) -> None:
    """Change one's own password and end every session of the account.

    Raises
    ------
    BadCredentials
        The old password is wrong.
    PasswordWeak
        The new one is too short, the old one, or the user name.
    """
    with db.transaction(SYSTEM) as conn:
        verdict = _verdict(conn, actor.login, old, now)
        if isinstance(verdict, int):
            if new == old:
                raise PasswordWeak
            _set_password(conn, actor.login, verdict, new)
            audit.record(conn, actor, "password.change", actor.login)
            return
    raise verdict


def create_user(
    conn: store.Conn, *, login: str, name: str, roles: list[str], office: str | None, password: str | None
) -> int:
    """Create an account.

    Raises
    ------
    UserExists, RoleUnknown, OfficeUnknown, PasswordWeak
    """
    _check_roles(roles)
    _check_office(conn, office)
    user_id = store.insert_user(conn, login=login, name=name, roles=roles, office=office)
    if user_id is None:
        raise UserExists(login=login)
    if password is not None:
        _set_password(conn, login, user_id, password)
    return user_id


def update_user(
    conn: store.Conn, login: str, *, name: str, roles: list[str], office: str | None, active: bool
) -> None:
    """Change an account; its sessions end, so that new rights hold at once.

    Raises
    ------
    UserUnknown, RoleUnknown, OfficeUnknown
    """
    _check_roles(roles)
    _check_office(conn, office)
    user_id = store.update_user(conn, login, name=name, roles=roles, office=office, active=active)
    if user_id is None:
        raise UserUnknown(login=login)
    store.delete_sessions(conn, user_id)


def reset_password(conn: store.Conn, login: str, password: str) -> None:
    """Set another's password (administrator) and end their sessions.

    Raises
    ------
    UserUnknown, PasswordWeak
    """
    found = store.credentials(conn, login)
    if found is None:
        raise UserUnknown(login=login)
    _set_password(conn, login, found.user_id, password)


def create_key(conn: store.Conn, login: str, *, key: str | None = None) -> str:
    """Create an API key for an account and return it; it is not stored in clear.

    Raises
    ------
    UserUnknown
    """
    actor = store.actor_by_login(conn, login)
    if actor is None or actor.user_id is None:
        raise UserUnknown(login=login)
    key = key or KEY_PREFIX + secrets.token_urlsafe(32)
    store.insert_key(conn, actor.user_id, digest(key), key[:8])
    return key


def digest(secret: str) -> bytes:
    """Return the SHA-256 of a token or key (they are random and long: no salt needed)."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _set_password(conn: store.Conn, login: str, user_id: int, password: str) -> None:
    if len(password) < MIN_PASSWORD or password.lower() == login.lower():
        raise PasswordWeak
    store.set_password(conn, user_id, _hasher().hash(password))
    store.delete_sessions(conn, user_id)


def _check_roles(roles: list[str]) -> None:
    for role in roles:
        if role not in ROLES:
            raise RoleUnknown(role=role)


def _check_office(conn: store.Conn, office: str | None) -> None:
    if office is not None and office not in {known.office for known in store.offices(conn)}:
        raise OfficeUnknown(office=office)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(
        time_cost=HASH_COST["time_cost"],
        memory_cost=HASH_COST["memory_cost"],
        parallelism=HASH_COST["parallelism"],
    )


@cache
def _dummy_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher().verify(password_hash or _dummy_hash(), password) and password_hash is not None
    except (VerifyMismatchError, InvalidHashError):
        return False
