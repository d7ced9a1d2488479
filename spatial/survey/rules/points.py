"""Rules on boundary points and lines: T20 to T23."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, Final, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.objects.records import LineDraft, PointDraft
from spatial.survey.rules.context import Context, NotRun, Told
from spatial.survey.tolerances import (
    LENGTH_M,
    LINE_CLASS_1_M,
    LINE_CLASS_2_M,
    LINE_CLASS_3_M,
    SAME_POINT_M,
)

_LIMITS_M: Final = {1: LINE_CLASS_1_M, 2: LINE_CLASS_2_M, 3: LINE_CLASS_3_M}
# Class taken where the file states none: use rights are surveyed with class 1, others at worst with 3.
_CLASS_OF_USE: Final = 1
_CLASS_ELSE: Final = 3
Row = TypeVar("Row", PointDraft, LineDraft)


def points_on_corners(context: Context, told: Told) -> None:
    """T20: every corner of a parcel has a boundary point, and every boundary point is a corner of its parcel.

    ``major`` is any breach. A parcel none of whose corners has a point is told once.
    """
    points = [point for point in context.objects.points if point.geom is not None]
    told.skipped = len(context.objects.points) - len(points)
    for point in context.objects.points:
        if point.parcel_code not in context.index_of:
            _tell_point(context, told, point, "T20_parcel_unknown")
    known = [point for point in points if point.parcel_code in context.index_of]
    corner, named = _met(context, known)
    met = np.zeros(len(known), dtype=bool)
    met[named] = True
    for point, found in zip(known, met, strict=True):
        if not found:
            _tell_point(context, told, point, "T20_point_off_corner")
    _tell_corners(context, told, corner)


def _met(context: Context, points: list[PointDraft]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of corner and point in the same place of the same parcel, as indices."""
    if not points or not context.present.any():
        return np.array([], dtype=np.int64), np.array([], dtype=np.int64)
    corners = context.vertices
    places = np.array([point.geom for point in points], dtype=object)
    named, corner = shapely.STRtree(shapely.points(corners.xy)).query(places, "dwithin", SAME_POINT_M)
    homes = np.array([context.index_of[str(point.parcel_code)] for point in points])
    own = corners.feature[corner] == homes[named]
    return corner[own], named[own]


def _tell_corners(context: Context, told: Told, met: NDArray[np.int64]) -> None:
    if not context.present.any():
        return
    corners = context.vertices
    has = np.zeros(len(corners.xy), dtype=bool)
    has[met] = True
    counts = np.bincount(corners.feature)
    bare = set(np.flatnonzero(counts).tolist()) - set(corners.feature[has].tolist())
    for at in sorted(bare):
        told.add(at, "T20_no_points", params={"corners": int(counts[at])})
    for corner in np.flatnonzero(~has):
        at = int(corners.feature[corner])
        if at not in bare:
            told.add(at, "T20_corner_without_point", place=shapely.Point(corners.xy[corner]))


def _tell_point(context: Context, told: Told, point: PointDraft, message: str) -> None:
    told.add(
        context.index_of.get(point.parcel_code or ""),
        message,
        place=point.geom,
        object_id=_name(point.parcel_code, point.point_no, "JZD", point.no),
        other_id=point.parcel_code,
        params={"point": point.point_no or f"#{point.no}"},
    )


def _name(parcel_code: str | None, number: str | None, table: str, row: int) -> str:
    """Return how people name a point or line of a parcel."""
    return f"{parcel_code or '?'}/{number or f'{table}#{row}'}"


def point_order(context: Context, told: Told) -> None:
    """T21: points are numbered on from 1, the first at the parcel's north-west corner.

    ``major``: a gap, a repetition or no number; ``minor``: another corner comes first.
    """
    for code, points in _by_parcel(context.objects.points).items():
        at = context.index_of.get(code)
        if at is None:
            told.skipped += 1
            continue
        found = Counter(point.seq for point in points)
        wrong = sorted({*range(1, len(points) + 1)} - set(found))
        if wrong or None in found:
            place = next((point.geom for point in points if point.geom is not None), None)
            told.add(at, "T21_sequence", place=place, params={"first_missing": (wrong or [1])[0]})
            continue
        _judge_first(context, told, at, min(points, key=lambda point: point.seq or 0))


def _judge_first(context: Context, told: Told, at: int, first: PointDraft) -> None:
    """Compare the first point with the corner nearest to the north-west corner of the box."""
    geom = context.features.geoms[at]
    if geom is None or first.geom is None:
        told.skipped += 1
        return
    corners = shapely.get_coordinates(geom)
    west, north = corners[:, 0].min(), corners[:, 1].max()
    reach = np.hypot(corners[:, 0] - west, north - corners[:, 1])
    distance = float(np.hypot(first.geom.x - west, north - first.geom.y))
    if distance > float(reach.min()) + SAME_POINT_M:
        told.add(
            at,
            "T21_first_point",
            "minor",
            place=shapely.Point(corners[int(reach.argmin())]),
            params={"point": first.point_no or f"#{first.no}"},
        )


