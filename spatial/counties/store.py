"""The SQL of counties."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, LiteralString

import numpy as np
import shapely
from psycopg import Connection, sql
from psycopg.rows import DictRow, TupleRow, class_row, dict_row
from psycopg.types.json import Jsonb
from shapely.geometry.base import BaseGeometry

from data.db import load_sql
from data.documents.attachments import Attachment
from spatial.counties.measuring import BoundaryPieces
from spatial.counties.records import (
    BoundarySet,
    CountyDecision,
    DecisionDocument,
    LoadedSet,
    Measured,
    Overlap,
    Reason,
    Rule,
    StoredDecision,
)
from spatial.counties.rules import summarise

Conn = Connection[TupleRow]


def _sql(name: str) -> LiteralString:
    return load_sql("spatial.counties", name)


def set_on(conn: Conn, day: date) -> LoadedSet | None:
    """Return the boundary set in force on a day."""
    return _one_set(conn, sql.SQL(" WHERE valid @> %s::date"), day)


def set_named(conn: Conn, name: str) -> LoadedSet | None:
    """Return a boundary set by name."""
    return _one_set(conn, sql.SQL(" WHERE name = %s"), name)


def set_by_id(conn: Conn, set_id: int) -> LoadedSet | None:
    """Return a boundary set by key."""
    return _one_set(conn, sql.SQL(" WHERE set_id = %s"), set_id)


def _one_set(conn: Conn, where: sql.SQL, value: object) -> LoadedSet | None:
    with conn.cursor(row_factory=class_row(LoadedSet)) as cur:
        return cur.execute(sql.SQL(_sql("boundary_set.sql")) + where, [value]).fetchone()


def insert_set(conn: Conn, boundary: BoundarySet, sha256: bytes) -> int:
    """Write a boundary set; return its key."""
    row = conn.execute(
        "INSERT INTO spatial.boundary_set (name, valid, accuracy_m, source, source_doc, licence, notice_zh,"
        " notice_en, legal, sha256) VALUES (%(name)s, daterange(%(valid_from)s, %(valid_to)s),"
        " %(accuracy_m)s, %(source)s, %(source_doc)s, %(licence)s, %(notice_zh)s, %(notice_en)s, %(legal)s,"
        " %(sha256)s)"
        " RETURNING set_id",
        {**asdict(boundary), "sha256": sha256},
    ).fetchone()
    if row is None:
        raise RuntimeError("RETURNING gave no row")
    return int(row[0])


def insert_counties(
    conn: Conn, set_id: int, rows: Sequence[tuple[str, str, str, bool, BaseGeometry]]
) -> None:
    """Write the counties of a set (EPSG:4547) and cut them into pieces, cores and lines."""
    with conn.cursor() as cur:
        cur.executemany(
            "INSERT INTO spatial.county_boundary (set_id, county_code, name_zh, name_en, in_city, geom)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [(set_id, *row) for row in rows],
        )
    for name in ("insert_pieces.sql", "insert_cores.sql", "insert_lines.sql"):
        conn.execute(_sql(name), {"set_id": set_id})


def newest_set(conn: Conn, *, lock: bool = False) -> LoadedSet | None:
    """Return the set with no last day; with ``lock`` nobody else ends it before the transaction does."""
    if lock:
        conn.execute("SELECT FROM spatial.boundary_set WHERE upper_inf(valid) FOR UPDATE")
    return _one_set(conn, sql.SQL(" WHERE upper_inf(valid) AND lower(valid) <= %s::date"), date.max)


def end_set(conn: Conn, set_id: int, before: date) -> None:
    """End a set on the day before a day."""
    conn.execute(
        "UPDATE spatial.boundary_set SET valid = daterange(lower(valid), %s) WHERE set_id = %s",
        [before, set_id],
    )


def city_counties(conn: Conn, set_id: int) -> frozenset[str]:
    """Return the codes of the city's counties in a set."""
    rows = conn.execute(
        "SELECT county_code FROM spatial.county_boundary WHERE set_id = %s AND in_city", [set_id]
    ).fetchall()
    return frozenset(code for (code,) in rows)


