"""SQL of survey submissions: the only place of the package that runs any."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from psycopg import Connection, sql
from psycopg.rows import TupleRow, class_row, dict_row
from psycopg.types.json import Jsonb

from data.callbacks import service as callbacks
from spatial.crs import PLANE
from spatial.survey.readers.records import Subdistricts
from spatial.survey.records import Features, Order, Submission

Conn = Connection[TupleRow]
STATUS_EVENT = "survey.status"

_COLUMNS = sql.SQL(
    "survey_id, project_code, version, layer, kind, scope, effective_on, status, file_name, file_sha256,"
    " file_bytes, source, feature_count, problem, job_id, submitted_by, created_at, decided_by, decided_at,"
    " comment, registered_at, replaces_id"
)

# Rows that name the submission take a share of its key: who only changes its state need not wait for them.
_LOCK = sql.SQL("FOR NO KEY UPDATE")


def insert_survey(conn: Conn, order: Order, facts: dict[str, Any]) -> int | None:
    """Insert a submission; None when the project's version is there already.

    ``facts``: file_name, file_sha256, file_bytes, source, feature_count, submitted_by, created_at.
    """
    row = conn.execute(
        """
        INSERT INTO spatial.survey (project_code, version, layer, kind, scope, effective_on, status,
               file_name, file_sha256, file_bytes, source, feature_count, submitted_by, created_at)
        VALUES (%(project_code)s, %(version)s, %(layer)s, %(kind)s, %(scope)s, %(effective_on)s, 'received',
               %(file_name)s, %(file_sha256)s, %(file_bytes)s, %(source)s, %(feature_count)s,
               %(submitted_by)s, %(created_at)s)
        ON CONFLICT (project_code, version) DO NOTHING RETURNING survey_id
        """,
        {
            "project_code": order.project_code,
            "version": order.version,
            "layer": order.layer,
            "kind": order.kind.value,
            "scope": order.scope.value,
            "effective_on": order.effective_on,
            **facts,
            "source": Jsonb(facts["source"]),
        },
    ).fetchone()
    return None if row is None else int(row[0])


def by_project(conn: Conn, project_code: str, version: str, *, lock: bool = False) -> Submission | None:
    """Fetch a submission by the sender's own key, locked for a change of state if wanted."""
    query = sql.SQL("SELECT {} FROM spatial.survey WHERE project_code = %s AND version = %s {}").format(
        _COLUMNS, _LOCK if lock else sql.SQL("")
    )
    with conn.cursor(row_factory=class_row(Submission)) as cur:
        return cur.execute(query, [project_code, version]).fetchone()


def fetch(conn: Conn, survey_id: int, *, lock: bool = False) -> Submission | None:
    """Fetch a submission, locked for a change of state if wanted."""
    query = sql.SQL("SELECT {} FROM spatial.survey WHERE survey_id = %s {}").format(
        _COLUMNS, _LOCK if lock else sql.SQL("")
    )
    with conn.cursor(row_factory=class_row(Submission)) as cur:
        return cur.execute(query, [survey_id]).fetchone()


def page(
    conn: Conn, *, login: str | None, status: str | None, before: int | None, limit: int
) -> list[Submission]:
    """Fetch submissions, newest first; of one sender when a login is given."""
    query = sql.SQL(
        "SELECT {} FROM spatial.survey WHERE (%(login)s::text IS NULL OR submitted_by = %(login)s)"
        " AND (%(status)s::text IS NULL OR status = %(status)s)"
        " AND (%(before)s::bigint IS NULL OR survey_id < %(before)s)"
        " ORDER BY survey_id DESC LIMIT %(limit)s"
    ).format(_COLUMNS)
    with conn.cursor(row_factory=class_row(Submission)) as cur:
        return cur.execute(
            query, {"login": login, "status": status, "before": before, "limit": limit}
        ).fetchall()


def set_job(conn: Conn, survey_id: int, job_id: int) -> None:
    """Note which job checks a submission."""
    conn.execute("UPDATE spatial.survey SET job_id = %s WHERE survey_id = %s", [job_id, survey_id])


def set_status(
    conn: Conn, survey_id: int, status: str, *, login: str, now: datetime, comment: str | None = None
) -> None:
    """Change the state, write the event, and have the sender's programs told in the same transaction."""
    row = conn.execute(
        "UPDATE spatial.survey SET status = %s WHERE survey_id = %s"
        " RETURNING submitted_by, project_code, version",
        [status, survey_id],
    ).fetchone()
    if row is not None:
        facts = {"survey_id": survey_id, "project_code": row[1], "version": row[2], "status": str(status)}
        callbacks.publish(conn, row[0], f"survey:{survey_id}", STATUS_EVENT, facts, at=now)
    conn.execute(
        "INSERT INTO spatial.survey_event (survey_id, at, status, login, comment)"
        " VALUES (%s, %s, %s, %s, %s)",
        [survey_id, now, status, login, comment],
    )


def set_replaces(conn: Conn, survey_id: int, replaces_id: int) -> None:
    """Write which submission this one follows."""
    conn.execute("UPDATE spatial.survey SET replaces_id = %s WHERE survey_id = %s", [replaces_id, survey_id])


def replaced_by(conn: Conn, survey_id: int) -> int | None:
    """Fetch the submission that follows this one, the newest if there are several."""
    row = conn.execute(
        "SELECT max(survey_id) FROM spatial.survey WHERE replaces_id = %s", [survey_id]
    ).fetchone()
    return None if row is None else row[0]


