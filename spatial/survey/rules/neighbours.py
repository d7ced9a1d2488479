"""Rules between parcels of one layer: T10, T12 and boundaries that a re-survey moves."""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey import predicates
from spatial.survey.apart import kept_apart
from spatial.survey.rules.context import Context, NotRun, Told
from spatial.survey.tolerances import GRID_M, SAME_POINT_M

_PAIRS_AT_ONCE: Final = 10_000


def no_overlap(context: Context, told: Told) -> None:
    """T10: no two parcels share ground.

    ``major``: the database would refuse the pair (interiors still meet after shrinking each by 1 mm);
    ``minor``: any other overlap over 0.01 m². After as many findings as are told the comparison ends: the
    count is then the least there are.
    """
    told.skipped = context.need_valid()
    geoms = context.polygons
    _compare(context, told, geoms, predicates.pairs_within(geoms), None)
    codes, others = context.neighbours
    if len(codes):
        _compare(context, told, others, predicates.pairs_between(geoms, others), codes)


def _compare(
    context: Context,
    told: Told,
    others: NDArray[np.object_],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    codes: list[str] | None,
) -> None:
    """Judge candidate pairs part by part, until enough is told."""
    geoms = context.polygons
    left, right = pairs
    open_pairs = ~kept_apart(geoms, others, left, right)
    left, right = left[open_pairs], right[open_pairs]
    for first in range(0, len(left), _PAIRS_AT_ONCE):
        if told.full:
            return
        part = slice(first, first + _PAIRS_AT_ONCE)
        _tell(context, told, predicates.overlaps(geoms, others, left[part], right[part]), codes)


def _tell(context: Context, told: Told, found: predicates.Overlap, codes: list[str] | None) -> None:
    features, usable = context.features, context.usable
    for left, right, shape, area, refused in zip(
        found.left, found.right, found.shapes, found.areas_m2, found.refused, strict=True
    ):
        at = int(usable[left])
        other = features.object_id(int(usable[right])) if codes is None else codes[int(right)]
        told.add(
            at,
            "T10_overlap" if codes is None else "T10_overlap_register",
            "major" if refused else "minor",
            place=predicates.polygons_of(shape) or shape,
            measured=float(area),
            other_id=other,
            params={"width_m": predicates.mean_width_m(shape)},
            fix=predicates.polygons_of(shapely.difference(features.geoms[at], shape)) if refused else None,
        )


def shared_points(context: Context, told: Told) -> None:
    """T12: where parcels meet they share their points.

    ``minor``: a point of one lies within 5 cm of another's line and is none of its points, and nothing but
    a gap or an overlap lies between. Where boundaries part at a narrow angle, the ground between the point
    and the line belongs to a parcel: no fault. A point is told once for each parcel that lacks it.
    """
    told.skipped = context.need_valid()
    codes, others = context.neighbours
    own = len(context.usable)
    names = [context.features.object_id(int(at)) for at in context.usable] + codes
    loose = predicates.loose_points(np.concatenate([context.polygons, others]))
    for xy, holder, lacking, distance in zip(
        loose.xy, loose.holder.tolist(), loose.lacking.tolist(), loose.distances_m.tolist(), strict=True
    ):
        mine, theirs = (holder, lacking) if holder < own else (lacking, holder)
        if mine < own:
            told.add(
                int(context.usable[mine]),
                "T12_loose" if holder < own else "T12_loose_register",
                "minor",
                place=shapely.Point(xy),
                measured=distance,
                other_id=names[theirs],
            )


def moved_boundary(context: Context, told: Told) -> None:
    """Tell where a parcel keeps its code while its boundary moves; ``minor`` is any move over 1 mm.

    Raises
    ------
    NotRun
        If no parcel of the upload is in the register.
    """
    told.skipped = context.need_valid()
    parcels = context.register
    live = dict(zip(parcels.codes, parcels.geoms, strict=True))
    known = [int(at) for at in context.usable if context.features.codes[at] in live]
    if not known:
        raise NotRun("no_code_in_register")
    old = np.array([live[str(context.features.codes[at])] for at in known], dtype=object)
    new = context.features.geoms[known]
    differ = ~shapely.equals_exact(shapely.normalize(old), shapely.normalize(new), GRID_M / 2)
    moved = np.zeros(len(known))
    moved[differ] = shapely.hausdorff_distance(shapely.boundary(old[differ]), shapely.boundary(new[differ]))
    for at, distance, before in zip(known, moved, old, strict=True):
        if distance > SAME_POINT_M:
            told.add(
                at,
                "moved_boundary_kept_code",
                "minor",
                place=shapely.symmetric_difference(before, context.features.geoms[at]),
                measured=float(distance),
            )
