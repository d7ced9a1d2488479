"""What a survey changes, whether areas balance, and whose rights and cases it touches."""

import geopandas as gpd
import pytest
from shapely.geometry import box

from data.access.records import SYSTEM
from registry.cases.acceptance import accept
from registry.rights.records import Kind
from tests.database.registry import town
from tests.web.survey_city import EAST, NORTH, SUBDISTRICT, City, block

FIRST, SECOND = (f"{SUBDISTRICT}GB{number:05d}" for number in (1, 2))


@pytest.fixture
def city(app, db, tmp_path):
    """Four registered parcels: an open case on the first; a right, a mortgage, a seizure on the second."""
    city = City(app, db, tmp_path)
    city.registered(block())
    with db.transaction(SYSTEM) as conn:
        for kind, right_type in ((Kind.USE_RIGHT, "3"), (Kind.MORTGAGE, "95"), (Kind.SEIZURE, "98")):
            town.enter_right(conn, f"{SECOND}W00000000", town.LI, kind=kind, right_type=right_type)
    new = town.application(db, "land_use_first", [f"{FIRST}W00000000"], ("holder", town.WANG))
    city.case_no = accept(db, town.CLERK, new, now=town.NOW, search_key=town.KEY).case.case_no
    return city


def halves_of_both():
    """The first and the second parcel, each cut into two of 10 m × 30 m."""
    shapes = [box(EAST + 10 * n, NORTH, EAST + 10 * (n + 1), NORTH + 30) for n in range(4)]
    codes = [f"{SUBDISTRICT}GB{n + 11:05d}" for n in range(4)]
    return gpd.GeoDataFrame({"zddm": codes}, geometry=shapes, crs="EPSG:4547")


def changes(city, survey, login="surveyor", **query):
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return city.get(f"/surveys/{survey['id']}/changes?{asked}", login)


def by_parent(answer):
    return {row["properties"]["old_codes"][0]: row["properties"] for row in answer["features"]}


def test_a_reviewer_reads_whom_a_change_touches(city):
    survey = city.checked(halves_of_both(), project_code="P2", kind="new")
    rows = by_parent(changes(city, survey, "reviewer"))
    nothing = {"rights": 0, "mortgages": 0, "seizures": 0, "others": 0, "open_cases": 0}
    assert rows[FIRST]["touched"] == nothing | {"open_cases": 1, "units": [], "cases": [city.case_no]}
    assert rows[SECOND]["touched"] == nothing | {
        "rights": 1, "mortgages": 1, "seizures": 1, "units": [f"{SECOND}W00000000"], "cases": [],
    }  # fmt: skip


def test_a_surveyor_reads_how_many_but_no_numbers(city):
    survey = city.checked(halves_of_both(), project_code="P2", kind="new")
    touched = [row["touched"] for row in by_parent(changes(city, survey)).values()]
    assert [one["open_cases"] for one in touched] == [1, 0]
    assert [one["seizures"] for one in touched] == [0, 1]
    assert all("cases" not in one and "units" not in one for one in touched)


def test_a_closed_case_is_no_open_one(city):
    survey = city.checked(halves_of_both(), project_code="P2", kind="new")
    with city.db.transaction(SYSTEM) as conn:
        conn.execute(
            "UPDATE registry.case SET closed_at = now(), status = 'withdrawn' WHERE case_no = %s",
            [city.case_no],
        )
    assert by_parent(changes(city, survey))[FIRST]["touched"]["open_cases"] == 0


def test_areas_are_balanced_within_the_tolerance(city):
    frame = halves_of_both()
    frame.loc[3, "geometry"] = box(EAST + 30, NORTH, EAST + 39.8, NORTH + 30)
    rows = by_parent(changes(city, city.checked(frame, project_code="P2", kind="new")))
    assert (rows[FIRST]["balanced"], rows[SECOND]["balanced"]) == (True, False)
    assert rows[SECOND]["area_delta_m2"] == -6.0
    assert 3.0 < rows[SECOND]["area_tolerance_m2"] < 4.0


def test_attributes_alone_make_a_new_version_of_the_same_shape(city):
    frame = block(2).assign(yt=["0701", None], ZDMJ=[600.0, 600.0])
    survey = city.checked(frame, project_code="P2", kind="resurvey")
    answer = changes(city, survey)
    (row,) = answer["features"]
    facts = {key: row["properties"][key] for key in ("change", "attributes", "moved_m", "parcel_code")}
    assert facts == {
        "change": "attributes", "attributes": ["land_use"], "moved_m": None, "parcel_code": FIRST,
    }  # fmt: skip
    assert answer["parcels"]["attributes"] == 1
    assert (
        city.get(f"/surveys/{survey['id']}/features")["features"][0]["properties"]["change"] == "attributes"
    )
    city.post(f"/surveys/{survey['id']}/submit")
    city.post(f"/surveys/{survey['id']}/decision", {"decision": "accept"}, "reviewer")
    with city.db.transaction(SYSTEM) as conn:
        versions = conn.execute(
            "SELECT land_use, official_area_m2::float8, survey_id FROM spatial.parcel_version"
            " WHERE parcel_code = %s AND upper_inf(known) ORDER BY version_id",
            [FIRST],
        ).fetchall()
    assert versions[-1] == ("0701", 600.0, survey["id"])


def test_what_a_file_leaves_blank_stands(city):
    city.registered(block(1).assign(yt="0701"), project_code="P2", kind="resurvey")
    moved = block(1)
    moved.loc[0, "geometry"] = box(EAST, NORTH, EAST + 20, NORTH + 29.9)
    moved["ZDMJ"] = 598.0
    survey = city.checked(moved, project_code="P3", kind="resurvey")
    city.post(f"/surveys/{survey['id']}/submit")
    city.post(f"/surveys/{survey['id']}/decision", {"decision": "accept"}, "reviewer")
    live = city.get(f"/parcels/{FIRST}", "reviewer")["properties"]
    assert (live["official_area_m2"], live.get("land_use")) == (598.0, "0701")


def test_pages_of_changes_have_no_gap(city):
    survey = city.checked(halves_of_both(), project_code="P2", kind="new")
    first = changes(city, survey, limit=1)
    second = changes(city, survey, limit=1, cursor=first["next"])
    assert "next" not in second
    assert [*by_parent(first), *by_parent(second)] == [FIRST, SECOND]