def _by_parcel(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.parcel_code:
            found[row.parcel_code].append(row)
    return found


class _Own:
    """The boundary points of one parcel, by number and by place."""

    def __init__(self, context: Context, points: list[PointDraft]) -> None:
        self.places = {point.point_no: point.geom for point in points if point.point_no and point.geom}
        self.numbers = {point.point_no for point in points}
        self._tree = shapely.STRtree([point.geom for point in points if point.geom is not None])
        stated = [point.accuracy_class for point in points if point.accuracy_class is not None]
        unstated = _CLASS_OF_USE if context.layer.startswith("use_") else _CLASS_ELSE
        self.limit_m = _LIMITS_M[max(stated, default=unstated)]

    def at(self, places: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Tell which of some places one of the points is at."""
        found = np.zeros(len(places), dtype=bool)
        found[self._tree.query(places, "dwithin", SAME_POINT_M)[0]] = True
        return found


class _Drawn:
    """Lines as they are drawn: of all lines at once, for asking each takes a thousand times as long."""

    def __init__(self, lines: list[LineDraft]) -> None:
        geoms = np.array([line.geom for line in lines], dtype=object)
        along, line = shapely.get_coordinates(geoms, return_index=True)
        self.length_m = shapely.length(geoms)
        self.ends = np.full((len(lines), 2), None, dtype=object)
        drawn, first = np.unique(line, return_index=True)
        last = np.append(first[1:], len(along)) - 1
        if len(drawn):
            self.ends[drawn] = shapely.points(along[np.stack([first, last], axis=1)])


def lines_between_points(context: Context, told: Told) -> None:
    """T22: a line ends at points of its parcel, and is as long as its coordinates say.

    ``major``: an end that is no point, or a length off by more than the limit of the accuracy class;
    ``minor``: a length off by more than 1 cm.
    """
    points, lines = _by_parcel(context.objects.points), context.objects.lines
    drawn = _Drawn(lines)
    rows: dict[str, list[int]] = defaultdict(list)
    for row, line in enumerate(lines):
        if line.parcel_code:
            rows[line.parcel_code].append(row)
    for code, some in rows.items():
        if code not in context.index_of:
            for row in some:
                _tell_line(context, told, lines[row], "T22_parcel_unknown")
            continue
        own = _Own(context, points.get(code, []))
        ends = drawn.ends[some]
        met = own.at(ends.ravel()).reshape(ends.shape)
        for row, places, at_point in zip(some, ends, met, strict=True):
            if context.objects.points:
                _judge_ends(context, told, lines[row], own, places[~at_point])
            _judge_length(context, told, lines[row], own, float(drawn.length_m[row]))
    for line in lines:
        if not line.parcel_code:
            _tell_line(context, told, line, "T22_parcel_unknown")


def _judge_ends(
    context: Context, told: Told, line: LineDraft, own: _Own, ends_off: Iterable[shapely.Point | None]
) -> None:
    for number in (line.start_no, line.end_no):
        if number is not None and number not in own.numbers:
            _tell_line(context, told, line, "T22_number_unknown", params={"point": number})
    for end in ends_off:
        if end is not None:
            _tell_line(context, told, line, "T22_end_off_point", place=end)


def ends_of(line: LineDraft) -> list[shapely.Point]:
    """Return the two ends of a drawn line, EPSG:4547; none where nothing is drawn."""
    if line.geom is None or line.geom.is_empty:
        return []
    along = shapely.get_coordinates(line.geom)
    return [shapely.Point(along[0]), shapely.Point(along[-1])]


def _judge_length(context: Context, told: Told, line: LineDraft, own: _Own, along_m: float) -> None:
    drawn = _between_m(line, own) if line.geom is None else along_m
    if line.length_m is None or drawn is None:
        told.skipped += 1
        return
    off = abs(line.length_m - drawn)
    # A grid step of the ends beside the last decimal.
    if off <= LENGTH_M + SAME_POINT_M:
        return
    grade, limit = ("major", own.limit_m) if off > own.limit_m else ("minor", LENGTH_M)
    params = {"written_m": line.length_m, "drawn_m": round(drawn, 3)}
    _tell_line(context, told, line, "T22_length", grade, measured=off, limit=limit, params=params)


def _between_m(line: LineDraft, own: _Own) -> float | None:
    """Return the length of a line that is not drawn: between the points it names."""
    start, end = own.places.get(line.start_no or ""), own.places.get(line.end_no or "")
    return None if start is None or end is None else float(shapely.distance(start, end))


def _tell_line(
    context: Context,
    told: Told,
    line: LineDraft,
    message: str,
    grade: str = "major",
    *,
    place: shapely.Geometry | None = None,
    **more: Any,
) -> None:
    ends = "-".join(number for number in (line.start_no, line.end_no) if number)
    told.add(
        context.index_of.get(line.parcel_code or ""),
        message,
        grade,
        place=place or line.geom,
        object_id=_name(line.parcel_code, ends, "JZX", line.no),
        other_id=line.parcel_code,
        **more,
    )


def sides_make_perimeter(context: Context, told: Told) -> None:
    """T23: the lengths of a parcel's lines add up to its perimeter; ``major``: off by more than 1 cm a line.

    Raises
    ------
    NotRun
        If no parcel's lines all state their length.
    """
    for code, lines in _by_parcel(context.objects.lines).items():
        at = context.index_of.get(code)
        lengths = [line.length_m for line in lines if line.length_m is not None]
        if at is None or context.features.geoms[at] is None or len(lengths) < len(lines):
            told.skipped += 1
            continue
        perimeter = float(shapely.length(context.features.geoms[at]))
        off, limit = abs(sum(lengths) - perimeter), LENGTH_M * len(lengths)
        if off > limit + SAME_POINT_M:
            params = {"sum_m": round(sum(lengths), 2), "perimeter_m": round(perimeter, 2)}
            told.add(at, "T23_sides", measured=off, limit=round(limit, 2), params=params)
    if not told.count and told.skipped == len(_by_parcel(context.objects.lines)):
        raise NotRun("no_lengths")
