import gzip
import json
import time
from datetime import timedelta
from urllib.parse import urlencode

import mapbox_vector_tile
import pytest

from data.access.records import SYSTEM
from spatial.parcels.service import register
from tests.database.spatial.parcel_cases import change, parcel, square
from tests.web.map_city import NEW, NOW, OLD, OLD_DAY, fill, tile_at
from tests.web.people import bearer


@pytest.fixture(scope="module")
def city(module_db):
    fill(module_db)
    return module_db


@pytest.fixture(scope="module")
def client(city, tmp_path_factory):
    from api.app import create_app
    from data.settings import Settings

    app = create_app(Settings(home=tmp_path_factory.mktemp("home"), secret_key="s"), db=city)
    yield app.test_client()
    app.extensions["ningtu_tiles"].close()


def path(layer, zoom, suffix=""):
    x, y = tile_at(zoom)
    return f"/tiles/{layer}/{zoom}/{x}/{y}.mvt{suffix}"


def features(answer, part):
    assert answer.status_code == 200, answer.data
    decoded = mapbox_vector_tile.decode(answer.data)
    return [feature["properties"] for feature in decoded.get(part, {}).get("features", [])]


def test_a_tile_holds_the_parcels_that_lie_in_it(client):
    found = features(client.get(path("parcels", 16)), "parcels")
    assert sorted(row["parcel_code"] for row in found) == sorted([*OLD, NEW])
    first = next(row for row in found if row["parcel_code"] == OLD[0])
    assert first["county_code"] == "421202"
    assert first["land_use"] == "0701"
    assert first["area_m2"] == 100.0


def test_the_identity_of_a_feature_is_the_same_in_every_tile(client):
    ids = []
    for zoom in (14, 17):
        decoded = mapbox_vector_tile.decode(client.get(path("parcels", zoom)).data)
        ids.append({f["properties"]["parcel_code"]: f["id"] for f in decoded["parcels"]["features"]}[OLD[0]])
    assert ids[0] == ids[1]


def test_each_parcel_has_one_label_point(client):
    labels = features(client.get(path("parcels", 16)), "parcels_label")
    assert sorted(row["label"] for row in labels) == [f"GB{serial:05d}" for serial in range(1, 6)]


def test_the_state_on_a_day_is_another(client):
    before = features(client.get(path("parcels", 16, "?at=2016-12-31")), "parcels")
    assert sorted(row["parcel_code"] for row in before) == OLD
    assert client.get(path("parcels", 16, "?at=2010-01-01")).status_code == 204


