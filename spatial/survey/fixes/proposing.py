"""Which fix is offered for a finding, after the rules have spoken (EPSG:4547, metres)."""

from dataclasses import replace
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.fixes.operations import apply, effect, has_corner
from spatial.survey.fixes.records import Fix, FixCode, Operation, Place
from spatial.survey.fixes.safety import harms
from spatial.survey.records import Finding
from spatial.survey.rules.context import Context
from spatial.survey.tolerances import NEAR_POINTS_M, SLIVER_WIDTH_M

Geometries = NDArray[np.object_]
Named = tuple[shapely.Geometry | None, int | None, str | None]
# Fixes are offered for so many findings; who has more sends a better file.
MOST_FIXES: Final = 1_000
_MESSAGES: Final = {
    "T02_same_point": FixCode.REMOVE_REPEATED,
    "T03_spike": FixCode.REMOVE_SPIKE,
}


def propose(context: Context, findings: list[Finding]) -> list[Finding]:
    """Return the findings, each with the fix that can be offered for it.

    A fix that would harm the parcel or its neighbours is not offered. Fixes of registered neighbours are
    proposals: they are told apart by their ``parcel_code``.

    Parameters
    ----------
    context : Context
        Upload and register.
    findings : list of Finding
        Of all rules.
    """
    parcels = Parcels(context)
    offered = 0
    made = []
    for finding in findings:
        fix = None
        if offered < MOST_FIXES and finding.rule_id in _OFFERS and finding.feature_no is not None:
            fix = _OFFERS[finding.rule_id](parcels, finding)
        if fix is None:
            made.append(replace(finding, fix=None) if finding.rule_id in _OFFERS else finding)
            continue
        offered += 1
        made.append(replace(finding, fix=fix.geom, params={**finding.params, "fix": fix.as_params()}))
    return made


class Parcels:
    """Parcels of the upload and their registered neighbours, by name."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.codes, self.registered = context.neighbours

    @cached_property
    def _all(self) -> Geometries:
        return np.concatenate([self.context.polygons, self.registered])

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._all)

    def around(self, geom: shapely.Geometry, but: shapely.Geometry) -> Geometries:
        """Return the valid parcels whose boxes meet a polygon's, without itself."""
        found = self._all[self._tree.query(geom)]
        kept: Geometries = found[np.array([one is not but for one in found], dtype=bool)]
        return kept

    @cached_property
    def _by_name(self) -> dict[str, Named]:
        features, codes = self.context.features, self.codes
        found: dict[str, Named] = {
            code: (geom, None, code) for code, geom in zip(codes, self.registered, strict=True)
        }
        # Of parcels of one name the first counts.
        for at in self.context.usable[::-1].tolist():
            found[features.object_id(at)] = (features.geoms[at], at + 1, None)
        return found

    def named(self, name: str | None) -> Named:
        """Return the shape of a parcel by its name, and its number or, of a neighbour, its code."""
        return self._by_name.get(name or "", (None, None, None))

    def offer(
        self, operation: Operation, geom: shapely.Geometry, feature_no: int | None, parcel_code: str | None
    ) -> Fix | None:
        """Return a fix of a parcel, None where it cannot be done or would do harm."""
        after = apply(operation, geom)
        if after is None or harms(geom, after, self.around(shapely.union(geom.envelope, after), geom)):
            return None
        return Fix(operation, after, *effect(geom, after), feature_no, parcel_code)


def _own(parcels: Parcels, finding: Finding) -> tuple[shapely.Geometry, int]:
    number = finding.feature_no or 0
    return parcels.context.features.geoms[number - 1], number


def _of_shape(parcels: Parcels, finding: Finding) -> Fix | None:
    """Repeated points go, and so do the tips of spikes."""
    code = _MESSAGES.get(finding.message)
    if code is None or finding.place is None:
        return None
    geom, number = _own(parcels, finding)
    point = _xy(finding.place) if code is FixCode.REMOVE_SPIKE else None
    return parcels.offer(Operation(code, point), geom, number, None)


def _of_validity(parcels: Parcels, finding: Finding) -> Fix | None:
    """Where the rule offers a repair, it is offered on the grid."""
    if finding.fix is None:
        return None
    geom, number = _own(parcels, finding)
    return parcels.offer(Operation(FixCode.REPAIR), geom, number, None)


def _of_overlap(parcels: Parcels, finding: Finding) -> Fix | None:
    """Cut shared ground away: from the upload where the other is registered.

    Of two parcels of the upload a sliver stays with the one that has more of its edge.
    """
    geom, number = _own(parcels, finding)
    cut = Operation(FixCode.CUT_OVERLAP, ground=finding.place)
    other, other_no, _ = parcels.named(finding.other_id)
    sliver = finding.params.get("width_m", SLIVER_WIDTH_M) < SLIVER_WIDTH_M
    own_first = other_no is None or not sliver or _edge(finding.place, geom) <= _edge(finding.place, other)
    sides = [(geom, number), (other, other_no)]
    for side, side_no in sides if own_first else sides[::-1]:
        if side is not None and side_no is not None:
            fix = parcels.offer(cut, side, side_no, None)
            if fix is not None or not sliver:
                return fix
    return None


def _edge(ground: shapely.Geometry | None, parcel: shapely.Geometry | None) -> float:
    """Return how much of the edge of shared ground lies inside a parcel, metres: there it hangs together."""
    return float(
        shapely.length(shapely.intersection(shapely.boundary(ground), shapely.buffer(parcel, -1e-4)))
    )


def _of_loose_point(parcels: Parcels, finding: Finding) -> Fix | None:
    """Give a parcel the point it lacks: its corner near by is moved there, else one is put in."""
    if finding.place is None:
        return None
    point = _xy(finding.place)
    geom, number = _own(parcels, finding)
    other, other_no, other_code = parcels.named(finding.other_id)
    if has_corner(geom, point):
        own_corner = None if other is None or other_no is not None else _near_corner(other, point)
        if own_corner is not None:
            # Its neighbour is registered: the upload moves, not the register.
            return parcels.offer(Operation(FixCode.SNAP_POINT, point, own_corner), geom, number, None)
        return None if other is None else _given(parcels, point, other, other_no, other_code)
    return _given(parcels, point, geom, number, None)


def _given(
    parcels: Parcels, point: Place, geom: shapely.Geometry, number: int | None, code: str | None
) -> Fix | None:
    near = _near_corner(geom, point)
    if near is not None and (
        fix := parcels.offer(Operation(FixCode.SNAP_POINT, near, point), geom, number, code)
    ):
        return fix
    return parcels.offer(Operation(FixCode.INSERT_POINT, point), geom, number, code)


def _near_corner(geom: shapely.Geometry, point: Place) -> Place | None:
    corners = shapely.get_coordinates(geom)
    apart = np.hypot(*(corners - point).T)
    at = int(np.argmin(apart))
    if apart[at] >= NEAR_POINTS_M:
        return None
    return (float(corners[at, 0]), float(corners[at, 1]))


def _xy(place: shapely.Geometry) -> Place:
    x, y = shapely.get_coordinates(place)[0]
    return (float(x), float(y))


_OFFERS: Final = {
    "T01": _of_validity,
    "T02": _of_shape,
    "T03": _of_shape,
    "T10": _of_overlap,
    "T12": _of_loose_point,
}
