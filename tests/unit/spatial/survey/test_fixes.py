"""Fixes: each operation, what is offered for a finding, and that no fix makes anything worse."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from spatial.survey.checks import RULES, run_rule
from spatial.survey.fixes.merging import Merging
from spatial.survey.fixes.operations import apply, moved_m
from spatial.survey.fixes.proposing import propose
from spatial.survey.fixes.records import FixCode, Operation, operation_of
from spatial.survey.fixes.safety import harms
from spatial.survey.records import Kind
from spatial.survey.rules.catalogue import catalogue
from spatial.survey.rules.context import Context
from tests.unit.spatial.survey.rule_fixtures import CODES, GROUND, E, N, at, features, shapes, square


def known(**parcels):
    return replace(GROUND, parcels=shapes(**parcels))


PLOT = at((0, 0), (20, 0), (20, 20), (0, 20))


def place(east, north):
    return (E + east, N + north)


def offered(rule_id, upload, ground=GROUND):
    """Return the findings of a rule with the fixes offered."""
    context = Context(upload, ground, Kind.NEW, "use_surface")
    found = run_rule(catalogue()[rule_id], RULES[rule_id], context)[1]
    return propose(context, found)


def only(found):
    (finding,) = found
    return finding, finding.params["fix"]


# ---------------------------------------------------------------- operations


def test_a_spike_goes_with_its_tip():
    spiky = at((0, 0), (20, 0), (20, 20), (10.004, 20), (10.002, 35), (10, 20), (0, 20))
    made = apply(Operation(FixCode.REMOVE_SPIKE, place(10.002, 35)), spiky)
    assert made.area == pytest.approx(400.0)
    assert shapely.get_num_coordinates(made) == shapely.get_num_coordinates(spiky) - 1


@pytest.mark.parametrize("rule_id", ["T01", "T03"])
def test_a_spike_that_is_a_line_moves_by_a_number(rule_id):
    """Repaired, it is a polygon and a line, which has no boundary to measure from."""
    spiky = at((0, 0), (0, 0), (20, 0), (20, 20), (10, 20), (10, 23), (10, 20), (0, 20))
    _, fix = only(offered(rule_id, features(spiky)))
    assert (fix["moved_m"], fix["area_delta_m2"]) == (pytest.approx(3.0), 0.0)


def test_a_corner_of_a_hole_is_moved_too():
    holed = Polygon(PLOT.exterior, [square(5, 5, 4).exterior])
    made = apply(Operation(FixCode.SNAP_POINT, place(5, 5), place(4.97, 5)), holed)
    assert list(made.geoms[0].interiors[0].coords).count(place(4.97, 5)) in {1, 2}
    assert made.area == pytest.approx(holed.area - 0.06, abs=1e-6)


def test_a_point_is_put_in_on_the_nearest_side_only_if_near():
    made = apply(Operation(FixCode.INSERT_POINT, place(20.03, 10)), PLOT)
    assert made.area == pytest.approx(400.3)
    assert apply(Operation(FixCode.INSERT_POINT, place(20.06, 10)), PLOT) is None


def test_what_is_not_there_cannot_be_changed():
    assert apply(Operation(FixCode.REMOVE_SPIKE, place(1, 1)), PLOT) is None
    assert apply(Operation(FixCode.SNAP_POINT, place(1, 1), place(1, 2)), PLOT) is None
    triangle = at((0, 0), (20, 0), (20, 20))
    assert apply(Operation(FixCode.REMOVE_SPIKE, place(20, 0)), triangle) is None


def test_results_lie_on_the_grid():
    slanted = at((-1, 3.337), (7.7771, 11.1), (9, -2.003))
    made = apply(Operation(FixCode.CUT_OVERLAP, ground=slanted), PLOT)
    xy = shapely.get_coordinates(made)
    assert np.abs(xy - xy.round(3)).max() < 1e-9
    assert moved_m(PLOT, PLOT) == 0.0


# ---------------------------------------------------------------- harm


@pytest.mark.parametrize(
    ("after", "others", "harm"),
    [
        (square(0, 0), [square(20, 0)], False),
        (box(E, N, E + 20.0004, N + 20), [square(20, 0)], False),  # 0.008 m²: nothing an area shows
        (box(E, N, E + 20.002, N + 20), [square(20, 0)], True),
        (box(E, N, E + 20.02, N + 0.4), [square(20, 0)], True),  # 0.008 m², but the database refuses it
        (MultiPolygon([square(0, 0, 9), square(10, 10, 9)]), [], True),
        (square(0, 0, 0.9), [], True),
        (at((0, 0), (20, 20), (20, 0), (0, 20)), [], True),
    ],
)  # fmt: skip
def test_harm(after, others, harm):
    neighbours = np.array(others, dtype=object)
    assert harms(square(0, 0), after, neighbours) is harm


def test_old_trouble_may_stay_but_not_grow():
    neighbour = np.array([square(19, 0)], dtype=object)
    assert not harms(square(0, 0), box(E, N, E + 19.5, N + 20), neighbour)
    assert harms(square(0, 0), box(E, N, E + 20.5, N + 20), neighbour)


# ---------------------------------------------------------------- what is offered


def test_the_same_point_twice():
    finding, fix = only(offered("T02", features(at((0, 0), (20, 0), (20, 0), (20, 20), (0, 20)))))
    assert (fix["code"], fix["moved_m"], fix["area_delta_m2"], fix["feature_no"]) == (
        "remove_repeated",
        0.0,
        0.0,
        1,
    )
    assert shapely.get_num_coordinates(finding.fix) == 5


def test_near_points_are_left_to_the_surveyor():
    (finding,) = offered("T02", features(at((0, 0), (20, 0), (20, 0.03), (20, 20), (0, 20))))
    assert finding.message == "T02_near_points"
    assert finding.fix is None
    assert "fix" not in finding.params


def test_a_spike():
    finding, fix = only(
        offered("T03", features(at((0, 0), (20, 0), (20, 20), (10.1, 20), (10.05, 35), (10, 20), (0, 20))))
    )
    assert fix["code"] == "remove_spike"
    assert fix["area_delta_m2"] == pytest.approx(-0.75)
    assert fix["moved_m"] == pytest.approx(15.0)
    assert finding.fix.area == pytest.approx(400.0)


def test_an_overlap_with_the_register_is_cut_from_the_upload():
    upload = features(square(-0.03, 0), codes=CODES[:1])
    finding, fix = only(offered("T10", upload, known(**{f"c{CODES[3]}": square(-20, 0)})))
    assert (fix["code"], fix["parcel_code"], fix["area_delta_m2"]) == (
        "cut_overlap",
        None,
        pytest.approx(-0.6),
    )
    assert finding.fix.bounds[0] == E
    assert operation_of(fix, finding.place).ground is finding.place


def test_a_sliver_stays_where_it_has_more_edge():
    # The sliver's ends: the second parcel is taller, so the sliver's whole edge lies inside it.
    low, tall = box(E, N, E + 20.03, N + 20), box(E + 20, N - 5, E + 40, N + 25)
    _, fix = only(offered("T10", features(low, tall, codes=CODES[:2])))
    assert (fix["code"], fix["feature_no"]) == ("cut_overlap", 1)
    _, fix = only(offered("T10", features(tall, low, codes=CODES[:2])))
    assert fix["feature_no"] == 2


def test_a_shared_point_is_put_into_the_other_parcel():
    left, right = square(0, 0), box(E + 20, N, E + 40, N + 10)
    upper = box(E + 20, N + 10, E + 40, N + 20)
    found = offered("T12", features(left, right, upper, codes=CODES[:3]))
    assert {(f.params["fix"]["code"], f.params["fix"]["feature_no"]) for f in found} == {("insert_point", 1)}
    assert place(20, 10) in [tuple(xy) for xy in shapely.get_coordinates(found[0].fix)]
    assert found[0].params["fix"]["moved_m"] == 0.0


def test_a_corner_near_by_is_moved_to_the_point():
    left = at((0, 0), (20, 0), (20, 10.02), (20, 20), (0, 20))
    right, upper = box(E + 20, N, E + 40, N + 10), box(E + 20, N + 10, E + 40, N + 20)
    codes = {
        f.params["fix"]["code"]
        for f in offered("T12", features(left, right, upper, codes=CODES[:3]))
        if f.fix
    }
    assert codes == {"snap_point"}


def test_a_registered_neighbour_gets_a_proposal():
    ground = known(**{f"c{CODES[3]}": square(-20, 0)})
    lower, upper = box(E, N, E + 20, N + 10), box(E, N + 10, E + 20, N + 20)
    found = offered("T12", features(lower, upper, codes=CODES[:2]), ground)
    fixes = [finding.params["fix"] for finding in found]
    assert {(fix["code"], fix["feature_no"], fix["parcel_code"]) for fix in fixes} == {
        ("insert_point", None, CODES[3])
    }


def test_the_upload_moves_to_a_registered_corner():
    ground = known(**{f"c{CODES[3]}": at((-20, 0), (0, 0), (0, 10), (0, 20), (-20, 20))})
    upload = features(at((0, 0), (20, 0), (20, 20), (0, 20), (0, 10.03)), codes=CODES[:1])
    fixes = [finding.params["fix"] for finding in offered("T12", upload, ground)]
    assert {(fix["code"], fix["feature_no"], fix["parcel_code"]) for fix in fixes} == {
        ("snap_point", 1, None)
    }
    assert {(tuple(fix["point"]), tuple(fix["to"])) for fix in fixes} == {(place(0, 10.03), place(0, 10))}


# ---------------------------------------------------------------- never worse

SLIP = st.integers(-40, 40).map(lambda mm: mm / 1000)


@settings(max_examples=60, deadline=None)
@given(slips=st.lists(st.tuples(SLIP, SLIP), min_size=9, max_size=9), drop=st.integers(0, 8))
def test_no_fix_makes_a_partition_worse(slips, drop):
    """Six plots of a grid whose inner corners each plot reads a little differently, or not at all."""
    shapes = []
    for column in range(3):
        for row in range(2):
            number = column * 2 + row
            west, south = E + 20 * column, N + 20 * row
            corners = [(west, south), (west + 20, south), (west + 20, south + 20), (west, south + 20)]
            slip = slips[(number + drop) % 9]
            corners[number % 4] = (corners[number % 4][0] + slip[0], corners[number % 4][1] + slip[1])
            if number == drop:
                corners.insert(1, (west + 10, south + slip[0]))
            shapes.append(Polygon(np.array(corners).round(3)))
    upload = features(*shapes, codes=CODES[:6])
    before = np.array(list(upload.geoms), dtype=object)
    for rule_id in ("T02", "T03", "T10", "T12"):
        for finding in offered(rule_id, upload):
            if finding.fix is None:
                continue
            number = finding.params["fix"]["feature_no"] - 1
            assert finding.fix.is_valid
            xy = shapely.get_coordinates(finding.fix)
            assert np.abs(xy - xy.round(3)).max() < 1e-9
            others = np.delete(before, number)
            then = shapely.area(shapely.intersection(before[number], others))
            now = shapely.area(shapely.intersection(finding.fix, others))
            assert (now <= np.maximum(then, 0.01) + 1e-9).all()


# ---------------------------------------------------------------- several at once


def test_two_parcels_that_give_each_other_their_points_move_once():
    left = at((0, 0), (20, 0), (20, 10), (20, 20), (0, 20))
    right = at((20, 0), (40, 0), (40, 20), (20, 20), (20, 10.03))
    upload = features(left, right, codes=CODES[:2])
    found = offered("T12", upload)
    rows = [
        {
            "finding_id": number,
            "object_id": finding.object_id,
            "other_id": finding.other_id,
            "params": finding.params,
            "geom": finding.place,
        }
        for number, finding in enumerate(found)
    ]
    assert {row["params"]["fix"]["feature_no"] for row in rows} == {1, 2}
    merging = Merging(upload.geoms, CODES[:2], {}, run_id=1)
    assert all(merging.do(row) for row in rows)
    assert merging.harmful() == []
    after = {one.feature_no: one.after for one in merging.accepted()}
    context = Context(features(after[1], after[2], codes=CODES[:2]), GROUND, Kind.NEW, "use_surface")
    assert run_rule(catalogue()["T12"], RULES["T12"], context)[1] == []
    moved = [not shapely.equals_exact(one.before, one.after) for one in merging.accepted()]
    assert sorted(moved) == [False, True]
