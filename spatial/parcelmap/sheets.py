"""Numbers of the national map sheets (GB/T 13989-2012) on which a parcel lies."""

import shapely
from shapely.geometry.base import BaseGeometry

from spatial.crs import to_degrees

# Letter of the scale, seconds of latitude and longitude of a sheet, digits of row and column (clause 5).
_SHEETS = {500: ("K", 6.25, 9.375, 4), 10_000: ("G", 150.0, 225.0, 3)}
_MILLION_LAT_S = 4 * 3600.0
_MILLION_LON_S = 6 * 3600.0
# Base scale of the cadastral map: owned, contracted and forest land is surveyed at 1:10 000, else 1:500.
BASE_SCALES = {"collective": 10_000, "contract": 10_000, "forest": 10_000}
TOWN_SCALE = 500
_SHOWN = 2


def sheet_number(lon_deg: float, lat_deg: float, scale: int) -> str:
    """Return the number of the sheet at a place, by GB/T 13989-2012.

    Examples
    --------
    >>> sheet_number(114.5625, 39.375, 10_000)
    'J50G015010'
    """
    letter, lat_s, lon_s, digits = _SHEETS[scale]
    lat, lon = lat_deg * 3600.0, lon_deg * 3600.0
    row_letter = chr(ord("A") + int(lat // _MILLION_LAT_S))
    million = int(lon // _MILLION_LON_S) + 31
    row = round(_MILLION_LAT_S / lat_s) - int((lat % _MILLION_LAT_S) // lat_s)
    column = int((lon % _MILLION_LON_S) // lon_s) + 1
    return f"{row_letter}{million}{letter}{row:0{digits}d}{column:0{digits}d}"


def sheets_of(geom: BaseGeometry, layer: str) -> str:
    """Return the sheet numbers of a parcel's corners (EPSG:4547 metres), short when there are many."""
    scale = BASE_SCALES.get(layer, TOWN_SCALE)
    places = to_degrees(shapely.get_coordinates(geom))
    numbers = sorted({sheet_number(float(lon), float(lat), scale) for lon, lat in places})
    shown = "、".join(numbers[:_SHOWN])
    return shown if len(numbers) <= _SHOWN else f"{shown} 等"
