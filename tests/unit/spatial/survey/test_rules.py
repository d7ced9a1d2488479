import gc
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import shapely

from data.messages import known, text
from spatial.parcels.records import Layer
from spatial.survey import tolerances
from spatial.survey.checks import RULES, check, run_rule
from spatial.survey.records import Kind, Moment, Severity
from spatial.survey.rules.catalogue import EVERY, catalogue, read_catalogue, rule_set_sha256
from spatial.survey.rules.context import Told
from spatial.survey.rules.preconditions import PRECONDITIONS
from tests.unit.spatial.survey import object_fixtures, parcel_fixtures
from tests.unit.spatial.survey.rule_fixtures import GROUND, PLAIN, Case, at, features, square

PASSING = parcel_fixtures.PASSING | object_fixtures.PASSING
FAILING = parcel_fixtures.FAILING | object_fixtures.FAILING

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def findings(rule_id, case):
    result, found = run_rule(catalogue()[rule_id], RULES[rule_id], case.context())
    assert result.result == ("found" if found else "passed"), result.reason
    return found


def test_every_rule_has_data_code_words_and_both_fixtures():
    names = set(catalogue())
    assert names == set(RULES) == set(PASSING) == set(FAILING)
    assert names >= {"T33", "T34", "T35", "T06"}
    assert names >= {
        "T01",
        "T02",
        "T03",
        "T04",
        "T05",
        "T07",
        "T10",
        "T11",
        "T12",
        "T13",
        "T14",
        "T30",
        "T31",
        "T32",
    }
    for rule in catalogue().values():
        assert rule.basis
        for kind in ("rule", "rule_about", "rule_exceptions"):
            assert_both_languages(f"survey.{kind}.{rule.rule_id}")


def assert_both_languages(code):
    assert known(code), code
    assert text(code, "en") != text(code, "zh")


@pytest.mark.parametrize("rule", catalogue().values(), ids=list(catalogue()))
def test_every_rule_states_layers_moments_needs_tolerances_and_an_example(rule):
    assert rule.layers
    assert set(rule.layers) <= {EVERY, *Layer}
    assert rule.moments
    # What the surveyor sees is what the reviewer sees and what approval asks.
    assert len({Moment.PRECHECK, Moment.SUBMIT, Moment.APPROVAL} & set(rule.moments)) in {0, 3}
    assert set(rule.needs) <= set(PRECONDITIONS)
    for name in rule.tolerances:
        assert hasattr(tolerances, name), name
        assert_both_languages(f"survey.tolerance.{name}")
    assert rule.example.grade in rule.severities["default"]
    words = f"survey.finding.{rule.example.message}"
    shown = text(words if known(words) else rule.example.message, "en", **rule.example.params)
    assert shown != rule.example.message
    assert not re.search(r"\{\w+\}", shown)


def test_limits_of_the_catalogue_are_those_of_the_code():
    for rule in catalogue().values():
        values = set(rule.tolerance_values().values())
        for limit in rule.limits.values():
            assert any(abs(limit - value) < 0.0005 for value in values), rule.rule_id


def test_every_reason_for_not_running_has_words():
    reasons = {"moment_not_meant", "layer_not_concerned"}
    for rule_id, rule in RULES.items():
        empty = Case(features(None, faults={1: "ring_open"}), ground=type(GROUND)()).context()
        reasons.add(run_rule(catalogue()[rule_id], rule, empty)[0].reason)
    assert len(reasons) > 6
    for reason in reasons - {None}:
        assert_both_languages(f"survey.not_run.{reason}")


def test_pre_check_upload_and_approval_give_the_same_verdict():
    for case in (case for cases in FAILING.values() for case in cases):
        told = []
        for moment in (Moment.PRECHECK, Moment.SUBMIT, Moment.APPROVAL):
            context = case.context()
            context.moment = moment
            report = check(context, now=NOW)
            told.append([(one.rule_id, one.severity, one.object_id, one.message) for one in report.findings])
        assert told[0] == told[1] == told[2]


