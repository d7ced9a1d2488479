"""Buildings and flats that a complete survey no longer names end, unless somebody has a right on them."""

import geopandas as gpd
import pytest
from shapely.geometry import box

from data.access.records import SYSTEM
from registry.cases.acceptance import accept
from registry.rights.records import Kind
from tests.database.registry import town
from tests.web.survey_city import EAST, NORTH, SUBDISTRICT, City
from tests.web.survey_people import work

PARCEL, NEXT = (f"{SUBDISTRICT}GB{number:05d}" for number in (1, 2))
FIRST, SECOND = f"{PARCEL}F0001", f"{PARCEL}F0002"
FAR = f"{NEXT}F0001"
BOTH = {FIRST: 2, SECOND: 2, FAR: 1}
DAY, BEFORE = "2026-06-01", "2026-05-31"


def flat(building, number):
    return f"{building}{number:04d}"


def package(path, houses, *, parcels=(PARCEL, NEXT), tables=("ZRZ", "H")):
    """Write parcels side by side with houses of so many flats."""
    path.unlink(missing_ok=True)
    shapes = {
        PARCEL: box(EAST, NORTH, EAST + 20, NORTH + 30),
        NEXT: box(EAST + 20, NORTH, EAST + 40, NORTH + 30),
    }
    rows = [{"ZDDM": code, "ZDMJ": 600.0} for code in parcels]
    frame(rows, [shapes[code] for code in parcels]).to_file(path, layer="ZD")
    around = box(EAST - 500, NORTH - 500, EAST + 900, NORTH + 900)
    frame([{"djzqdm": SUBDISTRICT}], [around]).to_file(path, layer="subdistricts", mode="a")
    if "ZRZ" in tables:
        rows = [
            {"ZRZH": code, "ZDDM": code[:19], "DSCS": 2, "SCJZMJ": 50.0 * n} for code, n in houses.items()
        ]
        frame(rows, [footprint(code) for code in houses]).to_file(path, layer="ZRZ", mode="a")
    if "H" in tables:
        plain = {
            "CH": 1,
            "FWYT1": "11",
            "ZL": "永安大道1号",
            "SCJZMJ": 50.0,
            "SCTNJZMJ": 40.0,
            "SCFTJZMJ": 10.0,
        }
        rows = [
            plain | {"ZRZH": code, "BDCDYH": flat(code, number), "SHBW": str(number)}
            for code, count in houses.items()
            for number in range(1, count + 1)
        ]
        frame(rows, [None] * len(rows)).to_file(path, layer="H", mode="a")
    return path.read_bytes()


def footprint(code):
    west = EAST + (20 if code[:19] == NEXT else 0) + 10 * (code[-1] == "2")
    return box(west + 1, NORTH + 5, west + 9, NORTH + 15)


def frame(rows, shapes):
    return gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4547")


@pytest.fixture
def city(app, db, tmp_path):
    found = City(app, db, tmp_path)
    register(found, BOTH, project_code="P1", effective_on="2026-01-01")
    return found


def send(city, houses, **more):
    """Send a survey and have it checked and submitted."""
    survey_id = checked(city, houses, **more)
    found = city.get(f"/surveys/{survey_id}")
    assert found["counts"]["errors"] == 0, city.get(f"/surveys/{survey_id}/findings")
    city.post(f"/surveys/{survey_id}/submit")
    return survey_id


def checked(city, houses, *, project_code="P2", scope="complete", effective_on=DAY, **more):
    order = {
        "project_code": project_code,
        "scope": scope,
        "effective_on": effective_on,
        "kind": "initial_load",
    }
    data = package(city.tmp_path / "survey.gpkg", houses, **more)
    survey_id = city.send(data, "survey.gpkg", source_layer="ZD", **order).json["id"]
    work(city.app)
    return survey_id


def open_case(city, unit_code):
    """Accept a case on a flat; returns its number."""
    people = ("transferor", town.LI), ("transferee", town.WANG)
    new = town.application(city.db, "existing_house_transfer", [unit_code], *people)
    return accept(city.db, town.CLERK, new, now=town.NOW, search_key=town.KEY).case.case_no


def register(city, houses, **more):
    survey_id = send(city, houses, **more)
    answer = city.post(f"/surveys/{survey_id}/decision", {"decision": "accept"}, "reviewer")
    assert answer["status"] == "registered"
    return survey_id


def standing(city, day):
    """Return the buildings on both parcels with their flats."""
    return {
        building["building_code"]: [unit["unit_code"] for unit in building["units"]]
        for parcel in (PARCEL, NEXT)
        for building in city.get(f"/parcels/{parcel}/buildings?at={day}")["items"]
    }


def named(houses):
    return {code: [flat(code, number) for number in range(1, count + 1)] for code, count in houses.items()}


def test_a_flat_and_a_building_that_are_absent_end_and_stay_readable(city):
    survey_id = register(city, {FIRST: 1, FAR: 1})
    assert standing(city, DAY) == named({FIRST: 1, FAR: 1})
    assert standing(city, BEFORE) == named(BOTH)
    ended = city.get(f"/surveys/{survey_id}/changes")["ended"]
    assert ended["buildings"] == [SECOND]
    assert ended["flats"] == [flat(FIRST, 2), flat(SECOND, 1), flat(SECOND, 2)]
    assert ended["held"] == 0
    history = city.get(f"/parcels/{PARCEL}/buildings?at={DAY}")["items"]
    assert [one["building_code"] for one in history] == [FIRST]
    city.get(f"/units/{flat(SECOND, 1)}", "reviewer", expect=404)
    with city.db.transaction(SYSTEM) as conn:
        query = "SELECT count(*) FROM spatial.building_unit_version WHERE unit_code = %s AND upper_inf(known)"
        assert conn.execute(query, [flat(SECOND, 1)]).fetchone() == (1,)
        layers = conn.execute("SELECT layer FROM map.change ORDER BY change_id DESC LIMIT 1").fetchone()
    assert layers == ("buildings",)


