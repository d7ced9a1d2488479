"""Several fixes at once: done one after the other, each seeing what those before it left (EPSG:4547)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.fixes.operations import apply, effect, has_corner
from spatial.survey.fixes.records import Accepted, FixCode, Operation, operation_of
from spatial.survey.fixes.safety import harms

Geometries = NDArray[np.object_]
_FROM_ANOTHER = frozenset({FixCode.SNAP_POINT, FixCode.INSERT_POINT})


class Merging:
    """The drafts while fixes are done to them.

    Parameters
    ----------
    geoms : array of polygon or None
        Draft parcels.
    names : list of str
        How findings name them.
    registered : mapping
        Registered neighbours by code.
    run_id : int
        Run whose findings are fixed.
    """

    def __init__(
        self,
        geoms: Geometries,
        names: list[str],
        registered: Mapping[str, shapely.Geometry],
        *,
        run_id: int,
    ) -> None:
        self._before = geoms
        self._now = geoms.copy()
        self._at = {name: at for at, name in reversed(list(enumerate(names)))}
        self._registered = registered
        self._run_id = run_id
        self._done: dict[int, list[tuple[int, str]]] = defaultdict(list)

    def do(self, finding: Mapping[str, Any]) -> bool:
        """Do the fix of a finding of the upload; tell whether that was possible.

        What an earlier fix has settled already counts as done.
        """
        kept = finding["params"]["fix"]
        at, operation = int(kept["feature_no"]) - 1, operation_of(kept, finding["geom"])
        if not self._settled(operation, at, finding):
            made = apply(operation, self._now[at])
            if made is None:
                return False
            self._now[at] = made
        self._done[at].append((int(finding["finding_id"]), operation.code.value))
        return True

    def accepted(self) -> Iterable[Accepted]:
        """Yield each parcel that was changed."""
        for at, done in sorted(self._done.items()):
            before, after = self._before[at], self._now[at]
            ids, codes = [finding_id for finding_id, _ in done], [code for _, code in done]
            yield Accepted(at + 1, self._run_id, ids, codes, before, after, *effect(before, after))

    def harmful(self) -> list[Accepted]:
        """Return the parcels that all fixes together leave worse than they were."""
        found = []
        present = np.flatnonzero([geom is not None and shapely.is_valid(geom) for geom in self._now])
        others = np.array([*self._now[present], *self._registered.values()], dtype=object)
        tree = shapely.STRtree(others)
        for one in self.accepted():
            near = tree.query(shapely.union(shapely.envelope(one.before), one.after))
            around = others[[at for at in near if others[at] is not self._now[one.feature_no - 1]]]
            if harms(one.before, one.after, around):
                found.append(one)
        return found

    def _settled(self, operation: Operation, at: int, finding: Mapping[str, Any]) -> bool:
        """Tell whether the point that one parcel was to take over from another is no longer a difference."""
        if operation.code not in _FROM_ANOTHER:
            return False
        wanted = operation.to or operation.point
        if wanted is None or has_corner(self._now[at], wanted):
            return True
        giver = self._giver(at, finding)
        return giver is not None and not has_corner(giver, wanted)

    def _giver(self, at: int, finding: Mapping[str, Any]) -> shapely.Geometry | None:
        names = [finding["object_id"], finding["other_id"]]
        other = next((name for name in names if self._at.get(name) != at), None)
        if other in self._at:
            found: shapely.Geometry | None = self._now[self._at[other]]
            return found
        return self._registered.get(other or "")
