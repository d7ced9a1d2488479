"""Parcels to draw: EPSG:4547 metres around (530000, 3300000)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import shapely
from shapely.affinity import translate

from spatial.buildings.records import StoredBuilding
from spatial.parcelmap.records import Imprint
from spatial.parcels.records import ParcelVersion

DAY = date(2026, 11, 25)
IMPRINT = Imprint(
    "咸宁市不动产登记中心", DAY, ("行政界线仅供登记业务参考，不作为划界依据。", "审图号：（待申请）")
)


def at_origin(geom):
    return translate(geom, 530_000.0, 3_300_000.0)


def code(serial):
    return f"421202001001GB{serial:05d}"


def parcel(serial, geom, **more):
    area = Decimal(f"{geom.area:.2f}")
    values = {
        "version_id": serial,
        "parcel_id": serial,
        "parcel_code": code(serial),
        "unit_code": code(serial) + "W00000000",
        "county_code": "421202",
        "layer": "use_surface",
        "geom": geom,
        "official_area_m2": area,
        "surveyed_area_m2": None,
        "calculated_area_m2": area,
        "land_use": "0701",
        "address": "温泉路12号",
        "valid_from": date(2020, 1, 1),
        "valid_to": None,
        "known_from": datetime(2026, 1, 1, tzinfo=UTC),
        "known_to": None,
        "survey_id": None,
        "status": "live",
        "geom_sha256": b"",
    }
    return ParcelVersion(**values | more)


def building(serial, geom, floors, structure):
    return StoredBuilding(
        building_id=serial,
        building_code=f"{code(1)}F{serial:04d}",
        parcel_code=code(1),
        county_code="421202",
        name=None,
        address=None,
        floors=floors,
        structure=structure,
        built_year=None,
        use_code=None,
        geom=shapely.MultiPolygon([geom]),
        valid_from=date(2020, 1, 1),
        valid_to=None,
        survey_id=None,
    )


def with_holes():
    shell = shapely.box(0, 0, 80, 60).exterior
    return at_origin(
        shapely.Polygon(shell, [shapely.box(50, 15, 60, 30).exterior, shapely.box(20, 20, 35, 40).exterior])
    )


def star(count, radius=120.0, seed=3):
    """Return a ragged round parcel with so many vertices."""
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    far = radius + 15 * np.sin(5 * turn) + np.random.default_rng(seed).uniform(-3, 3, count)
    ring = np.column_stack([far * np.cos(turn), 0.7 * far * np.sin(turn)]).round(3)
    return at_origin(shapely.Polygon(ring))
