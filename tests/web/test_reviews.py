"""Reviews over HTTP: answers kept on the server, coded reasons, two people where two are asked for."""

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from tests.web.people import PASSWORD
from tests.web.survey_city import SUBDISTRICT, City, block


@pytest.fixture
def city(app, db, tmp_path):
    found = City(app, db, tmp_path)
    with db.transaction(SYSTEM) as conn:
        access.create_user(
            conn, login="reviewer2", name="二审", roles=["reviewer"], office=None, password=PASSWORD
        )
    return found


def with_errors(city, numbers=(1, 2), **form):
    """A checked block whose declared areas are wrong: one error each."""
    frame = block()
    for at in numbers:
        frame.loc[at, "ZDMJ"] = 700.0
    return city.checked(frame, **form)


def errors_of(city, survey, login="reviewer"):
    return [
        row["properties"]
        for row in city.get(f"/surveys/{survey['id']}/findings", login)["features"]
        if row["properties"]["severity"] == "error"
    ]


def answer(city, survey, ids, login="reviewer", expect=200, **more):
    body = {"finding_ids": ids, "answer": "let_pass", "reason_code": "W1", **more}
    return city.post(f"/surveys/{survey['id']}/answers", body, login, expect)


def decide(city, survey, login="reviewer", expect=200, **more):
    body = {"decision": "accept", **more}
    return city.post(f"/surveys/{survey['id']}/decision", body, login, expect)


def test_answers_are_kept_and_become_waivers_with_the_acceptance(city):
    survey = with_errors(city)
    first, second = (row["finding_id"] for row in errors_of(city, survey))
    told = answer(city, survey, [first])
    assert told["answered"] == 1
    kept = {row["finding_id"]: row["answer"] for row in errors_of(city, survey)}
    assert kept[first]["reason_code"] == "W1"
    assert kept[first]["by"] == "reviewer"
    assert kept[second] is None
    assert decide(city, survey, expect=409)["code"] == "survey_has_errors"
    answer(city, survey, [second], reason_code="W9", reason="以图形为准", until="2099-01-01")
    assert decide(city, survey, reason_codes=["A2"])["status"] == "registered"
    with city.db.transaction(SYSTEM) as conn:
        rows = conn.execute(
            "SELECT reason_code, reason, until::text, decided_by FROM spatial.finding_waiver ORDER BY 1"
        ).fetchall()
    assert rows == [
        ("W1", "在限差以内，实测无误", None, "reviewer"),
        ("W9", "以图形为准", "2099-01-01", "reviewer"),
    ]


def test_an_answer_can_be_taken_back_and_one_that_ended_covers_nothing(city):
    survey = with_errors(city, (1,))
    (found,) = (row["finding_id"] for row in errors_of(city, survey))
    answer(city, survey, [found], until="2020-01-01")
    assert decide(city, survey, expect=409)["code"] == "survey_has_errors"
    assert answer(city, survey, [found], answer="none")["answered"] == 0
    assert errors_of(city, survey)[0]["answer"] is None


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"reason_code": "X7"}, "reason_unknown"),
        ({"reason_code": None}, "reason_unknown"),
        ({"reason_code": "R1"}, "reason_unknown"),
        ({"reason_code": "W9"}, "reason_words_missing"),
        ({"reason_code": "W9", "reason": "  "}, "reason_words_missing"),
        ({"finding_ids": []}, "request_invalid"),
        ({"answer": "perhaps"}, "request_invalid"),
    ],
)
def test_an_answer_without_a_good_reason_is_refused(city, more, code):
    survey = with_errors(city, (1,))
    (found,) = (row["finding_id"] for row in errors_of(city, survey))
    assert answer(city, survey, [found], expect=422, **more)["code"] == code


@pytest.mark.parametrize("code", ["W9", None])
def test_a_waiver_with_blank_words_is_refused_where_its_code_does_not_say_enough(city, code):
    survey = with_errors(city, (1,))
    (found,) = (row["finding_id"] for row in errors_of(city, survey))
    waiver = {"finding_id": found, "reason": "  ", "reason_code": code}
    assert decide(city, survey, waivers=[waiver], expect=422)["code"] == "reason_words_missing"
    waiver["reason_code"] = "W1"
    assert decide(city, survey, waivers=[waiver])["status"] == "registered"


def test_nobody_answers_findings_of_another_submission_or_as_surveyor(city):
    survey, other = with_errors(city, (1,)), with_errors(city, (2,), project_code="P2")
    (foreign,) = (row["finding_id"] for row in errors_of(city, other))
    assert answer(city, survey, [foreign], expect=404)["code"] == "finding_unknown"
    answer(city, survey, [foreign], login="surveyor", expect=403)


def test_the_surveyor_reads_reasons_and_answers_once_it_is_returned(city):
    survey = with_errors(city, (1,))
    (found,) = (row["finding_id"] for row in errors_of(city, survey))
    answer(city, survey, [found], answer="to_correct", reason_code="R4", reason="重新量算")
    assert errors_of(city, survey, "surveyor")[0]["answer"] is None
    assert city.get(f"/surveys/{survey['id']}")["review"] is None
    assert (
        decide(city, survey, decision="return", reason_codes=["R4"], comment="见图")["status"] == "returned"
    )
    shown = city.get(f"/surveys/{survey['id']}?lang=en")["decision"]
    assert shown["reasons"] == [{"code": "R4", "name": "Areas do not agree"}]
    assert errors_of(city, survey, "surveyor")[0]["answer"]["reason"] == "重新量算"


