"""Bytes of a draft's shapes: plain polygons are counted, all else is refused before it is read."""

import struct

import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from spatial.counties.drafts.polygons import vertices

HOLED = Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
COLLECTION = struct.pack("<BII", 1, 7, 1)
MULTI = struct.pack("<BII", 1, 6, 1)


@pytest.mark.parametrize("byte_order", [0, 1])
@pytest.mark.parametrize("flavor", ["iso", "extended"])
@pytest.mark.parametrize(
    "shape", [HOLED, shapely.force_3d(HOLED), MultiPolygon([HOLED, box(20, 20, 30, 30)]), Polygon()]
)
def test_vertices_are_those_of_the_shape(shape, flavor, byte_order):
    wkb = shapely.to_wkb(
        shapely.set_srid(shape, 4547), byte_order=byte_order, flavor=flavor, include_srid=flavor == "extended"
    )
    assert vertices(wkb) == shapely.get_num_coordinates(shape)


@pytest.mark.parametrize(
    "wkb",
    [
        COLLECTION * 500_000,
        MULTI + COLLECTION * 500_000,
        MULTI + MULTI * 500_000,
        struct.pack("<BII", 1, 6, 2**32 - 1),
        struct.pack("<BIII", 1, 3, 1, 2**32 - 1),
        shapely.to_wkb(HOLED)[:-1],
        shapely.to_wkb(HOLED.exterior),
        struct.pack("<BII", 1, 10, 0),
        b"",
        b"\x01",
    ],
    ids=["nested", "nested inside", "several of several", "parts", "points", "cut", "line", "curve", "", "1"],
)
def test_what_is_no_plain_polygon_is_refused(wkb):
    with pytest.raises(ValueError, match=r"no polygon|cut off|too many"):
        vertices(wkb)
