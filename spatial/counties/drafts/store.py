"""SQL of draft boundaries."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg import Connection
from psycopg.rows import TupleRow, class_row
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from data.db import load_sql
from spatial.counties.drafts.records import Draft, DraftCounties, MovedParcel

Conn = Connection[TupleRow]

_DRAFT = (
    "SELECT d.draft_id, d.name, d.state, d.loaded_by, d.loaded_at, d.set_id, s.name AS boundary_set, d.as_of,"
    " d.compared_at, d.seconds, d.candidates, d.checked, d.upto_version,"
    " (SELECT count(*) FROM spatial.boundary_draft_parcel p WHERE p.draft_id = d.draft_id) AS parcels"
    " FROM spatial.boundary_draft d LEFT JOIN spatial.boundary_set s USING (set_id) "
)


def insert(conn: Conn, draft: DraftCounties, *, by: str, now: datetime) -> int:
    """Insert a draft with its counties in pieces; return its key."""
    row = conn.execute(
        "INSERT INTO spatial.boundary_draft (name, sha256, loaded_by, loaded_at)"
        " VALUES (%s, %s, %s, %s) RETURNING draft_id",
        [draft.name, draft.sha256, by, now],
    ).fetchone()
    if row is None:
        raise RuntimeError("RETURNING gave no row")
    for county_code, geom in draft.counties.items():
        conn.execute(
            "INSERT INTO spatial.boundary_draft_county (draft_id, county_code, geom)"
            " VALUES (%s, %s, ST_SetSRID(%s::geometry, 4547))",
            [row[0], county_code, geom],
        )
        _insert_pieces(conn, row[0], county_code, geom)
    return int(row[0])


def _insert_pieces(conn: Conn, draft_id: int, county_code: str, geom: MultiPolygon) -> None:
    conn.execute(
        "INSERT INTO spatial.boundary_draft_piece (draft_id, county_code, geom)"
        " SELECT %s, %s, d.geom FROM ST_Subdivide(ST_SetSRID(%s::geometry, 4547), 64) AS s (geom)"
        " CROSS JOIN ST_Dump(ST_CollectionExtract(s.geom, 3)) AS d WHERE NOT ST_IsEmpty(d.geom)",
        [draft_id, county_code, geom],
    )


def insert_zones(conn: Conn, values: Mapping[str, object]) -> None:
    """Write the ground that would change its county: set-based."""
    conn.execute(load_sql(__package__ or "", "zones.sql"), values)


def candidates(conn: Conn, values: Mapping[str, object]) -> list[int]:
    """Return the live parcel versions on ground that changes its county, in order."""
    rows = conn.execute(load_sql(__package__ or "", "candidates.sql"), values).fetchall()
    return [int(row[0]) for row in rows]


def insert_moved(conn: Conn, values: Mapping[str, object]) -> None:
    """Write those of some candidates whose county would change: set-based."""
    conn.execute(load_sql(__package__ or "", "moved.sql"), values)


def lock(conn: Conn, draft_id: int) -> Draft | None:
    """Return a draft and keep it until the end of the transaction."""
    conn.execute("SELECT FROM spatial.boundary_draft WHERE draft_id = %s FOR UPDATE", [draft_id])
    return draft(conn, draft_id)


def begin(conn: Conn, values: Mapping[str, object]) -> None:
    """Write against which set and day a draft is compared, and how many parcels must be looked at."""
    conn.execute(
        "UPDATE spatial.boundary_draft SET state = 'comparing', set_id = %(set_id)s, as_of = %(as_of)s,"
        " candidates = %(candidates)s,"
        " seconds = extract(epoch FROM clock_timestamp() - transaction_timestamp())"
        " WHERE draft_id = %(draft)s",
        values,
    )


def advance(conn: Conn, draft_id: int, versions: Sequence[int]) -> None:
    """Write that some more parcels were looked at."""
    conn.execute(
        "UPDATE spatial.boundary_draft SET checked = checked + %s, upto_version = %s,"
        " seconds = seconds + extract(epoch FROM clock_timestamp() - transaction_timestamp())"
        " WHERE draft_id = %s",
        [len(versions), versions[-1], draft_id],
    )


def end(conn: Conn, draft_id: int, state: str, now: datetime) -> None:
    """Write that a comparison is complete or was cancelled."""
    conn.execute(
        "UPDATE spatial.boundary_draft SET state = %(state)s,"
        " compared_at = CASE %(state)s WHEN 'compared' THEN %(now)s::timestamptz END"
        " WHERE draft_id = %(draft)s",
        {"state": state, "now": now, "draft": draft_id},
    )


def draft(conn: Conn, draft_id: int) -> Draft | None:
    """Return a draft."""
    with conn.cursor(row_factory=class_row(Draft)) as cur:
        return cur.execute(_DRAFT + "WHERE d.draft_id = %s", [draft_id]).fetchone()


def drafts(conn: Conn, *, before: int | None, limit: int) -> list[Draft]:
    """Return drafts, newest first."""
    with conn.cursor(row_factory=class_row(Draft)) as cur:
        return cur.execute(
            _DRAFT + "WHERE %(before)s::integer IS NULL OR d.draft_id < %(before)s"
            " ORDER BY d.draft_id DESC LIMIT %(limit)s",
            {"before": before, "limit": limit},
        ).fetchall()


def moved(conn: Conn, draft_id: int, *, after: int, limit: int) -> list[MovedParcel]:
    """Return parcels whose county would change, by version."""
    with conn.cursor(row_factory=class_row(MovedParcel)) as cur:
        return cur.execute(
            "SELECT p.version_id, p.parcel_code, p.from_county, p.to_county, p.area_m2, p.moved_m2, v.geom"
            " FROM spatial.boundary_draft_parcel p JOIN spatial.parcel_version v USING (version_id)"
            " WHERE p.draft_id = %s AND p.version_id > %s ORDER BY p.version_id LIMIT %s",
            [draft_id, after, limit],
        ).fetchall()


def zones(conn: Conn, draft_id: int, limit: int) -> list[tuple[str | None, str | None, BaseGeometry]]:
    """Return the ground that would change its county: (from, to, shape in EPSG:4547), largest first."""
    return conn.execute(
        "SELECT from_county, to_county, geom FROM spatial.boundary_draft_zone WHERE draft_id = %s"
        " ORDER BY ST_Area(geom) DESC LIMIT %s",
        [draft_id, limit],
    ).fetchall()
