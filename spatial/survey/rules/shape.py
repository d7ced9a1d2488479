"""Rules on the shape of single parcels: T01 to T05 and T07."""

import re

import numpy as np
import shapely

from spatial.city_window import in_window
from spatial.survey.predicates import polygons_of
from spatial.survey.rules.context import Context, Told
from spatial.survey.tolerances import (
    LEAST_AREA_M2,
    NARROW_M,
    NEAR_POINTS_M,
    REPAIR_WORK,
    SAME_POINT_M,
    SLIVER_WIDTH_M,
    SPIKE_DEG,
    SPIKE_SIDE_M,
)

_REASON = re.compile(r"^(?P<what>[^\[]+)(?:\[(?P<x>\S+) (?P<y>\S+)\])?")
# Reasons of GEOS about rings among each other (T05); all others are about a ring itself (T01).
_NESTING = frozenset(
    {"Hole lies outside shell", "Holes are nested", "Nested shells", "Nested holes", "Duplicate Rings"}
)

_SAYS = {
    "Self-intersection": "T01_self_intersection",
    "Ring Self-intersection": "T01_ring_touches_itself",
    "Interior is disconnected": "T01_interior_apart",
    "Too few points in geometry component": "T01_too_few_points",
}


def valid_polygon(context: Context, told: Told) -> None:
    """T01: each feature is a valid polygon; ``major`` is any breach."""
    for number, reason in sorted(context.features.faults.items()):
        told.add(number - 1, f"T01_{reason}")
    work = 0
    for at, what, place in _invalid(context):
        if what not in _NESTING:
            geom = context.features.geoms[at]
            work += int(shapely.get_num_coordinates(geom)) ** 2
            fix = _repaired(geom) if work <= REPAIR_WORK else None
            message = _SAYS.get(what, "T01_invalid")
            told.add(at, message, place=place, params={"reason": what}, fix=fix)


def _repaired(geom: shapely.Geometry) -> shapely.MultiPolygon | None:
    """Return the polygons that a crossing line encloses; the other method needs the cube of the crossings."""
    return polygons_of(shapely.make_valid(geom, method="structure", keep_collapsed=False))


def ring_nesting(context: Context, told: Told) -> None:
    """T05: holes lie inside their shell, shells beside each other; ``major`` is any breach."""
    told.skipped = int((~context.present).sum())
    for at, what, place in _invalid(context):
        if what in _NESTING:
            told.add(at, "T05_nesting", place=place, params={"reason": what})


def _invalid(context: Context) -> list[tuple[int, str, shapely.Geometry | None]]:
    """Return index, reason and place of each invalid polygon."""
    broken = np.flatnonzero(context.present & ~context.valid)
    found: list[tuple[int, str, shapely.Geometry | None]] = []
    for at, reason in zip(broken, shapely.is_valid_reason(context.features.geoms[broken]), strict=True):
        match = _REASON.match(str(reason))
        what = match["what"].strip() if match else str(reason)
        place = shapely.Point(float(match["x"]), float(match["y"])) if match and match["x"] else None
        found.append((int(at), what, place))
    return found


def point_distance(context: Context, told: Told) -> None:
    """T02: neighbouring points are distinct; ``major`` the same point twice, ``minor`` nearer than 5 cm."""
    told.skipped = context.need_polygon()
    corners = context.vertices
    near = np.flatnonzero(corners.side_m < NEAR_POINTS_M)
    same = corners.side_m[near] <= SAME_POINT_M
    for corner, is_same in zip(near, same, strict=True):
        at = int(corners.feature[corner])
        told.add(
            at,
            "T02_same_point" if is_same else "T02_near_points",
            "major" if is_same else "minor",
            place=shapely.Point(corners.xy[corner]),
            measured=float(corners.side_m[corner]),
            fix=_without_repeats(context.features.geoms[at]) if is_same else None,
        )


def _without_repeats(geom: shapely.Geometry) -> shapely.Geometry:
    return shapely.remove_repeated_points(geom, SAME_POINT_M)


def spikes(context: Context, told: Told) -> None:
    """T03: no corner sharper than one degree between two long sides; ``major`` is any."""
    told.skipped = context.need_polygon()
    corners = context.vertices
    back = corners.side_m[corners.preceding]
    sharp = (corners.angle_deg < SPIKE_DEG) & (corners.side_m > SPIKE_SIDE_M) & (back > SPIKE_SIDE_M)
    for corner in np.flatnonzero(sharp):
        told.add(
            int(corners.feature[corner]),
            "T03_spike",
            place=shapely.Point(corners.xy[corner]),
            measured=float(corners.angle_deg[corner]),
        )


def least_area(context: Context, told: Told) -> None:
    """T04: no scrap; ``major`` up to 1 m², ``minor`` narrower than 5 cm on average."""
    told.skipped = context.need_valid()
    geoms = context.features.geoms[context.usable]
    areas, lengths = shapely.area(geoms), shapely.length(geoms)
    for at, area, length in zip(context.usable, areas, lengths, strict=True):
        width = 2.0 * area / length if length else 0.0
        if area <= LEAST_AREA_M2:
            told.add(int(at), "T04_small", measured=float(area))
        elif width < SLIVER_WIDTH_M:
            params = {"width_m": round(float(width), 4)}
            told.add(int(at), "T04_sliver", "minor", measured=float(area), limit=None, params=params)


def window(context: Context, told: Told) -> None:
    """T07: every point lies in the city's window; ``major`` is any outside."""
    told.skipped = context.need_polygon()
    corners = context.vertices
    outside = np.flatnonzero(~in_window(corners.xy))
    features, first = np.unique(corners.feature[outside], return_index=True)
    for at, corner in zip(features.tolist(), outside[first], strict=True):
        east, north = (float(value) for value in corners.xy[corner])
        told.add(at, "T07_outside", place=shapely.Point(east, north), params={"east": east, "north": north})


def narrow_passage(context: Context, told: Told) -> None:
    """Tell where a parcel all but falls apart; ``minor``: a passage under 5 cm between parts, no scraps."""
    told.skipped = context.need_valid()
    clearance = shapely.minimum_clearance(context.polygons)
    near = np.flatnonzero(clearance < NARROW_M)
    parts, of = shapely.get_parts(shapely.buffer(context.polygons[near], -NARROW_M / 2.0), return_index=True)
    kept = np.bincount(of[shapely.area(parts) > LEAST_AREA_M2], minlength=len(near))
    whole = shapely.get_num_geometries(context.polygons[near])
    for which in near[kept > whole]:
        told.add(
            int(context.usable[which]),
            "narrow_passage",
            "minor",
            place=shapely.minimum_clearance_line(context.polygons[which]),
            measured=float(clearance[which]),
        )


def one_part(context: Context, told: Told) -> None:
    """Tell of parcels in several parts; ``note`` is any."""
    told.skipped = context.need_valid()
    parts = shapely.get_num_geometries(context.polygons)
    for which in np.flatnonzero(parts > 1):
        told.add(int(context.usable[which]), "one_part", "note", params={"parts": int(parts[which])})
