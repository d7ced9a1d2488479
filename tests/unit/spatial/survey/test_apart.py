"""The line that keeps polygons apart never hides an overlap, and finds most neighbours."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from spatial.survey.apart import kept_apart
from spatial.survey.map_sheets import sheets_named

E, N = 530_000.0, 3_300_000.0
steps = st.integers(0, 12_000)
corners = st.lists(st.tuples(steps, steps), min_size=3, max_size=20, unique=True)


def many(*polygons):
    made = np.empty(len(polygons), dtype=object)
    made[:] = [MultiPolygon([polygon]) for polygon in polygons]
    return made


def of(points):
    """A valid polygon through points in millimetres from the origin, by their angle about the middle."""
    xy = np.array(points, dtype=float)
    around = np.arctan2(*(xy - xy.mean(axis=0)).T)
    return Polygon(np.round(xy[np.argsort(around)] / 1_000.0, 3) + np.array([E, N]))


@settings(max_examples=300, deadline=None)
@given(corners, corners)
def test_polygons_whose_interiors_meet_are_never_called_apart(one, other):
    pair = many(of(one), of(other))
    if not shapely.is_valid(pair).all():
        return
    (apart,) = kept_apart(pair[:1], pair[1:], np.array([0]), np.array([0]))
    assert not (apart and shapely.intersection(pair[0], pair[1]).area > 1e-6)


@pytest.mark.parametrize(
    ("other", "apart"),
    [
        (box(E + 20, N, E + 40, N + 20), True),
        (Polygon([(E + 20, N + 20), (E + 40, N + 20), (E + 40, N + 40)]), True),
        (box(E + 19.999, N, E + 40, N + 20), False),
        (box(E, N, E + 20, N + 20), False),
        (box(E + 5, N + 5, E + 6, N + 6), False),
    ],
)
def test_a_millimetre_decides(other, apart):
    found = kept_apart(many(box(E, N, E + 20, N + 20)), many(other), np.array([0]), np.array([0]))
    assert found.tolist() == [apart]


def test_a_slanting_side_keeps_triangles_apart_whose_boxes_overlap():
    low = Polygon([(E, N), (E + 20, N), (E, N + 20)])
    high = Polygon([(E + 20, N), (E + 20, N + 20), (E, N + 20)])
    assert kept_apart(many(low), many(high), np.array([0]), np.array([0])).tolist() == [True]


def test_a_national_sheet_covers_the_ground_of_its_number():
    # 1:10 000 sheet H50G067006: rows of 2'30" from 32° N down, columns of 3'45" from 114° E.
    (sheet,) = sheets_named("H50G067006").ground
    middle = shapely.centroid(sheet)
    assert sheet.area == pytest.approx(6_060 * 4_620, rel=0.02)
    assert middle.x == pytest.approx(500_000 + (5.5 * 3.75 / 60) * 96_900, abs=1_500)
    assert middle.y == pytest.approx(3_234_400, abs=3_000)


def test_several_sheets_and_what_is_no_sheet():
    named = sheets_named("3302.50-530.75、3302.50-38531.75 第3幅")
    assert [sheet.bounds[0] for sheet in named.ground] == [530_750.0, 531_750.0]
    assert named.unknown == ["第3幅"]
    assert sheets_named("H50G099001").unknown == ["H50G099001"]
