"""SQL of reports: one file a report; those on order lines begin with what they have in common."""

from typing import Any

from data.db import load_sql
from registry.reconciliation.store import Conn

# Report -> file with the common tables it begins with.
_BEGINS = {
    "lines": "figures.sql",
    "month": "figures.sql",
    "boundary": "on_today.sql",
    "boundary_lines": "on_today.sql",
}


def rows(conn: Conn, name: str, facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a report in the order of its columns."""
    package = __package__ or ""
    begins = load_sql(package, _BEGINS[name]) if name in _BEGINS else ""
    query = begins + load_sql(package, f"report_{name}.sql")
    return conn.execute(query.encode(), facts).fetchall()
