"""Versions, lineage and the change feed only grow: the application may not change them, nor may its owner."""

import re

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from shapely.geometry import MultiPolygon

from data.access.records import SYSTEM
from data.errors import NingtuError
from spatial.buildings.records import Building, BuildingUnit
from spatial.buildings.service import load_buildings
from spatial.parcels import service
from tests.conftest import PASSWORD
from tests.database.spatial.parcel_cases import DAY, NOW, change, code, parcel, square

TABLES = (
    "spatial.parcel",
    "spatial.parcel_version",
    "spatial.lineage",
    "map.change",
    "spatial.building_identity",
    "spatial.building_version",
    "spatial.building_unit_version",
    "spatial.boundary_point",
)
VERSIONS = ("spatial.parcel_version", "spatial.building_version", "spatial.building_unit_version")
FORBIDDEN = [
    "UPDATE spatial.parcel SET layer = 'forest'",
    "UPDATE spatial.parcel_version SET official_area_m2 = 1",
    "UPDATE spatial.parcel_version SET valid = daterange('2020-01-01', '2021-01-01')",
    "UPDATE spatial.parcel_version SET geom = ST_Translate(geom, 1, 0)",
    "UPDATE spatial.lineage SET kind = 'merge'",
    "UPDATE map.change SET kind = 'new'",
    *(f"DELETE FROM {table}" for table in TABLES),
    *(f"TRUNCATE {table} CASCADE" for table in TABLES),
    "UPDATE spatial.building_version SET geom = ST_Translate(geom, 1, 0)",
    "UPDATE spatial.building_unit_version SET measured_area_m2 = 1",
    "UPDATE spatial.boundary_point SET survey_id = 2",
]
# What may be written to a version is the end of what the register knows, once.
REOPENED = [
    f"UPDATE {table} SET known = tstzrange(lower(known), NULL) WHERE NOT upper_inf(known)"
    for table in VERSIONS
]
SMUGGLED = [
    f"UPDATE {table} SET known = tstzrange(lower(known), '2030-01-01'), {more} WHERE upper_inf(known)"
    for table, more in (
        ("spatial.parcel_version", "geom = ST_Translate(geom, 0.001, 0)"),
        ("spatial.parcel_version", "land_use = '0701'"),
        ("spatial.parcel_version", "valid = daterange('2019-01-01', NULL)"),
        ("spatial.building_version", "geom = ST_Translate(geom, 0.001, 0)"),
        ("spatial.building_version", "measured_area_m2 = 1"),
        ("spatial.building_unit_version", "predicted_area_m2 = 1"),
        ("spatial.building_unit_version", "valid = daterange('2019-01-01', NULL)"),
    )
]
MOVED = [
    f"UPDATE {table} SET known = tstzrange(lower(known) - interval '1 day', now())" for table in VERSIONS
]


@pytest.fixture(scope="module")
def filled(module_db):
    """A parcel that was split: versions closed and open, edges, changes."""
    with module_db.transaction(SYSTEM) as conn:
        service.register(conn, change(parcel(1, square(0, 0))), now=NOW)
        halves = [parcel(2, square(0, 0, 5, 10)), parcel(3, square(5, 0, 5, 10))]
        service.split(conn, code(1), halves, valid_from=DAY.replace(year=2024), now=NOW)
        for day, area in ((DAY, 100), (DAY.replace(year=2024), 101)):
            house = Building(f"{code(2)}F0001", MultiPolygon([square(1, 1, 2, 2)]), measured_area_m2=area)
            flat = BuildingUnit(f"{code(2)}F00010001", 1, "101", "", "11", True, measured_area_m2=area)
            load_buildings(conn, [house], [flat], valid_from=day, now=NOW)
        conn.execute(
            "INSERT INTO spatial.boundary_point (subdistrict_code, geom, survey_id, known_at)"
            " VALUES ('421202001004', ST_SetSRID(ST_MakePoint(530000, 3300000), 4547), 1, now())"
        )
        for table in TABLES:
            assert conn.execute(f"SELECT count(*) > 0 FROM {table}").fetchone() == (True,)
    return module_db


