"""SQL of the objects of a submission."""

import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from data.binary_copy import HEADER, TRAILER, Column, Numbers, Pieces, document, documents, encode, texts
from spatial.crs import PLANE
from spatial.survey.objects.following import Place, Step, follow
from spatial.survey.readers.records import ObjectTable
from spatial.survey.store import objects

Conn = Connection[TupleRow]
_AT_ONCE: Final = 20_000


def copy_tables(
    conn: Conn, survey_id: int, tables: dict[str, ObjectTable], told: Callable[[int, int], None] | None = None
) -> None:
    """Write the tables beside the parcels as they were read; ``told`` hears how many rows are written."""
    total = sum(len(table.rows) for table in tables.values())
    if not total:
        return
    done = 0
    with (
        conn.cursor() as cur,
        cur.copy(
            "COPY spatial.survey_object (survey_id, kind, object_no, geom, attributes)"
            " FROM STDIN (FORMAT binary)"
        ) as copy,
    ):
        copy.write(HEADER)
        for name, table in tables.items():
            for at in range(0, len(table.rows), _AT_ONCE):
                if told is not None:
                    told(done, total)
                copy.write(encode(_columns(survey_id, name, table, at)))
                done += min(_AT_ONCE, len(table.rows) - at)
        copy.write(TRAILER)


def _columns(survey_id: int, name: str, table: ObjectTable, at: int) -> list[Column]:
    """Encode some rows of a table; a row beyond the shapes has none."""
    rows = table.rows[at : at + _AT_ONCE]
    shapes = shapely.to_wkb(shapely.set_srid(table.geoms[at : at + _AT_ONCE], PLANE), include_srid=True)
    missing = [None] * (len(rows) - len(shapes))
    return [
        Numbers(np.full(len(rows), survey_id), "int8"),
        texts([name] * len(rows)),
        Numbers(np.arange(at + 1, at + 1 + len(rows)), "int4"),
        Pieces([*shapes.tolist(), *missing]),
        documents(map(document, rows)),
    ]


def fetch_tables(conn: Conn, survey_id: int) -> dict[str, ObjectTable]:
    """Fetch the tables beside the parcels (EPSG:4547) as they are after accepted fixes of the parcels."""
    kinds: list[str] = []
    shapes: list[bytes | None] = []
    attributes: list[dict[str, Any]] = []
    with conn.cursor(binary=True) as cur:
        # As bytes: a million rows are decoded together, not one by one.
        cur.execute(
            "SELECT kind, ST_AsBinary(geom), attributes::text FROM spatial.survey_object"
            " WHERE survey_id = %s ORDER BY kind, object_no",
            [survey_id],
        )
        while rows := cur.fetchmany(_AT_ONCE):
            kinds += [kind for kind, _, _ in rows]
            shapes += [shape for _, shape, _ in rows]
            attributes += json.loads(f"[{','.join(row for _, _, row in rows)}]")
    geoms = shapely.from_wkb(objects(shapes))
    tables, at = {}, 0
    for kind, members in itertools.groupby(kinds):
        end = at + len(list(members))
        tables[kind] = ObjectTable(geoms[at:end], attributes[at:end])
        at = end
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
