"""SQL of draft parcels in bulk: binary COPY, and the boxes by which they are found."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow, dict_row

from data.binary_copy import (
    HEADER,
    TRAILER,
    Column,
    Numbers,
    Pieces,
    document,
    encode,
    floats,
    integers,
    own,
    texts,
)
from spatial.crs import PLANE
from spatial.survey.readers.parts import AT_ONCE, Columns, Extent, Part, extents_of, part_of
from spatial.survey.readers.records import Unreadable
from spatial.survey.records import Features

Conn = Connection[TupleRow]
_NEAREST: Final = 200


def copy_features(
    conn: Conn, survey_id: int, features: Features, told: Callable[[int, int], None] | None = None
) -> None:
    """Write the draft parcels of a file read whole; ``told`` hears how many are written, of how many."""
    copy_parts(conn, survey_id, _parts_of(features, told or (lambda _done, _total: None)))


def copy_parts(conn: Conn, survey_id: int, parts: Iterable[Part]) -> None:
    """Write draft parcels as they come, by one COPY, and then where they lie.

    Raises
    ------
    Exception
        Whatever the parts raise: the COPY and its transaction are then given up.
    """
    extents: list[Extent] = []
    with (
        conn.cursor() as cur,
        cur.copy(
            "COPY spatial.survey_feature (survey_id, feature_no, parcel_code, unit_code, geom, fault,"
            " declared_area_m2, resolution_m2, land_use, address, attributes) FROM STDIN (FORMAT binary)"
        ) as copy,
    ):
        copy.write(HEADER)
        for part in parts:
            copy.write(_ours(survey_id, part))
            extents += part.extents
        copy.write(TRAILER)
    _copy_extents(conn, survey_id, extents)


def _copy_extents(conn: Conn, survey_id: int, extents: Sequence[Extent]) -> None:
    corners = np.array([extent.box for extent in extents], dtype=float).reshape(-1, 4)
    boxes = shapely.set_srid(shapely.box(*corners.T), PLANE)
    columns: list[Column] = [
        Numbers(np.full(len(extents), survey_id), "int8"),
        Numbers(np.arange(1, len(extents) + 1), "int4"),
        integers([extent.feature_nos for extent in extents]),
        Pieces(shapely.to_wkb(boxes, include_srid=True).tolist()),
    ]
    with (
        conn.cursor() as cur,
        cur.copy(
            "COPY spatial.survey_extent (survey_id, group_no, feature_nos, extent) FROM STDIN (FORMAT binary)"
        ) as copy,
    ):
        copy.write(HEADER + encode(columns) + TRAILER)


def _ours(survey_id: int, part: Part) -> bytes:
    """Write into the rows of a part whose they are and which numbers they have.

    Raises
    ------
    Unreadable
        If the reader made rows of another form.
    """
    numbers = np.arange(part.first, part.first + len(part))
    first = [Numbers(np.full(len(part), survey_id), "int8"), Numbers(numbers, "int4")]
    try:
        return own(part.rows, part.lengths, first)
    except ValueError as error:
        raise Unreadable("unreadable_file", "reader_died") from error


def _parts_of(features: Features, told: Callable[[int, int], None]) -> Iterator[Part]:
    for at in range(0, len(features), AT_ONCE):
        told(at, len(features))
        yield _part_of(features, slice(at, at + AT_ONCE))
    told(len(features), len(features))


def _part_of(features: Features, some: slice) -> Part:
    """Turn consecutive features into a part."""
    geoms = features.geoms[some]
    shapes = shapely.to_wkb(shapely.set_srid(geoms, PLANE), include_srid=True, byte_order=1)
    first = some.start + 1
    columns = Columns(
        shapes=shapes.tolist(),
        codes=texts(features.codes[some]).values,
        unit_codes=texts(features.unit_codes[some]).values,
        declared_m2=floats(features.declared_m2[some]).values,
        resolution_m2=floats(features.resolution_m2[some]).values,
        land_use=texts(features.land_use[some]).values,
        address=texts(features.address[some]).values,
        faults=texts(features.faults.get(first + at) for at in range(len(geoms))).values,
        rows=[document(row) for row in features.rows[some]],
    )
    return part_of(columns, extents_of(shapely.bounds(geoms), first), first=first)


def move(conn: Conn, survey_id: int, shapes: Sequence[tuple[int, Any]]) -> None:
    """Give draft parcels other shapes (EPSG:4547) by feature number; their groups' boxes grow with them."""
    with conn.cursor() as cur:
        cur.executemany(
            "UPDATE spatial.survey_feature SET geom = %s WHERE survey_id = %s AND feature_no = %s",
            [(shapely.set_srid(geom, PLANE), survey_id, number) for number, geom in shapes],
        )
        cur.executemany(
            "UPDATE spatial.survey_extent SET extent = ST_MakeEnvelope("
            " least(ST_XMin(extent), %(west)s), least(ST_YMin(extent), %(south)s),"
            " greatest(ST_XMax(extent), %(east)s), greatest(ST_YMax(extent), %(north)s), 4547)"
            " WHERE survey_id = %(survey_id)s AND feature_nos @> ARRAY[%(number)s::int]",
            [
                dict(zip(("west", "south", "east", "north"), geom.bounds, strict=True))
                | {"survey_id": survey_id, "number": number}
                for number, geom in shapes
            ],
        )


def near(conn: Conn, survey_id: int, feature_no: int, within_m: float) -> list[dict[str, Any]]:
    """Fetch a draft parcel and those of the same file within a distance of it (EPSG:4547), itself first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(
            """
            WITH me AS (
              SELECT survey_id, feature_no, geom FROM spatial.survey_feature
              WHERE survey_id = %(survey_id)s AND feature_no = %(feature_no)s
            ), candidate AS (
              SELECT survey_id, feature_no FROM me
              UNION
              SELECT e.survey_id, unnest(e.feature_nos) FROM spatial.survey_extent e JOIN me USING (survey_id)
              WHERE e.extent && ST_Expand(me.geom, %(within)s)
            )
            SELECT f.feature_no, f.parcel_code, f.unit_code, f.declared_area_m2, f.land_use, f.address,
                   f.change, f.geom
            FROM candidate JOIN spatial.survey_feature f USING (survey_id, feature_no), me
            WHERE f.feature_no = me.feature_no OR ST_DWithin(f.geom, me.geom, %(within)s)
            ORDER BY f.feature_no <> me.feature_no, f.feature_no LIMIT %(limit)s
            """,
            {"survey_id": survey_id, "feature_no": feature_no, "within": within_m, "limit": _NEAREST},
        ).fetchall()
