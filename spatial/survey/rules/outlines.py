"""The rule on outlines of flats, which become their floor plans (分户图)."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from spatial.survey.rules.context import Context, NotRun, Told
from spatial.survey.tolerances import GRID_M, OVERHANG_M2, OVERLAP_M2

_BUILDING_LENGTH: Final = 24


@dataclass(frozen=True, slots=True)
class _Outline:
    """An outline with the name under which it is told."""

    name: str
    unit_code: str | None
    floor_no: int | None
    geom: shapely.Geometry | None


def flat_outlines(context: Context, told: Told) -> None:
    """Tell of outlines that cannot be drawn, lie over each other, or leave their building.

    ``major``: an outline names no flat of the file, no floor or one again, is no valid polygon, or meets
    another flat's of the floor when both are drawn in by 1 mm, by more than 0.01 m². ``note``: it leaves the
    footprint, as a balcony does.

    Raises
    ------
    NotRun
        If no flat has an outline.
    """
    outlines = _outlines(context)
    if not outlines:
        raise NotRun("no_outline")
    flats = {flat.unit_code for flat in context.objects.flats}
    times = Counter((one.unit_code, one.floor_no) for one in outlines)
    sound: dict[tuple[str, int], list[_Outline]] = defaultdict(list)
    for one in outlines:
        fault = _fault(one, flats, times)
        if fault is None:
            sound[str(one.unit_code)[:_BUILDING_LENGTH], one.floor_no or 0].append(one)
        else:
            place = one.geom if one.geom is not None and shapely.is_valid(one.geom) else None
            told.add(None, fault, place=place, object_id=one.name)
    houses = {
        building.building_code: building.geom
        for building in context.objects.buildings
        if building.geom is not None and shapely.is_valid(building.geom)
    }
    for (building, floor), members in sound.items():
        _overlaps(told, members, floor)
        _outside(told, members, houses.get(building))


def _outlines(context: Context) -> list[_Outline]:
    """Return the outlines drawn floor by floor, and the shapes of flats that have none of these."""
    drawn = [
        _Outline(one.unit_code or f"FHT#{one.no}", one.unit_code, one.floor_no, one.geom)
        for one in context.objects.outlines
    ]
    told = {one.unit_code for one in drawn}
    return drawn + [
        _Outline(flat.unit_code or f"H#{flat.no}", flat.unit_code, flat.floor_no, flat.geom)
        for flat in context.objects.flats
        if flat.geom is not None and flat.unit_code not in told
    ]


def _fault(
    one: _Outline, flats: set[str | None], times: Counter[tuple[str | None, int | None]]
) -> str | None:
    if one.unit_code is None or one.unit_code not in flats:
        return "flat_outline_orphan"
    if one.floor_no is None:
        return "flat_outline_floor"
    if times[one.unit_code, one.floor_no] > 1:
        return "flat_outline_repeated"
    if one.geom is None or not shapely.is_valid(one.geom):
        return "flat_outline_shape"
    return None


def _overlaps(told: Told, members: list[_Outline], floor: int) -> None:
    geoms = np.array([one.geom for one in members], dtype=object)
    smaller = shapely.buffer(geoms, -GRID_M)
    for first, second in shapely.STRtree(smaller).query(smaller, predicate="intersects").T.tolist():
        if first >= second:
            continue
        both = shapely.intersection(geoms[first], geoms[second])
        if shapely.area(both) > OVERLAP_M2:
            told.add(
                None,
                "flat_outline_overlap",
                place=both,
                object_id=members[first].name,
                other_id=members[second].name,
                measured=float(shapely.area(both)),
                params={"floor": floor},
            )


def _outside(told: Told, members: list[_Outline], house: shapely.Geometry | None) -> None:
    if house is None:
        told.skipped += len(members)
        return
    for one in members:
        beyond = shapely.difference(one.geom, house)
        if shapely.area(beyond) > OVERHANG_M2 and not shapely.is_empty(shapely.buffer(beyond, -GRID_M)):
            told.add(
                None,
                "flat_outline_outside",
                "note",
                place=beyond,
                object_id=one.name,
                measured=float(shapely.area(beyond)),
            )
