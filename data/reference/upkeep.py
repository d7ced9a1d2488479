"""Upkeep of the reference data that administrators change: from when on, and working days."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta

from psycopg.rows import class_row

from data.access import audit
from data.access.records import Actor
from data.db import Database, load_sql
from data.errors import Invalid
from data.reference.store import Conn


class ReferenceBackdated(Invalid):
    """Reference data may change from today on only."""

    code = "reference_backdated"


class ReferenceTooFar(Invalid):
    """What begins later than that is a slip of the pen, and would keep out every change before it."""

    code = "reference_too_far"


FURTHEST = timedelta(days=400)


def require_ahead(day: date, today: date) -> None:
    """Refuse a day that is over, or so far ahead that it is a slip of the pen.

    Raises
    ------
    ReferenceBackdated, ReferenceTooFar
    """
    if day < today:
        raise ReferenceBackdated(day=day.isoformat())
    if day > today + FURTHEST:
        raise ReferenceTooFar(day=day.isoformat(), days=FURTHEST.days)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day on which offices do not follow the week."""

    day: date
    is_workday: bool
    name: str | None
    source_doc: str
    verified: bool


def special_days(conn: Conn, year: int) -> list[SpecialDay]:
    """Return the holidays and worked weekend days of a year."""
    with conn.cursor(row_factory=class_row(SpecialDay)) as cur:
        return cur.execute(load_sql(__package__, "special_days.sql"), {"year": year}).fetchall()


def set_day(db: Database, actor: Actor, day: SpecialDay, *, today: date) -> None:
    """Say whether offices work on a day to come.

    Raises
    ------
    ReferenceBackdated, ReferenceTooFar
    """
    require_ahead(day.day, today)
    with db.transaction(actor) as conn:
        conn.execute(load_sql(__package__, "set_day.sql"), asdict(day))
        audit.record(conn, actor, "calendar.set", day.day.isoformat(), detail={"is_workday": day.is_workday})
