"""Use cases of cadastral districts: load, list, find the one of a place."""

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow
from shapely.geometry.base import BaseGeometry

from spatial.districts import store
from spatial.districts.errors import DistrictCodeBad, DistrictShapeBad
from spatial.districts.records import District, StoredDistrict
from spatial.parcels.rules import faults, snap

Conn = Connection[TupleRow]
_CODE = re.compile(r"\d{9}(\d{3})?", re.ASCII)


def load_districts(conn: Conn, districts: Sequence[District], *, valid_from: date) -> int:
    """Load districts and sub-districts from a day on; the same again changes nothing.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    districts : sequence of District
        Shapes in EPSG:4547 (E, N) metres; rounded to 1 mm.
    valid_from : date
        First day in force; older versions of the codes end on it.

    Returns
    -------
    int
        How many were new or different.

    Raises
    ------
    DistrictCodeBad, DistrictShapeBad
    """
    if not districts:
        return 0
    for district in districts:
        if not _CODE.fullmatch(district.district_code):
            raise DistrictCodeBad(district_code=district.district_code[:40])
    shapes = snap(np.array([district.geom for district in districts], dtype=object))
    bad = faults(shapes)
    if bad:
        raise DistrictShapeBad(district_codes=[districts[i].district_code for i, _ in bad])
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    shapes[single] = shapely.multipolygons(shapes[single], indices=np.arange(single.sum()))
    written = store.load(conn, districts, shapes, valid_from)
    if written:
        store.note_change(conn)
    return written


def districts(
    conn: Conn, *, at: date, county_code: str | None = None, level: str | None = None
) -> list[StoredDistrict]:
    """Return districts in force; ``level`` is ``district`` or ``subdistrict``; shapes in EPSG:4547."""
    return store.select(conn, at=at, county_code=county_code, level=level)


def by_codes(conn: Conn, codes: Sequence[str], *, at: date) -> list[StoredDistrict]:
    """Return the districts of these codes in force; shapes in EPSG:4547 (E, N) metres."""
    return store.by_codes(conn, codes, at=at)


def covering(
    conn: Conn, geom: BaseGeometry, *, at: date, level: str = "subdistrict"
) -> StoredDistrict | None:
    """Return the district with the largest part of a shape (EPSG:4547, metres)."""
    return store.covering(conn, geom, at=at, level=level)
