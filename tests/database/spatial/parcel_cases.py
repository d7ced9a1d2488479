"""Shapes and codes for tests of parcels: EPSG:4547 metres around (530000, 3300000)."""

from datetime import UTC, date, datetime

import shapely
from shapely.affinity import translate

from spatial.parcels.records import ChangeSet, Layer, NewVersion

ORIGIN = (530000.0, 3300000.0)
DAY = date(2020, 1, 1)
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def code(serial, character="GB", subdistrict="421202001001"):
    return f"{subdistrict}{character}{serial:05d}"


def at_origin(geom):
    return translate(geom, *ORIGIN)


def square(x, y, size=10.0, height=None):
    return at_origin(shapely.box(x, y, x + size, y + (height or size)))


def parcel(serial, geom, layer=Layer.USE_SURFACE, **more):
    return NewVersion(code(serial), layer, geom, **more)


def change(*new, valid_from=DAY, **more):
    return ChangeSet(valid_from, list(new), **more)
