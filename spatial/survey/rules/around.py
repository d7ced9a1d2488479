"""Rules on what is written about the surroundings of a parcel: T14 map sheet, T32 the four bounds (四至)."""

import re
from collections import defaultdict
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.map_sheets import sheets_named
from spatial.survey.records import Geometries
from spatial.survey.rules.context import Context, NotRun, Told
from spatial.survey.tolerances import NEAR_LINE_M

_SHEET: Final = ("tfh", "sheet")
# Columns of the four bounds, with the direction as a unit vector (E, N).
_SIDES: Final = {"zdszd": (1.0, 0.0), "zdszn": (0.0, -1.0), "zdszx": (-1.0, 0.0), "zdszb": (0.0, 1.0)}
_CODE: Final = re.compile(r"(?<![0-9A-Z])(?:(\d{12}))?([GJZ][A-Z]\d{5})(?![0-9])", re.ASCII)

Places = NDArray[np.float64]


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
    together: dict[str, list[int]] = defaultdict(list)
    for at in context.usable.tolist():
        if (written := values[at]) is not None:
            together[written].append(at)
    for written, features in together.items():
        named = sheets_named(written)
        ground = shapely.union_all(named.ground)
        shapely.prepare(ground)
        there = shapely.intersects(ground, context.features.geoms[features])
        for at, is_there in zip(features, there, strict=True):
            if named.unknown:
                told.add(at, "T14_not_understood", "note", params={"value": written[:40]})
            elif not is_there:
                told.add(at, "T14_elsewhere", "minor", params={"value": written[:40]})


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
    own = np.array([at for at, _, _ in named])
    other = np.array([context.land.get(code) for _, _, code in named], dtype=object)
    there = shapely.is_geometry(other)
    beside = np.zeros(len(named), dtype=bool)
    beside[there] = shapely.dwithin(context.features.geoms[own[there]], other[there], NEAR_LINE_M)
    side = np.array([_SIDES[column] for _, column, _ in named])
    turned = beside & ~_on_side(context.features.geoms[own], other, side, beside)
    # Without the register, or with a faulty shape, nobody knows where an absent parcel lies.
    shapeless = {context.features.codes[at] for at in np.flatnonzero(~context.valid)}
    for number in np.flatnonzero(turned | ~beside):
        at, column, code = named[number]
        if turned[number]:
            told.add(at, "T32_other_side", "minor", other_id=code, params={"column": column.upper()})
        elif there[number] or (context.ground.parcels is not None and code not in shapeless):
            told.add(at, "T32_no_neighbour", "minor", other_id=code, params={"column": column.upper()})


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


def _on_side(
    own: Geometries, other: Geometries, side: Places, beside: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell which neighbours lie on a side: their middle does, or else the middle of what both share."""
    right = np.zeros(len(own), dtype=bool)
    step = _middles(other[beside]) - _middles(own[beside])
    right[beside] = (step * side[beside]).sum(axis=1) > 0
    left = np.flatnonzero(beside & ~right)
    shared = shapely.intersection(shapely.buffer(own[left], NEAR_LINE_M), other[left])
    step = shapely.get_coordinates(shapely.centroid(shared)) - shapely.get_coordinates(
        shapely.centroid(own[left])
    )
    right[left] = (step * side[left]).sum(axis=1) > 0
    return right


def _middles(geoms: Geometries) -> Places:
    """Return the middles of the boxes."""
    bounds = shapely.bounds(geoms)
    middles: Places = (bounds[:, :2] + bounds[:, 2:]) / 2.0
    return middles
