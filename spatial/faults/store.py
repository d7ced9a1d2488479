"""SQL of register faults."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import TupleRow, class_row
from shapely.geometry.base import BaseGeometry

from data.db import load_sql
from spatial.faults.records import ExceptionCount, Fault, FaultEvent, Waiver

Conn = Connection[TupleRow]

_COLUMNS = sql.SQL(
    "fault_id, survey_id, finding_id, rule_id, parcel_codes, place, county_code, description, state,"
    " reported_by, reported_at, mended_by_survey_id"
)


def insert(conn: Conn, facts: dict[str, Any]) -> int:
    """Write a fault; ``place`` is a Point in EPSG:4547 (E, N) metres."""
    row = conn.execute(
        "INSERT INTO spatial.register_fault (survey_id, finding_id, rule_id, parcel_codes, place,"
        " county_code, description, state, reported_by, reported_at) VALUES (%(survey_id)s, %(finding_id)s,"
        " %(rule_id)s, %(parcel_codes)s, ST_SetSRID(%(place)s::geometry, 4547), %(county_code)s,"
        " %(description)s, 'open', %(login)s, %(now)s) RETURNING fault_id",
        facts,
    ).fetchone()
    if row is None:
        raise LookupError("fault_id")
    return int(row[0])


def set_state(conn: Conn, fault_id: int, state: str, survey_id: int | None) -> None:
    """Change the state; note the submission that mended it, if one did."""
    conn.execute(
        "UPDATE spatial.register_fault SET state = %s, mended_by_survey_id = %s WHERE fault_id = %s",
        [state, survey_id, fault_id],
    )


def insert_event(conn: Conn, fault_id: int, state: str, *, login: str, comment: str, now: datetime) -> None:
    """Write a step."""
    conn.execute(
        "INSERT INTO spatial.register_fault_event (fault_id, at, state, login, comment)"
        " VALUES (%s, %s, %s, %s, %s)",
        [fault_id, now, state, login, comment],
    )


def fetch(conn: Conn, fault_id: int, *, lock: bool = False) -> Fault | None:
    """Fetch a fault, locked for a change of state if wanted."""
    query = sql.SQL("SELECT {} FROM spatial.register_fault WHERE fault_id = %s {}").format(
        _COLUMNS, sql.SQL("FOR UPDATE" if lock else "")
    )
    with conn.cursor(row_factory=class_row(Fault)) as cur:
        return cur.execute(query, [fault_id]).fetchone()


def page(conn: Conn, wanted: dict[str, Any]) -> list[Fault]:
    """Fetch faults, newest first; ``wanted`` has the fields of :class:`Wanted` and ``login``."""
    query = sql.SQL(
        "SELECT {} FROM spatial.register_fault WHERE (%(login)s::text IS NULL OR reported_by = %(login)s)"
        " AND (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(county_code)s::text IS NULL OR county_code = %(county_code)s)"
        " AND (%(survey_id)s::bigint IS NULL OR survey_id = %(survey_id)s)"
        " AND (%(before)s::bigint IS NULL OR fault_id < %(before)s)"
        " ORDER BY fault_id DESC LIMIT %(limit)s"
    ).format(_COLUMNS)
    with conn.cursor(row_factory=class_row(Fault)) as cur:
        return cur.execute(query, wanted).fetchall()


def events(conn: Conn, fault_id: int) -> list[FaultEvent]:
    """Fetch the course of a fault."""
    with conn.cursor(row_factory=class_row(FaultEvent)) as cur:
        return cur.execute(
            "SELECT at, state, login, comment FROM spatial.register_fault_event"
            " WHERE fault_id = %s ORDER BY event_id",
            [fault_id],
        ).fetchall()


def finding(conn: Conn, finding_id: int) -> tuple[int, str, BaseGeometry | None] | None:
    """Fetch submission, rule and place (EPSG:4547) of a finding."""
    return conn.execute(
        "SELECT survey_id, rule_id, geom FROM spatial.finding WHERE finding_id = %s", [finding_id]
    ).fetchone()


def unknown_parcels(conn: Conn, codes: Sequence[str]) -> list[str]:
    """Fetch those of the codes that never were parcels."""
    rows = conn.execute(
        "SELECT wanted FROM unnest(%s::text[]) AS wanted WHERE NOT EXISTS ("
        " SELECT FROM spatial.parcel p WHERE p.parcel_code = wanted) ORDER BY 1",
        [list(codes)],
    ).fetchall()
    return [code for (code,) in rows]


def count_exceptions(conn: Conn, *, since: datetime, beyond: datetime, today: date) -> list[ExceptionCount]:
    """Count waivers and faults by rule and county between two instants."""
    with conn.cursor(row_factory=class_row(ExceptionCount)) as cur:
        return cur.execute(
            load_sql("spatial.faults", "count_exceptions.sql"),
            {"from": since, "beyond": beyond, "today": today},
        ).fetchall()


def waivers(conn: Conn, wanted: dict[str, Any]) -> list[Waiver]:
    """Fetch waivers, newest first; ``wanted`` has the names of the statement."""
    with conn.cursor(row_factory=class_row(Waiver)) as cur:
        return cur.execute(load_sql("spatial.faults", "waivers.sql"), wanted).fetchall()
