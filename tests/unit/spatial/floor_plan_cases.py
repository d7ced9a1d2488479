"""Flats to draw: EPSG:4547 metres around (530000, 3300000)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import shapely
from shapely.affinity import rotate, translate

from spatial.buildings.records import BuildingUnit
from spatial.floorplan.records import Imprint, Storey, Subject, Surveyed
from tests.unit.spatial.parcel_map_cases import at_origin, building, code

DAY = date(2026, 11, 25)
IMPRINT = Imprint("咸宁市不动产登记中心", DAY, ("平面图仅供登记使用。",))
BUILDING = f"{code(1)}F0001"
SURVEY = Surveyed("咸宁市某测绘院", "张测", "李检", "2026-10-08")
# Flats of 11.4 m by 9.27 m less a corner of the stairwell, two a floor, back to back.
FLAT = shapely.Polygon([(0, 0), (11.4, 0), (11.4, 6.27), (8.35, 6.27), (8.35, 9.27), (0, 9.27)])


def turned(geom):
    """Return a shape turned a little and set to its place, on the 1 mm grid."""
    placed = at_origin(rotate(geom, 12, origin=(0, 0)))
    return shapely.transform(placed, lambda xy: xy.round(3))


def unit(serial=1, **more):
    values = {
        "unit_code": f"{BUILDING}{serial:04d}",
        "floor_no": 3,
        "room_no": "301",
        "address": "咸安区永安大道12号1幢301室",
        "use_code": "11",
        "housing": True,
        "measured_area_m2": Decimal("112.40"),
        "inside_area_m2": Decimal("96.53"),
        "shared_area_m2": Decimal("15.87"),
        "party_walls": "SOO?",
        "drawn": True,
    }
    return BuildingUnit(**values | more)


def flat():
    """Return a flat on the third of six floors with one neighbour."""
    other = shapely.Polygon([(22.8 - x, y) for x, y in FLAT.exterior.coords][::-1])
    house = building(1, turned(shapely.box(0, 0, 22.8, 9.27)), 6, "3")
    storey = Storey(3, turned(FLAT), [("302", turned(other))])
    return Subject(unit(), house, [storey], structure="钢筋混凝土结构", use="成套住宅", survey=SURVEY)


def duplex():
    """Return a flat on two floors of different shape."""
    subject = flat()
    upper = Storey(4, turned(shapely.box(0, 0, 8.35, 9.27)))
    return replace(subject, storeys=[*subject.storeys, upper])


def in_a_slab():
    """Return a flat in the middle of a house of 160 m."""
    house = building(1, turned(shapely.box(0, 0, 160, 12)), 6, "3")
    flats = [("30" + str(n), turned(translate(shapely.box(0, 0, 16, 12), 16 * n))) for n in range(10)]
    return replace(flat(), building=house, storeys=[Storey(3, flats[4][1], flats[:4] + flats[5:])])


def corridor():
    """Return a flat of 42 m by 1.2 m, too narrow for any writing, along another."""
    house = building(1, turned(shapely.box(0, 0, 42, 14)), 2, "3")
    other = [("102", turned(shapely.box(0, 1.2, 42, 14)))]
    return replace(flat(), building=house, storeys=[Storey(1, turned(shapely.box(0, 0, 42, 1.2)), other)])


def hall():
    """Return a works hall that is one unit of 210 m by 120 m."""
    shape = turned(shapely.box(0, 0, 210, 120))
    return replace(flat(), building=building(1, shape, 1, "1"), storeys=[Storey(1, shape)])
