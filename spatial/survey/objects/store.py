"""SQL of the objects of a submission."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from spatial.survey.objects.following import Place, Step, follow
from spatial.survey.readers.records import ObjectTable
from spatial.survey.store import ewkb, objects

Conn = Connection[TupleRow]


def copy_tables(conn: Conn, survey_id: int, tables: dict[str, ObjectTable]) -> None:
    """Write the tables beside the parcels as they were read, by COPY."""
    with (
        conn.cursor() as cur,
        cur.copy(
            "COPY spatial.survey_object (survey_id, kind, object_no, geom, attributes) FROM STDIN"
        ) as copy,
    ):
        for name, table in tables.items():
            shapes = _padded(table)
            for number, (wkb, row) in enumerate(zip(shapes, table.rows, strict=True), start=1):
                copy.write_row((survey_id, name, number, wkb, Jsonb(row)))


def _padded(table: ObjectTable) -> list[str | None]:
    """Return the shapes, None for each row beyond them."""
    shapes = ewkb(table.geoms) if len(table.geoms) else []
    return [*shapes, *[None] * (len(table.rows) - len(shapes))]


def fetch_tables(conn: Conn, survey_id: int) -> dict[str, ObjectTable]:
    """Fetch the tables beside the parcels (EPSG:4547) as they are after accepted fixes of the parcels."""
    rows = conn.execute(
        "SELECT kind, geom, attributes FROM spatial.survey_object WHERE survey_id = %s"
        " ORDER BY kind, object_no",
        [survey_id],
    ).fetchall()
    found: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    for kind, geom, attributes in rows:
        found[kind].append((geom, attributes))
    tables = {
        kind: ObjectTable(objects([geom for geom, _ in members]), [row for _, row in members])
        for kind, members in found.items()
    }
    steps = _steps(conn, survey_id) if {"JZD", "JZX"} & set(tables) else []
    return follow(tables, steps) if steps else tables


def _steps(conn: Conn, survey_id: int) -> list[Step]:
    """Fetch what accepted fixes did to the parcels, oldest first."""
    rows = conn.execute(
        """
        SELECT f.parcel_code, x.geom_before, x.geom_after,
               ARRAY(SELECT m.params -> 'fix'
                     FROM unnest(x.finding_ids) WITH ORDINALITY AS u (finding_id, place)
                     JOIN spatial.finding m USING (finding_id) ORDER BY u.place)
        FROM spatial.survey_fix x JOIN spatial.survey_feature f USING (survey_id, feature_no)
        WHERE survey_id = %s AND f.parcel_code IS NOT NULL ORDER BY x.draft_no, x.feature_no
        """,
        [survey_id],
    ).fetchall()
    return [Step(code, before, after, _moves(done)) for code, before, after, done in rows]


def _moves(done: list[dict[str, Any]]) -> tuple[tuple[Place, Place], ...]:
    moved = [(fix["point"], fix["to"]) for fix in done if fix["point"] and fix["to"]]
    return tuple(((start[0], start[1]), (end[0], end[1])) for start, end in moved)


def counts_of(conn: Conn, survey_id: int) -> dict[str, int]:
    """Count the rows of each table beside the parcels."""
    rows = conn.execute(
        "SELECT kind, count(*) FROM spatial.survey_object WHERE survey_id = %s GROUP BY kind ORDER BY kind",
        [survey_id],
    ).fetchall()
    return {kind: int(count) for kind, count in rows}


def registered_buildings(conn: Conn, codes: Sequence[str]) -> frozenset[str]:
    """Return those of the building codes that stand in the register now."""
    rows = conn.execute(
        "SELECT building_code FROM spatial.building WHERE building_code = ANY(%s) AND upper_inf(valid)",
        [list(codes)],
    ).fetchall()
    return frozenset(code for (code,) in rows)