def set_read(conn: Conn, survey_id: int, source: dict[str, Any], feature_count: int) -> None:
    """Write how a file that was put off was read."""
    conn.execute(
        "UPDATE spatial.survey SET source = %s, feature_count = %s WHERE survey_id = %s",
        [Jsonb(source), feature_count, survey_id],
    )


def status_of(conn: Conn, survey_id: int) -> str | None:
    """Fetch the state alone."""
    row = conn.execute("SELECT status FROM spatial.survey WHERE survey_id = %s", [survey_id]).fetchone()
    return None if row is None else str(row[0])


def set_problem(conn: Conn, survey_id: int, problem: dict[str, Any] | None) -> None:
    """Write why the check failed."""
    conn.execute(
        "UPDATE spatial.survey SET problem = %s WHERE survey_id = %s",
        [None if problem is None else Jsonb(problem), survey_id],
    )


def set_decision(conn: Conn, survey_id: int, *, login: str, now: datetime, comment: str) -> None:
    """Write who decided, when and with which words."""
    conn.execute(
        "UPDATE spatial.survey SET decided_by = %s, decided_at = %s, comment = %s WHERE survey_id = %s",
        [login, now, comment, survey_id],
    )


def set_registered(conn: Conn, survey_id: int, now: datetime) -> None:
    """Write the instant of registration."""
    conn.execute("UPDATE spatial.survey SET registered_at = %s WHERE survey_id = %s", [now, survey_id])


def ewkb(geoms: Any) -> list[str | None]:
    """Encode geometries in EPSG:4547 for COPY."""
    marked = shapely.set_srid(np.asarray(geoms, dtype=object), PLANE)
    found: list[str | None] = shapely.to_wkb(marked, hex=True, include_srid=True).tolist()
    return found


def copy_subdistricts(conn: Conn, survey_id: int, subdistricts: Subdistricts) -> None:
    """Write the sub-districts of the file."""
    rows = zip(subdistricts.codes, subdistricts.names, ewkb(subdistricts.geoms), strict=True)
    with (
        conn.cursor() as cur,
        cur.copy("COPY spatial.survey_subdistrict (survey_id, district_code, name, geom) FROM STDIN") as copy,
    ):
        for code, name, wkb in rows:
            copy.write_row((survey_id, code, name, wkb))


def fetch_features(conn: Conn, survey_id: int) -> Features:
    """Fetch the draft parcels (EPSG:4547)."""
    rows = conn.execute(
        "SELECT parcel_code, unit_code, geom, fault, declared_area_m2, resolution_m2, land_use, address,"
        " attributes"
        " FROM spatial.survey_feature WHERE survey_id = %s ORDER BY feature_no",
        [survey_id],
    ).fetchall()
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(9)]
    return Features(
        geoms=objects(columns[2]),
        codes=columns[0],
        unit_codes=columns[1],
        declared_m2=columns[4],
        resolution_m2=columns[5],
        land_use=columns[6],
        address=columns[7],
        faults={at + 1: fault for at, fault in enumerate(columns[3]) if fault},
        rows=columns[8],
    )


def objects(values: Sequence[Any]) -> Any:
    """Put geometries into an array, missing ones included."""
    made = np.full(len(values), None, dtype=object)
    for at, value in enumerate(values):
        made[at] = value
    return made


def fetch_subdistricts(conn: Conn, survey_id: int) -> Subdistricts | None:
    """Fetch the sub-districts that came with the file, None without any."""
    rows = conn.execute(
        "SELECT district_code, name, geom FROM spatial.survey_subdistrict WHERE survey_id = %s ORDER BY 1",
        [survey_id],
    ).fetchall()
    if not rows:
        return None
    return Subdistricts([row[0] for row in rows], [row[1] for row in rows], objects([row[2] for row in rows]))


def mark_changes(conn: Conn, survey_id: int, kinds: dict[int, str]) -> None:
    """Write for each draft parcel what it is against the register."""
    conn.execute(
        "UPDATE spatial.survey_feature f SET change = m.change"
        " FROM unnest(%s::int[], %s::text[]) AS m(feature_no, change)"
        " WHERE f.survey_id = %s AND f.feature_no = m.feature_no",
        [list(kinds), list(kinds.values()), survey_id],
    )


def draft_page(conn: Conn, survey_id: int, *, after: int, limit: int) -> list[dict[str, Any]]:
    """Fetch draft parcels with their shapes (EPSG:4547) by feature number."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(
            "SELECT feature_no, parcel_code, unit_code, declared_area_m2, land_use, address, change, fault,"
            " geom"
            " FROM spatial.survey_feature WHERE survey_id = %s AND feature_no > %s"
            " ORDER BY feature_no LIMIT %s",
            [survey_id, after, limit],
        ).fetchall()


def shapes_of(conn: Conn, survey_id: int, codes: Sequence[str]) -> dict[str, Any]:
    """Fetch the draft shapes of some parcel codes (EPSG:4547)."""
    rows = conn.execute(
        "SELECT parcel_code, geom FROM spatial.survey_feature"
        " WHERE survey_id = %s AND parcel_code = ANY(%s) AND geom IS NOT NULL",
        [survey_id, list(codes)],
    ).fetchall()
    return dict(rows)


def events(conn: Conn, survey_id: int) -> list[dict[str, Any]]:
    """Fetch the course of a submission."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(
            "SELECT at, status, login, comment FROM spatial.survey_event"
            " WHERE survey_id = %s ORDER BY event_id",
            [survey_id],
        ).fetchall()
