"""Tiles of drafts: who sees them, what they hold, and that they are quick beside eighty thousand drafts."""

import random

import mapbox_vector_tile
import numpy as np
import psycopg
import pytest
import shapely
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from data.access.records import SYSTEM
from spatial.survey.drafts.store import copy_features, move, near
from spatial.survey.records import Features
from tests.web.map_city import tile_at
from tests.web.people import bearer
from tests.web.survey_people import add_people
from tiles.store import tile_sql

MANY = 80_000
EAST, NORTH = 572_000.0, 3_268_000.0
COLUMNS = 400  # of the block: 8 km by 6 km
MIDDLE = (EAST + 4_000, NORTH + 3_000)


def shape_of(number):
    """Parcel of 20 by 30 m; numbers go along rows."""
    at = number - 1
    west, south = EAST + at % COLUMNS * 20, NORTH + at // COLUMNS * 30
    return shapely.multipolygons([shapely.box(west, south, west + 20, south + 30)])


def insert(conn, numbers, *, login="surveyor", status="checked"):
    """Store a submission whose features are the parcels of these numbers, in this order."""
    count = len(numbers)
    row = conn.execute(
        "INSERT INTO spatial.survey (project_code, version, layer, kind, scope, effective_on, status,"
        " file_name, file_sha256, file_bytes, source, feature_count, submitted_by, created_at)"
        " VALUES (%s, '1', 'use_surface', 'new', 'partial', '2026-11-24', %s, 'a.gpkg', repeat('0', 64), 1,"
        " '{}', %s, %s, now()) RETURNING survey_id",
        [f"P{random.random()}", status, count, login],
    ).fetchone()
    nothing = [None] * count
    geoms = np.array([shape_of(number) for number in numbers], dtype=object)
    codes = [f"421224001001GB{number:05d}" for number in numbers]
    features = Features(geoms, codes, nothing, nothing, nothing, nothing, nothing, {}, [{}] * count)
    copy_features(conn, row[0], features)
    return row[0]


@pytest.fixture(scope="module")
def order():
    """Number of the parcel in each place of the file: in no order at all."""
    numbers = list(range(1, MANY + 1))
    random.Random(7).shuffle(numbers)
    return numbers


@pytest.fixture(scope="module")
def city(module_db, superuser_url, order):
    add_people(module_db)
    with module_db.transaction(SYSTEM) as conn:
        conn.execute("SET LOCAL statement_timeout = '10min'")
        insert(conn, order)
    name = conninfo_to_dict(module_db.url)["dbname"]
    with psycopg.connect(make_conninfo(superuser_url, dbname=name), autocommit=True) as conn:
        conn.execute("ANALYZE spatial.survey_feature, spatial.survey_extent, spatial.survey")
    return module_db


@pytest.fixture(scope="module")
def client(city, tmp_path_factory):
    from api.app import create_app
    from data.settings import Settings

    app = create_app(Settings(home=tmp_path_factory.mktemp("home"), secret_key="s"), db=city)
    yield app.test_client()
    app.extensions["ningtu_tiles"].close()


def seen(client, login, zoom=17):
    x, y = tile_at(zoom, *MIDDLE)
    answer = client.get(f"/tiles/survey_draft/{zoom}/{x}/{y}.mvt", headers=bearer(client, login))
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200, answer.data
    return mapbox_vector_tile.decode(answer.data)["survey_draft"]["features"]


def expected(conn, zoom=17):
    """Say by another way which parcels meet a tile with its margin."""
    x, y = tile_at(zoom, *MIDDLE)
    envelope = conn.execute(
        "SELECT ST_Transform(ST_TileEnvelope(%s, %s, %s, margin => 0.015625), 4547)", [zoom, x, y]
    ).fetchone()[0]
    shapes = np.array([shape_of(number) for number in range(1, MANY + 1)], dtype=object)
    return {int(at) + 1 for at in np.flatnonzero(shapely.intersects(shapes, envelope))}