@pytest.fixture(scope="module")
def owner_url(filled, module_db_url, template):
    parts = conninfo_to_dict(module_db_url)
    return make_conninfo("", **{**parts, "user": f"{template}_owner", "password": PASSWORD})


@pytest.fixture(scope="module")
def god_url(filled, module_db_url, superuser_url):
    """The superuser's way into the same database."""
    return make_conninfo(superuser_url, dbname=conninfo_to_dict(module_db_url)["dbname"])


def refused(url, statement, error, match):
    with psycopg.connect(url) as conn, pytest.raises(error, match=match):
        conn.execute(statement)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_application_has_no_privilege(filled, statement):
    with pytest.raises(NingtuError) as caught, filled.transaction(SYSTEM) as conn:
        conn.execute(statement)
    assert isinstance(caught.value.__cause__, psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize("role", ["app", "tiles", "share"])
@pytest.mark.parametrize("table", TABLES)
def test_privileges_alone(filled, god_url, template, table, role):
    with psycopg.connect(god_url) as conn:
        held = {
            privilege
            for privilege in ("UPDATE", "DELETE", "TRUNCATE")
            if conn.execute(
                "SELECT has_table_privilege(%s, %s, %s)", [f"{template}_{role}", table, privilege]
            ).fetchone()[0]
        }
        columns = conn.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND has_column_privilege(%s, attrelid, attnum, 'UPDATE')",
            [table, f"{template}_{role}"],
        ).fetchall()
    assert held == set()
    may = [("known",)] if table in VERSIONS and role == "app" else []
    assert columns == may


@pytest.mark.parametrize("who", ["owner_url", "god_url"])
@pytest.mark.parametrize("statement", [*FORBIDDEN, *SMUGGLED, *REOPENED, *MOVED])
def test_the_trigger_stops_the_owner_and_a_superuser(request, who, statement):
    error = psycopg.errors.IntegrityConstraintViolation
    with psycopg.connect(request.getfixturevalue(who)) as conn, pytest.raises(error) as caught:
        conn.execute(statement)
    # Raised by a function of ours: neither an exclusion nor a foreign key was first.
    assert "PL/pgSQL function" in caught.value.diag.context
    assert re.search("never changed|closed, once", caught.value.diag.message_primary)


@pytest.mark.parametrize("statement", [*REOPENED, *MOVED])
def test_the_trigger_stops_the_application_where_it_has_the_privilege(filled, statement):
    with pytest.raises(NingtuError) as caught, filled.transaction(SYSTEM) as conn:
        conn.execute(statement)
    assert isinstance(caught.value.__cause__, psycopg.errors.IntegrityConstraintViolation)


def test_without_its_trigger_a_superuser_could(god_url):
    """The statements above would change rows: it is the trigger that stops them."""
    with psycopg.connect(god_url) as conn:
        for table in TABLES:
            conn.execute(
                sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(*table.split(".")))
            )
        for statement in FORBIDDEN[:2] + FORBIDDEN[3:6]:
            with conn.transaction(force_rollback=True):
                assert conn.execute(statement).rowcount > 0, statement
        conn.rollback()


def test_a_serial_never_goes_down(filled, god_url):
    for statement in ("UPDATE spatial.code_serial SET last_serial = 0", "DELETE FROM spatial.code_serial"):
        with pytest.raises(NingtuError), filled.transaction(SYSTEM) as conn:
            conn.execute(statement)
        refused(god_url, statement, psycopg.errors.IntegrityConstraintViolation, "never goes down")
    refused(
        god_url, "TRUNCATE spatial.code_serial", psycopg.errors.IntegrityConstraintViolation, "never changed"
    )
