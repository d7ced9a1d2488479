"""The way of a survey file through the HTTP interface."""

import json

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import MultiPolygon, box

from data.access.records import SYSTEM
from tests.web.survey_city import EAST, NORTH, SUBDISTRICT, block, package
from tests.web.survey_people import work


def test_a_file_becomes_live_parcels(city):
    survey = city.registered(block())
    assert survey["counts"]["features"] == 4
    assert survey["counts"]["rules_passed"] > 5
    assert survey["run"]["tolerance_m"] == 0.001
    with city.db.transaction(SYSTEM) as conn:
        rows = conn.execute(
            "SELECT parcel_code, calculated_area_m2::float8, survey_id FROM spatial.parcel_version ORDER BY 1"
        ).fetchall()
    assert rows == [(f"{SUBDISTRICT}GB{n:05d}", 600.0, survey["id"]) for n in range(1, 5)]


def test_the_answer_names_the_place_and_the_course_is_kept(city):
    answer = city.send(package(block(), city.tmp_path), project_code="P1")
    assert answer.headers["Location"].endswith(f"/api/v1/surveys/{answer.json['id']}")
    assert answer.json["status"] == "received"
    work(city.app)
    events = [event["status"] for event in city.get(f"/surveys/{answer.json['id']}")["events"]]
    assert events == ["received", "checking", "checked"]


def test_the_same_bytes_give_the_same_submission_and_others_a_conflict(city):
    data = package(block(), city.tmp_path)
    first = city.send(data, project_code="P1").json["id"]
    assert city.send(data, project_code="P1").json["id"] == first
    other = city.send(package(block(5), city.tmp_path), project_code="P1", expect=409)
    assert other.json["code"] == "survey_version_taken"
    assert city.send(package(block(5), city.tmp_path), project_code="P1", version="2").json["id"] != first


def test_errors_block_until_a_reviewer_waives_them_with_a_reason(city):
    frame = block()
    frame.loc[1, "ZDMJ"] = 700.0
    survey = city.checked(frame)
    assert survey["counts"]["errors"] == 1
    refused = city.post(f"/surveys/{survey['id']}/submit", expect=409)
    assert refused["code"] == "survey_has_errors"
    (error,) = [
        feature
        for feature in city.get(f"/surveys/{survey['id']}/findings")["features"]
        if feature["properties"]["severity"] == "error"
    ]
    properties = error["properties"]
    assert (properties["rule_id"], properties["measured"], properties["unit"]) == ("T31", 100.0, "m2")
    assert 114 < error["geometry"]["coordinates"][0] < 115
    waiver = {"finding_id": properties["finding_id"], "reason": "以图形为准"}
    body = {"decision": "accept", "comment": "", "waivers": [waiver]}
    assert city.post(f"/surveys/{survey['id']}/decision", body, "reviewer")["status"] == "registered"


def test_a_waiver_of_an_unknown_finding_is_refused(city):
    survey = city.checked(block())
    city.post(f"/surveys/{survey['id']}/submit")
    body = {"decision": "accept", "waivers": [{"finding_id": 987654, "reason": "x"}]}
    assert city.post(f"/surveys/{survey['id']}/decision", body, "reviewer", 422)["code"] == "waiver_unknown"


def test_a_returned_submission_is_not_registered(city):
    survey = city.checked(block())
    city.post(f"/surveys/{survey['id']}/submit")
    body = {"decision": "return", "comment": "缺四至"}
    assert city.post(f"/surveys/{survey['id']}/decision", body, "reviewer")["status"] == "returned"
    assert city.get(f"/surveys/{survey['id']}")["decision"]["comment"] == "缺四至"
    assert city.rows()["parcel_version"] == 0


def test_overlap_with_the_register_is_found_with_its_place(city):
    city.registered(block())
    survey = city.checked(block(1, moved=-5.0, first=50), project_code="P2")
    overlaps = [
        feature["properties"]
        for feature in city.get(f"/surveys/{survey['id']}/findings")["features"]
        if feature["properties"]["rule_id"] == "T10"
    ]
    assert [(row["severity"], row["other_id"], row["measured"]) for row in overlaps] == [
        ("error", f"{SUBDISTRICT}GB00001", 450.0)
    ]
    assert overlaps[0]["limit"] == 0.01
    assert overlaps[0]["fix"]["type"] == "MultiPolygon"