def test_a_tile_holds_the_drafts_that_lie_in_it(client, city):
    found = seen(client, "surveyor")
    codes = {feature["properties"]["object_code"] for feature in found}
    with city.transaction(SYSTEM) as conn:
        wanted = {f"421224001001GB{number:05d}" for number in expected(conn)}
    assert len(found) == len(codes) > 50
    assert codes == wanted
    assert {feature["geometry"]["type"] for feature in found} == {"Polygon"}


def test_a_surveyor_sees_the_own_ones_and_a_reviewer_all(client):
    assert len(seen(client, "reviewer")) == len(seen(client, "surveyor")) > 50
    assert seen(client, "surveyor2") == []


def plan_of(conn, zoom):
    x, y = tile_at(zoom, *MIDDLE)
    values = {"z": zoom, "x": x, "y": y, "sees_all": False, "login": "surveyor"}
    query = "EXPLAIN (ANALYZE, FORMAT JSON) " + tile_sql("survey_draft")
    return conn.execute(query, values).fetchone()[0][0]


def nodes_of(plan):
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes_of(inner)


def test_a_tile_reads_little_more_than_it_shows(city):
    with city.transaction(SYSTEM) as conn:
        plan = plan_of(conn, 17)
    scans = [node for node in nodes_of(plan["Plan"]) if node.get("Relation Name") == "survey_feature"]
    assert "Seq Scan" not in {node["Node Type"] for node in scans}
    read = sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in scans
    )
    assert 50 < read < 8_000, plan


def test_a_draft_that_was_moved_is_found_where_it_lies(city):
    with city.transaction(SYSTEM) as conn:
        survey_id = insert(conn, range(1, 601), login="surveyor2")
        away = shapely.multipolygons([shapely.box(EAST - 9_000, NORTH, EAST - 8_980, NORTH + 30)])
        move(conn, survey_id, [(17, away)])
        found = conn.execute(
            "SELECT e.feature_nos FROM map.survey_extent e WHERE survey_id = %s"
            " AND extent && ST_MakeEnvelope(%s, %s, %s, %s, 4547)",
            [survey_id, *away.bounds],
        ).fetchall()
        assert [17 in numbers for (numbers,) in found] == [True]
        assert near(conn, survey_id, 17, 5.0)[0]["geom"].equals(away)
        conn.execute("DELETE FROM spatial.survey_feature WHERE survey_id = %s", [survey_id])
        conn.execute("DELETE FROM spatial.survey_extent WHERE survey_id = %s", [survey_id])


def test_the_card_finds_the_neighbours_of_a_draft(city, order):
    with city.transaction(SYSTEM) as conn:
        (survey_id,) = conn.execute("SELECT max(survey_id) FROM map.survey_extent").fetchone()
        number = 40_200  # in the middle of the block
        rows = near(conn, survey_id, order.index(number) + 1, 1.0)
        around = {number + step for step in (0, -1, 1, -400, 400, -401, -399, 399, 401)}
        assert rows[0]["feature_no"] == order.index(number) + 1
        assert {order[row["feature_no"] - 1] for row in rows} == around


@pytest.mark.parametrize("status", ["registered", "cancelled"])
def test_what_is_settled_is_drawn_no_longer(city, status):
    with city.transaction(SYSTEM) as conn, conn.transaction(force_rollback=True):
        survey_id = insert(conn, [1, 2, 3], status=status)
        for view in ("survey_draft", "survey_extent"):
            query = f"SELECT count(*) FROM map.{view} WHERE survey_id = %s"
            assert conn.execute(query, [survey_id]).fetchone() == (0,)


def test_the_role_of_open_tiles_may_not_read_drafts(city):
    with city.transaction(SYSTEM) as conn:
        allowed = conn.execute(
            "SELECT bool_or(has_table_privilege(r.oid, c.oid, 'SELECT')) FROM pg_roles r, pg_class c"
            " WHERE r.rolname LIKE '%%\\_tiles' AND c.relnamespace = 'map'::regnamespace"
            " AND c.relname IN ('survey_draft', 'survey_extent')"
        ).fetchone()
    assert allowed == (False,)
