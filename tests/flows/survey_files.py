"""Small honest survey files for the flows: a block of parcels in one county, in EPSG:4547 (E, N) metres."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
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