def asks_for_two(city):
    """A correction of twenty parcels: rule S1."""
    city.registered(block(20))
    survey = city.checked(block(20, moved=0.004), project_code="P2", kind="correction")
    assert survey["counts"]["errors"] == 0, errors_of(city, survey)
    city.post(f"/surveys/{survey['id']}/submit")
    return survey


def test_two_people_accept_what_the_rules_name(city):
    survey = asks_for_two(city)
    before = city.get(f"/surveys/{survey['id']}", "reviewer")["review"]
    assert [rule["rule_id"] for rule in before["second"]] == ["S1"]
    first = decide(city, survey, comment="一审通过")
    assert (first["status"], first["waits_for"]) == ("submitted", "second_reviewer")
    assert decide(city, survey, expect=403)["code"] == "same_reviewer"
    shown = city.get(f"/surveys/{survey['id']}", "reviewer2")
    assert shown["status"] == "submitted"
    assert (shown["review"]["first"]["by"], shown["review"]["first"]["comment"]) == ("reviewer", "一审通过")
    assert decide(city, survey, login="reviewer2")["status"] == "registered"
    done = city.get(f"/surveys/{survey['id']}", "reviewer")["review"]["decisions"]
    assert [(one["by"], one["takes_effect"]) for one in done] == [("reviewer", False), ("reviewer2", True)]


def test_the_second_reviewer_may_return_and_the_first_acceptance_is_void(city):
    survey = asks_for_two(city)
    decide(city, survey)
    assert decide(city, survey, login="reviewer2", decision="return")["status"] == "returned"
    city.post(f"/surveys/{survey['id']}/submit")
    assert city.get(f"/surveys/{survey['id']}", "reviewer")["review"]["first"] is None
    assert decide(city, survey, login="reviewer2")["waits_for"] == "second_reviewer"
    assert decide(city, survey)["status"] == "registered"


def test_nineteen_parcels_take_one_person(city):
    city.registered(block(19))
    survey = city.checked(block(19, moved=0.004), project_code="P2", kind="correction")
    city.post(f"/surveys/{survey['id']}/submit")
    assert decide(city, survey)["status"] == "registered"


def test_the_first_ones_waivers_are_the_second_ones_too(city):
    city.registered(block(20))
    frame = block(20, moved=0.004)
    frame.loc[1, "ZDMJ"] = 700.0
    survey = city.checked(frame, project_code="P2", kind="correction")
    (found,) = (row["finding_id"] for row in errors_of(city, survey))
    waiver = {"finding_id": found, "reason": "以图形为准"}
    assert decide(city, survey, waivers=[waiver])["status"] == "submitted"
    assert decide(city, survey, login="reviewer2")["status"] == "registered"
    with city.db.transaction(SYSTEM) as conn:
        assert conn.execute("SELECT decided_by, reason FROM spatial.finding_waiver").fetchall() == [
            ("reviewer", "以图形为准")
        ]


def test_the_inbox_of_the_other_reviewer_names_what_waits_for_a_second(city):
    survey = asks_for_two(city)
    decide(city, survey)

    def links(login):
        groups = {group["kind"]: group["items"] for group in city.get("/inbox", login)["groups"]}
        return {kind: [item["link"] for item in items] for kind, items in groups.items() if items}

    assert links("reviewer2") == {"surveys_second": [f"/review/{survey['id']}"]}
    assert "surveys_second" not in links("reviewer")
    assert "surveys_to_review" not in links("reviewer")


def test_the_card_has_three_areas_sides_and_who_lies_beyond(city):
    city.registered(block(4))
    survey = city.checked(block(1, first=2, moved=20.0), project_code="P2", kind="resurvey")
    card = city.get(f"/surveys/{survey['id']}/features/1", "reviewer")
    assert card["areas"] == {"declared_m2": 600.0, "calculated_m2": 600.0, "registered_m2": 600.0}
    lengths = [(side["from"], side["to"], side["length_m"], side["towards"]) for side in card["sides"]]
    assert lengths == [
        ("J1", "J2", 20.0, "north"),
        ("J2", "J3", 30.0, "east"),
        ("J3", "J4", 20.0, "south"),
        ("J4", "J1", 30.0, "west"),
    ]
    beyond = {row["towards"]: [one["code"] for one in row["neighbours"]] for row in card["abuttals"]}
    assert beyond == {
        "north": [],
        "east": [f"{SUBDISTRICT}GB00003"],
        "south": [],
        "west": [f"{SUBDISTRICT}GB00001"],
    }
    city.get(f"/surveys/{survey['id']}/features/1", "surveyor2", 404)
    assert city.get(f"/surveys/{survey['id']}/features/9", "reviewer", 404)["code"] == "feature_unknown"


def test_the_reasons_in_force_are_listed_in_both_languages(city):
    found = city.get("/review-reasons?lang=en", "reviewer")
    assert [row["code"] for row in found["return"]] == ["R1", "R2", "R3", "R4", "R5", "R6", "R9"]
    assert found["waiver"][-1] == {"code": "W9", "name": "Other (to be explained)", "words": True}
    assert city.get("/review-reasons", "surveyor")["accept"][0]["name"] == "全部规则通过"
