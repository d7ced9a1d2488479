"""SQL of the audit of the register; it only reads."""

from datetime import date
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow, dict_row

from data.db import load_sql

Conn = Connection[TupleRow]


def breaches(conn: Conn, rule_id: str, today: date) -> list[dict[str, Any]]:
    """Fetch what may break a rule: ``unit_code`` and what the rule's text needs."""
    query = load_sql(__package__ or "", f"{rule_id.lower()}.sql")
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(query, {"today": today}).fetchall()


def live_count(conn: Conn) -> int:
    """Count the live entries of the register."""
    row = conn.execute("SELECT count(*) FROM registry.rrr_now WHERE live").fetchone()
    return 0 if row is None else int(row[0])
