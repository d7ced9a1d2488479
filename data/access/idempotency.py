"""Answers of writes by Idempotency-Key: one key, one effect, one answer."""

from dataclasses import dataclass

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from data.access.errors import IdempotencyConflict, IdempotencyRunning
from data.access.records import SYSTEM
from data.db import Database


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored HTTP answer."""

    status: int
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Row:
    request_sha256: bytes
    status: int | None
    body: bytes | None
    headers: dict[str, str] | None


def begin(db: Database, login: str, key: str, request_sha256: bytes) -> Answer | None:
    """Reserve a key, or return the answer it already has.

    Raises
    ------
    IdempotencyConflict
        The key was used with another request.
    IdempotencyRunning
        The first request has not ended (a reservation older than two minutes is taken over).
    """
    with db.transaction(SYSTEM) as conn:
        cur = conn.execute(
            "INSERT INTO registry.idempotency (login, key, request_sha256) VALUES (%s, %s, %s)"
            " ON CONFLICT (login, key) DO UPDATE SET created_at = clock_timestamp()"
            " WHERE idempotency.status IS NULL AND idempotency.request_sha256 = excluded.request_sha256"
            "   AND idempotency.created_at < clock_timestamp() - interval '2 minutes'",
            [login, key, request_sha256],
        )
        if cur.rowcount == 1:
            return None
        with conn.cursor(row_factory=class_row(_Row)) as rows:
            row = rows.execute(
                "SELECT request_sha256, status, body, headers FROM registry.idempotency"
                " WHERE login = %s AND key = %s",
                [login, key],
            ).fetchone()
    if row is None or bytes(row.request_sha256) != request_sha256:
        raise IdempotencyConflict
    if row.status is None:
        raise IdempotencyRunning
    return Answer(row.status, bytes(row.body or b""), row.headers or {})


def finish(db: Database, login: str, key: str, answer: Answer) -> None:
    """Store the answer of a reserved key."""
    with db.transaction(SYSTEM) as conn:
        conn.execute(
            "UPDATE registry.idempotency SET status = %s, body = %s, headers = %s"
            " WHERE login = %s AND key = %s",
            [answer.status, answer.body, Jsonb(answer.headers), login, key],
        )


def release(db: Database, login: str, key: str) -> None:
    """Give a reserved key back: the request failed and left nothing behind."""
    with db.transaction(SYSTEM) as conn:
        conn.execute(
            "DELETE FROM registry.idempotency WHERE login = %s AND key = %s AND status IS NULL", [login, key]
        )