def test_a_partial_survey_ends_nothing(city):
    survey_id = register(city, {FIRST: 1}, scope="partial")
    assert standing(city, DAY) == named(BOTH)
    ended = {"buildings": [], "flats": [], "held": 0, "open_cases": 0}
    assert city.get(f"/surveys/{survey_id}/changes")["ended"] == ended


def test_parcels_that_are_not_in_the_survey_keep_what_stands_on_them(city):
    register(city, {FIRST: 2}, parcels=[PARCEL])
    assert standing(city, DAY) == named({FIRST: 2, FAR: 1})


@pytest.mark.parametrize(
    ("tables", "left"),
    [
        ((), BOTH),
        (("ZRZ",), {FIRST: 2, FAR: 1}),  # buildings are named, flats are not spoken of
        (("H",), {FIRST: 1, SECOND: 2, FAR: 1}),  # flats of the buildings that are named
    ],
)
def test_a_table_that_did_not_come_says_nothing(city, tables, left):
    register(city, {FIRST: 1, FAR: 1}, tables=tables)
    assert standing(city, DAY) == named(left)


@pytest.mark.parametrize("right", [Kind.OWNERSHIP, Kind.SEIZURE])
@pytest.mark.parametrize("houses", [{FIRST: 1, SECOND: 2, FAR: 1}, {SECOND: 2, FAR: 1}])
def test_a_flat_with_a_right_is_never_ended(city, right, houses):
    with city.db.transaction(SYSTEM) as conn:
        town.enter_right(conn, flat(FIRST, 2), town.LI, kind=right, right_type="4")
    before = city.rows()["parcel_version"]
    survey_id = send(city, houses)
    ended = city.get(f"/surveys/{survey_id}/changes", "reviewer")["ended"]
    assert (ended["held"], ended["held_units"]) == (1, [flat(FIRST, 2)])
    assert "held_units" not in city.get(f"/surveys/{survey_id}/changes")["ended"]
    body = {"decision": "accept"}
    answer = city.post(f"/surveys/{survey_id}/decision", body, "reviewer", expect=409)
    assert answer["code"] == "units_still_held"
    assert [one["unit_code"] for one in answer["errors"]] == [flat(FIRST, 2)]
    assert standing(city, DAY) == named(BOTH)
    assert city.rows()["parcel_version"] == before
    assert city.get(f"/surveys/{survey_id}")["status"] == "submitted"


@pytest.mark.parametrize("houses", [{FIRST: 1, SECOND: 2, FAR: 1}, {SECOND: 2, FAR: 1}])
def test_a_flat_of_an_open_case_ends_only_with_a_reason(city, houses):
    case_no = open_case(city, flat(FIRST, 2))
    survey_id = checked(city, houses)
    ended = city.get(f"/surveys/{survey_id}/changes", "reviewer")["ended"]
    assert (ended["open_cases"], ended["cases"], ended["held"]) == (1, [case_no], 0)
    told = city.get(f"/surveys/{survey_id}/changes")["ended"]
    assert (told["open_cases"], "cases" in told) == (1, False)
    (error,) = errors(city, survey_id)
    assert (error["rule_id"], error["object_id"]) == ("under_case", flat(FIRST, 2))
    assert city.post(f"/surveys/{survey_id}/submit", expect=409)["code"] == "survey_has_errors"
    decide(city, survey_id, expect=409)
    assert standing(city, DAY) == named(BOTH)
    waiver = {"finding_id": error["finding_id"], "reason": "房屋已拆除，案件由受理机构告知撤回"}
    assert decide(city, survey_id, waivers=[waiver])["status"] == "registered"
    assert flat(FIRST, 2) not in standing(city, DAY).get(FIRST, [])


def test_a_case_accepted_after_the_check_stops_the_registration(city):
    survey_id = send(city, {FIRST: 1, SECOND: 2, FAR: 1})
    open_case(city, flat(FIRST, 2))
    refused = decide(city, survey_id, expect=409)
    assert refused["code"] == "survey_recheck_errors"
    assert [one["object_id"] for one in refused["errors"]] == [flat(FIRST, 2)]
    assert standing(city, DAY) == named(BOTH)


def test_a_case_on_a_flat_that_stays_hinders_nothing(city):
    open_case(city, flat(FIRST, 1))
    survey_id = checked(city, {FIRST: 1, SECOND: 2, FAR: 1})
    assert errors(city, survey_id) == []
    assert city.get(f"/surveys/{survey_id}/changes")["ended"]["open_cases"] == 0


def errors(city, survey_id):
    rows = [row["properties"] for row in city.get(f"/surveys/{survey_id}/findings")["features"]]
    return [row for row in rows if row["severity"] == "error"]


def decide(city, survey_id, *, expect=200, **more):
    body = {"decision": "accept", **more}
    return city.post(f"/surveys/{survey_id}/decision", body, "reviewer", expect=expect)


def test_on_the_first_day_nothing_is_left_of_a_flat(city):
    register(city, {FIRST: 1, SECOND: 2, FAR: 1}, effective_on="2026-01-01")
    assert flat(FIRST, 2) not in standing(city, "2026-01-01")[FIRST]
    assert flat(FIRST, 2) not in standing(city, DAY)[FIRST]
