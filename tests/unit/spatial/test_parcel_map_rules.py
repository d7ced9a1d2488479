"""Rules of parcel maps: numbering, paper and scale, sheet numbers, labels."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.parcelmap import layout, rules
from spatial.parcelmap.drawing import point_labels, side_labels
from spatial.parcelmap.errors import MapScaleTooLarge
from spatial.parcelmap.labels import boxes, place
from spatial.parcelmap.records import Box
from spatial.parcelmap.sheets import sheet_number, sheets_of
from spatial.parcels.points import boundary_points
from tests.unit.spatial.parcel_map_cases import at_origin, star, with_holes

FRAME = Box(0.0, 0.0, 160.0, 180.0)


def names_at(geom):
    return [(p.name, p.ring, p.north_m - 3_300_000, p.east_m - 530_000) for p in boundary_points(geom)]


def test_numbers_run_clockwise_from_the_north_west():
    # The vertex with the greatest N - E is J6, not the one nearest to the corner of the box.
    leaning = at_origin(shapely.Polygon([(0, 0), (0, 18), (7, 24), (20, 30), (30, 28), (28, 0)]))
    assert [(name, north, east) for name, _, north, east in names_at(leaning)] == [
        ("J1", 24, 7),
        ("J2", 30, 20),
        ("J3", 28, 30),
        ("J4", 0, 28),
        ("J5", 0, 0),
        ("J6", 18, 0),
    ]


def test_holes_go_on_with_the_numbers_the_other_way_round():
    found = names_at(with_holes())
    assert found[4:8] == [("J5", 2, 40, 20), ("J6", 2, 20, 20), ("J7", 2, 20, 35), ("J8", 2, 40, 35)]
    assert found[8] == ("J9", 3, 30, 50)


def test_the_part_in_the_north_west_is_numbered_first():
    geom = at_origin(shapely.MultiPolygon([shapely.box(50, 0, 80, 20), shapely.box(0, 10, 40, 50)]))
    found = names_at(geom)
    assert (found[0], found[4]) == (("J1", 1, 50, 0), ("J5", 2, 20, 50))


def test_rows_close_each_ring():
    rows = layout.table_rows(boundary_points(with_holes()))
    assert len(rows) == rules.row_count(boundary_points(with_holes())) == 15
    assert rows[0] == ("J1", "3300060.000", "530000.000", "80.00")
    assert rows[4] == ("J1", "3300060.000", "530000.000", "")
    assert (rows[9][0], rows[14][0]) == ("J5", "J9")


@pytest.mark.parametrize(
    ("geom", "paper", "scale"),
    [
        (shapely.box(0, 0, 1.5, 0.9), ("A4", 210), 100),
        (shapely.box(0, 0, 30, 25), ("A4", 210), 300),
        (shapely.box(0, 0, 120, 20), ("A4", 297), 600),
        (shapely.box(0, 0, 200, 250), ("A4", 210), 1_600),
        (shapely.box(0, 0, 400, 500), ("A3", 297), 1_900),
    ],
)
def test_the_largest_scale_that_fits(geom, paper, scale):
    choice = rules.choose(at_origin(geom), boundary_points(at_origin(geom)))
    assert ((choice.paper.name, choice.paper.width_mm), choice.scale) == (paper, scale)


def test_short_sides_ask_for_a3():
    points = boundary_points(star(200))
    assert rules.choose(star(200), points).paper.name == "A3"
    assert rules.choose(star(200), points, paper="A4").paper.name == "A4"


def test_a_scale_that_is_asked_for():
    geom = at_origin(shapely.box(0, 0, 100, 100))
    points = boundary_points(geom)
    assert rules.choose(geom, points, scale=1_000).paper.name == "A4"
    assert rules.choose(geom, points, scale=500).paper.name == "A3"
    with pytest.raises(MapScaleTooLarge) as refused:
        rules.choose(geom, points, scale=100)
    assert refused.value.params == {"scale": 100, "smallest": 500}
    with pytest.raises(MapScaleTooLarge):
        rules.choose(geom, points, scale=500, paper="A4")


@given(width=st.floats(0.5, 9_000), height=st.floats(0.5, 9_000))
def test_the_parcel_lies_in_the_frame_and_not_smaller_than_needed(width, height):
    geom = at_origin(shapely.box(0, 0, width, height))
    points = boundary_points(geom)
    choice = rules.choose(geom, points)
    room = rules.frame_of(choice.paper, rules.row_count(points)).inside(rules.SURROUNDINGS_MM)
    mm = rules.MM_PER_M / choice.scale
    assert choice.scale % 100 == 0
    assert width * mm <= room.width + 1e-6
    assert height * mm <= room.height + 1e-6
    larger = rules.MM_PER_M / max(choice.scale - 100, 1)
    assert choice.scale == 100 or width * larger > room.width or height * larger > room.height


def test_sheet_numbers():
    assert sheet_number(114.5625, 39.375, 10_000) == "J50G015010"
    assert sheet_number(113.999, 29.84, 10_000).startswith("H49G")
    assert sheets_of(at_origin(shapely.box(0, 0, 10, 10)), "use_surface") == "H50K12570120"
    assert sheets_of(at_origin(shapely.box(0, 0, 9_000, 9_000)), "forest").startswith("H50G")


def test_texts_read_from_below_or_from_the_right():
    east, north, west, south = (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0), (0.0, 1.0)
    directions = np.array([east, north, west, south, (1.0, 1.0), (-1.0, 1.0)])
    assert rules.upright(directions[:, 0], directions[:, 1]).tolist() == [0.0, -90.0, 0.0, -90.0, 45.0, -45.0]


def labels_of(geom, scale, size=1.8):
    points = boundary_points(geom)
    coordinates = np.array([(point.east_m, point.north_m) for point in points])
    page = rules.on_paper(coordinates, geom, FRAME, scale)
    rings = np.split(page, np.flatnonzero(np.diff([point.ring for point in points])) + 1)
    kinds = [point_labels(points, rings, size, 0.4), side_labels(points, rings, size)]
    return kinds, rings


def test_labels_lie_outside_and_side_lengths_along_their_sides():
    (numbers, sides), rings = labels_of(with_holes(), 600)
    land = shapely.Polygon(rings[0], rings[1:])
    placed_numbers, placed_sides = place([numbers, sides], [], FRAME)
    assert not shapely.contains_xy(land, placed_numbers.centre).any()
    assert not shapely.contains_xy(land, placed_sides.centre).any()
    assert sides.angle[:4].tolist() == [0.0, -90.0, 0.0, -90.0]
    # A lone label keeps its clear millimetre.
    top = placed_sides.centre[0]
    assert rings[0][0][1] - top[1] == pytest.approx(1.0 + 1.8 / 2)


@settings(max_examples=20, deadline=None)
@given(count=st.integers(3, 160), scale=st.sampled_from([1_900, 3_000, 6_000]))
def test_labels_never_overlap(count, scale):
    kinds, rings = labels_of(star(count), scale)
    obstacles = [shapely.linearrings(ring) for ring in rings]
    shapes = []
    for labels, placed in zip(kinds, place(kinds, obstacles, FRAME), strict=True):
        kept = placed.tried >= 0
        shapes.extend(boxes(placed.centre[kept], labels.angle[kept], labels.width[kept], labels.height[kept]))
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (pairs[0] == pairs[1]).all()
    assert not any(shape.intersects(obstacles[0]) for shape in shapes)
    assert shapely.box(0, 0, FRAME.right, FRAME.bottom).contains(shapely.union_all(shapes))


def test_a_label_in_the_way_moves_along_the_normal():
    kinds, _ = labels_of(at_origin(shapely.box(0, 0, 40, 40)), 500)
    first = place(kinds, [], FRAME)[1]
    blocked = shapely.box(
        *shapely.bounds(boxes(first.centre[:1], kinds[1].angle[:1], *np.full((2, 1), 1.0))[0])
    )
    moved = place(kinds, [blocked], FRAME)[1]
    assert (first.tried[0], moved.tried[0] > 0) == (0, True)
    assert moved.centre[0][0] == pytest.approx(first.centre[0][0])
    assert moved.centre[0][1] < first.centre[0][1]


def test_most_labels_of_a_dense_parcel_find_a_place():
    kinds, rings = labels_of(star(60), 2_000)
    placed = place(kinds, [shapely.linearrings(ring) for ring in rings], FRAME)
    shown = sum(int((one.tried >= 0).sum()) for one in placed)
    assert shown >= 0.9 * sum(len(kind.angle) for kind in kinds)
