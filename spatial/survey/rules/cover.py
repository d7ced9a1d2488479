"""Rules on ground that should belong to somebody: T11, and what a redefinition loses or takes."""

import numpy as np
import shapely

from spatial.survey import predicates
from spatial.survey.gaps import holes, narrow_gaps
from spatial.survey.records import Geometries, Moment, Scope
from spatial.survey.rules import context as rules
from spatial.survey.rules.context import Context, NotRun, Told
from spatial.survey.tolerances import HOLE_M2, NEAR_LINE_M, OVERLAP_M2, SAME_POINT_M

OWNERSHIP = "collective"
_DISTRICT = 12


def no_gap(context: Context, told: Told) -> None:
    """T11: no ground is left between parcels.

    ``minor``: a gap up to 20 cm wide between neighbours, on any layer. ``major``, on the ownership layer,
    which covers the land: ground that no parcel has and parcels enclose, or, with a complete upload, the
    sub-district holds.
    """
    told.skipped = context.need_valid()
    everything = np.concatenate([context.polygons, context.neighbours[1]])
    gaps = narrow_gaps(everything, rules.MOST_FINDINGS)
    for gap, at in zip(gaps, _bordering(context, gaps), strict=True):
        if at is not None:
            params = {"width_m": predicates.mean_width_m(gap)}
            told.add(
                at, "T11_narrow", "minor", place=gap, measured=float(gap.area), limit=None, params=params
            )
    if context.layer != OWNERSHIP:
        return
    found = holes(everything, _to_be_covered(context))
    for hole, at in zip(found, _bordering(context, found), strict=True):
        if at is not None and hole.area > HOLE_M2:
            told.add(at, "T11_hole", place=hole, measured=float(hole.area))


def _to_be_covered(context: Context) -> Geometries | None:
    """Return the sub-districts that the parcels should cover; None where the upload is only a part."""
    whole = context.scope is Scope.COMPLETE or context.moment is Moment.NIGHTLY
    districts = context.ground.subdistricts
    if not whole or not districts:
        return None
    named = {code[:_DISTRICT] for code in context.features.codes if code}
    kept = [at for at, code in enumerate(districts.codes) if code in named]
    return districts.geoms[kept] if kept else None


def _bordering(context: Context, pieces: Geometries) -> list[int | None]:
    """Return for each piece of ground the first feature beside it, None where only registered ones are."""
    beside: list[int | None] = [None] * len(pieces)
    if len(pieces):
        number, at = shapely.STRtree(context.polygons).query(
            pieces, predicate="dwithin", distance=NEAR_LINE_M
        )
        for piece, which in zip(number[::-1], context.usable[at[::-1]], strict=True):
            beside[int(piece)] = int(which)
    return beside


def redefinition(context: Context, told: Told) -> None:
    """Tell where parcels that are made anew lose ground, or take some that was in no parcel before.

    ``minor``: ground of a live parcel that the upload replaces, and gives to none. ``note``: ground of a
    parcel that succeeds others and was in none of them.

    Raises
    ------
    NotRun
        If the upload replaces no parcel by others.
    """
    told.skipped = context.need_valid()
    parcels = context.register
    ended = [at for at, code in enumerate(parcels.codes) if code in context.replaced]
    old = parcels.geoms[ended]
    heir, parent = predicates.pairs_between(context.polygons, old)
    same = shapely.equals_exact(context.polygons[heir], old[parent], normalize=True)
    # Most of an upload is as it was: that loses and takes nothing, and need not be cut with what is around.
    same_heirs, same_parents = set(heir[same].tolist()), set(parent[same].tolist())
    moved = ~(np.isin(heir, heir[same]) & np.isin(parent, parent[same]))
    heir, parent = heir[moved], parent[moved]
    shared = shapely.area(shapely.intersection(context.polygons[heir], old[parent])) > OVERLAP_M2
    heir, parent = heir[shared], parent[shared]
    if not len(heir) and not same.any():
        raise NotRun("nothing_redefined")
    for which, heirs in predicates.grouped(parent, heir):
        if which not in same_parents:
            _tell_lost(context, told, heirs, old[which], parcels.codes[ended[which]])
    for which, parents in predicates.grouped(heir, parent):
        if which not in same_heirs:
            _tell_taken(context, told, which, old[parents])


def _tell_lost(
    context: Context, told: Told, heirs: predicates.Index, before: shapely.Geometry, code: str
) -> None:
    rest = _wide_parts(shapely.difference(before, shapely.union_all(context.polygons[heirs])))
    if rest is not None:
        told.add(
            int(context.usable[heirs[0]]),
            "redefinition_lost",
            "minor",
            place=rest,
            measured=float(rest.area),
            other_id=code,
        )


def _tell_taken(context: Context, told: Told, which: int, before: Geometries) -> None:
    rest = _wide_parts(shapely.difference(context.polygons[which], shapely.union_all(before)))
    if rest is not None:
        told.add(
            int(context.usable[which]),
            "redefinition_taken",
            "note",
            place=rest,
            measured=float(rest.area),
            limit=OVERLAP_M2,
        )


def _wide_parts(rest: shapely.Geometry) -> shapely.MultiPolygon | None:
    """Return the parts wider than rounding and larger than a registered area shows."""
    parts = predicates.polygons_of(rest)
    kept = (
        [
            part
            for part in parts.geoms
            if part.area > OVERLAP_M2 and predicates.mean_width_m(part) > SAME_POINT_M
        ]
        if parts
        else []
    )
    return shapely.MultiPolygon(kept) if kept else None
