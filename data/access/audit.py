"""The audit trail: who did or read what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow, class_row
from psycopg.types.json import Jsonb

from data.access.records import Actor


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of the trail."""

    audit_id: int
    at: datetime
    login: str
    office: str | None
    action: str
    subject: str
    detail: dict[str, Any]


def record(
    conn: Connection[TupleRow],
    actor: Actor,
    action: str,
    subject: str,
    *,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write a row in the caller's transaction.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    actor : Actor
        Who acts.
    action : str
        What is done, such as ``unit.read``.
    subject : str
        Code of the thing.
    detail : mapping, optional
        Further facts; no personal data.
    """
    conn.execute(
        "INSERT INTO registry.audit (login, office, action, subject, detail) VALUES (%s, %s, %s, %s, %s)",
        [actor.login, actor.office, action, subject, Jsonb(dict(detail or {}))],
    )


def rows(
    conn: Connection[TupleRow], *, subject: str | None, before: int | None, limit: int
) -> list[AuditRow]:
    """Fetch rows, newest first, of one subject or of all."""
    with conn.cursor(row_factory=class_row(AuditRow)) as cur:
        return cur.execute(
            "SELECT audit_id, at, login, office, action, subject, detail FROM registry.audit"
            " WHERE (%(subject)s::text IS NULL OR subject = %(subject)s)"
            " AND (%(before)s::bigint IS NULL OR audit_id < %(before)s)"
            " ORDER BY audit_id DESC LIMIT %(limit)s",
            {"subject": subject, "before": before, "limit": limit},
        ).fetchall()
