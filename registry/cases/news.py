"""What happened to cases lately, for the feed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from data.db import load_sql
from data.following.records import Span
from registry.cases.store import Conn

SOURCE: Final = "case"


@dataclass(frozen=True, slots=True)
class CaseNews:
    """An event of a case; ``status`` is the state it led to."""

    tx: int
    event_id: int
    at: datetime
    case_no: str
    action: str
    status: str


def case_news(conn: Conn, span: Span, *, limit: int) -> list[CaseNews]:
    """Return the events of a span on cases that the actor of the transaction may see, oldest first.

    Parameters
    ----------
    conn : Connection
        Open transaction of the actor; row-level security decides.
    span : Span
        From where to where.
    limit : int
        Number of events.
    """
    with conn.cursor(row_factory=class_row(CaseNews)) as cur:
        query = load_sql(__package__, "case_news.sql")
        return cur.execute(query, {**span.values(), "limit": limit}).fetchall()
