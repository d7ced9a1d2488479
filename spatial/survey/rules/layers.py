"""Rules between layers: which may lie over each other, what lies inside collective land, plot codes."""

import re
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey import predicates
from spatial.survey.records import Shapes
from spatial.survey.rules.context import Context, NotRun, Told
from spatial.survey.tolerances import OVERLAP_M2

_GRADES: Final = {"error": "major", "warn": "minor"}
_OWNERSHIP: Final = "collective"
_TENURE, _CHARACTER = 12, 13
_PLOT_CODE: Final = re.compile(r"\d{19}", re.ASCII)
_COUNTY = 6
_PAIRS_AT_ONCE: Final = 10_000


def layer_pairs(context: Context, told: Told) -> None:
    """Tell what lies over parcels of another layer, as the pair matrix judges the two layers.

    ``major``: the pair may not overlap; ``minor``: a dispute (一地多证) for a person; nothing is cut.

    Raises
    ------
    NotRun
        If the register is not at hand.
    """
    if not context.ground.judgements:
        raise NotRun("register_not_known")
    told.skipped = context.need_valid()
    for layer, judgement in sorted(context.ground.judgements.items()):
        shapes = context.ground.others.get(layer)
        if judgement in _GRADES and shapes is not None and len(shapes):
            _compare(context, told, layer, shapes)


def _compare(context: Context, told: Told, layer: str, shapes: Shapes) -> None:
    geoms = context.features.geoms[context.usable]
    left, right = predicates.pairs_between(geoms, shapes.geoms)
    for first in range(0, len(left), _PAIRS_AT_ONCE):
        if told.full:
            return
        part = slice(first, first + _PAIRS_AT_ONCE)
        found = predicates.overlaps(geoms, shapes.geoms, left[part], right[part])
        for one, other, shape, area in zip(
            found.left, found.right, found.shapes, found.areas_m2, strict=True
        ):
            at = int(context.usable[one])
            told.add(
                at,
                "layer_pair_homestead" if _homestead(context, at) else "layer_pair_overlap",
                _GRADES[context.ground.judgements[layer]],
                place=predicates.polygons_of(shape) or shape,
                measured=float(area),
                other_id=shapes.codes[int(other)],
                params={"layer": layer},
            )


def _homestead(context: Context, at: int) -> bool:
    return (context.features.codes[at] or "")[_CHARACTER : _CHARACTER + 1] == "C"


def inside_ownership(context: Context, told: Told) -> None:
    """Tell which rights on collective land leave the ownership parcels; ``minor``: more than 0.01 m² outside.

    Raises
    ------
    NotRun
        If no parcel of the upload is on collective land, or no ownership parcel is near.
    """
    if context.layer == _OWNERSHIP:
        raise NotRun("is_ownership_layer")
    owned = context.ground.others.get(_OWNERSHIP)
    if owned is None or not len(owned):
        raise NotRun("ownership_not_known")
    told.skipped = context.need_valid()
    codes = context.features.codes
    rights = [int(at) for at in context.usable if (codes[at] or "")[_TENURE : _TENURE + 1] == "J"]
    if not rights:
        raise NotRun("no_collective_land")
    for at, outside in zip(rights, _outside(context.features.geoms[rights], owned.geoms), strict=True):
        area = float(shapely.area(outside))
        if area > OVERLAP_M2:
            told.add(at, "outside_ownership", "minor", place=outside, measured=area)


def _outside(geoms: NDArray[np.object_], owned: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return what of each polygon lies in no ownership parcel."""
    which, near = shapely.STRtree(owned).query(geoms)
    rest = geoms.copy()
    for at, around in predicates.grouped(which, near):
        rest[at] = shapely.difference(geoms[at], shapely.union_all(owned[around]))
    return rest


def plot_codes(context: Context, told: Told) -> None:
    """Tell plot codes (地块编码 DKBM) that are none, or of another county; ``major`` is any breach.

    A plot code has nineteen digits; a parcel code is as long and has two letters in it.
    """
    for plot in context.objects.plots:
        at = context.index_of.get(plot.parcel_code or "")
        value = plot.plot_code or ""
        if at is None:
            told.add(
                None, "plot_parcel_unknown", object_id=value or f"DK#{plot.no}", other_id=plot.parcel_code
            )
        elif not _PLOT_CODE.fullmatch(value):
            told.add(at, "plot_code_malformed", params={"value": value[:40]})
        elif value[:_COUNTY] != str(plot.parcel_code)[:_COUNTY]:
            told.add(at, "plot_code_county", params={"value": value})
