"""Tables of boundary points and lines after accepted fixes of their parcels (EPSG:4547, metres, 1 mm grid).

What was sent stays as it was sent; the rows that stand for corners of a parcel follow it when they are read.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.objects.following_lines import follow_lines
from spatial.survey.objects.following_rows import Rows
from spatial.survey.readers.records import ObjectTable
from spatial.survey.tolerances import GRID_M, SAME_POINT_M

Place = tuple[float, float]
Places = NDArray[np.float64]
_NUMBER: Final = ("JZDH",)
_ORDER: Final = ("SXH",)
_NUMBERED: Final = re.compile(r"(\D{0,4})(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Step:
    """What one draft did to a parcel.

    Attributes
    ----------
    before, after : polygon
        EPSG:4547; before perhaps invalid.
    moves : tuple
        Corners that fixes moved, from where to where (E, N), in their order.
    """

    parcel_code: str
    before: shapely.Geometry
    after: shapely.Geometry
    moves: tuple[tuple[Place, Place], ...] = ()


class Corners:
    """The corners of a parcel before and after a step, ring by ring."""

    def __init__(self, step: Step) -> None:
        self.before, self.rings_before = _corners(step.before)
        self.after, self.rings_after = _corners(step.after)
        self.target = np.array([self._target(step, tuple(place)) for place in self.before], dtype=np.int64)

    def at(self, place: shapely.Geometry | None) -> int | None:
        """Return the corner before the step that a point stands for."""
        if place is None or shapely.is_empty(place) or not len(self.before):
            return None
        return _nearest(self.before, (place.x, place.y), SAME_POINT_M)

    def appeared(self) -> list[int]:
        """Return the corners that were none before."""
        return sorted(set(range(len(self.after))) - set(self.target.tolist()))

    def _target(self, step: Step, place: Place) -> int:
        """Return the corner that a corner became, -1 where it went."""
        stayed = _nearest(self.after, place, GRID_M / 2)
        if stayed is not None:
            return stayed
        for start, end in step.moves:
            if np.hypot(place[0] - start[0], place[1] - start[1]) <= GRID_M / 2:
                place = end
        moved = _nearest(self.after, place, GRID_M / 2)
        return -1 if moved is None else moved


def follow(tables: dict[str, ObjectTable], steps: Sequence[Step]) -> dict[str, ObjectTable]:
    """Return the tables as they are after some steps.

    A point whose corner was moved moves with it; one whose corner went goes; where every corner had a point,
    a new corner gets one, and the points are numbered on. Lines follow the new boundary between the corners
    they ended at; a written length that agreed with the line is written anew.

    Parameters
    ----------
    tables : dict
        By standard name, as sent; they are not changed.
    steps : sequence of Step
        Oldest first.
    """
    points, lines = (Rows(tables[name]) if name in tables else None for name in ("JZD", "JZX"))
    for step in steps:
        corners = Corners(step)
        before = _numbers(points, step.parcel_code)
        if points is not None:
            _follow_points(points, step, corners)
        if lines is not None:
            now = _numbers(points, step.parcel_code)
            gone = set(before.values()) - set(now.values())
            follow_lines(lines, step.parcel_code, corners, now, gone)
    followed = {name: rows.table() for name, rows in (("JZD", points), ("JZX", lines)) if rows is not None}
    return tables | followed


def _follow_points(points: Rows, step: Step, corners: Corners) -> None:
    taken: dict[int, int] = {}
    met: set[int] = set()
    strays = changed = False
    for row in points.of(step.parcel_code):
        corner = corners.at(points.place(row))
        if corner is None:
            strays = True
            continue
        met.add(corner)
        target = int(corners.target[corner])
        if target < 0 or target in taken:
            points.drop(row)
            changed = True
            continue
        taken[target] = row
        if not np.allclose(corners.before[corner], corners.after[target], rtol=0, atol=GRID_M / 2):
            points.move(row, shapely.Point(corners.after[target]))
    named = {tuple(corners.before[corner]) for corner in met}
    if taken and all(tuple(place) in named for place in corners.before):
        for corner in corners.appeared():
            taken[corner] = _add(points, step.parcel_code, corners.after[corner])
            changed = True
    if changed and not strays:
        _renumber(points, taken, corners)


def _add(points: Rows, code: str, place: Places) -> int:
    """Add a point with the number after the last, written as most of its parcel's are: ``J5`` or ``5``."""
    written = [_NUMBERED.fullmatch(points.text(row, *_NUMBER) or "") for row in points.of(code)]
    numbered = [(match[1], int(match[2])) for match in written if match]
    letters = Counter(letter for letter, _ in numbered).most_common(1)
    letter = letters[0][0] if letters else "J"
    last = max((number for own, number in numbered if own == letter), default=0)
    row = points.add(code, shapely.Point(place))
    points.write(row, f"{letter}{last + 1}", *_NUMBER)
    return row


def _renumber(points: Rows, taken: dict[int, int], corners: Corners) -> None:
    """Give the points new places in their order, along the rings, beginning and turning as before."""
    kept = {corner: order for corner, row in taken.items() if (order := points.whole(row, *_ORDER))}
    rings = [_turned([at for at in ring if at in taken], kept) for ring in corners.rings_after]
    rings = sorted((ring for ring in rings if ring), key=lambda ring: kept.get(ring[0], len(taken)))
    for order, corner in enumerate((corner for ring in rings for corner in ring), start=1):
        points.write(taken[corner], order, *_ORDER)


def _turned(ring: list[int], kept: dict[int, int]) -> list[int]:
    """Turn a ring so that it begins with the least number and the numbers rise."""
    known = [at for at in ring if at in kept]
    if not known:
        return ring
    start = ring.index(min(known, key=lambda at: kept[at]))
    ahead = ring[start:] + ring[:start]
    back = ahead[:1] + ahead[:0:-1]

    def falls(walk: list[int]) -> int:
        orders = [kept[at] for at in walk if at in kept]
        return sum(a > b for a, b in pairwise(orders))

    return min(ahead, back, key=falls)


def _numbers(points: Rows | None, code: str) -> dict[tuple[int, int], str]:
    """Return the numbers of a parcel's points by their places, millimetres."""
    if points is None:
        return {}
    found = {}
    for row in points.of(code):
        place, number = points.place(row), points.text(row, *_NUMBER)
        if place is not None and number:
            found[round(place.x * 1000), round(place.y * 1000)] = number
    return found


def _corners(geom: shapely.Geometry) -> tuple[Places, list[list[int]]]:
    """Return all corners, and for each ring the indices of its own, each once."""
    places: list[Places] = []
    rings: list[list[int]] = []
    count = 0
    for part in shapely.get_parts(geom):
        for ring in (part.exterior, *part.interiors):
            own = shapely.get_coordinates(ring)[:-1]
            places.append(own)
            rings.append(list(range(count, count + len(own))))
            count += len(own)
    return (np.concatenate(places) if places else np.empty((0, 2))), rings


def _nearest(places: Places, place: Place, reach_m: float) -> int | None:
    if not len(places):
        return None
    apart = np.hypot(*(places - np.array(place)).T)
    at = int(apart.argmin())
    return at if apart[at] <= reach_m else None