def test_the_entity_tag_spares_the_second_answer(client):
    first = client.get(path("parcels", 15))
    tag = first.headers["ETag"]
    again = client.get(path("parcels", 15), headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert not again.data
    assert again.headers["ETag"] == tag
    assert client.get(path("parcels", 15), headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_compressed_tile_is_the_same_tile(client):
    plain = client.get(path("parcels", 16))
    packed = client.get(path("parcels", 16), headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert plain.mimetype == "application/vnd.mapbox-vector-tile"


def test_an_empty_tile_is_no_content(client):
    answer = client.get("/tiles/parcels/16/10/10.mvt")
    assert answer.status_code == 204
    assert not answer.data


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/tiles/parcels/-1/0/0.mvt", 404),
        ("/tiles/parcels/99/0/0.mvt", 404),
        ("/tiles/parcels/14/16384/0.mvt", 404),
        ("/tiles/parcels/14/1000000000/0.mvt", 404),
        ("/tiles/parcels/1.5/0/0.mvt", 404),
        ("/tiles/parcels/０/0/0.mvt", 404),
        ("/tiles/parcels/3/0/0.mvt", 404),
        ("/tiles/persons/14/0/0.mvt", 404),
        ("/tiles/parcels/14/0/0.mvt?filter=1=1", 400),
        ("/tiles/parcels/14/0/0.mvt?at=yesterday", 400),
        ("/tiles/parcels/14/0/0.mvt?at=20200101", 400),
        ("/tiles/parcels/14/0/0.mvt?at=2020-W01-1", 400),
        ("/tiles/townships/10/0/0.mvt?at=2020-01-01", 422),
        ("/tiles/parcels/14/0/0.mvt?known_at=2020-01-01", 400),
        ("/tiles/parcels/14/0/0.mvt?known_at=2020-13-01T00:00:00Z", 400),
        ("/tiles/buildings/16/0/0.mvt?known_at=2020-01-01T00:00:00Z", 422),
        ("/tiles/styles/city.json?known_at=2020-01-01", 400),
        ("/tiles/styles/city.json?bbox=1", 400),
        ("/tiles/styles/evil.json", 404),
        ("/tiles/persons.json", 404),
    ],
)
def test_what_is_no_tile_is_refused_with_a_problem(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_counties_have_areas_and_one_label_each(client):
    decoded = mapbox_vector_tile.decode(client.get(path("counties", 5)).data)
    names = [f["properties"]["name_zh"] for f in decoded["counties"]["features"]]
    labels = [f["properties"]["name_zh"] for f in decoded["counties_label"]["features"]]
    assert sorted(names) == sorted(labels)
    assert len(set(labels)) == 6
    assert "咸安区" in names


def test_a_registration_shows_at_once_although_the_tile_was_kept(client, city):
    before = len(features(client.get(path("parcels", 18)), "parcels"))
    with city.transaction(SYSTEM) as conn:
        register(conn, change(parcel(6, square(21, 12, size=3))), now=NOW)
    time.sleep(0.6)
    after = features(client.get(path("parcels", 18)), "parcels")
    assert len(after) == before + 1


def test_cells_stand_for_parcels_at_small_scales(client, city):
    from datetime import date

    from tiles.service import build_overview

    built = build_overview(city, day=date(2026, 11, 24))
    assert built.parcels >= 5
    time.sleep(0.6)
    cells = features(client.get(path("parcels", 10)), "parcels_cells")
    assert sum(cell["n"] for cell in cells) == built.parcels


def test_changes_of_parcels_at_the_same_time_do_not_wait_for_each_other(city):
    change = "INSERT INTO map.change (layer, kind) VALUES ('use_surface', 'changed')"
    with city.transaction(SYSTEM) as first:
        first.execute(change)
        with city.transaction(SYSTEM) as second:
            second.execute("SET LOCAL lock_timeout = '1s'")
            assert second.execute(change).rowcount == 1


def test_a_change_of_parcels_asks_for_new_cells(city):
    with city.transaction(SYSTEM) as conn:
        jobs = conn.execute(
            "SELECT count(*), count(DISTINCT key), bool_and(run_at > created_at)"
            " FROM registry.job WHERE kind = 'build_overview'"
        ).fetchone()
    assert jobs[0] >= 1
    assert jobs[0] == jobs[1]
    assert jobs[2]


@pytest.mark.parametrize(
    ("layer", "login"),
    [("cases", "stranger"), ("heat", "stranger"), ("survey_draft", "tom"), ("findings", "tom")],
)
def test_layers_of_work_in_progress_need_a_role(client, layer, login):
    assert client.get(path(layer, 14)).status_code == 401
    assert client.get(f"/tiles/{layer}.json").status_code == 401
    stranger = client.get(path(layer, 14), headers=bearer(client, login))
    assert stranger.status_code == 403
    allowed = client.get(path(layer, 14), headers=bearer(client, "watch"))
    assert allowed.status_code in {200, 204}
    assert "private" in allowed.headers["Cache-Control"]


@pytest.mark.parametrize(("login", "seen"), [("watch", 10), ("ann", 6), ("tom", 4)])
def test_a_county_sees_its_own_cases_on_the_map(client, login, seen):
    found = features(client.get(path("cases", 14), headers=bearer(client, login)), "cases")
    assert len(found) == seen


def test_heat_counts_the_cases_that_the_asker_may_see(client):
    for login, seen in (("watch", 10), ("tom", 4)):
        found = features(client.get(path("heat", 12), headers=bearer(client, login)), "heat")
        assert sum(cell["n"] for cell in found) == seen


def test_no_tile_carries_a_person_or_a_case_number(client):
    for layer in ("parcels", "cases"):
        answer = client.get(path(layer, 14), headers=bearer(client, "watch"))
        assert features(answer, layer)
        body = answer.data
        assert "张三".encode() not in body
        assert b"YW2026" not in body


def test_tilejson_and_styles_name_no_other_host(client):
    for address in (
        "/tiles/parcels.json",
        *(f"/tiles/styles/{n}.json" for n in ("city", "base", "plain", "labels")),
    ):
        answer = client.get(address)
        assert answer.status_code == 200
        text = json.dumps(answer.json)
        assert text.count("://") == text.count("http://localhost/tiles/")


def test_a_style_carries_the_notices_of_the_map(client):
    facts = client.get("/tiles/styles/city.json").json["metadata"]
    assert facts["notice"].startswith("界线仅供参考，不是法定行政区域界线")
    assert facts["review"] == "审图号：（待申请）"
    assert facts["data_at"]
    english = client.get("/tiles/styles/city.json?lang=en").json["metadata"]
    assert english["notice"].startswith("For reference only, not a legal boundary")


def test_new_cells_are_no_new_data(client, city):
    from datetime import date

    from tiles.service import build_overview

    before = client.get("/tiles/styles/city.json").json["metadata"]["data_at"]
    build_overview(city, day=date(2026, 11, 24))
    assert client.get("/tiles/styles/city.json").json["metadata"]["data_at"] == before


def test_a_style_asks_for_the_day(client):
    style = client.get("/tiles/styles/city.json?at=2015-01-01").json
    assert style["sources"]["parcels"]["tiles"][0].endswith("?at=2015-01-01")
    assert "at=" in style["sources"]["counties"]["tiles"][0]
    assert "at=" not in style["sources"]["townships"]["tiles"][0]


def known_on(client, instant, day="2026-02-01"):
    told = urlencode({"at": day, "known_at": instant.isoformat()})
    answer = client.get(path("parcels", 16, f"?{told}"))
    if answer.status_code == 204:
        return {}
    assert len(features(answer, "parcels_label")) == len(features(answer, "parcels"))
    return {row["parcel_code"]: row["area_m2"] for row in features(answer, "parcels")}


def test_a_correction_leaves_what_was_known_before_on_the_map(client, city):
    second = timedelta(seconds=1)
    before = known_on(client, NOW)
    assert before[OLD[0]] == 100.0
    later = NOW + timedelta(days=60)
    with city.transaction(SYSTEM) as conn:
        register(conn, change(parcel(1, square(20, 0, 8.0)), valid_from=OLD_DAY), now=later)
    assert known_on(client, later) == before | {OLD[0]: 64.0}
    assert known_on(client, later - second) == before
    assert known_on(client, NOW - second) == {}


def test_tilejson_hands_day_and_knowledge_on(client):
    told = "at=2026-02-01&known_at=2026-01-01T12%3A00%3A00%2B08%3A00"
    assert client.get(f"/tiles/parcels.json?{told}").json["tiles"][0].endswith(f".mvt?{told}")
    sources = client.get(f"/tiles/styles/city.json?{told}").json["sources"]
    assert sources["parcels"]["tiles"][0].endswith(f".mvt?{told}")
    assert sources["buildings"]["tiles"][0].endswith(".mvt")
