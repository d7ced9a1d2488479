"""A partner platform with an API key: hash, repetition, versions that follow each other, differences."""

import hashlib
import io
import threading

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from tests.web.survey_city import City, block, package
from tests.web.survey_people import work

KEY = "nt_partner-key-of-the-test"


@pytest.fixture
def city(app, db, tmp_path):
    made = City(app, db, tmp_path)
    with db.transaction(SYSTEM) as conn:
        access.create_user(conn, login="partner", name="合作", roles=["partner"], office=None, password=None)
        access.create_key(conn, "partner", key=KEY)
    # Everything below is sent with the key.
    made.tokens["surveyor"] = made.tokens["partner"] = {"Authorization": f"Bearer {KEY}"}
    return made


def wrong(count=4):
    frame = block(count)
    frame.loc[1, "ZDMJ"] = 700.0
    return frame


def differences(city, survey_id, expect=200):
    return city.get(f"/surveys/{survey_id}/findings/differences", "partner", expect)


def test_a_partner_sends_follows_and_withdraws_with_a_key(city):
    survey = city.checked(block())
    assert survey["status"] == "checked"
    assert survey["submitted_by"] == "partner"
    assert city.post(f"/surveys/{survey['id']}/submit", login="partner")["status"] == "submitted"
    assert city.post(f"/surveys/{survey['id']}/cancel", login="partner")["status"] == "cancelled"


def test_a_file_that_is_not_the_one_stated_is_refused_and_leaves_nothing(city):
    data = package(block(), city.tmp_path)
    before = city.rows()
    answer = city.send(data, project_code="P1", sha256="0" * 64, expect=422)
    assert answer.json["code"] == "sha256_wrong"
    assert city.rows() == before
    assert not list(city.app.extensions["ningtu"].settings.files_dir.glob("*"))
    stated = hashlib.sha256(data).hexdigest().upper()
    assert city.send(data, project_code="P1", sha256=stated).json["status"] == "received"


def test_the_same_upload_twice_at_once_is_one_submission(city):
    data = package(block(), city.tmp_path)
    answers = []

    def send():
        client = city.app.test_client()
        form = {"file": (io.BytesIO(data), "a.gpkg"), "project_code": "P1"}
        answers.append(client.post("/api/v1/surveys", data=form, headers=city.as_("partner")))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [202] * 4
    assert len({answer.json["id"] for answer in answers}) == 1
    assert city.rows()["survey"] == 1
    assert city.rows()["survey_feature"] == 4


def test_a_version_takes_the_place_of_the_former_only_when_the_sender_says_so(city):
    first = city.checked(block())
    beside = city.checked(block(5), version="2")
    assert city.get(f"/surveys/{first['id']}")["status"] == "checked"
    assert beside["replaces"] is None
    third = city.checked(block(6), version="3", replaces="1")
    former = city.get(f"/surveys/{first['id']}")
    assert (former["status"], former["replaced_by"], third["replaces"]) == (
        "cancelled",
        third["id"],
        first["id"],
    )
    assert former["events"][-1]["comment"] == "→ 3"


def test_what_was_accepted_is_not_replaced(city):
    city.registered(block())
    before = city.rows()
    answer = city.send(
        package(block(5), city.tmp_path), project_code="P1", version="2", replaces="1", expect=409
    )
    assert answer.json["code"] == "replaced_accepted"
    assert city.rows() == before


def test_a_version_nobody_sent_or_somebody_else_sent_cannot_be_replaced(city):
    data = package(block(5), city.tmp_path)
    answer = city.send(data, project_code="P1", version="2", replaces="1", expect=422)
    assert answer.json["code"] == "replaced_unknown"
    first = city.checked(block())
    del city.tokens["surveyor"]  # another sender
    other = city.send(data, project_code="P1", version="2", replaces="1", expect=422)
    assert other.json["code"] == "replaced_unknown"
    assert city.get(f"/surveys/{first['id']}", "partner")["status"] == "checked"


def test_a_returned_survey_comes_again_with_the_difference_of_its_findings(city):
    frame = wrong()
    frame.loc[2, "zddm"] = "x"
    first = city.checked(frame)
    errors = first["counts"]["errors"]
    body = {"decision": "return", "comment": "改"}
    city.post(f"/surveys/{first['id']}/decision", body, "reviewer")
    better = wrong()
    better.loc[3, "ZDMJ"] = 650.0
    second = city.checked(better, version="2", replaces="1")
    found = differences(city, second["id"])
    assert found["previous"] == {"id": first["id"], "version": "1"}
    named = [
        (row["properties"]["difference"], row["properties"]["rule_id"], row["properties"]["feature_no"])
        for row in found["features"]
        if row["properties"]["severity"] == "error"
    ]
    assert ("remaining", "T31", 2) in named
    assert ("new", "T31", 4) in named
    assert [row for row in named if row[0] == "gone"] == [("gone", "T30", 3)] * (errors - 1)
    assert found["counts"]["new"] == sum(
        row["properties"]["difference"] == "new" for row in found["features"]
    )
    differences(city, first["id"], expect=404)
    city.get(f"/surveys/{second['id']}/findings/differences", "surveyor2", expect=404)


def test_a_replaced_submission_is_not_checked_any_more(city):
    first = city.send(package(block(), city.tmp_path), project_code="P1").json["id"]
    second = city.send(package(block(5), city.tmp_path), project_code="P1", version="2", replaces="1").json[
        "id"
    ]
    work(city.app)
    assert city.get(f"/surveys/{first}")["status"] == "cancelled"
    assert city.get(f"/surveys/{second}")["status"] == "checked"
    assert city.rows()["survey_run"] == 1
