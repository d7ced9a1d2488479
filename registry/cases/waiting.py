"""Which cases wait, for the inbox."""

from dataclasses import dataclass
from datetime import date

from psycopg.rows import class_row

from data.access.records import Actor
from data.db import load_sql
from registry.cases.store import Conn


@dataclass(frozen=True, slots=True)
class WaitingCase:
    """A case that waits; ``total`` is how many do in all."""

    case_no: str
    type_code: str
    handbook_version: int
    status: str
    applicant: str
    address: str
    due_on: date
    late: bool
    total: int


def waiting_cases(conn: Conn, actor: Actor, kind: str, *, today: date, limit: int) -> list[WaitingCase]:
    """Return the most urgent cases of a kind that the actor may see.

    Parameters
    ----------
    conn : Connection
        Open transaction of the actor.
    actor : Actor
        Whose inbox.
    kind : {"handle", "overdue", "unpaid"}
        At a node of the actor's role and office; past the promised day; accepted here and not yet paid.
    today : date
        Present day.
    limit : int
        Number of rows.
    """
    values = {
        "kind": kind,
        "today": today,
        "office": actor.office,
        "roles": sorted(actor.roles),
        "limit": limit,
    }
    with conn.cursor(row_factory=class_row(WaitingCase)) as cur:
        return cur.execute(load_sql(__package__, "waiting.sql"), values).fetchall()
