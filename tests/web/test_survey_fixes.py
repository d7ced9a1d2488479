"""Accepting fixes over HTTP: a new draft, the old one kept, neighbours only proposed to."""

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import Polygon, box

from data.access.records import SYSTEM
from tests.web.survey_city import EAST, NORTH, SUBDISTRICT, block
from tests.web.survey_people import work

FIRST = f"{SUBDISTRICT}GB00001"


def findings(city, survey, *rules):
    rows = city.get(f"/surveys/{survey['id']}/findings?crs=EPSG:4547")["features"]
    return [row for row in rows if row["properties"]["rule_id"] in rules]


def fix(city, survey, rows, *, login="surveyor", expect=202):
    body = {"finding_ids": [row["properties"]["finding_id"] for row in rows]}
    return city.post(f"/surveys/{survey['id']}/fixes", body, login, expect)


def faulty():
    """Two parcels that overlap by 3 cm; the first has a spike and names a corner twice."""
    first = Polygon(
        [(EAST + x, NORTH + y) for x, y in (
            (0, 0), (20.03, 0), (20.03, 0), (20.03, 30), (10.05, 30), (10.025, 40), (10, 30), (0, 30),
        )]
    )  # fmt: skip
    second = box(EAST + 20, NORTH - 5, EAST + 40, NORTH + 35)
    codes = [FIRST, f"{SUBDISTRICT}GB00002"]
    return gpd.GeoDataFrame({"zddm": codes}, geometry=[first, second], crs="EPSG:4547")


def shapes(db, survey):
    with db.transaction(SYSTEM) as conn:
        query = "SELECT geom FROM spatial.survey_feature WHERE survey_id = %s ORDER BY feature_no"
        return [row[0] for row in conn.execute(query, [survey["id"]]).fetchall()]


def test_fixes_of_one_parcel_are_merged_into_one_draft(city):
    survey = city.checked(faulty())
    rows = findings(city, survey, "T02", "T03", "T10")
    facts = {row["properties"]["fix_facts"]["code"] for row in rows}
    assert facts == {"remove_repeated", "remove_spike", "cut_overlap"}
    assert all(row["properties"]["fix"]["type"] == "MultiPolygon" for row in rows)
    before = shapes(city.db, survey)
    answer = fix(city, survey, rows)
    assert (answer["status"], answer["draft_no"], answer["proposed"]) == ("received", 2, [])
    work(city.app)
    again = city.get(f"/surveys/{survey['id']}")
    assert again["status"] == "checked"
    assert findings(city, survey, "T02", "T03", "T10") == []
    after = shapes(city.db, survey)
    assert after[0].area == pytest.approx(600.0)
    assert shapely.equals_exact(after[1], before[1])
    # What was is kept: the run, its findings, the shape.
    (kept,) = city.get(f"/surveys/{survey['id']}/fixes")["fixes"]
    assert (kept["draft_no"], kept["feature_no"], sorted(kept["codes"])) == (2, 1, sorted(facts))
    with city.db.transaction(SYSTEM) as conn:
        runs = conn.execute("SELECT count(*) FROM spatial.survey_run").fetchone()
        (old,) = conn.execute("SELECT geom_before FROM spatial.survey_fix").fetchone()
    assert runs == (2,)
    assert shapely.equals_exact(old, before[0])


def test_the_second_time_does_nothing(city):
    survey = city.checked(faulty())
    rows = findings(city, survey, "T03")
    first = fix(city, survey, rows)
    work(city.app)
    assert fix(city, survey, rows) == first | {"status": "checked"}
    with city.db.transaction(SYSTEM) as conn:
        assert conn.execute("SELECT count(*) FROM spatial.survey_fix").fetchone() == (1,)


def test_findings_of_an_earlier_run_are_refused_by_name(city):
    survey = city.checked(faulty())
    old = findings(city, survey, "T10")
    fix(city, survey, findings(city, survey, "T03"))
    work(city.app)
    refused = fix(city, survey, old, expect=422)
    assert refused["code"] == "fix_unknown"
    assert [error["finding_id"] for error in refused["errors"]] == [old[0]["properties"]["finding_id"]]


def neighbour_lacks_a_point(city):
    city.registered(block(1))
    lower = box(EAST + 20, NORTH, EAST + 40, NORTH + 10)
    upper = box(EAST + 20, NORTH + 10, EAST + 40, NORTH + 30)
    codes = [f"{SUBDISTRICT}GB0000{n}" for n in (2, 3)]
    frame = gpd.GeoDataFrame({"zddm": codes}, geometry=[lower, upper], crs="EPSG:4547")
    return city.checked(frame, project_code="P2", kind="new")


def test_a_registered_neighbour_is_only_proposed_to(city):
    survey = neighbour_lacks_a_point(city)
    row = findings(city, survey, "T12")[0]
    assert row["properties"]["fix_facts"]["parcel_code"] == FIRST
    answer = fix(city, survey, [row])
    assert (answer["status"], answer["draft_no"], answer["fixed"]) == ("checked", 1, [])
    assert answer["proposed"] == [row["properties"]["finding_id"]]
    city.post(f"/surveys/{survey['id']}/submit")
    shown = city.get(f"/surveys/{survey['id']}/fixes?crs=EPSG:4547", "reviewer")["proposals"]["features"]
    assert [one["properties"]["parcel_code"] for one in shown] == [FIRST]
    assert [EAST + 20, NORTH + 10] in shown[0]["geometry"]["coordinates"][0][0]
    city.post(f"/surveys/{survey['id']}/decision", {"decision": "accept"}, "reviewer")
    with city.db.transaction(SYSTEM) as conn:
        query = "SELECT count(*) FROM spatial.parcel_version WHERE parcel_code = %s"
        assert conn.execute(query, [FIRST]).fetchone() == (1,)


def test_who_and_when(city):
    survey = city.checked(faulty())
    rows = findings(city, survey, "T03")
    fix(city, survey, rows, login="surveyor2", expect=404)
    fix(city, survey, rows, login="reviewer", expect=403)
    assert city.post(f"/surveys/{survey['id']}/fixes", {"finding_ids": []}, expect=422)["code"]
    clean = city.checked(block(2, first=60, moved=500.0), project_code="P9")
    assert fix(city, clean, rows, expect=422)["code"] == "fix_unknown"
    city.post(f"/surveys/{clean['id']}/submit")
    assert fix(city, clean, rows, expect=409)["code"] == "survey_state_wrong"


def test_fixes_that_exclude_each_other_are_refused_by_name(city, monkeypatch):
    survey = city.checked(faulty())
    rows = findings(city, survey, "T03")
    with city.db.transaction(SYSTEM) as conn:
        # Meanwhile the draft lost the spike.
        conn.execute(
            "UPDATE spatial.survey_feature SET geom = ST_Multi(ST_MakeEnvelope(%s, %s, %s, %s, 4547))"
            " WHERE survey_id = %s AND feature_no = 1",
            [EAST, NORTH, EAST + 20, NORTH + 30, survey["id"]],
        )
    refused = fix(city, survey, rows, expect=409)
    assert refused["code"] == "fix_conflict"
    assert refused["errors"][0]["object_id"] == FIRST
    assert refused["errors"][0]["finding_ids"] == [rows[0]["properties"]["finding_id"]]
    with city.db.transaction(SYSTEM) as conn:
        assert conn.execute("SELECT count(*) FROM spatial.survey_fix").fetchone() == (0,)
