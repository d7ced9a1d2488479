"""Rules on what is drawn beside parcels: points twice, lines off the boundary, buildings over each other."""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.objects.records import LineDraft, PointDraft
from spatial.survey.rules.context import Context, Told
from spatial.survey.tolerances import GRID_M, OVERLAP_M2, SAME_POINT_M

_MILLIMETRES: Final = 1000


def points_once(context: Context, told: Told) -> None:
    """Tell points of one parcel that stand in one place, or bear one number; ``minor`` is any.

    Neighbouring parcels each name the point at a corner they share: that is one point, told by nobody.
    """
    at_place: dict[tuple[str, int, int], PointDraft] = {}
    by_number: dict[tuple[str, str], PointDraft] = {}
    for point in context.objects.points:
        code = point.parcel_code
        if not code:
            told.skipped += 1
            continue
        if point.geom is not None:
            place = (code, round(point.geom.x * _MILLIMETRES), round(point.geom.y * _MILLIMETRES))
            first = at_place.setdefault(place, point)
            if first is not point:
                _tell_point(context, told, point, first, "points_once_place")
        if point.point_no:
            first = by_number.setdefault((code, point.point_no), point)
            if first is not point:
                _tell_point(context, told, point, first, "points_once_number")


def _tell_point(context: Context, told: Told, point: PointDraft, first: PointDraft, message: str) -> None:
    names = [one.point_no or f"#{one.no}" for one in (first, point)]
    told.add(
        context.index_of.get(point.parcel_code or ""),
        message,
        "minor",
        place=point.geom,
        object_id=f"{point.parcel_code}/{names[1]}",
        other_id=point.parcel_code,
        params={"point": names[1], "first": names[0]},
    )


def lines_on_boundary(context: Context, told: Told) -> None:
    """Tell lines that leave the boundary of their parcel, and lines drawn twice; ``major`` is either.

    A line lies on the boundary when its corners and the middles of its segments do.
    """
    usable = {code for code, at in context.index_of.items() if context.valid[at]}
    drawn = [
        line
        for line in context.objects.lines
        if line.parcel_code in usable and line.geom is not None and not line.geom.is_empty
    ]
    told.skipped = len(context.objects.lines) - len(drawn)
    if not drawn:
        return
    geoms = np.array([line.geom for line in drawn], dtype=object)
    for line, off, place in _off_boundary(context, drawn, geoms):
        _tell_line(context, told, line, "lines_on_boundary_off", place, measured=off)
    seen: dict[tuple[str, bytes], LineDraft] = {}
    written = shapely.to_wkb(shapely.normalize(geoms))
    for line, drawing in zip(drawn, written, strict=True):
        if seen.setdefault((str(line.parcel_code), drawing), line) is not line:
            _tell_line(context, told, line, "lines_on_boundary_twice", line.geom)


def _off_boundary(
    context: Context, drawn: list[LineDraft], geoms: NDArray[np.object_]
) -> list[tuple[LineDraft, float, shapely.Point]]:
    """Return the lines that leave their parcel's boundary, how far in metres, and where they do."""
    homes = np.array([context.index_of[str(line.parcel_code)] for line in drawn])
    rings: NDArray[np.object_] = np.full(len(context.features.geoms), None, dtype=object)
    asked = np.unique(homes)
    rings[asked] = shapely.boundary(context.features.geoms[asked])
    xy, owner = shapely.get_coordinates(geoms, return_index=True)
    same = owner[1:] == owner[:-1]
    middles = (xy[1:] + xy[:-1])[same] / 2
    places = np.concatenate([xy, middles])
    owner = np.concatenate([owner, owner[1:][same]])
    apart = shapely.distance(shapely.points(places), rings[homes[owner]])
    worst: dict[int, int] = {}
    for at in np.flatnonzero(apart > SAME_POINT_M).tolist():
        line = int(owner[at])
        if line not in worst or apart[at] > apart[worst[line]]:
            worst[line] = at
    return [(drawn[line], float(apart[at]), shapely.Point(places[at])) for line, at in worst.items()]


def _tell_line(
    context: Context,
    told: Told,
    line: LineDraft,
    message: str,
    place: shapely.Geometry,
    *,
    measured: float | None = None,
) -> None:
    ends = "-".join(number for number in (line.start_no, line.end_no) if number)
    told.add(
        context.index_of[str(line.parcel_code)],
        message,
        place=place,
        object_id=f"{line.parcel_code}/{ends or f'JZX#{line.no}'}",
        other_id=line.parcel_code,
        measured=measured,
    )


def buildings_apart(context: Context, told: Told) -> None:
    """Tell footprints of the file that lie over each other, in each other or are alike; ``minor`` is any.

    Footprints that no longer meet when each is shrunk by 1 mm are apart.
    """
    standing = [
        one for one in context.objects.buildings if one.geom is not None and shapely.is_valid(one.geom)
    ]
    told.skipped = len(context.objects.buildings) - len(standing)
    geoms = np.array([one.geom for one in standing], dtype=object)
    smaller = shapely.buffer(geoms, -GRID_M)
    for first, second in shapely.STRtree(smaller).query(smaller, predicate="intersects").T.tolist():
        if first >= second:
            continue
        both = shapely.intersection(geoms[first], geoms[second])
        if shapely.area(both) > OVERLAP_M2:
            told.add(
                context.index_of.get(standing[first].parcel_code or ""),
                "buildings_apart",
                "minor",
                place=both,
                object_id=standing[first].building_code or f"ZRZ#{standing[first].no}",
                other_id=standing[second].building_code or f"ZRZ#{standing[second].no}",
                measured=float(shapely.area(both)),
            )
