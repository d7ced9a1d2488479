"""Tables of boundary points and lines follow the fixes of their parcel: the rules find no contradiction."""

from dataclasses import replace

import pytest
import shapely
from shapely.geometry import LineString, Point

from spatial.survey.checks import RULES, run_rule
from spatial.survey.fixes.operations import apply
from spatial.survey.fixes.records import FixCode, Operation
from spatial.survey.objects.drafts import draft_objects
from spatial.survey.objects.following import Step, follow
from spatial.survey.rules.catalogue import catalogue
from tests.unit.spatial.survey.object_fixtures import PARCEL, lines, points
from tests.unit.spatial.survey.rule_fixtures import Case, E, N, at, features, square

# Clockwise from the north-west, as the tables are numbered.
PLOT = [(0, 20), (20, 20), (20, 0), (0, 0)]
SPIKED = [(0, 20), (10, 20), (10.005, 30), (10.01, 20), (20, 20), (20, 0), (0, 0)]


def here(east, north):
    return (E + east, N + north)


def tables(ring, **more):
    named = lines(ring, QDH="", ZDH="", **more)
    for number, row in enumerate(named.rows):
        row |= {"QDH": f"J{number + 1}", "ZDH": f"J{(number + 1) % len(ring) + 1}"}
    written = points(ring)
    for row, (east, north) in zip(written.rows, ring, strict=True):
        row |= {"XZBZ": N + north, "YZBZ": 38_000_000 + E + east}
    return {"JZD": written, "JZX": named}


def fixed(ring, *operations):
    """The parcel after fixes, and its tables as they followed."""
    geom = at(*ring)
    after = geom
    for operation in operations:
        after = apply(operation, after)
        assert after is not None
    moves = tuple((one.point, one.to) for one in operations if one.to)
    return after, follow(tables(ring), [Step(PARCEL, geom, after, moves)])


def told(geom, tables):
    """What the rules on points and lines find."""
    context = Case(features(geom), tables=tables).context()
    found = []
    for rule_id in ("T20", "T21", "T22", "T23"):
        result, findings = run_rule(catalogue()[rule_id], RULES[rule_id], context)
        assert result.result != "not_run"
        found += [finding.message for finding in findings]
    return found


SNAP = Operation(FixCode.SNAP_POINT, here(20, 20), here(20.03, 20.01))
CASES = {
    "snapped": (PLOT, SNAP),
    "snapped on": (PLOT, SNAP, Operation(FixCode.SNAP_POINT, here(20.03, 20.01), here(20.04, 20))),
    "inserted": (PLOT, Operation(FixCode.INSERT_POINT, here(20.01, 8))),
    "spike": (SPIKED, Operation(FixCode.REMOVE_SPIKE, here(10.005, 30))),
    "spike of one foot": (
        [(0, 20), (10, 20), (10.01, 30), (10, 20), (20, 20), (20, 0), (0, 0)],
        Operation(FixCode.REMOVE_SPIKE, here(10.01, 30)),
    ),
    "repeated": ([(0, 20), (0, 20), (20, 20), (20, 0), (0, 0)], Operation(FixCode.REMOVE_REPEATED)),
    "cut side": (PLOT, Operation(FixCode.CUT_OVERLAP, ground=square(19.97, -5, 30))),
    "cut corner": (PLOT, Operation(FixCode.CUT_OVERLAP, ground=square(19.5, 19.5, 5))),
    "cut notch": (PLOT, Operation(FixCode.CUT_OVERLAP, ground=square(18, 8, 4))),
}


@pytest.mark.parametrize("name", CASES)
def test_tables_agree_with_their_parcel_after_a_fix(name):
    ring, *operations = CASES[name]
    after, followed = fixed(ring, *operations)
    assert not shapely.equals_exact(after, at(*ring))
    assert name == "repeated" or told(after, tables(ring))
    assert told(after, followed) == []
    corners = {tuple(place) for place in shapely.get_coordinates(after).round(3)}
    assert {(geom.x, geom.y) for geom in followed["JZD"].geoms} == corners


