"""Small honest survey files for the flows: a block of parcels in one county, in EPSG:4547 (E, N) metres."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
from shapely import from_wkb, line_merge, set_precision, union_all
from shapely.geometry import box

# A place in 通山 (421224), kilometres from any county line.
TONGSHAN_CORNER = (572_000.0, 3_268_000.0)
WIDTH_M, DEPTH_M = 24.0, 30.0
# Serial numbers that no parcel of the synthetic city has.
FIRST_SERIAL = 90_001


@dataclass(frozen=True)
class Block:
    """A file and the codes in it; the place is free of parcels."""

    path: Path
    parcel_codes: list[str]

    @property
    def unit_codes(self) -> list[str]:
        return [code + "W00000000" for code in self.parcel_codes]


def write_block(db: Any, path: Path, *, columns: int = 4, rows: int = 3) -> Block:
    """Write ``columns`` × ``rows`` adjoining new parcels where the loaded city has none."""
    east, north = TONGSHAN_CORNER
    shapes = [
        box(
            east + column * WIDTH_M,
            north + row * DEPTH_M,
            east + (column + 1) * WIDTH_M,
            north + (row + 1) * DEPTH_M,
        )
        for row in range(rows)
        for column in range(columns)
    ]
    district = _subdistrict(db, box(*shapes[0].bounds[:2], *shapes[-1].bounds[2:]))
    codes = [f"{district}GB{FIRST_SERIAL + number:05d}" for number in range(len(shapes))]
    parcels = gpd.GeoDataFrame(
        {
            "zddm": codes,
            "bdcdyh": [code + "W00000000" for code in codes],
            "ZDMJ": [round(shape.area, 2) for shape in shapes],
        },
        geometry=shapes,
        crs="EPSG:4547",
    )
    parcels.to_file(path, layer="parcels", driver="GPKG")
    return Block(path, codes)


def write_straddler(db: Any, path: Path) -> Block:
    """Write one new parcel that lies to halves in 咸安 (421202) and 通山 (421224), with a code of 咸安."""
    from data.reference.files import boundary

    shapes = {county.county_code: county.geom for county in boundary().counties}
    line = line_merge(shapes["421202"].intersection(shapes["421224"]))
    taken = _parcels_near(db, line)
    # Away from the ends of the line, where a third county is near.
    along = (line.interpolate(share, normalized=True) for share in (0.5, 0.4, 0.6, 0.3, 0.7))
    place = next(
        shape
        for shape in (point.buffer(25, cap_style="square") for point in along)
        if not taken.intersects(shape)
    )
    code = f"421202001001GB{FIRST_SERIAL:05d}"
    frame = gpd.GeoDataFrame(
        {"zddm": [code], "bdcdyh": [code + "W00000000"], "ZDMJ": [round(place.area, 2)]},
        geometry=[set_precision(place, 0.001)],
        crs="EPSG:4547",
    )
    frame.to_file(path, layer="parcels", driver="GPKG")
    return Block(path, [code])


def _parcels_near(db: Any, line: Any) -> Any:
    """Return the union of the parcels within 100 m of a line."""
    from data.access.records import SYSTEM

    with db.transaction(SYSTEM) as conn:
        rows = conn.execute(
            "SELECT ST_AsBinary(geom) FROM spatial.parcel_version"
            " WHERE ST_DWithin(geom, ST_GeomFromWKB(%s, 4547), 100) AND upper_inf(known)",
            [line.wkb],
        ).fetchall()
    return union_all([from_wkb(bytes(row[0])) for row in rows])


def _subdistrict(db: Any, place: Any) -> str:
    """Return the sub-district that holds a place without parcels."""
    from data.access.records import SYSTEM

    with db.transaction(SYSTEM) as conn:
        taken = conn.execute(
            "SELECT count(*) FROM spatial.parcel_version"
            " WHERE ST_Intersects(geom, ST_GeomFromText(%s, 4547)) AND upper_inf(known)",
            [place.wkt],
        ).fetchone()
        assert taken == (0,), "the place is not free"
        (found,) = conn.execute(
            "SELECT district_code FROM spatial.cadastral_district"
            " WHERE length(district_code) = 12 AND ST_Covers(geom, ST_GeomFromText(%s, 4547))",
            [place.wkt],
        ).fetchall()
    return str(found[0])