def test_a_rule_is_not_run_at_another_moment_or_on_another_layer():
    context = FAILING["moved_boundary"][0].context()
    context.moment = Moment.NIGHTLY
    facts = catalogue()["moved_boundary"]
    assert run_rule(facts, RULES["moved_boundary"], context)[0].reason == "moment_not_meant"
    elsewhere = replace(facts, layers=("forest",), moments=tuple(Moment))
    result, found = run_rule(elsewhere, RULES["moved_boundary"], context)
    assert (result.result, result.reason, found) == ("not_run", "layer_not_concerned", [])


def test_the_audit_may_judge_otherwise():
    (rule,) = read_catalogue(
        """
        [X]
        order = 1
        basis = ""
        verified = true
        unit = ""
        layers = ["*"]
        tolerances = []
        example = { message = "x", params = {} }
        severity.default.major = "error"
        severity.initial_load.major = "warning"
        audited.default.major = "info"
        """
    ).values()
    assert rule.severity(Kind.NEW, "major") is Severity.ERROR
    assert rule.severity(Kind.INITIAL_LOAD, "major", Moment.APPROVAL) is Severity.WARNING
    assert rule.severity(Kind.NEW, "major", Moment.NIGHTLY) is Severity.INFO


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


def test_no_cycles_are_looked_for_during_a_check_and_again_after_it(monkeypatch):
    seen = []
    check(PLAIN.context(), now=NOW, progress=lambda done, total: seen.append(gc.isenabled()))
    assert set(seen) == {False}
    assert gc.isenabled()

    def fails(context, told):
        raise ZeroDivisionError

    monkeypatch.setitem(RULES, "T01", fails)
    with pytest.raises(ZeroDivisionError):
        check(PLAIN.context(), now=NOW)
    assert gc.isenabled()


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


def told_of(rule_id, case):
    told = Told(catalogue()[rule_id], case.context())
    RULES[rule_id](told.context, told)
    return told


@pytest.mark.parametrize("written", ["2026-11-20", "20261120", "2026年11月20日", "2026/11/20 08:30:00"])
def test_a_day_is_read_as_it_is_written_in_practice(written):
    later = parcel_fixtures.written({"QLQSSJ": "", "CLRQ": written, "JGRQ": "2026.11.21"})
    (finding,) = told_of("T34", Case(later)).findings
    assert (finding.message, finding.params["end"]) == ("T34_order", "2026-11-20")


@pytest.mark.parametrize("written", ["2026-11", "202611", "2026-1120", "2026-11-31", "1" * 100])
def test_what_names_no_day_is_told_and_not_guessed(written):
    (finding,) = told_of("T34", Case(parcel_fixtures.written({"CLRQ": written}))).findings
    assert finding.message == "T34_unreadable"


def test_a_parcel_outside_the_window_is_told_once_at_its_first_corner_there():
    far = [square(200_000 + 20 * number, 0) for number in range(3)]
    told = told_of("T07", Case(features(square(0, 0), *far)))
    assert [finding.feature_no for finding in told.findings] == [2, 3, 4]
    firsts = [shapely.get_coordinates(geom)[0].tolist() for geom in far]
    assert [shapely.get_coordinates(finding.place)[0].tolist() for finding in told.findings] == firsts


def test_parcels_that_stay_as_they_are_are_not_cut_with_what_is_around(monkeypatch):
    plots = [square(20 * number, 0) for number in range(4)]
    codes = parcel_fixtures.CODES[:4]
    ground = parcel_fixtures.register(**{f"c{code}": plot for code, plot in zip(codes, plots, strict=True)})
    cut = []
    monkeypatch.setattr(shapely, "union_all", lambda geoms: cut.append(len(geoms)) or shapely.MultiPolygon())
    same = Case(features(*plots), ground=ground, replaced=frozenset(codes))
    assert told_of("redefinition", same).findings == []
    assert cut == []
