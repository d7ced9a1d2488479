"""What an upload changes in the register: draft parcels compared with live ones (EPSG:4547, metres)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey import predicates
from spatial.survey.balance import area_tolerance_m2, exchanged_m2, restated
from spatial.survey.change_records import Change, Edge, Plan
from spatial.survey.records import Features, Geometries, Registered, Scope, Shapes
from spatial.survey.tolerances import AREA_M2, COVERED_SHARE, GRID_M, INSIDE_SHARE, OVERLAP_M2

# Ground a child must take over from a parent, as a share of the child, to be called its descendant.
_SHARE_OF_CHILD = 0.005


def plan_changes(
    features: Features, live: Shapes, scope: Scope, registered: Mapping[str, Registered] | None = None
) -> Plan:
    """Compare an upload with the live parcels of its layer.

    Parameters
    ----------
    features : Features
        Draft parcels; those without a code or a valid polygon take no part.
    live : Shapes
        Live parcels around the upload on the day it becomes effective.
    scope : Scope
        ``complete``: live parcels mostly inside the upload and absent from it end. ``partial``: live parcels
        end only where new codes cover them.
    registered : mapping, optional
        What the register says of live parcels beside their shapes; without it no parcel is found restated.

    Returns
    -------
    Plan
    """
    registered = registered or {}
    sides = _Sides.of(features, live, registered)
    retired = _retired(sides, scope)
    edges = _edges(sides, retired)
    written = _written(sides)
    return Plan(
        changes=_grouped(sides, retired, edges),
        edges=edges,
        retired=[live.codes[at] for at in retired],
        unchanged=sorted(set(sides.same) - sides.stated.keys()),
        written=sorted(written),
        counts={
            "new": len(sides.fresh),
            "changed": len(sides.moved) - len(sides.minor),
            "minor": len(sides.minor),
            "attributes": len(written) - len(sides.fresh) - len(sides.moved),
            "retired": len(retired),
        },
        before=dict(_before(sides, registered, written)),
    )


def _before(
    sides: "_Sides", registered: Mapping[str, Registered], written: list[int]
) -> Iterator[tuple[str, Registered]]:
    """Yield what the register says of parcels that stay; a new shape has an area of its own."""
    for at in written:
        code = str(sides.features.codes[at])
        if code in registered:
            known = registered[code]
            yield code, known if at not in sides.moved_m else replace(known, area_m2=None)


@dataclass(frozen=True)
class _Sides:
    """Both sides by what they share: indices of the upload's features and of live parcels.

    ``minor`` are moved features that exchange no more ground than the rounding of an area; ``stated`` says of
    known ones which attributes differ from the register's.
    """

    features: Features
    live: Shapes
    same: list[int]
    moved: list[int]
    fresh: list[int]
    old_of: dict[int, int]
    moved_m: dict[int, float]
    minor: frozenset[int]
    stated: dict[int, tuple[str, ...]]

    @classmethod
    def of(cls, features: Features, live: Shapes, registered: Mapping[str, Registered]) -> "_Sides":
        usable = [
            at
            for at, geom in enumerate(features.geoms)
            if geom is not None and features.codes[at] and shapely.is_valid(geom)
        ]
        where = {code: at for at, code in enumerate(live.codes)}
        old_of = {at: where[str(features.codes[at])] for at in usable if features.codes[at] in where}
        known = list(old_of)
        apart = _apart(features.geoms[known], live.geoms[list(old_of.values())])
        moved_m = {at: float(apart[n]) for n, at in enumerate(known) if apart[n] > 0}
        moved = list(moved_m)
        ground = exchanged_m2(features.geoms[moved], live.geoms[[old_of[at] for at in moved]])
        return cls(
            features=features,
            live=live,
            same=[at for at in known if at not in moved_m],
            moved=moved,
            fresh=[at for at in usable if at not in old_of],
            old_of=old_of,
            moved_m=moved_m,
            minor=frozenset(at for at, area in zip(moved, ground, strict=True) if area <= AREA_M2),
            stated=restated(features, known, registered),
        )

    @property
    def absent(self) -> NDArray[np.int64]:
        """Live parcels that the upload does not name."""
        return np.setdiff1d(np.arange(len(self.live)), list(self.old_of.values())).astype(np.int64)


def _apart(new: Geometries, old: Geometries) -> NDArray[np.float64]:
    """Measure how far boundaries lie apart; 0 where the same points make the same shape."""
    distance = np.zeros(len(new))
    if not len(new):
        return distance
    differ = ~shapely.equals_exact(shapely.normalize(new), shapely.normalize(old), GRID_M / 2)
    if differ.any():
        lines = shapely.boundary(new[differ]), shapely.boundary(old[differ])
        distance[differ] = np.maximum(shapely.hausdorff_distance(*lines), GRID_M)
    return distance


def _shared(left: Geometries, right: Geometries) -> list[tuple[int, int, float]]:
    """Return pairs of polygons that share ground, with the area."""
    first, second = predicates.pairs_between(left, right)
    areas = shapely.area(shapely.intersection(left[first], right[second]))
    return [
        (int(a), int(b), float(area))
        for a, b, area in zip(first, second, areas, strict=True)
        if area > OVERLAP_M2
    ]


def _retired(sides: _Sides, scope: Scope) -> list[int]:
    """Return the live parcels that end."""
    absent = sides.absent
    if not len(absent):
        return []
    taking = sides.fresh if scope is Scope.PARTIAL else [*sides.fresh, *sides.moved, *sides.same]
    gone = sides.live.geoms[absent]
    covered = np.zeros(len(absent))
    for at, _, area in _shared(gone, sides.features.geoms[taking]):
        covered[at] += area
    share = covered / shapely.area(gone)
    enough = share >= COVERED_SHARE if scope is Scope.PARTIAL else share > INSIDE_SHARE
    return [int(at) for at in absent[enough]]


def _edges(sides: _Sides, retired: list[int]) -> list[Edge]:
    """Return who takes ground over from whom: new codes and moved parcels from ended and moved ones."""
    parents = [*retired, *(sides.old_of[at] for at in sides.moved)]
    children = [*sides.fresh, *sides.moved]
    if not parents or not children:
        return []
    pairs = _shared(sides.live.geoms[parents], sides.features.geoms[children])
    sizes = shapely.area(sides.features.geoms[children])
    found = [
        (sides.live.codes[parents[a]], str(sides.features.codes[children[b]]), area)
        for a, b, area in pairs
        if area > _SHARE_OF_CHILD * sizes[b]
    ]
    found = [edge for edge in found if edge[0] != edge[1]]
    return _named(found, {str(sides.features.codes[at]) for at in sides.moved})


def _named(pairs: list[tuple[str, str, float]], kept: set[str]) -> list[Edge]:
    """Name each edge by how many parents and children meet in it."""
    children: dict[str, set[str]] = defaultdict(set)
    parents: dict[str, set[str]] = defaultdict(set)
    for parent, child, _ in pairs:
        children[parent].add(child)
        parents[child].add(parent)
    for code in kept:  # a parcel that keeps its code stands on both sides
        if code in children:
            children[code].add(code)
            parents[code].add(code)
        elif code in parents:
            parents[code].add(code)
    edges = []
    for parent, child, area in pairs:
        many_children, many_parents = len(children[parent]) > 1, len(parents[child]) > 1
        kind = "adjust" if many_children and many_parents else "split" if many_children else "merge"
        if not many_children and not many_parents:
            kind = "renumber"
        edges.append(Edge(parent, child, kind, round(area, 2)))
    return edges


def _grouped(sides: _Sides, retired: list[int], edges: list[Edge]) -> list[Change]:
    """Put everything that hangs together into one change."""
    new = {str(sides.features.codes[at]): at for at in _written(sides)}
    old = {
        sides.live.codes[at]: at
        for at in [*retired, *(sides.old_of[at] for at in new.values() if at in sides.old_of)]
    }
    groups = _Groups()
    for edge in edges:
        groups.join(("old", edge.parent), ("new", edge.child))
    for code in new:
        groups.join(*([("old", code)] if code in old else []), ("new", code))
    for code in old:
        groups.join(("old", code))
    changes = []
    for members in groups.all():
        codes = tuple(sorted(code for side, code in members if side == "new"))
        parents = tuple(sorted(code for side, code in members if side == "old"))
        changes.append(
            _change(sides, [(code, new[code]) for code in codes], [(code, old[code]) for code in parents])
        )
    return sorted(changes, key=lambda change: (change.kind, change.codes, change.parents))


def _change(sides: _Sides, new: list[tuple[str, int]], old: list[tuple[str, int]]) -> Change:
    """Return one change of features and live parcels that hang together, each given by code and index."""
    codes, parents = tuple(code for code, _ in new), tuple(code for code, _ in old)
    after, before = sides.features.geoms[[at for _, at in new]], sides.live.geoms[[at for _, at in old]]
    moved = [at for _, at in new if at in sides.moved_m]
    kind = (
        "attributes"
        if new and all(at in sides.stated and at in sides.same for _, at in new)
        else _kind(codes, parents)
    )
    return Change(
        kind=kind,
        codes=codes,
        parents=parents,
        area_before_m2=round(float(shapely.area(before).sum()), 2),
        area_after_m2=round(float(shapely.area(after).sum()), 2),
        moved_m=round(max((sides.moved_m[at] for at in moved), default=0.0), 4) or None,
        minor=kind == "changed" and all(at in sides.minor for at in moved),
        attributes=tuple(sorted({name for _, at in new for name in sides.stated.get(at, ())})),
        area_tolerance_m2=round(area_tolerance_m2(before, after), 2) if new and old else None,
    )


def _written(sides: _Sides) -> list[int]:
    return [*sides.fresh, *sides.moved, *(at for at in sides.same if at in sides.stated)]


def _kind(codes: tuple[str, ...], parents: tuple[str, ...]) -> str:
    if not parents:
        return "new"
    if not codes:
        return "retired"
    if set(codes) == set(parents) or len(codes) == len(parents) == 1:
        return "changed"
    return "split" if len(codes) >= len(parents) else "merged"


class _Groups:
    """Sets of things that hang together (union-find)."""

    def __init__(self) -> None:
        self._up: dict[tuple[str, str], tuple[str, str]] = {}

    def join(self, *members: tuple[str, str]) -> None:
        roots = [self._root(member) for member in members]
        for root in roots[1:]:
            self._up[root] = roots[0]

    def all(self) -> list[list[tuple[str, str]]]:
        found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for member in self._up:
            found[self._root(member)].append(member)
        return list(found.values())

    def _root(self, member: tuple[str, str]) -> tuple[str, str]:
        self._up.setdefault(member, member)
        while self._up[member] != member:
            self._up[member] = self._up[self._up[member]]
            member = self._up[member]
        return member
