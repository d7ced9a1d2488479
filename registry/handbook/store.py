"""SQL of the handbook."""

from datetime import date
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from registry.handbook.records import Published

Conn = Connection[TupleRow]
_SELECT: LiteralString = (
    "SELECT type_code, version, name, valid_from, sha256, body, published_at FROM registry.handbook_version"
)


def insert(conn: Conn, version: Published) -> None:
    """Write a version."""
    conn.execute(
        "INSERT INTO registry.handbook_version (type_code, version, name, valid_from, sha256, body)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [
            version.type_code,
            version.version,
            version.name,
            version.valid_from,
            version.sha256,
            version.body,
        ],
    )


def fetch(conn: Conn, type_code: str, version: int) -> Published | None:
    """Fetch one version."""
    with conn.cursor(row_factory=class_row(Published)) as cur:
        return cur.execute(
            _SELECT + " WHERE type_code = %s AND version = %s",
            [type_code, version],
        ).fetchone()


def in_force(conn: Conn, at: date, type_code: str | None = None) -> list[Published]:
    """Fetch the version in force on a day of each type, or of one type, by type."""
    with conn.cursor(row_factory=class_row(Published)) as cur:
        return cur.execute(
            "SELECT DISTINCT ON (type_code) type_code, version, name, valid_from, sha256, body, published_at"
            " FROM registry.handbook_version WHERE valid_from <= %(at)s"
            " AND (%(type)s::text IS NULL OR type_code = %(type)s)"
            " ORDER BY type_code, valid_from DESC",
            {"at": at, "type": type_code},
        ).fetchall()


def versions(conn: Conn, type_code: str) -> list[Published]:
    """Fetch every version of a type, newest first."""
    with conn.cursor(row_factory=class_row(Published)) as cur:
        return cur.execute(
            _SELECT + " WHERE type_code = %s ORDER BY version DESC",
            [type_code],
        ).fetchall()
