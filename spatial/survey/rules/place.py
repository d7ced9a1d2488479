"""Rules on where a parcel lies: sub-district and county."""

from collections import defaultdict

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.records import Shapes
from spatial.survey.rules.context import Context, NotRun, Told
from spatial.survey.tolerances import COUNTY_M2, SUBDISTRICT_M2

OUTSIDE = "outside_city"
_DISTRICT = 12
_COUNTY = 6
# Code 000 stands for a parcel that crosses districts or sub-districts.
_CROSSES = "000"


def known_subdistrict(context: Context, told: Told) -> None:
    """T13: the code names a known sub-district and the county of the larger part.

    ``major`` is any breach.
    """
    districts, counties = context.ground.subdistricts, context.ground.counties
    named = set(districts.codes) if districts else None
    shares = _shares(context, counties) if counties else {}
    for at, code in enumerate(context.features.codes):
        if code is None or len(code) < _DISTRICT:
            continue
        district = code[:_DISTRICT]
        if named is not None and district not in named and not district.endswith(_CROSSES):
            told.add(at, "T13_subdistrict_unknown", params={"subdistrict": district})
        larger = _larger(shares.get(at, {}))
        if larger is not None and larger != code[:_COUNTY]:
            told.add(at, "T13_county_disagrees", params={"county": larger}, other_id=larger)


def inside_subdistrict(context: Context, told: Told) -> None:
    """Tell what lies outside the sub-district of its code; ``major`` is more than 0.01 m².

    Raises
    ------
    NotRun
        If the sub-district of no parcel is known.
    """
    districts = context.subdistricts
    told.skipped = context.need_valid()
    place = {code: at for at, code in enumerate(districts.codes)}
    named = [place.get((context.features.codes[at] or "")[:_DISTRICT], -1) for at in context.usable]
    home = np.array(named, dtype=np.int64)
    told.skipped += int((home < 0).sum())
    if (home < 0).all():
        raise NotRun("subdistricts_not_known")
    shapely.prepare(districts.geoms)
    inside = shapely.covers(districts.geoms[home], context.polygons)
    leaves = np.flatnonzero((home >= 0) & ~inside)
    known = context.usable[leaves]
    rests = shapely.difference(context.polygons[leaves], districts.geoms[home[leaves]])
    for at, rest, area in zip(known, rests, shapely.area(rests), strict=True):
        if area > SUBDISTRICT_M2:
            district = str(context.features.codes[at])[:_DISTRICT]
            told.add(int(at), "outside_subdistrict", place=rest, measured=float(area), other_id=district)


def one_county(context: Context, told: Told) -> None:
    """Tell which parcels lie in more than one county, or leave the city.

    ``major``: a share over 0.01 m² outside the county of the largest part.
    """
    counties = context.counties
    told.skipped = context.need_valid()
    for at, shares in _shares(context, counties).items():
        largest = _larger(shares)
        others = {code: area for code, area in shares.items() if code != largest and area > COUNTY_M2}
        if largest == OUTSIDE:
            told.add(at, "county_outside", measured=shares[OUTSIDE], other_id=OUTSIDE)
        elif others:
            told.add(
                at,
                "county_straddle",
                place=shapely.point_on_surface(context.features.geoms[at]),
                measured=float(sum(others.values())),
                other_id=max(others, key=lambda code: others[code]),
                params={"counties": {code: round(area, 2) for code, area in sorted(shares.items())}},
            )


def _larger(shares: dict[str, float]) -> str | None:
    """Return the county of the largest share, the lower code where two are equal."""
    return min(shares, key=lambda code: (-shares[code], code)) if shares else None


def _shares(context: Context, counties: Shapes) -> dict[int, dict[str, float]]:
    """Return by index the area in each county, m²; what lies outside the city under its own word."""
    usable = context.usable
    geoms = context.features.geoms[usable]
    shapely.prepare(counties.geoms)
    inside_piece, inside = shapely.STRtree(geoms).query(counties.geoms, predicate="contains_properly")
    shares: dict[int, dict[str, float]] = {}
    areas = shapely.area(geoms)
    for piece, which in zip(inside_piece, inside, strict=True):
        shares[int(usable[which])] = {_home(context, counties.codes[piece]): float(areas[which])}
    rest = np.setdiff1d(np.arange(len(usable)), inside)
    for which, parts in _measured(geoms, rest, counties).items():
        found: dict[str, float] = defaultdict(float)
        for code, area in parts:
            found[_home(context, code)] += area
        found[OUTSIDE] += max(float(areas[which]) - sum(found.values()), 0.0)
        shares[int(usable[which])] = {code: area for code, area in found.items() if area > COUNTY_M2}
    return shares


def _home(context: Context, code: str) -> str:
    return code if code in context.ground.city else OUTSIDE


def _measured(
    geoms: NDArray[np.object_], rest: NDArray[np.int64], counties: Shapes
) -> dict[int, list[tuple[str, float]]]:
    """Measure the pieces of counties under the polygons that no piece contains."""
    found: dict[int, list[tuple[str, float]]] = {int(which): [] for which in rest}
    if not len(rest):
        return found
    piece, at = shapely.STRtree(geoms[rest]).query(counties.geoms)
    areas = shapely.area(shapely.intersection(geoms[rest][at], counties.geoms[piece]))
    for number, which, area in zip(piece, rest[at], areas, strict=True):
        if area > 0:
            found[int(which)].append((counties.codes[number], float(area)))
    return found