def test_a_split_is_told_before_and_kept_after(city):
    city.registered(block(1))
    halves = [box(EAST, NORTH, EAST + 10, NORTH + 30), box(EAST + 10, NORTH, EAST + 20, NORTH + 30)]
    codes = [f"{SUBDISTRICT}GB0000{n}" for n in (8, 9)]
    frame = gpd.GeoDataFrame({"zddm": codes}, geometry=halves, crs="EPSG:4547")
    survey = city.checked(frame, project_code="P2", kind="new")
    answer = city.get(f"/surveys/{survey['id']}/changes")
    (change,) = answer["features"]
    assert change["properties"]["change"] == "split"
    assert change["properties"]["new_codes"] == codes
    assert change["properties"]["old_codes"] == [f"{SUBDISTRICT}GB00001"]
    assert change["properties"]["area_delta_m2"] == 0
    assert answer["counts"] == {"split": 1}
    city.post(f"/surveys/{survey['id']}/submit")
    city.post(f"/surveys/{survey['id']}/decision", {"decision": "accept"}, "reviewer")
    with city.db.transaction(SYSTEM) as conn:
        assert conn.execute("SELECT kind, area_m2::float8 FROM spatial.lineage").fetchall() == [
            ("split", 300.0),
            ("split", 300.0),
        ]


def test_the_register_may_have_changed_since_the_check(city):
    first = city.checked(block(), project_code="P1")
    second = city.checked(block(1, moved=-5.0, first=50), project_code="P2")
    for survey in (first, second):
        city.post(f"/surveys/{survey['id']}/submit")
    city.post(f"/surveys/{first['id']}/decision", {"decision": "accept"}, "reviewer")
    refused = city.post(f"/surveys/{second['id']}/decision", {"decision": "accept"}, "reviewer", 409)
    assert refused["code"] == "survey_recheck_errors"
    assert refused["errors"][0]["rule_id"] == "T10"
    assert city.get(f"/surveys/{second['id']}")["status"] == "submitted"


def test_a_precheck_stores_nothing(city):
    before = city.rows()
    frame = block()
    frame.geometry = [*frame.geometry[:3], MultiPolygon([frame.geometry[3].buffer(0.2, join_style=2)])]
    report = city.send(package(frame, city.tmp_path), expect=200, path="/checks").json
    assert report["counts"]["errors"] >= 1
    assert {finding["rule_id"] for finding in report["findings"]} >= {"T10", "T31"}
    assert report["run"]["rule_set_sha256"]
    assert city.rows() == before
    assert not list(city.app.extensions["ningtu"].settings.files_dir.glob("*"))


def test_a_refused_file_leaves_nothing(city):
    before = city.rows()
    frame = block()
    frame.geometry = frame.geometry.map(lambda geom: shapely.transform(geom, lambda xy: xy[:, ::-1]))
    answer = city.send(package(frame, city.tmp_path), project_code="P1", expect=422)
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == "axes_swapped"
    assert "颠倒" in answer.json["detail"]
    assert city.rows() == before
    assert not list(city.app.extensions["ningtu"].settings.files_dir.glob("*"))


def test_the_past_is_for_loads_and_corrections(city):
    data = package(block(), city.tmp_path)
    answer = city.send(data, project_code="P1", kind="new", effective_on="2020-01-01", expect=422)
    assert answer.json["code"] == "effective_on_wrong"
    city.send(data, project_code="P1", kind="initial_load", effective_on="2020-01-01")


def test_a_surveyor_sees_own_submissions_only(city):
    survey = city.checked(block())
    for path in ("", "/findings", "/changes", "/features", "/file"):
        city.get(f"/surveys/{survey['id']}{path}", "surveyor2", expect=404)
    assert city.get("/surveys", "surveyor2")["items"] == []
    assert [row["id"] for row in city.get("/surveys", "reviewer")["items"]] == [survey["id"]]
    city.get("/surveys", "clerk", expect=403)


def test_drafts_are_shown_in_degrees_or_metres(city):
    survey = city.checked(block())
    degrees = city.get(f"/surveys/{survey['id']}/features")["features"][0]["geometry"]["coordinates"]
    metres = city.get(f"/surveys/{survey['id']}/features?crs=EPSG:4547")["features"][0]["geometry"][
        "coordinates"
    ]
    assert 114.7 < degrees[0][0][0][0] < 114.8
    assert metres[0][0][0][0] >= EAST


def test_a_submission_can_be_given_up_before_the_check_and_the_job_then_does_nothing(city):
    survey_id = city.send(package(block(), city.tmp_path), project_code="P1").json["id"]
    city.post(f"/surveys/{survey_id}/cancel")
    work(city.app)
    assert city.get(f"/surveys/{survey_id}")["status"] == "cancelled"
    assert city.rows()["survey_run"] == 0


def test_a_geojson_and_a_text_file_are_taken_too(city):
    frame = block()
    data = json.dumps(json.loads(frame.to_crs("EPSG:4490").to_json()) | {"crs": None}).encode()
    survey_id = city.send(data, "a.geojson", project_code="P1", crs="EPSG:4490").json["id"]
    work(city.app)
    survey = city.get(f"/surveys/{survey_id}")
    assert (survey["counts"]["features"], survey["crs"]) == (4, "EPSG:4490")


