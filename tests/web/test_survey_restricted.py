"""Findings on parcels that are seized, mortgaged or under a case; a seizure that comes after the check."""

from datetime import timedelta

import pytest

from data.access.records import SYSTEM
from registry.cases.acceptance import accept
from registry.rights.records import Kind
from registry.rights.service import cancel
from tests.database.registry import town
from tests.web.survey_city import City, block
from tests.web.test_survey_changes import FIRST, SECOND, halves_of_both

RULES = {"seized", "mortgaged", "under_case"}
SEIZURE, MORTGAGE = (Kind.SEIZURE, "98"), (Kind.MORTGAGE, "95")


@pytest.fixture
def city(app, db, tmp_path):
    """Four registered parcels without rights."""
    city = City(app, db, tmp_path)
    city.registered(block())
    return city


def enter(city, parcel, *entries, **facts):
    with city.db.transaction(SYSTEM) as conn:
        return [
            town.enter_right(conn, f"{parcel}W00000000", town.LI, kind=kind, right_type=right_type, **facts)
            for kind, right_type in ((Kind.USE_RIGHT, "3"), *entries)
        ]


def told(city, survey):
    rows = [row["properties"] for row in city.get(f"/surveys/{survey['id']}/findings")["features"]]
    return sorted(
        (row["rule_id"], row["severity"], row["object_id"]) for row in rows if row["rule_id"] in RULES
    )


def split(city, kind="new"):
    return city.checked(halves_of_both(), project_code="P2", kind=kind)


def test_a_split_of_a_seized_and_of_a_mortgaged_parcel_is_told(city):
    enter(city, FIRST, MORTGAGE, MORTGAGE)
    enter(city, SECOND, SEIZURE)
    survey = split(city)
    assert told(city, survey) == [("mortgaged", "warning", FIRST), ("seized", "error", SECOND)]
    features = city.get(f"/surveys/{survey['id']}/findings")["features"]
    (found,) = [row for row in features if row["properties"]["rule_id"] == "mortgaged"]
    assert found["geometry"]["type"] == "Point"
    assert "抵押 2 条" in found["properties"]["message"]
    refused = city.post(f"/surveys/{survey['id']}/submit", expect=409)
    assert (refused["code"], refused["count"]) == ("survey_has_errors", 1)


@pytest.mark.parametrize(("moved", "severity"), [(True, "warning"), (False, "info")])
def test_an_open_case_on_a_parcel_that_changes_is_told(city, moved, severity):
    new = town.application(city.db, "land_use_first", [f"{FIRST}W00000000"], ("holder", town.WANG))
    accept(city.db, town.CLERK, new, now=town.NOW, search_key=town.KEY)
    frame = halves_of_both() if moved else block(2).assign(yt=["0701", None])
    survey = city.checked(frame, project_code="P2", kind="new" if moved else "resurvey")
    assert told(city, survey) == [("under_case", severity, FIRST)]


def test_a_correction_of_a_seized_parcel_is_for_the_reviewer_to_answer(city):
    enter(city, SECOND, SEIZURE)
    assert told(city, split(city, "correction")) == [("seized", "warning", SECOND)]


def test_a_seizure_whose_term_is_over_and_a_lifted_one_do_not_count(city):
    enter(city, FIRST, SEIZURE, term_to=(town.NOW - timedelta(days=400)).date())
    lifted = enter(city, SECOND, SEIZURE)[-1]
    with city.db.transaction(SYSTEM) as conn:
        cancel(conn, lifted, cause="解封", by="registrar_tongshan", now=town.NOW)
    assert told(city, split(city)) == []


def test_restated_attributes_of_a_seized_parcel_are_a_warning(city):
    enter(city, FIRST, SEIZURE, MORTGAGE)
    survey = city.checked(block(2).assign(yt=["0701", None]), project_code="P2", kind="resurvey")
    assert told(city, survey) == [("mortgaged", "info", FIRST), ("seized", "warning", FIRST)]


def test_the_pre_check_tells_the_same(city):
    from tests.web.survey_city import package

    enter(city, SECOND, SEIZURE)
    report = city.send(package(halves_of_both(), city.tmp_path), path="/checks", expect=200, kind="new").json
    assert [row["object_id"] for row in report["findings"] if row["rule_id"] == "seized"] == [SECOND]


def test_a_seizure_entered_after_the_check_stops_the_acceptance(city):
    survey = split(city)
    assert told(city, survey) == []
    city.post(f"/surveys/{survey['id']}/submit")
    enter(city, SECOND, SEIZURE)
    refused = city.post(f"/surveys/{survey['id']}/decision", {"decision": "accept"}, "reviewer", expect=409)
    assert refused["code"] == "survey_recheck_errors"
    assert refused["errors"][0]["object_id"] == SECOND
    assert city.get(f"/surveys/{survey['id']}")["status"] == "submitted"


def test_a_waived_seizure_registers(city):
    enter(city, SECOND, SEIZURE)
    survey = split(city)
    features = city.get(f"/surveys/{survey['id']}/findings")["features"]
    (error,) = [row["properties"] for row in features if row["properties"]["severity"] == "error"]
    waiver = {"finding_id": error["finding_id"], "reason": "法院复函同意分割"}
    decision = {"decision": "accept", "waivers": [waiver]}
    assert city.post(f"/surveys/{survey['id']}/decision", decision, "reviewer")["status"] == "registered"
