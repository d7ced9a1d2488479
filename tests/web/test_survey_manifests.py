"""What the manifest of a bundle says of its project and of the version before it."""

from dataclasses import replace

import pytest

from api.app import create_app
from tests.unit.spatial.survey.readers import files
from tests.web.survey_city import City, block, package
from tests.web.survey_people import work

PROJECT = "XN-2026-001"


def bundle(city, count=4, **said):
    members = {"data/survey.gpkg": package(block(count), city.tmp_path)}
    return files.bundle(city.tmp_path, members, change=lambda manifest, _: manifest.update(said)).read_bytes()


def send(city, data, version="1", project=PROJECT, **form):
    form = {"kind": "initial_load", "project_code": project, "version": version, **form}
    return city.send(data, "bundle.zip", **form)


def sent(city, sent_as="1", count=4, **said):
    survey_id = send(city, bundle(city, count, **said), sent_as).json["id"]
    work(city.app)
    return city.get(f"/surveys/{survey_id}")


def test_the_version_before_named_by_the_manifest_is_replaced(city):
    first = sent(city)
    second = sent(city, "2", 5, previous_version="1")
    assert (first["status"], second["status"], second["replaces"]) == ("checked", "checked", first["id"])
    former = city.get(f"/surveys/{first['id']}")
    assert (former["status"], former["replaced_by"]) == ("cancelled", second["id"])
    assert former["events"][-1]["comment"] == "→ 2"
    city.get(f"/surveys/{second['id']}/findings/differences")


def test_an_accepted_version_named_by_the_manifest_is_followed_not_replaced(city):
    first = sent(city)
    city.post(f"/surveys/{first['id']}/submit")
    city.post(f"/surveys/{first['id']}/decision", {"decision": "accept"}, "reviewer")
    second = sent(city, "2", 5, previous_version="1")
    assert second["replaces"] == first["id"]
    assert city.get(f"/surveys/{first['id']}")["status"] == "registered"


@pytest.mark.parametrize("previous", [None, "7", "2"])
def test_a_version_that_is_not_known_or_its_own_is_no_version_before(city, previous):
    first = sent(city)
    second = sent(city, "2", 5, previous_version=previous)
    assert (second["status"], second["replaces"]) == ("checked", None)
    assert city.get(f"/surveys/{first['id']}")["status"] == "checked"


def test_what_the_sender_says_of_the_version_before_counts_more(city):
    first, second = sent(city), sent(city, "2", 5)
    third = send(city, bundle(city, 6, previous_version="1"), "3", replaces="2").json["id"]
    states = [city.get(f"/surveys/{one['id']}")["status"] for one in (first, second)]
    assert states == ["checked", "cancelled"]
    assert city.get(f"/surveys/{third}")["replaces"] == second["id"]


def test_the_version_of_another_sender_is_not_replaced(city):
    first = sent(city)
    city.tokens["surveyor"] = city.as_("surveyor2")
    assert sent(city, "2", 5, previous_version="1")["replaces"] is None
    assert city.get(f"/surveys/{first['id']}", "reviewer")["status"] == "checked"


@pytest.mark.parametrize("previous", ["", 1, ["1"], "x" * 201])
def test_a_version_before_that_is_no_text_is_refused(city, previous):
    answer = send(city, bundle(city, previous_version=previous), expect=422).json
    assert (answer["code"], city.rows()["survey"]) == ("unreadable_file", 0)
    assert "previous_version" in answer["detail"]


def remarks(city, survey):
    rows = [row["properties"] for row in city.get(f"/surveys/{survey['id']}/findings")["features"]]
    return [(row["severity"], row["message"]) for row in rows if row["rule_id"] == "reader"]


@pytest.mark.parametrize("at_once_kib", [65_536, 1])
def test_the_version_it_was_sent_as_counts_and_another_in_the_manifest_is_told(
    db, settings, tmp_path, at_once_kib
):
    city = City(create_app(replace(settings, read_at_once_kib=at_once_kib), db=db), db, tmp_path)
    same, other = sent(city, version="1"), sent(city, "3", 5, version="2")
    assert remarks(city, same) == []
    assert (other["version"], other["status"]) == ("3", "checked")
    ((severity, words),) = remarks(city, other)
    assert severity == "info"
    assert "2" in words
    assert "3" in words


def test_an_exported_bundle_names_its_version_and_may_be_sent_again_as_the_next(city):
    first = sent(city)
    exported = city.client.get(
        f"/api/v1/surveys/{first['id']}/export?format=bundle", headers=city.as_("surveyor")
    )
    survey_id = send(city, exported.data, "1-1").json["id"]
    work(city.app)
    again = city.get(f"/surveys/{survey_id}")
    assert again["version"] == "1-1"
    ((_, words),) = remarks(city, again)
    assert "1-1" in words


def test_a_manifest_of_another_project_is_refused_and_leaves_nothing(city):
    answer = send(city, bundle(city), project="XN-2026-002", expect=422).json
    assert answer["code"] == "project_contradicted"
    assert "XN-2026-002" in answer["detail"]
    assert PROJECT in answer["detail"]
    assert city.rows()["survey"] == 0
    assert not list(city.app.extensions["ningtu"].settings.files_dir.glob("[!.]*"))


def test_a_large_bundle_of_another_project_fails_with_the_same_words(db, settings, tmp_path):
    city = City(create_app(replace(settings, read_at_once_kib=1), db=db), db, tmp_path)
    survey_id = send(city, bundle(city), project="XN-2026-002").json["id"]
    work(city.app)
    survey = city.get(f"/surveys/{survey_id}")
    assert (survey["status"], survey["problem"]["code"]) == ("failed", "project_contradicted")
    assert city.rows()["survey_feature"] == 0
