from dataclasses import replace

import numpy as np
import pytest
import shapely
from shapely.geometry import box

from spatial.crs import to_degrees, to_plane
from spatial.survey.changes import plan_changes
from spatial.survey.datum import Reference, judge, wgs84_to_gcj02
from spatial.survey.ground.store import box_of
from spatial.survey.readers.records import Unreadable
from spatial.survey.records import Registered, Scope, Shapes
from tests.unit.spatial.survey.rule_fixtures import CODES, E, N, at, features, shapes, square

GRID = [square(25 * column, 25 * row) for column in range(6) for row in range(5)]
MANY = [f"421202001004GB{serial:05d}" for serial in range(100, 130)]


def register(geoms=GRID, codes=MANY):
    known = Shapes(list(codes), features(*geoms, codes=codes).geoms)
    return Reference(shapely.get_coordinates(known.geoms), known)


def shifted(east, north):
    return features(
        *[shapely.transform(geom, lambda xy: xy + np.array([east, north])) for geom in GRID], codes=MANY
    )


def test_the_same_corners_confirm_the_datum():
    assert judge(features(*GRID, codes=MANY), register()) is True


def test_nothing_near_confirms_nothing():
    assert judge(features(*GRID, codes=MANY), Reference(np.empty((0, 2)), Shapes([], np.array([])))) is False


def test_gcj02_is_recognised_by_its_inverse():
    def mars(xy):
        return to_plane(wgs84_to_gcj02(to_degrees(xy)), 4490)

    upload = features(*[shapely.transform(geom, mars) for geom in GRID], codes=[None] * len(GRID))
    moved = upload.geoms[0].centroid.distance(GRID[0].centroid)
    assert 300 < moved < 800
    with pytest.raises(Unreadable) as refused:
        judge(upload, register())
    assert (refused.value.code, refused.value.reason) == ("datum_refused", "datum_gcj02")


def test_one_common_shift_of_known_codes_is_another_datum():
    with pytest.raises(Unreadable) as refused:
        judge(shifted(-62.3, 41.7), register())
    assert refused.value.reason == "datum_shifted"
    assert (refused.value.params["east_m"], refused.value.params["north_m"]) == (-62.3, 41.7)


def test_fewer_than_twenty_codes_judge_nothing():
    upload = shifted(-62.3, 41.7)
    few = features(*upload.geoms[:19], codes=MANY[:19])
    assert judge(few, register()) is False


# ---------------------------------------------------------------- changes

OLD = shapes(**{f"c{CODES[0]}": square(0, 0), f"c{CODES[1]}": square(20, 0), f"c{CODES[2]}": square(40, 0)})


def kinds(plan):
    return [(change.kind, change.codes, change.parents) for change in plan.changes]


def test_the_same_shapes_change_nothing():
    plan = plan_changes(features(square(0, 0), square(20, 0), codes=CODES[:2]), OLD, Scope.PARTIAL)
    assert (plan.changes, plan.written, plan.retired, plan.unchanged) == ([], [], [], [0, 1])


def test_another_start_and_direction_is_the_same_shape():
    turned = at((20, 20), (20, 0), (0, 0), (0, 20))
    assert plan_changes(features(turned), OLD, Scope.PARTIAL).unchanged == [0]


def test_a_moved_corner_is_a_change_with_its_distance():
    plan = plan_changes(features(at((0, 0), (20, 0), (20, 20), (-0.3, 20))), OLD, Scope.PARTIAL)
    (change,) = plan.changes
    assert (change.kind, change.moved_m) == ("changed", pytest.approx(0.3))
    assert change.area_after_m2 - change.area_before_m2 == pytest.approx(3.0)


def test_two_new_codes_on_one_old_parcel_are_a_split():
    halves = features(box(E, N, E + 10, N + 20), box(E + 10, N, E + 20, N + 20), codes=CODES[5:7])
    plan = plan_changes(halves, OLD, Scope.PARTIAL)
    assert kinds(plan) == [("split", tuple(CODES[5:7]), (CODES[0],))]
    assert plan.retired == [CODES[0]]
    assert [(edge.kind, edge.area_m2) for edge in plan.edges] == [("split", 200.0), ("split", 200.0)]


def test_one_new_code_on_two_old_parcels_is_a_merge():
    plan = plan_changes(features(box(E, N, E + 40, N + 20), codes=[CODES[5]]), OLD, Scope.PARTIAL)
    assert kinds(plan) == [("merged", (CODES[5],), tuple(CODES[:2]))]
    assert plan.retired == CODES[:2]