def test_a_moved_corner_moves_its_point_its_written_coordinates_and_the_ends_and_lengths_of_lines():
    _, followed = fixed(PLOT, SNAP)
    moved = followed["JZD"]
    assert [row["JZDH"] for row in moved.rows] == ["J1", "J2", "J3", "J4"]
    assert moved.geoms[1] == Point(here(20.03, 20.01))
    assert (moved.rows[1]["XZBZ"], moved.rows[1]["YZBZ"]) == (N + 20.01, 38_000_000 + E + 20.03)
    first, second, *others = followed["JZX"].geoms
    assert first == LineString([here(0, 20), here(20.03, 20.01)])
    assert second == LineString([here(20.03, 20.01), here(20, 0)])
    assert [row["JZXCD"] for row in followed["JZX"].rows] == [20.03, 20.01, 20.0, 20.0]
    assert others == list(tables(PLOT)["JZX"].geoms[2:])


def test_what_was_sent_stays_as_it_was():
    sent = tables(PLOT)
    after = apply(SNAP, at(*PLOT))
    follow(sent, [Step(PARCEL, at(*PLOT), after, ((SNAP.point, SNAP.to),))])
    assert sent["JZD"].geoms[1] == Point(here(20, 20))
    assert sent["JZX"].rows[0]["JZXCD"] == 20.0


def test_a_new_corner_gets_a_point_in_its_place_of_the_order():
    _, followed = fixed(PLOT, Operation(FixCode.INSERT_POINT, here(20.01, 8)))
    orders = {row["JZDH"]: row["SXH"] for row in followed["JZD"].rows}
    assert orders == {"J1": 1, "J2": 2, "J5": 3, "J3": 4, "J4": 5}
    new = next(row for row in followed["JZD"].rows if row["JZDH"] == "J5")
    assert (new["ZDZHDM"], new["XZBZ"]) == (PARCEL, N + 8)


@pytest.mark.parametrize(("letter", "new"), [("", "5"), ("K", "K5")])
def test_a_new_point_is_numbered_as_its_parcel_is(letter, new):
    sent = tables(PLOT)
    for number, row in enumerate(sent["JZD"].rows, start=1):
        row["JZDH"] = f"{letter}{number}"
    after = apply(Operation(FixCode.INSERT_POINT, here(20.01, 8)), at(*PLOT))
    followed = follow(sent, [Step(PARCEL, at(*PLOT), after)])
    assert [row["JZDH"] for row in followed["JZD"].rows][-1] == new


def test_the_sides_of_a_spike_become_one_line_between_the_points_left():
    _, followed = fixed(SPIKED, Operation(FixCode.REMOVE_SPIKE, here(10.005, 30)))
    ends = [(row["QDH"], row["ZDH"]) for row in followed["JZX"].rows]
    assert ends == [("J1", "J2"), ("J2", "J4"), ("J4", "J5"), ("J5", "J6"), ("J6", "J7"), ("J7", "J1")]


def test_a_length_that_was_wrong_stays_for_its_sender_to_mend():
    sent = tables(PLOT, lengths=[21.0, 20.0, 20.0, 20.0])
    after = apply(SNAP, at(*PLOT))
    followed = follow(sent, [Step(PARCEL, at(*PLOT), after, ((SNAP.point, SNAP.to),))])
    assert followed["JZX"].rows[0]["JZXCD"] == 21.0


def test_points_off_every_corner_and_of_other_parcels_are_left_alone():
    sent = tables(PLOT)
    stray = points([(10, 10)], numbers=[9])
    other = points([(20, 20)], code=f"{PARCEL[:-1]}9")
    rows = [*sent["JZD"].rows, *stray.rows, *other.rows]
    geoms = [*sent["JZD"].geoms, *stray.geoms, *other.geoms]
    table = replace(sent["JZD"], rows=rows, geoms=shapely.points(shapely.get_coordinates(geoms)))
    after = apply(SNAP, at(*PLOT))
    followed = follow({"JZD": table}, [Step(PARCEL, at(*PLOT), after, ((SNAP.point, SNAP.to),))])["JZD"]
    assert list(followed.geoms[4:]) == [Point(here(10, 10)), Point(here(20, 20))]


def test_one_line_around_the_parcel_stays_one():
    sent = lines(PLOT)
    whole = [here(*corner) for corner in [*PLOT, PLOT[0]]]
    sent = replace(sent, rows=[sent.rows[0] | {"JZXCD": 80.0}], geoms=shapely.linestrings([whole]))
    after = apply(SNAP, at(*PLOT))
    followed = follow({"JZX": sent}, [Step(PARCEL, at(*PLOT), after, ((SNAP.point, SNAP.to),))])["JZX"]
    assert draft_objects({"JZX": followed})[0].lines[0].length_m == pytest.approx(after.length, abs=0.006)
    assert shapely.equals(followed.geoms[0], shapely.boundary(after))
