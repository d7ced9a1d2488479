"""SQL of reports: one file a report."""

from typing import Any

from data.db import load_sql
from registry.reconciliation.store import Conn


def rows(conn: Conn, name: str, facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a report in the order of its columns."""
    return conn.execute(load_sql(__package__ or "", f"report_{name}.sql").encode(), facts).fetchall()