def county_rows(conn: Conn, set_id: int) -> list[DictRow]:
    """Return the counties of a set with names, area (km², EPSG:4547 plane) and shape (EPSG:4547)."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(
            "SELECT county_code, name_zh, name_en, in_city, geom,"
            " round((ST_Area(geom) / 1e6)::numeric, 3)::float8 AS area_km2"
            " FROM spatial.county_boundary WHERE set_id = %s ORDER BY in_city DESC, county_code",
            [set_id],
        ).fetchall()


def measure(conn: Conn, geom: BaseGeometry, set_id: int) -> Measured:
    """Measure one valid shape (EPSG:4547) against a boundary set: the SQL form."""
    values = {"geom": geom, "set_id": set_id}
    whole = conn.execute(_sql("measure_whole.sql"), values).fetchone()
    if whole is not None:
        code, area, distance = whole
        return summarise([(code, True, area)], total_mm2=area, distance_to_line_m=distance)
    rows = conn.execute(_sql("measure.sql"), values).fetchall()
    shares = [(code, in_city, area) for code, in_city, area, _, _ in rows if code is not None]
    return summarise(shares, total_mm2=rows[0][3], distance_to_line_m=rows[0][4])


def boundary_pieces(conn: Conn, set_id: int) -> BoundaryPieces:
    """Return the pieces and lines of a set as arrays for the Shapely form."""
    pieces = conn.execute(
        "SELECT county_code, in_city, ST_AsBinary(geom) FROM spatial.county_piece WHERE set_id = %s", [set_id]
    ).fetchall()
    lines = conn.execute(
        "SELECT ST_AsBinary(geom) FROM spatial.county_line WHERE set_id = %s", [set_id]
    ).fetchall()
    return BoundaryPieces(
        pieces=shapely.from_wkb([bytes(row[2]) for row in pieces]),
        county_codes=np.array([row[0] for row in pieces], dtype=object),
        in_city=np.array([row[1] for row in pieces], dtype=bool),
        lines=shapely.from_wkb([bytes(row[0]) for row in lines]),
    )


def start_run(conn: Conn, values: Mapping[str, object]) -> int:
    """Write the head of a run over all parcels; return its key."""
    row = conn.execute(
        "INSERT INTO spatial.county_run (set_id, as_of, started_at, started_by, engine)"
        " VALUES (%(set_id)s, %(as_of)s, %(now)s, %(started_by)s, %(engine)s) RETURNING run_id",
        {**values, "engine": Jsonb(values["engine"])},
    ).fetchone()
    if row is None:
        raise RuntimeError("RETURNING gave no row")
    return int(row[0])


def assign(conn: Conn, values: Mapping[str, object]) -> None:
    """Look all parcels of a run up, with evidence written: the set-based form."""
    conn.execute(_sql("assign_deep.sql"), values)
    conn.execute(_sql("assign_rest.sql"), values)


def rules_of_run(conn: Conn, run_id: int) -> dict[str, int]:
    """Return how many parcels each rule decided in a run."""
    rows = conn.execute(
        "SELECT rule, sum(parcels)::bigint FROM ("
        "  SELECT rule, count(*) AS parcels FROM spatial.county_assignment"
        "  WHERE run_id = %(run_id)s GROUP BY rule"
        "  UNION ALL SELECT CASE WHEN code_agrees THEN 'R1' ELSE 'R2' END, cardinality(version_ids)"
        "  FROM spatial.county_core_assignment WHERE run_id = %(run_id)s) AS r GROUP BY rule ORDER BY rule",
        {"run_id": run_id},
    ).fetchall()
    return dict(rows)


def insert_decision(conn: Conn, decision: CountyDecision, values: Mapping[str, object]) -> int:
    """Write a decision; ``values`` hold the subject and who decided."""
    sha256 = decision.geometry_sha256
    row = conn.execute(
        _sql("insert_decision.sql"),
        {
            "geometry_sha256": None if sha256 is None else bytes.fromhex(sha256),
            "set_id": decision.set_id,
            "rule": str(decision.rule),
            "county_overlaps": Jsonb([asdict(part) for part in decision.overlaps]),
            "neighbours": Jsonb([asdict(part) for part in decision.neighbours]),
            "outside_ppm": decision.outside_ppm,
            "distance_to_line_m": decision.distance_to_line_m,
            "code_county": decision.code_county,
            "county_code": decision.county_code,
            "reason": None if decision.reason is None else str(decision.reason),
            "shares": Jsonb([asdict(part) for part in decision.shares]) if decision.shares else None,
            "engine": Jsonb(dict(decision.engine)),
            "as_of": decision.as_of,
            "by_person": False,
            "basis_doc": None,
            "person_reason": None,
            "supersedes": None,
            **values,
        },
    ).fetchone()
    if row is None:
        raise RuntimeError("RETURNING gave no row")
    return int(row[0])


def insert_confirmation(conn: Conn, decision_id: int, confirmed_by: str, now: datetime) -> None:
    """Write the second signature."""
    conn.execute(
        "INSERT INTO spatial.county_confirmation (decision_id, confirmed_by, confirmed_at)"
        " VALUES (%s, %s, %s)",
        [decision_id, confirmed_by, now],
    )


def decision(conn: Conn, decision_id: int) -> StoredDecision | None:
    """Return one decision."""
    found = _decisions(conn, sql.SQL("d.decision_id = %(id)s"), {"id": decision_id})
    return found[0] if found else None


def latest_decision(conn: Conn, subject: str) -> StoredDecision | None:
    """Return the newest decision for a subject that nothing superseded."""
    condition = sql.SQL(
        "d.subject = %(subject)s AND NOT EXISTS (SELECT FROM spatial.county_decision n"
        " WHERE n.supersedes = d.decision_id) ORDER BY d.decision_id DESC LIMIT 1"
    )
    found = _decisions(conn, condition, {"subject": subject})
    return found[0] if found else None


def open_decisions(conn: Conn, *, before: int | None, limit: int) -> list[StoredDecision]:
    """Return undecided or unconfirmed decisions that nothing superseded, newest first."""
    condition = sql.SQL(
        "(d.county_code IS NULL OR (d.by_person AND c.decision_id IS NULL))"
        " AND NOT EXISTS (SELECT FROM spatial.county_decision n WHERE n.supersedes = d.decision_id)"
        " AND (%(before)s::bigint IS NULL OR d.decision_id < %(before)s)"
        " ORDER BY d.decision_id DESC LIMIT %(limit)s"
    )
    return _decisions(conn, condition, {"before": before, "limit": limit})


def decisions_between(conn: Conn, first: datetime, beyond: datetime) -> list[StoredDecision]:
    """Return the decisions made in a span of time."""
    condition = sql.SQL("d.decided_at >= %(first)s AND d.decided_at < %(beyond)s ORDER BY d.decision_id")
    return _decisions(conn, condition, {"first": first, "beyond": beyond})


def decisions_sample(conn: Conn, percent: float, seed: int) -> list[StoredDecision]:
    """Return a repeatable sample of all decisions."""
    condition = sql.SQL(
        "abs(hashint8extended(d.decision_id, %(seed)s)) %% 10000 < %(part)s ORDER BY d.decision_id"
    )
    return _decisions(conn, condition, {"seed": seed, "part": round(percent * 100)})


def _decisions(conn: Conn, condition: sql.SQL, values: Mapping[str, object]) -> list[StoredDecision]:
    query = sql.SQL(_sql("decision.sql")).format(condition=condition)
    with conn.cursor(row_factory=dict_row) as cur:
        return [_stored(row) for row in cur.execute(query, values).fetchall()]


def _stored(row: DictRow) -> StoredDecision:
    usable = row["county_code"] is not None and (not row["by_person"] or row["confirmed_by"] is not None)
    reason = Reason(row["reason"]) if row["reason"] else None
    waiting = row["by_person"] and not usable
    return StoredDecision(
        decision=CountyDecision(
            county_code=row["county_code"] if usable else None,
            decided=usable,
            rule=Rule(row["rule"]),
            reason=Reason.UNCONFIRMED if waiting else (None if usable else reason),
            overlaps=_parts(row["county_overlaps"]),
            neighbours=_parts(row["neighbours"]),
            outside_ppm=row["outside_ppm"],
            distance_to_line_m=row["distance_to_line_m"],
            code_county=row["code_county"],
            set_id=row["set_id"],
            boundary_set=row["boundary_set"],
            geometry_sha256=None if row["geometry_sha256"] is None else bytes(row["geometry_sha256"]).hex(),
            as_of=row["as_of"],
            engine=row["engine"],
            shares=_parts(row["shares"] or []),
        ),
        proposed_county=row["county_code"] if row["by_person"] else None,
        **{name: row[name] for name in _PLAIN},
    )


_PLAIN = (
    "decision_id",
    "subject",
    "parcel_code",
    "unit_code",
    "by_person",
    "basis_doc",
    "person_reason",
    "decided_by",
    "decided_at",
    "confirmed_by",
    "confirmed_at",
    "supersedes",
    "superseded_by",
    "geom",
)


def _parts(value: Any) -> tuple[Overlap, ...]:
    parts = json.loads(value) if isinstance(value, str) else value
    return tuple(Overlap(part["county_code"], part["ratio_ppm"], part["area_mm2"]) for part in parts)


def documents(conn: Conn, decision_id: int) -> list[DecisionDocument]:
    """Return the files of a decision, oldest first."""
    with conn.cursor(row_factory=class_row(DecisionDocument)) as cur:
        return cur.execute(
            "SELECT document_id, decision_id, file_name, media_type, size_bytes, sha256, added_by, added_at"
            " FROM spatial.decision_document WHERE decision_id = %s ORDER BY document_id",
            [decision_id],
        ).fetchall()


def add_document(
    conn: Conn, decision_id: int, file: Attachment, *, by: str, at: datetime
) -> DecisionDocument:
    """Write a file that is in the archive; one that stands already stays as it is."""
    conn.execute(
        "INSERT INTO spatial.decision_document (decision_id, file_name, media_type, size_bytes, sha256,"
        " added_by, added_at) VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT ON CONSTRAINT decision_document_once_key DO NOTHING",
        [decision_id, file.file_name, file.media_type, file.size_bytes, file.sha256, by, at],
    )
    return next(item for item in documents(conn, decision_id) if bytes(item.sha256) == file.sha256)
