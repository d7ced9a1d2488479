"""Kinds of faults in shapes: overlaps, gaps, points, rings, places."""

import math

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from spatial.survey.records import Shapes
from tests.faults.seeding import FaultKind, Spot

# What else a wrong boundary may rightly bring: points not shared, gaps, a place that no longer fits.
BOUNDARY = frozenset({"T10", "T11", "T12", "outside_subdistrict", "narrow_passage", "T02", "T03"})
REPLACED = BOUNDARY | {"redefinition", "moved_boundary", "T30", "T31", "T32"}
AWAY = frozenset({"T10", "T12", "T13", "T14", "T32", "outside_subdistrict", "county_straddle", "T31"})


def _side_moved(by: float):
    def put(spot: Spot) -> None:
        one, other = spot.side
        spot.draw([spot.moved(one, by), spot.moved(other, by), *spot.ring[2:]])

    return put


def _corner_moved(by: float):
    def put(spot: Spot) -> None:
        spot.draw([spot.moved(spot.side[0], by), *spot.ring[1:]])

    return put


def _point_on_side(by: float):
    def put(spot: Spot) -> None:
        spot.draw([spot.ring[0], spot.moved(spot.along(0.5), by), *spot.ring[1:]])

    return put


def _box_at(spot: Spot, size: float) -> Polygon:
    east, north = spot.along(0.5)
    return box(*np.round((east - size, north - size, east + size, north + size), 3))


def _registered_as(by: float, *, drawn: float = 0.0, kept: bool = False):
    """Let the lot replace a registered parcel whose side lay elsewhere; its code is kept, or a new one."""

    def put(spot: Spot) -> None:
        world, (one, other) = spot.world, spot.side
        before = Polygon([spot.moved(one, by), spot.moved(other, by), *spot.ring[2:]])
        if drawn:
            spot.draw([spot.moved(one, drawn), spot.moved(other, drawn), *spot.ring[2:]])
        code = str(world.codes[spot.at])
        old = code if kept else f"{code[:14]}{88_000 + spot.at % 9_000:05d}"
        world.retired.add(old)
        world.registered = Shapes(
            [*world.registered.codes, old],
            np.append(world.registered.geoms, np.array([MultiPolygon([before])], dtype=object)),
        )

    return put


def crossing(spot: Spot) -> None:
    spot.add(_box_at(spot, 2.0))


def contained(spot: Spot) -> None:
    ring = np.array(spot.ring)
    middle = ring.mean(axis=0)
    spot.add(Polygon(np.round(middle + 0.3 * (ring - middle), 3)))


def identical(spot: Spot) -> None:
    spot.add(Polygon(spot.ring))


def shifted(spot: Spot) -> None:
    east, north = np.round(0.1 * spot.outward + 0.05, 3)
    spot.draw([(round(x + east, 3), round(y + north, 3)) for x, y in spot.ring])


def _spike(by: float):
    def put(spot: Spot) -> None:
        foot = spot.along(0.5)
        step = np.subtract(spot.side[1], spot.side[0])
        left, right = np.asarray(foot) - 0.002 * step / np.hypot(*step), foot
        tip = spot.moved(foot, by)
        spot.draw([spot.ring[0], tuple(np.round(left, 3)), tip, right, *spot.ring[1:]])

    return put


def _near_again(by: float):
    def put(spot: Spot) -> None:
        one = np.asarray(spot.side[0])
        step = np.subtract(spot.side[1], one)
        again = np.round(one + by * step / np.hypot(*step), 3)
        spot.draw([spot.ring[0], (float(again[0]), float(again[1])), *spot.ring[1:]])

    return put


def ring_order(spot: Spot) -> None:
    one, other, third, fourth = spot.ring
    spot.world.geoms[spot.at] = Polygon([one, third, other, fourth])


def touches_itself(spot: Spot) -> None:
    foot = spot.along(0.5)
    inner = [spot.moved(spot.along(share), -3.0) for share in (0.6, 0.4)]
    spot.draw([spot.ring[0], foot, *inner, foot, *spot.ring[1:]])


def _fault(reason: str):
    def put(spot: Spot) -> None:
        spot.world.geoms[spot.at] = None
        spot.world.faults[spot.at + 1] = reason

    return put


def hole_outside(spot: Spot) -> None:
    far = [
        spot.moved(spot.along(share), by)
        for share, by in ((0.3, 60.0), (0.6, 60.0), (0.6, 64.0), (0.3, 64.0))
    ]
    spot.world.geoms[spot.at] = Polygon(spot.ring, [far])


