"""Every seeded fault is found, and nothing is told that nobody put in."""

import zipfile
from collections import Counter
from datetime import date

import pytest

from spatial.survey.checks import RULES, check
from spatial.survey.features import draft_features
from spatial.survey.readers.limits import COMMAND_LINE
from spatial.survey.readers.records import Asked
from spatial.survey.readers.sandbox import read_file
from spatial.survey.records import Ground, Kind, Severity, Shapes, no_shapes
from spatial.survey.rules.context import Context
from tests.faults.furnishing import furnished_world, report_on
from tests.faults.measure import KINDS, NOW, OBJECT_KINDS, furnished_score, score, seeded_world
from tests.faults.partition import clean_world

PARCELS = 4_000
FURNISHED = 1_500


def test_there_are_forty_kinds_and_more_each_with_a_rule():
    names = [kind.name for kind in (*KINDS, *OBJECT_KINDS)]
    assert len(names) == len(set(names)) >= 40
    for kind in (*KINDS, *OBJECT_KINDS):
        assert {kind.rule} | kind.instead | kind.also <= set(RULES), kind.name


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_told_of_the_clean_partition(seed):
    report = check(clean_world(PARCELS, seed).context(), now=NOW)
    assert report.findings == []
    assert report.counts()["rules_passed"] >= 20
    asked = {rule.rule_id for rule in report.run.rules if rule.result == "passed"}
    assert asked >= {"seized", "mortgaged", "under_case"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_seeded_fault_is_found_and_nothing_else(seed):
    outcome = score(*seeded_world(PARCELS, 2, seed))
    assert [fault.kind.name for fault in outcome.missed] == []
    assert [(finding.rule_id, finding.object_id, finding.params) for finding in outcome.false] == []
    assert sum(rule.put for rule in outcome.rules.values()) == 2 * len(KINDS)


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_told_of_clean_points_lines_buildings_and_flats(seed):
    report = report_on(furnished_world(FURNISHED, seed), NOW)
    assert report.findings == []
    asked = {rule.rule_id for rule in report.run.rules if rule.result == "passed"}
    assert asked >= {"T20", "T21", "T22", "T23", "T35", "T36", "T37", "T38", "T42", "flat_outline"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_fault_in_points_lines_buildings_and_flats_is_found_and_nothing_else(seed):
    outcome = furnished_score(FURNISHED, 2, seed)
    assert [fault.kind.name for fault in outcome.missed] == []
    assert [(finding.rule_id, finding.object_id, finding.params) for finding in outcome.false] == []
    assert sum(rule.put for rule in outcome.rules.values()) == 2 * len(OBJECT_KINDS)


def test_a_fault_that_no_rule_sees_is_called_missed(monkeypatch):
    """The measure itself can fail: without the rule on overlaps its faults are missed."""
    monkeypatch.setitem(RULES, "T10", lambda context, told: None)
    outcome = score(*seeded_world(PARCELS, 1, 1))
    assert "contained parcel" in outcome.missed_shapes()
    assert outcome.rules["T10"].recall < 1


def test_a_finding_that_no_fault_explains_is_called_false(monkeypatch):
    monkeypatch.setitem(RULES, "T04", lambda context, told: told.add(0, "T04_small"))
    world = clean_world(PARCELS, 1)
    outcome = score(world, [])
    assert (outcome.rules["T04"].precision, len(outcome.false)) == (0.0, 1)


@pytest.fixture(scope="module")
def real_survey(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    with zipfile.ZipFile(shared_data / "soA_history_moved_to_xianning.gpkg.zip") as archive:
        archive.extractall(folder)
    (path,) = folder.glob("*.gpkg")
    return path


# The one overlap that is listed with the survey, sharp corners and close points that stand in it, and notes
# on coarse arcs. Nothing else is told; parcels leave their sub-district because the survey was moved here.
KNOWN = {"T10": 1, "T03": 10, "narrow_passage": 1, "T06": 10}


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("layer", "near_points", "outside"), [("parcels_2014_03", 8, 9), ("parcels_2016_04", 4, 0)]
)
def test_no_error_on_the_clean_parts_of_a_real_survey(real_survey, layer, near_points, outside):
    content = read_file(real_survey, real_survey.name, Asked(layer, None), COMMAND_LINE)
    own = content.subdistricts
    ground = Ground(subdistricts=Shapes(own.codes, own.geoms), parcels=no_shapes(), datum_verified=True)
    context = Context(
        draft_features(content), ground, Kind.INITIAL_LOAD, "use_surface", today=date(2026, 11, 24)
    )
    report = check(context, now=NOW)
    told = Counter(finding.rule_id for finding in report.findings)
    assert told == KNOWN | {"T02": near_points} | ({"outside_subdistrict": outside} if outside else {})
    assert [finding for finding in report.findings if finding.severity is Severity.ERROR] == []
