"""Rules on what is written about the surroundings of a parcel: T14 map sheet, T32 the four bounds (四至)."""

import re
from typing import Final

import numpy as np
import shapely

from spatial.survey.map_sheets import sheets_named
from spatial.survey.rules.context import Context, NotRun, Told
from spatial.survey.tolerances import NEAR_LINE_M

_SHEET: Final = ("tfh", "sheet")
# Columns of the four bounds, with the direction as a unit vector (E, N).
_SIDES: Final = {"zdszd": (1.0, 0.0), "zdszn": (0.0, -1.0), "zdszx": (-1.0, 0.0), "zdszb": (0.0, 1.0)}
_CODE: Final = re.compile(r"(?<![0-9A-Z])(?:(\d{12}))?([GJZ][A-Z]\d{5})(?![0-9])", re.ASCII)
# A bound that lies more than this many degrees off its direction is another side.
_OFF_DEG: Final = 90.0


def map_sheet(context: Context, told: Told) -> None:
    """T14: the parcel lies on the sheets that are written; ``minor`` on none, ``note`` not understood.

    Raises
    ------
    NotRun
        If no sheet is written.
    """
    told.skipped = context.need_valid()
    values = context.texts(*_SHEET)
    if values is None or not any(values):
        raise NotRun("no_such_column")
    for at in context.usable:
        written = values[at]
        if written is None:
            continue
        named = sheets_named(written)
        if named.unknown:
            told.add(int(at), "T14_not_understood", "note", params={"value": written[:40]})
        elif not any(shapely.intersects(sheet, context.features.geoms[at]) for sheet in named.ground):
            told.add(int(at), "T14_elsewhere", "minor", params={"value": written[:40]})


def four_bounds(context: Context, told: Told) -> None:
    """T32: a parcel that is named as a bound lies there; ``minor`` not beside, or on another side.

    Bounds that name no parcel by its code (an owner, a road) cannot be compared.

    Raises
    ------
    NotRun
        If no bound names a parcel.
    """
    told.skipped = context.need_valid()
    named = _named(context)
    if not named:
        raise NotRun("no_neighbour_named")
    codes, others = context.neighbours
    shapes = dict(zip(codes, others, strict=True))
    shapes |= {str(context.features.codes[at]): context.features.geoms[at] for at in context.usable}
    shapeless = {context.features.codes[at] for at in np.flatnonzero(~context.valid)}
    for at, column, code in named:
        other = shapes.get(code)
        own = context.features.geoms[at]
        if other is None and (context.ground.parcels is None or code in shapeless):
            continue  # perhaps a registered one, or its shape is faulty: nobody knows where it lies
        if other is None or shapely.distance(own, other) > NEAR_LINE_M:
            told.add(at, "T32_no_neighbour", "minor", other_id=code, params={"column": column.upper()})
        elif not _lies(own, other, _SIDES[column]):
            told.add(at, "T32_other_side", "minor", other_id=code, params={"column": column.upper()})


def _named(context: Context) -> list[tuple[int, str, str]]:
    """Return index, column and parcel code of each bound that names a parcel."""
    found = []
    for column in _SIDES:
        values = context.texts(column) or []
        for at in context.usable if values else ():
            for match in _CODE.finditer((values[at] or "").upper()):
                district = match[1] or (context.features.codes[at] or "")[:12]
                found.append((int(at), column, f"{district}{match[2]}"))
    return found


def _lies(own: shapely.Geometry, other: shapely.Geometry, direction: tuple[float, float]) -> bool:
    """Tell whether what both share lies on the side of a direction."""
    middle = shapely.get_coordinates(shapely.centroid(own))[0]
    shared = shapely.intersection(shapely.buffer(own, NEAR_LINE_M), other)
    step = shapely.get_coordinates(shapely.centroid(shared))[0] - middle
    length = float(np.hypot(*step))
    return length == 0.0 or float(np.dot(step, direction)) / length > np.cos(np.radians(_OFF_DEG))
