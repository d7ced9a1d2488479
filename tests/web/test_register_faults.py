"""Faults of the register over HTTP: reported, decided, mended, counted."""

import pytest

from data.access.records import SYSTEM
from tests.web.survey_city import EAST, NORTH, SUBDISTRICT, block
from tests.web.test_reviews import answer, decide, errors_of

CODE = f"{SUBDISTRICT}GB00001"


@pytest.fixture
def overlap(city):
    """A registered block and a survey that overlaps it: the finding names the parcel."""
    city.registered(block())
    survey = city.checked(block(1, moved=-5.0, first=50), project_code="P2")
    (found,) = [row for row in errors_of(city, survey) if row["rule_id"] == "T10"]
    return survey, found


def report(city, login="surveyor", expect=201, **body):
    return city.post("/register-faults", {"description": "界线画错了", **body}, login, expect)


def act(city, fault, action, login="reviewer", expect=200, **more):
    return city.post(
        f"/register-faults/{fault['fault_id']}/actions", {"action": action, **more}, login, expect
    )


def test_a_fault_goes_its_round_from_a_finding(city, overlap):
    survey, found = overlap
    fault = report(city, finding_id=found["finding_id"], parcel_codes=[CODE])
    assert (fault["state"], fault["rule_id"], fault["survey_id"]) == ("open", "T10", survey["id"])
    assert fault["county_code"] == "421224"
    assert 114.7 < fault["place"]["lon"] < 114.8
    assert act(city, fault, "confirm", comment="档案与图不符")["state"] == "confirmed"
    mending = city.checked(block(moved=0.004), project_code="P3", kind="correction")
    refused = act(city, fault, "mend", survey_id=mending["id"], expect=422)
    assert refused["code"] == "register_fault_not_registered"
    city.post(f"/surveys/{mending['id']}/submit")
    decide(city, mending)
    done = act(city, fault, "mend", survey_id=mending["id"])
    assert (done["state"], done["mended_by_survey_id"]) == ("mended", mending["id"])
    course = city.get(f"/register-faults/{fault['fault_id']}")["events"]
    assert [(step["state"], step["by"]) for step in course] == [
        ("open", "surveyor"),
        ("confirmed", "reviewer"),
        ("mended", "reviewer"),
    ]
    assert act(city, fault, "reject", expect=409)["code"] == "register_fault_state_wrong"


def test_a_place_or_a_parcel_is_enough(city):
    city.registered(block())
    by_place = report(city, place={"lon": 114.743, "lat": 29.53})
    assert by_place["county_code"] == "421224"
    by_parcel = report(city, parcel_codes=[CODE])
    with city.db.transaction(SYSTEM) as conn:
        east, north = conn.execute(
            "SELECT ST_X(place), ST_Y(place) FROM spatial.register_fault WHERE fault_id = %s",
            [by_parcel["fault_id"]],
        ).fetchone()
    assert EAST < east < EAST + 20
    assert NORTH < north < NORTH + 30


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "register_fault_without_place"),
        ({"parcel_codes": [f"{SUBDISTRICT}GB99999"]}, "register_fault_parcel_unknown"),
        ({"finding_id": 987654}, "register_fault_finding_unknown"),
        ({"place": {"lon": 10.0, "lat": 29.5}}, "request_invalid"),
        ({"place": {"lon": 114.7, "lat": 29.5}, "description": "   "}, "request_invalid"),
        ({"place": {"lon": 114.7, "lat": 29.5}, "county": "421224"}, "request_invalid"),
        ({"parcel_codes": ["nonsense"]}, "unit_code_bad"),
    ],
)
def test_a_report_that_says_too_little_is_refused_and_leaves_nothing(city, body, code):
    assert report(city, expect=422, **body)["code"] == code
    assert city.get("/register-faults")["items"] == []


def test_others_faults_and_findings_are_not_seen(city, overlap):
    _, found = overlap
    report(city, login="surveyor2", finding_id=found["finding_id"], expect=404)
    fault = report(city, finding_id=found["finding_id"])
    city.get(f"/register-faults/{fault['fault_id']}", "surveyor2", 404)
    assert city.get("/register-faults", "surveyor2")["items"] == []
    act(city, fault, "confirm", login="surveyor", expect=403)
    city.get("/register-faults", "clerk", 403)


def test_the_list_is_paged_and_filtered(city):
    city.registered(block())
    made = [report(city, parcel_codes=[CODE])["fault_id"] for _ in range(3)]
    first = city.get("/register-faults?limit=2", "reviewer")
    rest = city.get(f"/register-faults?limit=2&cursor={first['next']}", "reviewer")
    assert [row["fault_id"] for row in first["items"] + rest["items"]] == made[::-1]
    act(city, {"fault_id": made[0]}, "reject", comment="图是对的")
    assert [row["fault_id"] for row in city.get("/register-faults?state=rejected", "reviewer")["items"]] == [
        made[0]
    ]
    groups = {group["kind"]: group["count"] for group in city.get("/inbox", "reviewer")["groups"]}
    assert groups["register_faults"] == 2


def waive(city, project, first, **more):
    """Let the one error of a survey pass, its declared area, and accept it."""
    frame = block(1, first=first, moved=20.0 * first)
    frame.loc[0, "ZDMJ"] = 700.0
    survey = city.checked(frame, project_code=project)
    (area,) = errors_of(city, survey)
    answer(city, survey, [area["finding_id"]], **more)
    decide(city, survey)
    return survey, area


def test_exceptions_are_counted_by_rule_and_office(city, overlap):
    _, found = overlap
    report(city, finding_id=found["finding_id"])
    waive(city, "P4", 12)
    told = city.get("/exceptions/counts?lang=en", "reviewer")
    rules = {row["rule_id"]: (row["waivers"], row["faults_open"]) for row in told["rules"]}
    assert rules == {"T10": (0, 1), "T31": (1, 0)}
    assert [(row["office"], row["waivers"], row["faults_open"]) for row in told["offices"]] == [
        ("tongshan", 1, 1)
    ]
    assert told["total"]["waivers"] == 1
    empty = city.get("/exceptions/counts?from=2001-01-01&to=2001-12-31", "reviewer")
    assert empty["items"] == []
    city.get("/exceptions/counts", "surveyor", 403)


def test_waivers_are_listed_with_reason_person_and_end(city):
    first, area = waive(city, "P4", 12)
    waive(city, "P5", 14, reason_code="W9", reason="以图形为准", until="2099-01-01")
    newest = city.get("/exceptions/waivers?limit=1", "reviewer")
    (latest,) = newest["items"]
    assert (latest["reason_code"], latest["reason"], latest["until"]) == ("W9", "以图形为准", "2099-01-01")
    assert latest["ended"] is False
    (one,) = city.get(f"/exceptions/waivers?limit=1&cursor={newest['next']}", "reviewer")["items"]
    assert (one["survey_id"], one["finding_id"], one["rule_id"]) == (first["id"], area["finding_id"], "T31")
    assert (one["object_id"], one["office"], one["decided_by"]) == (
        f"{SUBDISTRICT}GB00012",
        "tongshan",
        "reviewer",
    )
    assert one["until"] is None

    def count(query):
        return len(city.get(f"/exceptions/waivers?{query}", "reviewer")["items"])

    assert (count("rule=T31"), count("rule=T10")) == (2, 0)
    assert (count("county=421224"), count("county=421202")) == (2, 0)
    assert count("from=2001-01-01&to=2001-12-31") == 0
    city.get("/exceptions/waivers", "surveyor", 403)
