"""Fees split by area: 5,000 random parcels over random boundaries; sums are exact, order changes nothing."""

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, box
from shapely.ops import split

from spatial.counties.measuring import BoundaryPieces, measure
from spatial.counties.records import Overlap
from spatial.counties.rules import WHOLE_PPM, judge, split_amount, split_parts
from spatial.parcels.rules import snap

COUNTIES = ("421202", "421221", "421222", "421223", "421224", "421281")
GROUND = box(500_000, 3_200_000, 510_000, 3_210_000)
BOUNDARIES, PARCELS = 50, 105


def random_boundary(random):
    """Cut the ground by crooked lines into pieces, and give them to counties."""
    pieces = [GROUND]
    for _ in range(4):
        ends = random.uniform(0, 10_000, 2)
        bends = [(500_000 + x, 3_200_000 + random.uniform(0, 10_000)) for x in (2_500, 5_000, 7_500)]
        line = LineString([(499_999, 3_200_000 + ends[0]), *bends, (510_001, 3_200_000 + ends[1])])
        pieces = [part for piece in pieces for part in split(piece, line).geoms]
    codes = np.array(random.choice(COUNTIES, len(pieces)), dtype=object)
    shapes = np.array(pieces, dtype=object)
    lines = np.array([piece.exterior for piece in pieces], dtype=object)
    return BoundaryPieces(shapes, codes, np.ones(len(pieces), dtype=bool), lines)


def random_parcels(random, boundary):
    """Return rotated rectangles upon the lines, of 5 to 300 metres."""
    at = [
        boundary.lines[random.integers(len(boundary.lines))].interpolate(
            random.uniform(0, 1), normalized=True
        )
        for _ in range(PARCELS)
    ]
    shapes = []
    for point in at:
        wide, high = random.uniform(5, 300, 2)
        plain = box(point.x, point.y, point.x + wide, point.y + high)
        turned = shapely.affinity.rotate(plain, random.uniform(0, 90), origin=point)
        shapes.append(shapely.intersection(turned, GROUND))
    return [shape for shape in snap(shapes) if shape.area > 1]


def shuffled(boundary, random):
    order = random.permutation(len(boundary.pieces))
    return BoundaryPieces(
        boundary.pieces[order], boundary.county_codes[order], boundary.in_city[order], boundary.lines
    )


def test_shares_of_random_parcels_sum_exactly_and_come_again():
    random = np.random.default_rng(20261126)
    tried = straddles = 0
    for _ in range(BOUNDARIES):
        boundary = random_boundary(random)
        parcels = random_parcels(random, boundary)
        found = measure(parcels, boundary)
        again = measure(parcels[::-1], shuffled(boundary, random))[::-1]
        for measured, replayed in zip(found, again, strict=True):
            tried += 1
            rule, _, _ = judge(measured, code_county=None, accuracy_m=100.0)
            parts = split_parts(measured)
            assert (split_parts(replayed), replayed.overlaps) == (parts, measured.overlaps)
            if rule != "R3" or not parts:
                continue
            straddles += 1
            amount = int(random.integers(0, 10**13 if straddles % 3 else 10))
            shares = split_amount(amount, parts)
            assert sum(shares.values()) == amount
            assert shares == split_amount(amount, split_parts(replayed)[::-1])
            whole = sum(part.area_mm2 for part in parts)
            for part in parts:
                # Less than one fen from the exact share, in integers.
                assert abs(shares[part.county_code] * whole - amount * part.area_mm2) < whole
    assert tried > 5_000, tried
    assert straddles > 1_000


@pytest.mark.parametrize(
    ("amount_fen", "areas", "expected"),
    [
        (55_000, (1, 1), (27_500, 27_500)),
        (1, (1, 1), (1, 0)),
        (100, (1, 1, 1), (34, 33, 33)),
        (8_000, (2, 1), (5_333, 2_667)),
        (0, (5, 4), (0, 0)),
        (10**13, (1, 2), (3_333_333_333_333, 6_666_666_666_667)),
    ],
)
def test_hand_checked_shares(amount_fen, areas, expected):
    parts = [Overlap(code, 0, area) for code, area in zip(COUNTIES, areas, strict=False)]
    assert tuple(split_amount(amount_fen, parts).values()) == expected


def test_a_sliver_pays_no_county():
    from spatial.counties.records import Measured

    parts = (Overlap("421202", 600_000, 60), Overlap("421281", 385_000, 38), Overlap("421221", 15_000, 2))
    assert [part.county_code for part in split_parts(Measured(parts, (), 0, 0.0))] == ["421202", "421281"]
    assert WHOLE_PPM == 980_000