def test_the_wrong_shape_of_a_request_is_told(city):
    answer = city.client.post(
        "/api/v1/surveys",
        data={"project_code": "P1"},
        headers=city.as_("surveyor"),
        content_type="multipart/form-data",
    )
    assert (answer.status_code, answer.json["code"]) == (422, "file_missing")
    data = package(block(), city.tmp_path)
    assert city.send(data, expect=422).json["code"] == "request_invalid"
    assert city.send(data, project_code="P", layer="roads", expect=422).json["code"] == "request_invalid"
    assert city.send(data, project_code="P", county="421202", expect=422).json["code"] == "request_invalid"


def test_no_waiver_registers_a_parcel_without_a_code(city):
    frame = block()
    frame.loc[2, "zddm"] = None
    survey = city.checked(frame)
    errors = [
        feature["properties"]["finding_id"]
        for feature in city.get(f"/surveys/{survey['id']}/findings")["features"]
        if feature["properties"]["severity"] == "error"
    ]
    body = {"decision": "accept", "waivers": [{"finding_id": found, "reason": "x"} for found in errors]}
    refused = city.post(f"/surveys/{survey['id']}/decision", body, "reviewer", 409)
    assert (refused["code"], refused["errors"][0]["object_id"]) == ("survey_unregistrable", "#3")
    assert city.rows()["parcel_version"] == 0


@pytest.mark.shared_data
def test_county_lines_in_gcj02_are_recognised_by_the_lines_of_the_city(city, shared_data):
    data = (shared_data / "xianning_counties_gcj02_raw.geojson").read_bytes()
    answer = city.send(data, "counties.geojson", path="/checks", expect=422)
    assert answer.json["code"] == "datum_refused"
    assert "GCJ-02" in answer.json["detail"]


def test_findings_and_drafts_are_on_the_map_until_registered(city):
    frame = block()
    frame.loc[1, "ZDMJ"] = 700.0
    survey = city.checked(frame)
    with city.db.transaction(SYSTEM) as conn:
        drafts = conn.execute("SELECT object_code, change FROM map.survey_draft ORDER BY 1").fetchall()
        findings = conn.execute(
            "SELECT survey_id, rule_id FROM map.findings WHERE severity = 'error'"
        ).fetchall()
    assert drafts == [(f"{SUBDISTRICT}GB{n:05d}", "new") for n in range(1, 5)]
    assert findings == [(survey["id"], "T31")]


@pytest.mark.parametrize("area", ["NaN", "inf", "1e999", "-Infinity", 1e300, "1_000", "６００"])
def test_an_area_that_is_no_number_is_not_declared(city, area):
    body = json.loads(block(2).to_json())
    body["features"][0]["properties"]["ZDMJ"] = area
    answer = city.send(
        json.dumps(body).encode(), "a.geojson", path="/checks", kind="initial_load", expect=200
    )
    assert "T31" not in {finding["rule_id"] for finding in answer.json["findings"]}
    assert "area_unreadable" in {finding["code"] for finding in answer.json["findings"]}


def test_a_feature_with_the_zone_number_among_others_without_is_a_finding(city):
    frame = block(3)
    frame.geometry = [*frame.geometry[:2], box(EAST + 38e6, NORTH, EAST + 38e6 + 20, NORTH + 30)]
    answer = city.send(package(frame, city.tmp_path), path="/checks", kind="initial_load", expect=200)
    (outside,) = [finding for finding in answer.json["findings"] if finding["rule_id"] == "T07"]
    assert (outside["feature_no"], outside["geometry"]) == (3, None)


def test_an_idempotency_key_stands_for_one_file(city):
    city.as_("surveyor")["Idempotency-Key"] = "upload-1"
    data = package(block(), city.tmp_path)
    first = city.send(data, project_code="P1")
    assert city.send(data, project_code="P1").json == first.json
    city.send(package(block(3), city.tmp_path), project_code="P2", expect=422)
    city.send(data, project_code="P2", expect=422)


SPIKE = """[地块坐标]
6,0.0600,1,尖刺,面,,,,@
J1,1,3268000.000,38572000.000
J2,1,3268030.000,38572000.000
J3,1,3268030.000,38572010.000
J4,1,3268034.000,38572010.000
J3,1,3268030.000,38572010.000
J5,1,3268030.000,38572020.000
J6,1,3268000.000,38572020.000
"""


def test_a_spike_that_is_a_line_is_a_finding_in_check_and_upload(city):
    report = city.send(SPIKE.encode(), "a.txt", expect=200, path="/checks").json
    assert {"T01", "T03"} <= {finding["rule_id"] for finding in report["findings"]}
    survey_id = city.send(SPIKE.encode(), "a.txt", project_code="SPIKE").json["id"]
    work(city.app)
    assert city.get(f"/surveys/{survey_id}")["status"] == "checked"
