"""Access to PostgreSQL: one pool, transactions that act as somebody, errors translated once."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from data.errors import Conflict, Forbidden, Invalid, NingtuError, Unavailable

if TYPE_CHECKING:
    from data.access.records import Actor

log = logging.getLogger(__name__)

LOGIN_SUFFIX = "_login"
OWNER_SUFFIX = "_owner"
# How long one try to connect again lasts, seconds.
RECONNECT_S = 5.0
# Constraint name -> error; a package adds its own next to the table it declares.
_CONSTRAINT_ERRORS: dict[str, type[NingtuError]] = {}


def on_constraint(name: str, error: type[NingtuError]) -> None:
    """Declare the error that a broken constraint of this name means."""
    _CONSTRAINT_ERRORS[name] = error


@cache
def load_sql(package: str, name: str) -> LiteralString:
    """Return the text of ``<package>/sql/<name>``, an SQL file that is part of the code."""
    text: LiteralString = resources.files(package).joinpath("sql", name).read_text(encoding="utf-8")
    return text


class Database:
    """A pool of connections that act with the rights of an actor.

    Parameters
    ----------
    url : str
        Connection string of the login role ``<prefix>_login``.
    min_size, max_size : int
        Connections kept and allowed.
    statement_timeout_ms, lock_timeout_ms : int
        Limits of one statement and of one wait for a lock.
    idle_timeout_ms : int
        How long a transaction may compute between two statements; a check of a whole file takes minutes.
    """

    def __init__(
        self,
        url: str,
        *,
        min_size: int = 1,
        max_size: int = 8,
        statement_timeout_ms: int = 15_000,
        lock_timeout_ms: int = 3_000,
        idle_timeout_ms: int = 60_000,
    ) -> None:
        self.url = url
        self.role_prefix = role_prefix(url)
        self._options = (
            f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={lock_timeout_ms} "
            f"-c idle_in_transaction_session_timeout={idle_timeout_ms} -c jit=off -c timezone=Asia/Shanghai"
        )
        self._pool = ConnectionPool(
            url,
            min_size=min_size,
            max_size=max_size,
            timeout=5.0,
            open=False,
            kwargs={"options": self._options, "application_name": "ningtu"},
            check=self._check,
            configure=_configure,
            # Each failure doubles the wait for the next: a long try would leave a server that is back unused
            # for as long as it was away. Whoever asks after a try has ended begins another.
            reconnect_timeout=RECONNECT_S,
        )

    def open(self) -> "Database":
        """Open the pool and return self."""
        self._pool.open(wait=True, timeout=10.0)
        return self

    def _check(self, conn: Connection[Any]) -> None:
        """Check a connection before it is used; where one is dead, throw all dead ones out at once.

        The pool alone tries them one after the other with growing pauses: after a restart of the server the
        callers would wait in vain until all that lay in it are tried.
        """
        try:
            ConnectionPool.check_connection(conn)
        except psycopg.Error:
            self._pool.check()
            raise

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def transaction(self, actor: "Actor", *, role: str = "app") -> Iterator[Connection[TupleRow]]:
        """Run one transaction as an actor.

        Parameters
        ----------
        actor : Actor
            Whose rows are visible (row-level security reads ``ningtu.*`` settings of the transaction).
        role : {"app", "tiles", "share"}
            Group role taken for the transaction.

        Raises
        ------
        Unavailable
            If no connection can be had or the database stops.
        NingtuError
            A broken constraint, translated by its name.
        """
        with translated(), self._pool.connection() as conn, conn.transaction():
            become(conn, actor, role=f"{self.role_prefix}_{role}")
            yield conn

    @contextmanager
    def locked(self, key: str, *, wait_s: int = 0) -> Iterator[bool]:
        """Hold a session advisory lock on a connection of its own; yields whether it was got.

        Parameters
        ----------
        key : str
            What is locked.
        wait_s : int
            Seconds to wait for another holder.
        """
        with translated(), psycopg.connect(self.url, autocommit=True) as conn:
            row = conn.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key]).fetchone()
            try:
                yield bool(row and row[0]) or (wait_s > 0 and _waited(conn, key, wait_s))
            finally:
                # Closing alone frees the lock only when the server notices, after the next caller has asked.
                with suppress(psycopg.Error):
                    conn.execute("SELECT pg_advisory_unlock_all()")


def _waited(conn: Connection[Any], key: str, wait_s: int) -> bool:
    """Wait for an advisory lock; false when it was not given in time."""
    conn.execute("SELECT set_config('lock_timeout', %s, false)", [f"{wait_s}s"])
    try:
        conn.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def become(conn: Connection[Any], actor: "Actor", *, role: str) -> None:
    """Take a group role and an actor's scope until the end of the transaction."""
    conn.execute(
        "SELECT set_config('role', %s, true), set_config('ningtu.login', %s, true),"
        " set_config('ningtu.scope', %s, true), set_config('ningtu.county', %s, true),"
        " set_config('ningtu.office', %s, true)",
        [role, actor.login, actor.scope, actor.county_code or "", actor.window or ""],
    )


def role_prefix(url: str) -> str:
    """Return the prefix of the group roles from the login role's name."""
    user = str(conninfo_to_dict(url).get("user") or "")
    for suffix in (LOGIN_SUFFIX, OWNER_SUFFIX):
        if user.endswith(suffix):
            return user.removesuffix(suffix)
    raise ValueError("the database user must be named <prefix>_login")


@contextmanager
def translated() -> Iterator[None]:
    """Turn driver errors into ours, by constraint name and SQLSTATE class."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("database_busy") from error
    except psycopg.Error as error:
        raise _translate(error) from error


_CONFLICTS = frozenset({"23505", "23P01", "23503", "40001", "40P01", "55P03"})
_BY_STATE: dict[str, tuple[type[NingtuError], str]] = {
    "53100": (Unavailable, "storage_full"),
    "53200": (Unavailable, "storage_full"),
    "22021": (Invalid, "value_unstorable"),
    "22P05": (Invalid, "value_unstorable"),
}


def _translate(error: psycopg.Error) -> NingtuError:
    state = error.sqlstate or ""
    constraint = error.diag.constraint_name or ""
    if constraint in _CONSTRAINT_ERRORS:
        return _CONSTRAINT_ERRORS[constraint](constraint=constraint)
    if state in _BY_STATE:
        family, code = _BY_STATE[state]
        return family(code)
    if state in _CONFLICTS or state.startswith("23"):
        kind = Conflict if state in _CONFLICTS else Invalid
        return kind("constraint_violated", constraint=constraint or error.diag.column_name or state)
    if state == "42501" and "row-level security" in str(error):
        return Forbidden("row_hidden")
    return _without_state(error, state)


def _without_state(error: psycopg.Error, state: str) -> NingtuError:
    if not state and isinstance(error, psycopg.DataError):
        return Invalid("value_unstorable")
    log.error("database error %s", state, exc_info=error)
    if isinstance(error, psycopg.OperationalError):
        return Unavailable("database_unavailable")
    return NingtuError()


def _configure(conn: Connection[Any]) -> None:
    """Teach a new connection shapely geometries (EPSG as stored, (E, N) order)."""
    from psycopg.types import TypeInfo
    from psycopg.types.shapely import register_shapely

    info = TypeInfo.fetch(conn, "geometry")
    if info is not None:
        register_shapely(info, conn)
    conn.commit()
