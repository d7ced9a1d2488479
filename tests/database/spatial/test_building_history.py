"""Versions of buildings and flats: a measurement ends a prediction, and nothing is changed or lost."""

from datetime import date
from decimal import Decimal

import psycopg
import pytest
from shapely.geometry import MultiPolygon, box

from data.access.records import SYSTEM
from spatial.buildings import service
from spatial.buildings.errors import UnitWithoutBuilding
from spatial.buildings.records import Building, BuildingUnit
from spatial.parcels import service as parcels
from tests.database.spatial.parcel_cases import NOW, change, code, parcel, square

HOUSE = f"{code(1)}F0001"
FLAT = f"{HOUSE}0001"
FIRST, LATER = date(2024, 1, 1), date(2025, 1, 1)
SHAPE = MultiPolygon([box(530_002, 3_300_002, 530_008, 3_300_008)])


def flat(**areas):
    facts = {"floor_no": 1, "room_no": "101", "address": "永安大道1号", "use_code": "11", "housing": True}
    return BuildingUnit(FLAT, **facts, **{name: Decimal(value) for name, value in areas.items()})


PREDICTED = flat(predicted_area_m2="100.00", inside_area_m2="80", shared_area_m2="20", land_share_m2="30")
MEASURED = flat(measured_area_m2="101.50", inside_area_m2="81", shared_area_m2="20.5")


def load(conn, *units, valid_from=FIRST, house=True, now=NOW):
    buildings = [Building(HOUSE, SHAPE, "一号楼")] if house else []
    service.load_buildings(conn, buildings, list(units), valid_from=valid_from, now=now)


@pytest.fixture
def conn(db):
    with db.transaction(SYSTEM) as found:
        parcels.register(found, change(parcel(1, square(0, 0))), now=NOW)
        yield found


def test_a_measured_version_follows_the_predicted_one(conn):
    load(conn, PREDICTED)
    load(conn, MEASURED, valid_from=LATER)
    (before,) = service.units_of(conn, [HOUSE], at=date(2024, 12, 31))
    (after,) = service.units_of(conn, [HOUSE], at=LATER)
    assert (before.predicted_area_m2, before.measured_area_m2) == (Decimal("100.00"), None)
    # What the measurement does not speak of stays beside it.
    assert (after.predicted_area_m2, after.measured_area_m2) == (Decimal("100.00"), Decimal("101.50"))
    assert (after.inside_area_m2, after.land_share_m2) == (Decimal("81.00"), Decimal("30.00"))
    (unit,) = [service.get_unit(conn, FLAT)]
    assert unit.area_m2 == Decimal("101.50")
    # At its first instant the register knew the prediction without end.
    (known,) = service.units_of(conn, [HOUSE], at=LATER, known_at=NOW)
    assert known.measured_area_m2 is None


def test_a_later_prediction_does_not_replace_the_parts_of_a_measurement(conn):
    load(conn, MEASURED)
    load(conn, flat(predicted_area_m2="99", inside_area_m2="79", shared_area_m2="20"), valid_from=LATER)
    (unit,) = service.units_of(conn, [HOUSE], at=LATER)
    assert (unit.measured_area_m2, unit.inside_area_m2) == (Decimal("101.50"), Decimal("81.00"))
    assert unit.predicted_area_m2 == Decimal("99.00")


def test_what_is_known_already_is_not_said_again(conn):
    load(conn, PREDICTED)
    load(conn, PREDICTED, valid_from=LATER)
    assert len(service.unit_history(conn, FLAT)) == 1
    assert conn.execute("SELECT count(*) FROM spatial.building_version").fetchone() == (1,)


def test_a_correction_of_the_same_day_leaves_what_was_known(conn):
    load(conn, PREDICTED)
    load(conn, MEASURED)
    old, new = service.unit_history(conn, FLAT)
    assert (old.valid_from, new.valid_from) == (FIRST, FIRST)
    assert old.known_to == new.known_from
    assert old.known_from < new.known_from
    assert len(service.units_of(conn, [HOUSE], at=FIRST)) == 1


def test_a_flat_of_a_building_that_never_was_is_refused(conn):
    with pytest.raises(UnitWithoutBuilding):
        load(conn, PREDICTED, house=False)


def test_two_versions_of_one_day_cannot_be(conn):
    load(conn, PREDICTED)
    again = (
        "INSERT INTO spatial.building_unit_version (unit_code, building_code, parcel_code, county_code,"
        " floor_no, room_no, address, use_code, housing, valid, known) SELECT unit_code, building_code,"
        " parcel_code, county_code, floor_no, room_no, address, use_code, housing, valid, known"
        " FROM spatial.building_unit_version"
    )
    with pytest.raises(psycopg.errors.ExclusionViolation), conn.transaction():
        conn.execute(again)
