"""SQL of the register's heads."""

from dataclasses import astuple, fields
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow, dict_row

from data.db import load_sql
from registry.reconciliation.records import Cut, Head

Conn = Connection[TupleRow]

_PACKAGE = "registry.reconciliation"


def cut_register(conn: Conn) -> Cut:
    """Return the last keys of the register once the writers under way are done; they wait until the end."""
    row = conn.execute(
        "SELECT change_id, version_id, lineage_id, rrr_id, end_id FROM registry.cut_register()"
    ).fetchone()
    if row is None:
        raise LookupError("registry.cut_register")
    return Cut(*row)


def digest(conn: Conn, after: Cut, upto: Cut) -> tuple[int, bytes]:
    """Return number and SHA-256 of the rows between two cuts."""
    values: dict[str, int] = {}
    for field, low, high in zip(fields(Cut), astuple(after), astuple(upto), strict=True):
        name = field.name.removesuffix("_id")
        values |= {f"{name}_from": low, f"{name}_to": high}
    row = conn.execute(load_sql(_PACKAGE, "register_digest.sql"), values).fetchone()
    if row is None:
        raise LookupError("register_digest")
    return row[0], bytes(row[1])


_HEAD: LiteralString = (
    "SELECT head_on, change_id, version_id, lineage_id, rrr_id, end_id, n_rows, sha256, prev_sha256,"
    " signature, algorithm FROM registry.head "
)


def heads(conn: Conn) -> list[Head]:
    """Return every head, oldest first."""
    with conn.cursor(row_factory=dict_row) as cur:
        rows = cur.execute(_HEAD + "ORDER BY head_on").fetchall()
    return [_head(row) for row in rows]


def last_head(conn: Conn) -> Head | None:
    """Return the newest head."""
    with conn.cursor(row_factory=dict_row) as cur:
        row = cur.execute(_HEAD + "ORDER BY head_on DESC LIMIT 1").fetchone()
    return None if row is None else _head(row)


def _head(row: dict[str, Any]) -> Head:
    cut = Cut(*(row.pop(field.name) for field in fields(Cut)))
    return Head(cut=cut, **row)


def insert_head(conn: Conn, head: Head, *, made_at: datetime) -> None:
    """Write a head."""
    conn.execute(
        "INSERT INTO registry.head (head_on, change_id, version_id, lineage_id, rrr_id, end_id, n_rows,"
        " sha256, prev_sha256, signature, algorithm, made_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            head.head_on,
            *astuple(head.cut),
            head.n_rows,
            head.sha256,
            head.prev_sha256,
            head.signature,
            head.algorithm,
            made_at,
        ],
    )


def list_days(conn: Conn, *, before: date | None, limit: int) -> list[dict[str, Any]]:
    """Return days with a head of the register or a seal of the ledger, newest first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(
            load_sql(_PACKAGE, "list_heads.sql"), {"before": before, "limit": limit}
        ).fetchall()
