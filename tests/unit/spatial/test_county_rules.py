"""The rules R1 to R5 of the county decision, one row a case."""

import pytest

from spatial.counties.records import Measured, Overlap, Reason, Rule
from spatial.counties.rules import judge, judge_without_shape, ppm, summarise

A, B, C = "421202", "421281", "421221"
M2 = 1_000_000
DISAGREES = (Rule.PREFIX_DISAGREES, None, Reason.PREFIX_DISAGREES)
NEAR = (Rule.NEAR_LINE, None, Reason.NEAR_LINE)
STRADDLES = (Rule.STRADDLE, None, Reason.STRADDLE)
OUTSIDE = (Rule.OUTSIDE, None, Reason.OUTSIDE_CITY)


def measured(*parts, outside_ppm=0, distance=5_000.0):
    return Measured(tuple(Overlap(code, ratio, ratio) for code, ratio in parts), (), outside_ppm, distance)


@pytest.mark.parametrize(
    ("evidence", "code_county", "expected"),
    [
        # one county
        (measured((A, 1_000_000)), A, (Rule.ONE_COUNTY, A, None)),
        (measured((A, 1_000_000)), None, (Rule.ONE_COUNTY, A, None)),
        (measured((A, 1_000_000)), B, DISAGREES),
        (measured((A, 1_000_000)), "420115", DISAGREES),
        # near a line the code must agree
        (measured((A, 1_000_000), distance=99.999), A, (Rule.ONE_COUNTY, A, None)),
        (measured((A, 1_000_000), distance=99.999), None, NEAR),
        (
            measured((A, 1_000_000), distance=99.999),
            B,
            (Rule.PREFIX_DISAGREES, None, Reason.PREFIX_DISAGREES),
        ),
        (measured((A, 1_000_000), distance=100.0), None, (Rule.ONE_COUNTY, A, None)),
        (measured((A, 1_000_000), distance=None), None, (Rule.ONE_COUNTY, A, None)),
        # two counties
        (measured((A, 980_000), (B, 20_000), distance=0.0), A, (Rule.ONE_COUNTY, A, None)),
        (
            measured((A, 980_000), (B, 20_000), distance=0.0),
            B,
            (Rule.PREFIX_DISAGREES, None, Reason.PREFIX_DISAGREES),
        ),
        (measured((A, 980_000), (B, 20_000), distance=0.0), None, NEAR),
        (measured((A, 979_999), (B, 20_001), distance=0.0), A, STRADDLES),
        (measured((A, 500_000), (B, 500_000), distance=0.0), A, STRADDLES),
        (
            measured((A, 400_000), (B, 300_000), (C, 300_000), distance=0.0),
            C,
            (Rule.STRADDLE, None, Reason.STRADDLE),
        ),
        # outside the city goes before everything
        (measured((A, 999_000), outside_ppm=1_000, distance=0.0), A, (Rule.ONE_COUNTY, A, None)),
        (
            measured((A, 998_999), outside_ppm=1_001, distance=0.0),
            A,
            (Rule.OUTSIDE, None, Reason.OUTSIDE_CITY),
        ),
        (
            measured((A, 500_000), outside_ppm=500_000, distance=0.0),
            A,
            (Rule.OUTSIDE, None, Reason.OUTSIDE_CITY),
        ),
        (measured(outside_ppm=1_000_000), A, OUTSIDE),
        # a point on a line lies in both: the code tells, without a code people do
        (measured((A, 1_000_000), (B, 1_000_000), distance=0.0), B, (Rule.ONE_COUNTY, B, None)),
        (
            measured((A, 1_000_000), (B, 1_000_000), distance=0.0),
            None,
            (Rule.NEAR_LINE, None, Reason.NEAR_LINE),
        ),
    ],
)
def test_judge(evidence, code_county, expected):
    assert judge(evidence, code_county=code_county, accuracy_m=100.0) == expected


@pytest.mark.parametrize(
    ("code_county", "jurisdiction", "expected"),
    [
        (A, None, (Rule.NO_SHAPE, A, None)),
        (A, B, (Rule.NO_SHAPE, A, None)),
        (None, B, (Rule.NO_SHAPE, B, None)),
        ("420115", None, (Rule.UNDECIDABLE, None, Reason.OUTSIDE_CITY)),
        (None, None, None),
    ],
)
def test_judge_without_shape(code_county, jurisdiction, expected):
    city = frozenset({A, B, C})
    assert judge_without_shape(code_county=code_county, jurisdiction=jurisdiction, city=city) == expected


def test_summarise_lists_counties_over_a_square_decimetre_largest_first():
    shares = [(B, True, 30 * M2), (A, True, 60 * M2), (C, True, 10_000), ("421083", False, 10 * M2 - 10_000)]
    evidence = summarise(shares, total_mm2=100 * M2, distance_to_line_m=0.0)
    assert [part.county_code for part in evidence.overlaps] == [A, B]
    assert [part.county_code for part in evidence.neighbours] == ["421083"]
    assert evidence.outside_ppm == 99_900


def test_summarise_a_point():
    assert summarise([(A, True, 0)], total_mm2=0, distance_to_line_m=3.0).overlaps == (
        Overlap(A, 1_000_000, 0),
    )
    assert summarise([], total_mm2=0, distance_to_line_m=3.0).outside_ppm == 1_000_000


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(0, 7, 0), (1, 2_000_000, 1), (1, 2_000_001, 0), (7, 7, 1_000_000)]
)
def test_ppm_rounds_half_up(part, whole, expected):
    assert ppm(part, whole) == expected
