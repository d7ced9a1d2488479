"""T12: what is a loose point, what only looks like one, and what the coverage functions of GEOS say."""

import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from spatial.survey.predicates import loose_points
from spatial.survey.tolerances import NEAR_LINE_M
from tests.unit.spatial.survey.rule_fixtures import CODES, Case, E, N, at, features, register, square
from tests.unit.spatial.survey.test_rules import findings

BELOW = box(E, N - 20, E + 20, N)
LEFT, RIGHT = at((0, 0), (10, 0), (10, 20), (0, 20)), at((10, 0), (20, 0), (20, 20), (10, 20))
# Two boundaries part at (0, 0) by 2 cm over 20 m; the third parcel fills the wedge.
UPPER, WEDGE, LOWER = (
    at((0, 0), (4, 0.004), (20, 0.02), (20, 20), (0, 20)),
    at((0, 0), (20, 0), (20, 0.02), (4, 0.004)),
    at((0, -20), (20, -20), (20, 0), (0, 0)),
)


def loose(*geoms, ground=None):
    case = Case(features(*geoms)) if ground is None else Case(features(*geoms), ground)
    return [
        (finding.object_id[-1], finding.other_id[-1], finding.message) for finding in findings("T12", case)
    ]


@pytest.mark.parametrize(
    "parcels",
    [
        (UPPER, WEDGE, LOWER),
        (LOWER, at((0, 0), (20, 0), (20, 0.04), (10, 0.03))),  # a sharp corner's other side
        (at((0, 0), (10, 0), (20, 0), (20, -20), (0, -20)), LEFT, RIGHT),
        # The point is rounded otherwise: one step of the grid in both axes.
        (at((0, 0), (10.001, 0.001), (20, 0), (20, -20), (0, -20)), LEFT, RIGHT),
    ],
)
def test_no_point_is_loose(parcels):
    assert loose(*parcels) == []


@pytest.mark.parametrize(
    ("parcels", "told"),
    [
        # A point of two parcels on the third's straight line: told once.
        ((BELOW, LEFT, RIGHT), [("2", "1", "T12_loose")]),
        # A gap, and an overlap, of 3 cm.
        ((BELOW, at((5, 0.03), (15, 0.03), (10, 9))), [("2", "1", "T12_loose")] * 2),
        ((BELOW, at((5, 9), (15, 9), (10, -0.03))), [("2", "1", "T12_loose")]),
        # Two steps of the grid are more than rounding.
        (
            (at((0, 0), (10, 0.002), (20, 0), (20, -20), (0, -20)), LEFT, RIGHT),
            [("1", "2", "T12_loose"), ("1", "3", "T12_loose"), ("2", "1", "T12_loose")],
        ),
        # The wedge is nobody's.
        ((UPPER, LOWER), [("1", "2", "T12_loose")] * 2 + [("2", "1", "T12_loose")]),
    ],
)
def test_loose_points_are_told(parcels, told):
    assert sorted(loose(*parcels)) == told


def test_points_of_the_register_count_in_both_directions():
    ground = register(**{f"c{CODES[7]}": BELOW})
    assert loose(LEFT, RIGHT, ground=ground) == [("1", "8", "T12_loose")]
    ground = register(**{f"c{CODES[6]}": LEFT, f"c{CODES[7]}": RIGHT})
    assert loose(BELOW, ground=ground) == [("1", "7", "T12_loose_register")]


def test_faults_of_the_register_alone_are_not_the_uploads():
    ground = register(**{f"c{CODES[5]}": BELOW, f"c{CODES[6]}": LEFT, f"c{CODES[7]}": RIGHT})
    assert loose(square(100, 100), ground=ground) == []


def test_the_distance_is_measured():
    (first, _) = findings("T12", Case(features(BELOW, at((5, 0.03), (15, 0.03), (10, 9)))))
    assert (first.measured, first.limit, first.unit) == (0.03, 0.05, "m")


def coverage(seed):
    """About 60 parcels without a fault: Voronoi cells on the 1 mm grid."""
    random = np.random.default_rng(seed)
    frame = box(E, N, E + 400, N + 400)
    centres = shapely.multipoints(
        np.column_stack([E + random.uniform(0, 400, 60), N + random.uniform(0, 400, 60)])
    )
    cells = shapely.get_parts(shapely.voronoi_polygons(centres, extend_to=frame))
    cells = shapely.set_precision(shapely.intersection(cells, frame), 0.001)
    return np.array([shapely.MultiPolygon([cell]) for cell in cells], dtype=object)


@pytest.mark.parametrize("seed", range(8))
def test_the_parcels_told_are_those_of_an_invalid_coverage(seed):
    parcels = coverage(seed)
    assert shapely.coverage_is_valid(parcels, gap_width=NEAR_LINE_M)
    assert len(loose_points(parcels).xy) == 0
    random = np.random.default_rng(seed)
    inside = box(E + 1, N + 1, E + 399, N + 399)
    for at_parcel in random.choice(len(parcels), 4, replace=False):
        corners = shapely.get_coordinates(parcels[at_parcel])[:-1]
        (inner,) = np.nonzero(shapely.contains_xy(inside, corners))
        corners[random.choice(inner)] += random.choice([-1, 1], 2) * random.integers(2, 30, 2) / 1000
        parcels[at_parcel] = shapely.MultiPolygon([shapely.Polygon(corners)])
    found = loose_points(parcels)
    edges = shapely.coverage_invalid_edges(parcels, gap_width=NEAR_LINE_M)
    broken = set(np.flatnonzero(~shapely.is_empty(edges)))
    told = set(found.holder) | set(found.lacking)
    assert len(found.xy) >= 4
    assert told <= broken
    # A moved point is told for the parcels that lack it; whom it touches else is mended with it.
    assert (shapely.distance(parcels[list(broken)], shapely.MultiPoint(found.xy)) <= NEAR_LINE_M).all()


def test_a_point_exactly_on_a_line_is_loose_whatever_the_last_digit_says():
    """Its middle to the line lies in one of both polygons by rounding alone; found by the seeded faults."""
    lacking = Polygon(
        [
            (565355.762, 3308026.291),
            (565415.277, 3308024.947),
            (565411.194, 3308060.348),
            (565352.357, 3308061.812),
        ]
    )
    one, other = (565411.194, 3308060.348), (565470.03, 3308058.884)
    south = Polygon([(565415.277, 3308024.947), (565474.792, 3308023.602), other, one])
    north = Polygon(
        [one, (565440.612, 3308059.616), other, (565465.268, 3308094.166), (565407.111, 3308095.749)]
    )
    shapes = np.empty(3, dtype=object)
    shapes[:] = [MultiPolygon([polygon]) for polygon in (lacking, south, north)]
    found = loose_points(shapes)
    assert found.xy.tolist() == [[565440.612, 3308059.616]]
    assert (found.holder.tolist(), found.lacking.tolist()) == ([2], [1])
