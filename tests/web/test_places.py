"""Routes of places: locate, parcels, counties, decisions, search, units."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import shapely

from data.access import service as access
from data.access.records import SYSTEM
from spatial.buildings.records import Building, BuildingUnit
from spatial.buildings.service import load_buildings
from spatial.parcels import service as parcels
from spatial.parcels.records import ChangeSet, Layer, NewVersion
from tests.database.spatial.parcel_cases import square
from tests.web.people import PASSWORD, bearer

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LAND = "421202001001GB00001"
FLAT = LAND + "F00010002"


@pytest.fixture
def city(db):
    """One parcel that changed, its neighbour, a building with a flat, and people."""
    with db.transaction(SYSTEM) as conn:
        first = NewVersion(LAND, Layer.USE_SURFACE, square(0, 0, 40), land_use="0701", address="温泉路12号")
        second = NewVersion("421202001001GB00002", Layer.USE_SURFACE, square(40, 0, 40))
        collective = NewVersion("421202001001JA00001", Layer.COLLECTIVE, square(-50, -50, 400))
        parcels.register(conn, ChangeSet(date(2020, 1, 1), [first, second, collective]), now=NOW)
        smaller = NewVersion(LAND, Layer.USE_SURFACE, square(0, 0, 30), land_use="0701", address="温泉路12号")
        parcels.register(conn, ChangeSet(date(2022, 1, 1), [smaller]), now=NOW)
        house = Building(LAND + "F0001", shapely.MultiPolygon([square(5, 5, 10)]), floors=6, structure="3")
        flat = BuildingUnit(
            FLAT, 1, "102", "温泉路12号1单元102", "10", True, measured_area_m2=Decimal("98.50")
        )
        load_buildings(conn, [house], [flat], valid_from=date(2020, 1, 1))
        for login, roles, office in (
            ("clerk_x", ["clerk"], "xianan"),
            ("reg_x", ["registrar"], "xianan"),
            ("reg_c", ["registrar"], "chibi"),
            ("rev", ["reviewer"], "city"),
            ("boss", ["supervisor"], "city"),
        ):
            access.create_user(conn, login=login, name=login, roles=roles, office=office, password=PASSWORD)


def test_locate_a_point(client):
    answer = client.post("/api/v1/locate", json={"lon": 114.32, "lat": 29.84})
    assert answer.status_code == 200
    assert (answer.json["county_code"], answer.json["decided"], answer.json["rule"]) == ("421202", True, "R1")
    assert answer.json["overlaps"] == [{"county_code": "421202", "ratio_ppm": 1_000_000, "area_m2": 0.0}]
    assert answer.json["boundary_set"] == "xianning-v1"
    assert answer.json["distance_to_line_m"] > 100
    assert len(answer.json["geometry_sha256"]) == 64


SQUARE = [[114.32, 29.84], [114.321, 29.84], [114.321, 29.841], [114.32, 29.841], [114.32, 29.84]]


@pytest.mark.parametrize(
    "body",
    [
        {"type": "Polygon", "coordinates": [SQUARE]},
        {"geometry": {"type": "Polygon", "coordinates": [SQUARE]}, "unit_code": FLAT},
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
        },
        {"type": "Feature", "id": 7, "bbox": [], "geometry": {"type": "Polygon", "coordinates": [SQUARE]}},
        {"geometry": {"type": "Point", "coordinates": [530925.1, 3302420.193]}, "crs": "EPSG:4547"},
    ],
)
def test_locate_takes_geometries_in_every_form(client, body):
    answer = client.post("/api/v1/locate", json=body)
    assert (answer.status_code, answer.json["county_code"]) == (200, "421202")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"lon": 113.906, "lat": 30.017}, "outside_city"),
        ({"lon": 0, "lat": 0}, "outside_city"),
        ({"lon": 114.32, "lat": 29.84, "unit_code": "421281001001GB00001W00000000"}, "prefix_disagrees"),
        (
            {"type": "Polygon", "coordinates": [[SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]]},
            "invalid_geometry",
        ),
        ({"type": "Polygon", "coordinates": [[SQUARE[0]] * 4]}, "invalid_geometry"),
    ],
)
def test_locate_says_why_it_does_not_decide(client, body, reason):
    answer = client.post("/api/v1/locate", json=body)
    assert answer.status_code == 200
    assert (answer.json["county_code"], answer.json["decided"], answer.json["reason"]) == (
        None,
        False,
        reason,
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "locate_body_bad"),
        ({"lon": 1.0}, "locate_body_bad"),
        ({"lon": 1.0, "lat": 1.0, "parcel_code": LAND}, "locate_body_bad"),
        ({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "geometry_kind_refused"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, "geometry_unreadable"),
        ({"type": "Polygon", "coordinates": []}, "geometry_unreadable"),
        ({"type": "Point", "coordinates": [None, 3]}, "geometry_unreadable"),
        ({"type": "Point", "coordinates": [1e308, 1e308]}, "geometry_unreadable"),
        ({"geometry": {"type": "Point", "coordinates": [1, 2]}, "crs": "EPSG:2383"}, "datum_refused"),
        ({"unit_code": "nonsense"}, "unit_code_bad"),
        ({"parcel_code": LAND.lower()}, "unit_code_bad"),
        ({"parcel_code": LAND[:6] + " " + LAND[6:]}, "unit_code_bad"),
        ({"parcel_code": LAND[:-1] + chr(ord(LAND[-1]) + 0xFEE0)}, "unit_code_bad"),
        ({"parcel_code": LAND + "\n"}, "unit_code_bad"),
        ({"parcel_code": "421202001001GB00009"}, "parcel_not_found"),
        ({"lon": "114", "other": 1}, "request_invalid"),
        ({"lon": "114.32", "lat": "29.84"}, "request_invalid"),
        ({"geometry": {"type": ["Point"], "coordinates": [1, 2]}}, "geometry_kind_refused"),
        ({"geometry": {"type": {}, "coordinates": [1, 2]}}, "geometry_kind_refused"),
        ({"type": "Point", "coordinates": ["114.32", 29.84]}, "geometry_unreadable"),
        ({"type": "Point", "coordinates": [True, 29.84]}, "geometry_unreadable"),
        ({"type": "Point", "coordinates": [[114.32, 29.84]]}, "geometry_unreadable"),
        ({"type": "Point", "coordinates": [10**350, 29.84]}, "geometry_unreadable"),
        ({"type": "Polygon", "coordinates": [SQUARE[:-1]]}, "geometry_unreadable"),
        ({"lon": 29.84, "lat": 114.32}, "axes_swapped"),
        ({"lon": 3302420.2, "lat": 530925.1, "crs": "EPSG:4547"}, "axes_swapped"),
        ({"lon": 530925.1, "lat": 3302420.2}, "crs_contradicted"),
        ({"lon": 114.32, "lat": 29.84, "crs": "EPSG:4547"}, "crs_contradicted"),
        ({"lon": 38530925.1, "lat": 3302420.2, "crs": "EPSG:4547"}, "zone_prefix"),
    ],
)
def test_locate_refuses_bad_bodies(client, body, code):
    answer = client.post("/api/v1/locate", json=body)
    assert (answer.json["code"], 400 <= answer.status_code < 500) == (code, True)
    assert answer.mimetype == "application/problem+json"


def test_every_list_takes_the_language_of_its_answer(client):
    assert client.get("/api/v1/parcels?limit=1&lang=en").status_code == 200
    refused = client.get("/api/v1/parcels?limit=1&lang=fr")
    assert (refused.status_code, refused.json["code"]) == (422, "request_invalid")
    english = client.get("/api/v1/parcels?limit=0&lang=en").json
    assert english["detail"].isascii()


def test_locate_by_parcel_code(client, city):
    answer = client.post("/api/v1/locate", json={"parcel_code": LAND, "unit_code": FLAT})
    assert answer.json["county_code"] == answer.json["code_county"] == "421202"
    assert answer.json["overlaps"][0]["area_m2"] == 900.0


def test_one_parcel_on_two_days(client, city):
    now = client.get(f"/api/v1/parcels/{LAND}").json
    then = client.get(f"/api/v1/parcels/{FLAT}?at=2021-06-01").json
    assert now["properties"]["calculated_area_m2"] == 900
    assert then["properties"]["calculated_area_m2"] == 1600
    assert (then["properties"]["valid_to"], then["properties"]["status"]) == ("2022-01-01", "live")
    assert 113 < now["geometry"]["coordinates"][0][0][0] < 115


def test_parcel_in_metres(client, city):
    found = client.get(f"/api/v1/parcels/{LAND}?crs=EPSG:4547").json
    assert [530000, 3300000] in found["geometry"]["coordinates"][0]


def test_what_the_register_knew_before_is_kept(client, city):
    before = client.get(f"/api/v1/parcels/{LAND}", query_string={"known_at": "2026-01-01T11:00:00Z"})
    assert (before.status_code, before.json["code"]) == (404, "parcel_not_found")
    assert len(client.get(f"/api/v1/parcels/{LAND}/history").json["features"]) == 3


def test_pages_of_parcels(client, city):
    first = client.get("/api/v1/parcels?limit=2").json
    second = client.get("/api/v1/parcels", query_string={"limit": 2, "cursor": first["next"]}).json
    codes = [feature["properties"]["parcel_code"] for feature in first["features"] + second["features"]]
    assert sorted(codes) == [LAND, "421202001001GB00002", "421202001001JA00001"]
    assert "next" not in second


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"code": LAND}, 1),
        ({"code": FLAT}, 1),
        ({"code": "421202001001GB00008"}, 0),
        ({"q": "温泉路"}, 1),
        ({"q": "421202001001GB"}, 2),
        ({"q": "%"}, 0),
        ({"layer": "collective"}, 1),
        ({"county": "421281"}, 0),
        ({"at": "2019-12-31"}, 0),
        ({"bbox": "530050,3300010,530060,3300020", "crs": "EPSG:4547"}, 2),
        ({"bbox": "113,29,115,31"}, 3),
    ],
)
def test_filters_of_parcels(client, city, query, expected):
    assert len(client.get("/api/v1/parcels", query_string=query).json["features"]) == expected


@pytest.mark.parametrize(
    "query",
    [
        "bbox=1,2,3", "bbox=a,b,c,d", "bbox=3,2,1,4", "bbox=nan,2,3,4", "bbox=-inf,-inf,inf,inf", "layer=x",
        "limit=0", "limit=5_0", "limit=+5", "cursor=!", "cursor=WyJhIl0", "known_at=x", "known_at=1",
        "at=2020-1-1",
        "at=1420070400", "at=2020-01-01T00:00:00Z", "code=42120200100", f"code={LAND}X", "nothing=1",
    ],
)  # fmt: skip
def test_bad_filters_are_refused(client, query):
    answer = client.get(f"/api/v1/parcels?{query}")
    assert answer.status_code in {400, 422}
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("query", ["history?at=2020-01-01", "lineage?at=2020-01-01", "lineage?nothing=1"])
def test_what_a_history_does_not_know_is_refused(client, city, query):
    assert client.get(f"/api/v1/parcels/{LAND}/{query}").json["code"] == "request_invalid"


def test_boundary_points_file(client, city):
    answer = client.get(f"/api/v1/parcels/{LAND}/points.txt")
    lines = answer.text.split("\r\n")
    assert "带号=38" in lines
    assert lines[13:18] == [
        "J1,1,3300030.000,38530000.000",
        "J2,1,3300030.000,38530030.000",
        "J3,1,3300000.000,38530030.000",
        "J4,1,3300000.000,38530000.000",
        "J1,1,3300030.000,38530000.000",
    ]


def test_extract_has_three_answers(client, city):
    themes = {one["theme"]: one for one in client.get(f"/api/v1/parcels/{LAND}/extract").json["themes"]}
    assert themes["collective"]["answer"] == "concerned"
    assert themes["collective"]["objects"] == [{"code": "421202001001JA00001", "area_m2": 900}]
    assert themes["buildings"]["answer"] == "concerned"
    assert (themes["forest"]["answer"], themes["planning"]["answer"]) == ("no_data", "no_data")
    neighbour = client.get("/api/v1/parcels/421202001001GB00002/extract").json["themes"]
    assert {one["theme"]: one["answer"] for one in neighbour}["buildings"] == "not_concerned"


def test_lineage_of_a_split(client, db, city):
    with db.transaction(SYSTEM) as conn:
        halves = [
            NewVersion("421202001001GB00003", Layer.USE_SURFACE, square(40, 0, 20, 40)),
            NewVersion("421202001001GB00004", Layer.USE_SURFACE, square(60, 0, 20, 40)),
        ]
        parcels.split(conn, "421202001001GB00002", halves, valid_from=date(2024, 1, 1), now=NOW)
    answer = client.get("/api/v1/parcels/421202001001GB00003/lineage").json
    assert answer["parents"] == ["421202001001GB00002"]
    assert answer["items"][0]["area_m2"] == 800
    assert client.get("/api/v1/parcels/421202001001GB00002").status_code == 404
    assert client.get("/api/v1/parcels/421202001001GB00002?at=2023-12-31").status_code == 200


def test_counties_with_the_notice(client):
    answer = client.get("/api/v1/counties").json
    assert [one["id"] for one in answer["features"]] == [
        "421202",
        "421221",
        "421222",
        "421223",
        "421224",
        "421281",
    ]
    assert answer["boundary_set"]["legal"] is False
    assert answer["boundary_set"]["accuracy_m"] == 100
    answer = client.get("/api/v1/counties?at=1900-01-01")
    assert (answer.status_code, answer.json["code"]) == (404, "no_boundary_set_on")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (LAND, "parcel"),
        (FLAT, "unit"),
        ("421202 001001 GB00001 W00000000", "unit"),
        ("温泉路12号1单元", "unit"),
        ("29.84, 114.32", "coordinates"),
        ("38530925.100 3302420.193", "coordinates"),
    ],
)
def test_search(client, city, words, kind):
    items = client.get("/api/v1/search", query_string={"q": words}).json["items"]
    assert items[0]["kind"] == kind
    assert 113 < items[0]["lon"] < 115


def test_search_finds_nothing(client, city):
    assert client.get("/api/v1/search", query_string={"q": "没有这个地方"}).json == {"items": []}


def test_the_page_of_a_unit_is_for_those_who_work_and_is_recorded(client, db, city):
    assert client.get(f"/api/v1/units/{FLAT}").status_code == 401
    page = client.get(f"/api/v1/units/{FLAT}", headers=bearer(client, "clerk_x")).json
    assert (page["housing"], page["area_m2"], page["building"]["floors"]) == (True, 98.5, 6)
    assert [one["unit_code"] for one in page["units"]] == [LAND + "W00000000", FLAT]
    assert page["parcel"]["properties"]["parcel_code"] == LAND
    with db.transaction(SYSTEM) as conn:
        rows = conn.execute("SELECT login, subject FROM registry.audit WHERE action = 'unit.read'").fetchall()
    assert rows == [("clerk_x", FLAT)]


def test_no_page_of_an_unknown_unit(client, city):
    answer = client.get(f"/api/v1/units/{LAND}F00010009", headers=bearer(client, "clerk_x"))
    assert (answer.status_code, answer.json["code"]) == (404, "unit_not_found")


def test_two_people_decide_a_county(client, city):
    body = {"subject": LAND, "county_code": "421202", "basis_doc": "文件1号", "reason": "共同上级指定"}
    assert client.post("/api/v1/decisions", json=body, headers=bearer(client, "clerk_x")).status_code == 403
    made = client.post("/api/v1/decisions", json=body, headers=bearer(client, "reg_x"))
    assert (made.status_code, made.json["decided"], made.json["reason"]) == (201, False, "unconfirmed")
    path = f"/api/v1/decisions/{made.json['decision_id']}"
    queue = client.get("/api/v1/decisions?open=true", headers=bearer(client, "boss")).json["items"]
    assert [one["proposed"]["county_code"] for one in queue] == ["421202"]
    own = client.post(f"{path}/confirm", headers=bearer(client, "reg_x"))
    assert (own.status_code, own.json["code"]) == (409, "decision_same_person")
    far = client.post(f"{path}/confirm", headers=bearer(client, "reg_c"))
    assert (far.status_code, far.json["code"]) == (403, "decision_not_yours")
    done = client.post(f"{path}/confirm", headers=bearer(client, "rev"))
    assert (done.json["county_code"], done.json["decided"], done.json["rule"]) == ("421202", True, "R7")
    shown = client.get(f"{path}?replay=true", headers=bearer(client, "boss")).json
    assert shown["replay"] == {"same": True, "differences": {}}
    assert shown["geometry"]["type"] == "Polygon"
    assert client.get("/api/v1/decisions?open=true", headers=bearer(client, "boss")).json["items"] == []
