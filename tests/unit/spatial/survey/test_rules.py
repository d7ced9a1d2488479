import re
from datetime import UTC, datetime

import pytest
import shapely

from data.messages import known, text
from spatial.survey.checks import RULES, check
from spatial.survey.records import Severity
from spatial.survey.rules.catalogue import catalogue, rule_set_sha256
from spatial.survey.rules.context import NotRun, Told
from tests.unit.spatial.survey.rule_fixtures import (
    FAILING,
    GROUND,
    PASSING,
    PLAIN,
    Case,
    at,
    features,
    square,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def findings(rule_id, case):
    told = Told(catalogue()[rule_id], case.context())
    RULES[rule_id](told.context, told)
    return told.findings


def test_every_rule_has_data_code_words_and_both_fixtures():
    names = set(catalogue())
    assert names == set(RULES) == set(PASSING) == set(FAILING)
    assert names >= {"T01", "T02", "T03", "T04", "T05", "T07", "T10", "T12", "T13", "T30", "T31"}
    for rule in catalogue().values():
        assert rule.basis
        title = f"survey.rule.{rule.rule_id}"
        assert known(title)
        assert text(title, "en") != text(title, "zh")


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_the_passing_fixture_passes(rule_id):
    assert findings(rule_id, PASSING[rule_id]) == []


@pytest.mark.parametrize(
    ("rule_id", "case"), [(rule_id, case) for rule_id, cases in FAILING.items() for case in cases]
)
def test_the_failing_fixture_fails_with_its_words(rule_id, case):
    found = findings(rule_id, case)
    assert tuple((finding.severity.value, finding.message) for finding in found) == case.tells
    for finding in found:
        words = f"survey.finding.{finding.message}"
        shown = text(words if known(words) else finding.message, "zh", **finding.params)
        assert shown != finding.message
        assert not re.search(r"\{\w+\}", shown) or finding.rule_id == "reader"


def test_every_finding_on_a_polygon_has_a_place():
    for rule_id, cases in FAILING.items():
        for case in cases:
            placed = [finding.place is not None for finding in findings(rule_id, case) if finding.feature_no]
            assert all(placed) or case.upload.faults, rule_id


def test_what_is_measured_stands_beside_its_limit_and_unit():
    (overlap,) = findings("T10", FAILING["T10"][0])
    assert (overlap.measured, overlap.limit, overlap.unit) == (100.0, 0.01, "m2")
    assert overlap.place.area == pytest.approx(100.0)
    assert overlap.fix.area == pytest.approx(300.0)


def test_neighbours_that_meet_are_no_overlap_and_no_loose_point():
    case = Case(features(square(0, 0), square(20, 0), square(0, 20)))
    assert findings("T10", case) == findings("T12", case) == []


def test_overlap_below_the_last_decimal_of_an_area_is_silent():
    assert findings("T10", Case(features(square(0, 0), square(19.9996, 0)))) == []


def test_parcels_that_the_upload_replaces_are_no_neighbours():
    case = FAILING["T10"][-1]
    context = case.context()
    context.replaced = frozenset(case.ground.parcels.codes)
    told = Told(catalogue()["T10"], context)
    RULES["T10"](context, told)
    assert told.findings == []


def test_an_invalid_polygon_is_left_out_and_counted():
    case = Case(features(square(0, 0), FAILING["T01"][0].upload.geoms[0]))
    told = Told(catalogue()["T10"], case.context())
    RULES["T10"](told.context, told)
    assert told.skipped == 1


def test_a_rule_without_its_precondition_is_reported_as_not_run():
    case = Case(features(square(0, 0)), ground=type(GROUND)())
    with pytest.raises(NotRun, match="counties_not_known"):
        findings("county_straddle", case)
    report = check(case.context(), now=NOW)
    results = {rule.rule_id: (rule.result, rule.reason) for rule in report.run.rules}
    assert results["county_straddle"] == ("not_run", "counties_not_known")
    assert results["T31"] == ("not_run", "no_area_declared")


def test_the_report_counts_every_rule_once():
    report = check(PLAIN.context(), now=NOW, base_revision=7)
    counts = report.counts()
    assert (counts["features"], counts["errors"], counts["warnings"], counts["infos"]) == (2, 0, 0, 0)
    assert counts["rules_passed"] + counts["rules_not_run"] == len(RULES)
    assert (report.run.base_revision, report.run.rule_set_sha256) == (7, rule_set_sha256())


def test_progress_is_told_after_each_rule():
    steps = []
    check(PLAIN.context(), now=NOW, progress=lambda done, total: steps.append((done, total)))
    assert steps[0] == (1, len(RULES))
    assert steps[-1] == (len(RULES), len(RULES))


def test_severities_are_words_of_the_contract():
    for rule in catalogue().values():
        for table in rule.severities.values():
            assert set(table.values()) <= {severity.value for severity in Severity}


def test_no_more_is_told_than_can_be_read_but_it_is_counted(monkeypatch):
    monkeypatch.setattr("spatial.survey.rules.context.MOST_FINDINGS", 2)
    case = Case(features(*[square(0, 0)] * 4))
    told = Told(catalogue()["T10"], case.context())
    RULES["T10"](told.context, told)
    assert (len(told.findings), told.count) == (2, 6)


def test_a_comparison_ends_when_enough_is_told(monkeypatch):
    monkeypatch.setattr("spatial.survey.rules.context.MOST_FINDINGS", 2)
    monkeypatch.setattr("spatial.survey.rules.neighbours._PAIRS_AT_ONCE", 1)
    told = Told(catalogue()["T10"], Case(features(*[square(0, 0)] * 4)).context())
    RULES["T10"](told.context, told)
    assert told.count == 2


def test_a_repair_is_offered_while_it_costs_little():
    (small,) = findings("T01", Case(features(at((0, 0), (10, 10), (10, 0), (0, 10)))))
    (large,) = findings("T01", Case(features(at(*((n % 2 * 50, n * 0.06) for n in range(1_000))))))
    assert shapely.area(small.fix) == pytest.approx(50.0)
    assert large.fix is None