def _hole(spot: Spot, deep: float, wide: float) -> list[tuple[float, float]]:
    return [
        spot.moved(spot.along(share), -by)
        for share, by in (
            (0.5 - wide, deep),
            (0.5 + wide, deep),
            (0.5 + wide, deep + 4),
            (0.5 - wide, deep + 4),
        )
    ]


def hole_crosses(spot: Spot) -> None:
    spot.world.geoms[spot.at] = Polygon(spot.ring, [_hole(spot, -2.0, 0.2)])


def holes_nested(spot: Spot) -> None:
    inner = [spot.moved(spot.along(share), -by) for share, by in ((0.45, 3), (0.55, 3), (0.55, 4), (0.45, 4))]
    spot.world.geoms[spot.at] = Polygon(spot.ring, [_hole(spot, 2.0, 0.2), inner])


def tiny(spot: Spot) -> None:
    east, north = np.round(np.mean(spot.ring, axis=0), 3)
    spot.draw([(east, north), (east + 0.9, north), (east + 0.9, north + 0.9), (east, north + 0.9)])


def scrap(spot: Spot) -> None:
    east, north = np.round(np.mean(spot.ring, axis=0), 3)
    far, high = round(east + 3, 3), round(north + 0.03, 3)
    spot.draw([(east, north), (far, north), (far, high), (east, high)])


def _carried(east: float, north: float):
    def put(spot: Spot) -> None:
        spot.world.geoms[spot.at] = Polygon([(x + east, y + north) for x, y in spot.ring])

    return put


def swapped_axes(spot: Spot) -> None:
    spot.world.geoms[spot.at] = Polygon([(y, x) for x, y in spot.ring])


def in_two_parts(spot: Spot) -> None:
    one, other, third, fourth = (np.asarray(corner) for corner in spot.ring)
    left = [one, one + 0.4 * (other - one), fourth + 0.4 * (third - fourth), fourth]
    right = [one + 0.6 * (other - one), other, third, fourth + 0.6 * (third - fourth)]
    parts = MultiPolygon([Polygon(np.round(left, 3)), Polygon(np.round(right, 3))])
    spot.world.geoms[spot.at] = parts
    spot.world.declared[spot.at] = round(float(parts.area), 2)


def all_but_cut(spot: Spot) -> None:
    one, other, third, fourth = (np.asarray(corner) for corner in spot.ring)
    near = [one + share * (other - one) for share in (0.45, 0.55)]
    far = [fourth + share * (third - fourth) for share in (0.45, 0.55)]
    depth = [1.0 - 0.02 / float(np.hypot(*(far[n] - near[n]))) for n in (0, 1)]
    deep = [near[n] + depth[n] * (far[n] - near[n]) for n in (0, 1)]
    spot.draw(
        [
            tuple(np.round(corner, 3))
            for corner in (one, near[0], deep[0], deep[1], near[1], other, third, fourth)
        ]
    )


def coarse_arc(spot: Spot) -> None:
    middle = np.mean(spot.ring, axis=0)
    turns = [math.radians(30.0 * step) for step in range(12)]
    spot.draw(
        [tuple(np.round(middle + 4.0 * np.array((math.cos(turn), math.sin(turn))), 3)) for turn in turns]
    )


def over_county_line(spot: Spot) -> bool:
    """Lay the lot over a county line of the reference set, far from all others."""
    counties = spot.world.context().ground.counties if not _LINES else None
    if counties is not None:
        own = counties.geoms[counties.codes.index("421202")]
        other = counties.geoms[counties.codes.index("421281")]
        line = shapely.intersection(shapely.boundary(own), shapely.boundary(other))
        _LINES.append(shapely.line_merge(line))
    parts = shapely.get_parts(_LINES[0])
    longest = parts[int(np.argmax(shapely.length(parts)))]
    place = shapely.line_interpolate_point(longest, spot.rng.uniform(0.05, 0.95), normalized=True)
    east, north = round(place.x, 3), round(place.y, 3)
    spot.draw(
        [(east - 20, north - 20), (east + 20, north - 20), (east + 20, north + 20), (east - 20, north + 20)]
    )
    return True


_LINES: list[shapely.Geometry] = []

_EITHER = frozenset({"T10", "T12"})

