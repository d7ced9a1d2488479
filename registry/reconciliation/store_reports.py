"""SQL of reports: one file a report; those on order lines begin with the figures they have in common."""

from typing import Any

from data.db import load_sql
from registry.reconciliation.store import Conn

ON_FIGURES = frozenset({"lines", "month"})


def rows(conn: Conn, name: str, facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a report in the order of its columns."""
    package = __package__ or ""
    figures = load_sql(package, "figures.sql") if name in ON_FIGURES else ""
    query = figures + load_sql(package, f"report_{name}.sql")
    return conn.execute(query.encode(), facts).fetchall()