def test_a_piece_cut_off_leaves_the_parent_its_code():
    upload = features(box(E, N, E + 15, N + 20), box(E + 15, N, E + 20, N + 20), codes=[CODES[0], CODES[5]])
    plan = plan_changes(upload, OLD, Scope.PARTIAL)
    assert kinds(plan) == [("split", (CODES[0], CODES[5]), (CODES[0],))]
    assert plan.retired == []


def test_an_absent_parcel_ends_only_where_the_upload_is_complete():
    around = features(square(0, 0), box(E + 20, N, E + 60, N + 20), codes=[CODES[0], CODES[1]])
    assert plan_changes(around, OLD, Scope.PARTIAL).retired == []
    plan = plan_changes(around, OLD, Scope.COMPLETE)
    assert plan.retired == [CODES[2]]
    assert [edge.kind for edge in plan.edges] == ["merge"]


def test_ground_nobody_had_is_new():
    plan = plan_changes(features(square(0, 100), codes=[CODES[5]]), OLD, Scope.PARTIAL)
    assert kinds(plan) == [("new", (CODES[5],), ())]


def test_a_stray_feature_does_not_widen_the_ground():
    stray = shapely.transform(square(0, 0), lambda xy: xy + np.array([38_000_000.0, 0.0]))
    assert box_of(features(square(0, 0), stray)) == (E, N, E + 20, N + 20)
    assert box_of(features(stray))[0] == E + 38_000_000


def told(*registered, **more):
    """Return what the register says of OLD's parcels: area, land use, address of each."""
    return {code: Registered(*row) for code, row in zip(CODES, registered, strict=False)} | more


def test_only_what_is_stated_otherwise_is_an_attribute_change():
    upload = replace(
        features(square(0, 0), square(20, 0), square(40, 0), codes=CODES[:3]),
        declared_m2=[400.0, 401.0, None],
        resolution_m2=[0.5, 0.005, None],
        land_use=["0701", "0601", None],
        address=[None, None, "温泉路2号"],
    )
    said = told((400.4, "0701", "甲"), (400.0, "0701", "乙"), (400.0, "0701", "丙"))
    plan = plan_changes(upload, OLD, Scope.PARTIAL, said)
    assert [(c.kind, c.codes, c.attributes) for c in plan.changes] == [
        ("attributes", (CODES[1],), ("area", "land_use")),
        ("attributes", (CODES[2],), ("address",)),
    ]
    assert (plan.unchanged, plan.written, plan.counts["attributes"]) == ([0], [1, 2], 2)
    assert plan.before[CODES[2]] == Registered(400.0, "0701", "丙")
    assert plan_changes(upload, OLD, Scope.PARTIAL).changes == []


def test_a_parcel_that_moves_and_is_restated_is_changed_once():
    moved = replace(features(square(0, 0, 19.0), codes=CODES[:1]), land_use=["0601"])
    (change,) = plan_changes(moved, OLD, Scope.PARTIAL, told((400.0, "0701", None))).changes
    assert (change.kind, change.attributes, change.minor) == ("changed", ("land_use",), False)


def test_a_move_that_takes_no_ground_is_minor():
    # One corner by 4 mm: 0.04 m² at 20 m.
    (slight,) = plan_changes(
        features(at((0, 0), (20, 0), (20, 20), (-0.004, 20))), OLD, Scope.PARTIAL
    ).changes
    assert (slight.kind, slight.minor, slight.moved_m) == ("changed", True, 0.004)
    plan = plan_changes(features(at((0, 0), (20, 0), (20, 20), (-0.006, 20))), OLD, Scope.PARTIAL)
    assert (plan.changes[0].minor, plan.counts["changed"], plan.counts["minor"]) == (False, 1, 0)


def test_areas_of_a_split_balance_within_the_tolerance():
    # m_S before: 0.05·sqrt(⅛·4·800) = 1.00; after, with two more points: 0.05·sqrt(⅛·2800) = 0.94.
    def split(width):
        halves = [box(E, N, E + 10, N + 20), box(E + 10, N, E + width, N + 20)]
        upload = features(*halves, codes=[CODES[5], CODES[6]])
        (change,) = plan_changes(upload, OLD, Scope.PARTIAL).changes
        assert change.kind == "split"
        return change

    assert (split(20).area_tolerance_m2, split(20).balanced) == (2.74, True)
    assert split(19.87).balanced is True
    assert split(19.85).balanced is False
    (fresh,) = plan_changes(features(square(0, 100), codes=[CODES[5]]), OLD, Scope.PARTIAL).changes
    assert (fresh.area_tolerance_m2, fresh.balanced) == (None, None)
