"""Boundary lines after fixes of their parcel (EPSG:4547, metres, 1 mm grid)."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.objects.following_rows import Rows
from spatial.survey.tolerances import LENGTH_M, SAME_POINT_M

_START: Final = ("QDH", "QSDH", "QSJZDH")
_END: Final = ("ZDH", "ZZDH", "ZZJZDH")
_LENGTH: Final = ("JZXCD",)
# Two corners that are left may be joined either way.
_LEAST_KEPT: Final = 2


class Corners(Protocol):
    """Corners of a parcel before and after, ring by ring; ``target`` is -1 where a corner went."""

    before: NDArray[np.float64]
    after: NDArray[np.float64]
    rings_before: list[list[int]]
    rings_after: list[list[int]]
    target: NDArray[np.int64]

    def at(self, place: shapely.Geometry | None) -> int | None: ...  # noqa: D102


def follow_lines(
    lines: Rows, code: str, corners: Corners, numbers: Mapping[tuple[int, int], str], gone: set[str]
) -> None:
    """Lay the lines of a parcel along its boundary as it is after a step.

    A line that ended at a corner which went ends at the next one that is left; of several that come to lie
    between the same corners the first stays.

    Parameters
    ----------
    lines : Rows
        The table, changed in place.
    code : str
        Parcel.
    corners : Corners
        Before and after the step.
    numbers : mapping
        Point numbers of the parcel by place, millimetres, after the step.
    gone : set of str
        Point numbers that the step took away.
    """
    laid: set[tuple[int, ...]] = set()
    for row in lines.of(code):
        arc = _arc(lines, row, corners)
        way = None if arc is None else _way(arc, corners)
        if way is None:
            continue
        met = tuple(sorted(way))
        if len(way) == 1 or met in laid:
            lines.drop(row)
            continue
        laid.add(met)
        _lay(lines, row, corners.after[way])
    for row in lines.of(code):
        _name_ends(lines, row, numbers, gone)


def _arc(lines: Rows, row: int, corners: Corners) -> list[int] | None:
    """Return the corners that a line joins, in its direction; None where it does not follow its parcel."""
    geom = lines.geom(row)
    merged = shapely.line_merge(geom) if geom is not None and geom.geom_type.endswith("LineString") else None
    if merged is None or merged.geom_type != "LineString" or merged.is_empty:
        return None
    found = [corners.at(shapely.Point(place)) for place in shapely.get_coordinates(merged)]
    arc = [at for at in found if at is not None]
    if len(arc) < len(found):
        return None
    ring = next((ring for ring in corners.rings_before if arc[0] in ring), [])
    steps = (
        {(ring.index(b) - ring.index(a)) % len(ring) for a, b in pairwise(arc)}
        if set(arc) <= set(ring)
        else {0}
    )
    return arc if steps in ({1}, {len(ring) - 1}) else None


def _way(arc: list[int], corners: Corners) -> list[int] | None:
    """Return the corners after the step that the line joins; None where its ring cannot be recognised."""
    ring = next(ring for ring in corners.rings_before if arc[0] in ring)
    forward = (ring.index(arc[1]) - ring.index(arc[0])) % len(ring) == 1
    walk = ring if forward else ring[::-1]
    kept = [at for at in walk if corners.target[at] >= 0]
    rings = [own for own in corners.rings_after if {int(corners.target[at]) for at in kept} <= set(own)]
    if len(kept) < _LEAST_KEPT or not rings:
        return None
    reverse = _is_ccw(corners.before, walk) != _is_ccw(corners.after, rings[0])
    after = _turning_alike([int(corners.target[at]) for at in kept], rings[0], reverse=reverse)
    if after is None:
        return None
    start = _next_kept(walk[::-1], arc[0], corners)
    end = _next_kept(walk, arc[-1], corners)
    turned = after[after.index(start) :] + after[: after.index(start)]
    return [*turned, start] if arc[0] == arc[-1] else turned[: turned.index(end) + 1]


def _next_kept(walk: list[int], corner: int, corners: Corners) -> int:
    """Return what the first corner that is left became, from one on."""
    at = walk.index(corner)
    return next(int(corners.target[one]) for one in walk[at:] + walk[:at] if corners.target[one] >= 0)


def _turning_alike(targets: list[int], ring: list[int], *, reverse: bool) -> list[int] | None:
    """Return a ring walked so that these corners come in their order; None where they do so neither way.

    Where both ways do, ``reverse`` decides.
    """
    wanted = [at for at, before in zip(targets, [targets[-1], *targets], strict=False) if at != before]
    for walk in (ring[::-1], ring) if reverse else (ring, ring[::-1]):
        turned = walk[walk.index(wanted[0]) :] + walk[: walk.index(wanted[0])]
        places = [turned.index(at) for at in wanted]
        if places == sorted(places):
            return walk
    return None


def _is_ccw(places: NDArray[np.float64], ring: list[int]) -> bool:
    return bool(shapely.is_ccw(shapely.LinearRing(places[ring])))


def _lay(lines: Rows, row: int, path: NDArray[np.float64]) -> None:
    """Give a line its new path, and write its length anew where it agreed with the old one."""
    old, new = lines.geom(row), shapely.LineString(path)
    if old is None or shapely.equals_exact(shapely.line_merge(old), new, SAME_POINT_M):
        return
    length = lines.number(row, *_LENGTH)
    if length is not None and abs(length - float(shapely.length(old))) <= LENGTH_M + SAME_POINT_M:
        lines.write(row, round(float(shapely.length(new)), 2), *_LENGTH)
    lines.move(row, new)


def _name_ends(lines: Rows, row: int, numbers: Mapping[tuple[int, int], str], gone: set[str]) -> None:
    """Where a line names a point that is no more, name the one that is there."""
    geom = lines.geom(row)
    places = [] if geom is None else shapely.get_coordinates(geom).tolist()
    for names, place in ((_START, places[:1]), (_END, places[-1:])):
        if place and lines.text(row, *names) in gone:
            number = numbers.get((round(place[0][0] * 1000), round(place[0][1] * 1000)))
            if number:
                lines.write(row, number, *names)
