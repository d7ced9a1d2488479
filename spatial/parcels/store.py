"""The SQL of parcels."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString

import shapely
from psycopg import Connection, sql
from psycopg.rows import TupleRow, class_row
from shapely.geometry.base import BaseGeometry

from data.db import load_sql
from spatial.parcels.records import (
    Ancestry,
    Difference,
    DifferenceQuery,
    LayerPair,
    LineageEdge,
    ParcelQuery,
    ParcelVersion,
)

Conn = Connection[TupleRow]

IncomingRow = tuple[
    int, str, str, str, bytes, bytes, Decimal, Decimal | None, Decimal, str | None, str | None
]

_DISTRICT = 9
_GUARDS = sql.SQL("SET CONSTRAINTS spatial.parcel_piece_no_overlap, spatial.parcel_version_one_at_a_time {}")


def _sql(name: str) -> LiteralString:
    return load_sql("spatial.parcels", name)


def create_staging(conn: Conn) -> None:
    """Make, or empty, the tables of one registration."""
    conn.execute(_sql("create_staging.sql"))


def copy_incoming(conn: Conn, rows: Iterable[IncomingRow]) -> None:
    """Copy parcels to the staging table."""
    with conn.cursor() as cur, cur.copy("COPY incoming FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    conn.execute("ANALYZE incoming")


def copy_pieces(conn: Conn, numbers: Sequence[int], geoms: Any) -> None:
    """Copy pieces to the staging table; ``numbers`` rise and say whose they are."""
    with conn.cursor() as cur, cur.copy("COPY incoming_piece FROM STDIN") as copy:
        last, piece_no = -1, 0
        for number, wkb in zip(numbers, shapely.to_wkb(geoms, hex=True), strict=True):
            piece_no = piece_no + 1 if number == last else 1
            last = number
            copy.write_row((number, piece_no, wkb))
    conn.execute("ANALYZE incoming_piece")


def other_layers(conn: Conn) -> list[str]:
    """Return incoming codes that stand in another layer already."""
    rows = conn.execute(
        "SELECT i.parcel_code FROM incoming i JOIN spatial.parcel p USING (parcel_code)"
        " WHERE p.layer <> i.layer ORDER BY 1 LIMIT 20"
    ).fetchall()
    return [code for (code,) in rows]


def create_identities(conn: Conn, now: datetime) -> None:
    """Write parcels seen for the first time."""
    conn.execute(_sql("create_identities.sql"), {"now": now})


def mark_closing(conn: Conn, values: Mapping[str, object]) -> datetime | None:
    """Lock and note the rows the change touches; return the latest instant one of them is known from."""
    conn.execute(_sql("mark_closing.sql"), values)
    row = conn.execute("SELECT max(known_from) FROM closing").fetchone()
    return row[0] if row else None


def not_live(conn: Conn, codes: Sequence[str], on: date) -> list[str]:
    """Return those of the codes that are not in force on the day, by the rows marked for closing."""
    rows = conn.execute(
        "SELECT code FROM unnest(%s::text[]) AS code WHERE NOT EXISTS ("
        " SELECT FROM spatial.parcel p JOIN closing c USING (parcel_id)"
        " WHERE p.parcel_code = code AND c.old_valid @> %s::date) ORDER BY code",
        [list(codes), on],
    ).fetchall()
    return [code for (code,) in rows]


def close_and_restate(conn: Conn, known_at: datetime) -> None:
    """Close what the register said and say again what stays true of it; constraints wait."""
    conn.execute(_GUARDS.format(sql.SQL("DEFERRED")))
    conn.execute(_sql("close_known.sql"), {"known_at": known_at})
    conn.execute(_sql("restate.sql"), {"known_at": known_at})


def insert_part(conn: Conn, values: Mapping[str, object]) -> None:
    """Write the versions of the incoming parcels ``first`` to before ``beyond``."""
    conn.execute(_sql("insert_versions.sql"), values)


def insert_pieces(conn: Conn, values: Mapping[str, object]) -> None:
    """Write the pieces of the incoming parcels ``first`` to before ``beyond``."""
    conn.execute(_sql("insert_pieces.sql"), values)


def check_now(conn: Conn) -> None:
    """Let the deferred constraints speak now."""
    conn.execute(_GUARDS.format(sql.SQL("IMMEDIATE")))


def insert_lineage(conn: Conn, edges: Sequence[LineageEdge], values: Mapping[str, object]) -> int:
    """Write lineage edges; return how many both of whose parcels exist."""
    return conn.execute(
        _sql("insert_lineage.sql"),
        {
            **values,
            "parents": [edge.parent_code for edge in edges],
            "children": [edge.child_code for edge in edges],
            "kinds": [edge.kind for edge in edges],
            "areas": [edge.area_m2 for edge in edges],
        },
    ).rowcount


def insert_changes(conn: Conn) -> None:
    """Tell the map what changed."""
    conn.execute(_sql("insert_changes.sql"))


def made_versions(conn: Conn) -> dict[str, int]:
    """Return the new version of each incoming code."""
    rows = conn.execute("SELECT i.parcel_code, m.version_id FROM made m JOIN incoming i USING (n)").fetchall()
    return dict(rows)


def count_changes(conn: Conn) -> tuple[int, int, int]:
    """Return how many parcels are new, changed and retired."""
    row = conn.execute(
        "SELECT count(*) FILTER (WHERE m.parcel_id IS NOT NULL AND c.parcel_id IS NULL),"
        " count(*) FILTER (WHERE m.parcel_id IS NOT NULL AND c.parcel_id IS NOT NULL),"
        " count(*) FILTER (WHERE m.parcel_id IS NULL)"
        " FROM made m FULL JOIN (SELECT DISTINCT parcel_id FROM closing) c USING (parcel_id)"
    ).fetchone()
    return row if row is not None else (0, 0, 0)


def select(
    conn: Conn,
    conditions: Sequence[sql.Composable],
    values: Mapping[str, object],
    *,
    today: date,
    at: date | None = None,
    limit: int | None = None,
) -> list[ParcelVersion]:
    """Return the versions that meet all conditions (over alias ``v``), in order of version id."""
    query = sql.SQL(_sql("find.sql")).format(conditions=sql.SQL(" AND ").join(conditions))
    with conn.cursor(row_factory=class_row(ParcelVersion)) as cur:
        # Not prepared: a plan for all values may read every parcel of a day instead of those of a place.
        found = cur.execute(query, {**values, "today": today, "at": at, "limit": limit}, prepare=False)
        return found.fetchall()


def conditions_of(query: ParcelQuery) -> tuple[list[sql.Composable], dict[str, object]]:
    """Turn a query into conditions and values."""
    found: list[sql.Composable] = [sql.SQL("v.version_id > %(after)s"), known_condition(query.known_at)]
    values: dict[str, object] = {"after": query.after, "known_at": query.known_at}

    def add(condition: LiteralString, **params: object) -> None:
        found.append(sql.SQL(condition))
        values.update(params)

    if query.at is not None:
        add("v.valid @> %(at)s::date")
    if query.code is not None:
        add("v.parcel_code = %(code)s", code=query.code)
    if query.text is not None:
        add(
            "(v.parcel_code LIKE %(head)s OR v.address ILIKE %(part)s)",
            head=_like(query.text.upper()) + "%",
            part=f"%{_like(query.text)}%",
        )
    if query.bbox_m is not None:
        add(
            "v.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4547)",
            **dict(zip(("west", "south", "east", "north"), query.bbox_m, strict=True)),
        )
    if query.county_code is not None:
        add("v.county_code = %(county)s", county=query.county_code)
    if query.layer is not None:
        add("v.layer = %(layer)s", layer=str(query.layer))
    return found, values


def known_condition(known_at: datetime | None) -> sql.SQL:
    """Return the condition for what is known now, or was at an instant."""
    return sql.SQL("upper_inf(v.known)" if known_at is None else "v.known @> %(known_at)s::timestamptz")


def differences(conn: Conn, query: DifferenceQuery) -> list[Difference]:
    """Return parcels that differ on two days, in order of parcel id."""
    conditions, values = conditions_of(
        ParcelQuery(
            bbox_m=query.bbox_m,
            county_code=query.county_code,
            layer=query.layer,
            known_at=query.known_at,
        )
    )
    known = "upper_inf({0}.known)" if query.known_at is None else "{0}.known @> %(known_at)s::timestamptz"
    statement = sql.SQL(_sql("differences.sql")).format(
        conditions=sql.SQL(" AND ").join(conditions[1:]),
        a_known=sql.SQL(known).format(sql.Identifier("a")),
        b_known=sql.SQL(known).format(sql.Identifier("b")),
    )
    more = {"first": query.first, "last": query.last, "after": query.after, "limit": query.limit}
    with conn.cursor(row_factory=class_row(Difference)) as cur:
        return cur.execute(statement, {**values, **more}, prepare=False).fetchall()


def near(
    conn: Conn, geom: BaseGeometry, layer: str, *, at: date, distance_m: float, known_at: datetime | None
) -> list[ParcelVersion]:
    """Return live parcels of a layer within a distance (metres) of a shape (EPSG:4547)."""
    conditions = [
        known_condition(known_at),
        sql.SQL("v.valid @> %(at)s::date"),
        sql.SQL("v.layer = %(layer)s"),
        sql.SQL("v.geom && ST_Expand(ST_SetSRID(%(geom)s::geometry, 4547), %(distance)s)"),
        sql.SQL("ST_DWithin(v.geom, ST_SetSRID(%(geom)s::geometry, 4547), %(distance)s)"),
    ]
    values = {"layer": layer, "geom": geom, "distance": distance_m, "known_at": known_at}
    return select(conn, conditions, values, today=at, at=at)


def within(conn: Conn, geom: BaseGeometry, layer: str, *, at: date) -> list[ParcelVersion]:
    """Return live parcels of a layer whose interior meets that of an area (EPSG:4547)."""
    conditions = [
        sql.SQL("upper_inf(v.known)"),
        sql.SQL("v.valid @> %(at)s::date"),
        sql.SQL("v.layer = %(layer)s"),
        sql.SQL("v.geom && ST_SetSRID(%(geom)s::geometry, 4547)"),
        sql.SQL("ST_Relate(v.geom, ST_SetSRID(%(geom)s::geometry, 4547), 'T********')"),
    ]
    return select(conn, conditions, {"layer": layer, "geom": geom}, today=at, at=at)


def ancestry(conn: Conn, parcel_id: int) -> list[Ancestry]:
    """Return the lineage of a parcel in both directions."""
    with conn.cursor(row_factory=class_row(Ancestry)) as cur:
        return cur.execute(_sql("ancestry.sql"), {"parcel_id": parcel_id}).fetchall()


def themes(
    conn: Conn, parcel: ParcelVersion, *, at: date
) -> list[tuple[str, datetime | None, tuple[tuple[str, float], ...]]]:
    """Return for each theme the instant of its newest data near a parcel, and what meets the parcel."""
    rows = conn.execute(
        _sql("extract.sql"),
        {
            "geom": parcel.geom,
            "district": parcel.parcel_code[:_DISTRICT] + "%",
            "layer": parcel.layer,
            "at": at,
        },
        prepare=False,
    ).fetchall()
    return [
        (theme, data_at, tuple((found["code"], found["area_m2"]) for found in objects))
        for theme, data_at, objects in rows
    ]


def parcel_id_of(conn: Conn, parcel_code: str) -> int | None:
    """Return the key of a parcel code that ever was registered."""
    row = conn.execute(
        "SELECT parcel_id FROM spatial.parcel WHERE parcel_code = %s", [parcel_code]
    ).fetchone()
    return None if row is None else int(row[0])


def layer_pairs(conn: Conn) -> list[LayerPair]:
    """Return the table of layers that may, and may not, lie over each other."""
    with conn.cursor(row_factory=class_row(LayerPair)) as cur:
        return cur.execute(
            "SELECT layer_a, layer_b, may_overlap, reason, judgement FROM spatial.layer_pair ORDER BY 1, 2"
        ).fetchall()


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