SHAPES = [
    FaultKind("side 3 mm over", "T10", _side_moved(0.003), _EITHER, BOUNDARY, True),
    FaultKind("side 5 cm over", "T10", _side_moved(0.05), also=BOUNDARY, geometric=True),
    FaultKind("side 1 m over", "T10", _side_moved(1.0), also=BOUNDARY | {"T32"}, geometric=True),
    FaultKind(
        "side 5 cm over a registered parcel",
        "T10",
        _side_moved(0.05),
        also=BOUNDARY,
        geometric=True,
        registered=True,
    ),
    FaultKind("crossing parcel", "T10", crossing, also=BOUNDARY, geometric=True),
    FaultKind("contained parcel", "T10", contained, also=BOUNDARY, geometric=True),
    FaultKind("identical parcel", "T10", identical, also=BOUNDARY, geometric=True),
    FaultKind("shifted by 11 cm", "T10", shifted, also=BOUNDARY | {"T32"}, geometric=True),
    FaultKind("corner 3 mm out", "T12", _corner_moved(0.003), _EITHER, BOUNDARY, True),
    FaultKind("corner 3 mm in", "T12", _corner_moved(-0.003), _EITHER, BOUNDARY, True),
    FaultKind("corner 5 cm out", "T10", _corner_moved(0.05), also=BOUNDARY, geometric=True),
    FaultKind("corner 4 cm in", "T12", _corner_moved(-0.04), also=BOUNDARY, geometric=True),
    FaultKind("gap of 3 mm", "T11", _side_moved(-0.003), frozenset({"T11", "T12"}), BOUNDARY, True),
    FaultKind("gap of 3 cm", "T11", _side_moved(-0.03), also=BOUNDARY, geometric=True),
    FaultKind("gap of 15 cm", "T11", _side_moved(-0.15), also=BOUNDARY | {"T32"}, geometric=True),
    FaultKind("dangling point on the line", "T12", _point_on_side(0.0), also=BOUNDARY, geometric=True),
    FaultKind("dangling point 3 mm out", "T12", _point_on_side(0.003), _EITHER, BOUNDARY, True),
    FaultKind("dangling point 2 cm in", "T12", _point_on_side(-0.02), also=BOUNDARY, geometric=True),
    FaultKind("spike outward", "T03", _spike(6.0), also=BOUNDARY, geometric=True),
    FaultKind("spike inward", "T03", _spike(-6.0), also=BOUNDARY, geometric=True),
    FaultKind("duplicate point", "T02", _near_again(0.0), also=BOUNDARY, geometric=True),
    FaultKind("points 3 cm apart", "T02", _near_again(0.03), also=BOUNDARY, geometric=True),
    FaultKind("ring order wrong", "T01", ring_order, geometric=True),
    FaultKind("ring touches itself", "T01", touches_itself, also=BOUNDARY, geometric=True),
    FaultKind("no geometry", "T01", _fault("geometry_absent"), geometric=True),
    FaultKind("open ring", "T01", _fault("ring_open"), geometric=True),
    FaultKind("hole outside its shell", "T05", hole_outside, geometric=True),
    FaultKind("hole crosses its shell", "T01", hole_crosses, geometric=True),
    FaultKind("hole in a hole", "T05", holes_nested, geometric=True),
    FaultKind("scrap of 0.8 m²", "T04", tiny, also=frozenset({"T32"}), geometric=True),
    FaultKind("scrap 3 cm wide", "T04", scrap, also=frozenset({"T02", "T32", "T06"}), geometric=True),
    FaultKind("outside the city", "T07", _carried(300_000.0, 0.0), also=AWAY, geometric=True),
    FaultKind("zone number 38 kept", "T07", _carried(38_000_000.0, 0.0), also=AWAY, geometric=True),
    FaultKind("axes swapped", "T07", swapped_axes, also=AWAY, geometric=True),
    FaultKind("ground lost", "redefinition", _registered_as(0.0, drawn=-0.5), also=REPLACED, geometric=True),
    FaultKind("ground taken", "redefinition", _registered_as(-0.5), also=REPLACED, geometric=True),
    FaultKind(
        "boundary moved", "moved_boundary", _registered_as(-0.004, kept=True), also=REPLACED, geometric=True
    ),
    FaultKind("two parts", "one_part", in_two_parts, also=BOUNDARY),
    FaultKind("all but cut in two", "narrow_passage", all_but_cut, also=BOUNDARY, geometric=True),
    FaultKind("arc of twelve chords", "T06", coarse_arc, also=frozenset({"T32"})),
    FaultKind("over a county line", "county_straddle", over_county_line, also=AWAY, geometric=True),
]
