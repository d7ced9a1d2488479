"""Small honest survey files for the flows: a block of parcels in one county, in EPSG:4547 (E, N) metres."""

from pathlib import Path

import geopandas as gpd
from shapely.geometry import box

# A place in 通山 (421224), kilometres from any county line.
TONGSHAN_CORNER = (572_000.0, 3_268_000.0)
SUBDISTRICT = "421224001001"
WIDTH_M, DEPTH_M = 24.0, 30.0


def parcel_codes(count: int) -> list[str]:
    """Return the 19-character codes of the block's parcels."""
    return [f"{SUBDISTRICT}GB{serial:05d}" for serial in range(1, count + 1)]


def write_block(path: Path, *, columns: int = 4, rows: int = 3) -> list[str]:
    """Write ``columns`` × ``rows`` adjoining parcels and their sub-district; return the unit codes."""
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
    codes = parcel_codes(len(shapes))
    units = [code + "W00000000" for code in codes]
    parcels = gpd.GeoDataFrame(
        {"zddm": codes, "bdcdyh": units, "ZDMJ": [round(shape.area, 2) for shape in shapes]},
        geometry=shapes,
        crs="EPSG:4547",
    )
    around = box(east - 200, north - 200, east + 400, north + 400)
    district = gpd.GeoDataFrame({"djzqdm": [SUBDISTRICT]}, geometry=[around], crs="EPSG:4547")
    parcels.to_file(path, layer="parcels", driver="GPKG")
    district.to_file(path, layer="subdistricts", driver="GPKG", mode="a")
    return units
