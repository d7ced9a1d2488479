"""What became of the findings of a version in the next one: gone, new, remaining."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely

# A finding is the same if it lies where it lay, within the accuracy of a surveyed boundary point
# (界址点精度一级 ±0.05 m, GB/T 42547); nearer than that nobody can tell the places apart.
SAME_PLACE_M: Final = 0.05

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Differences:
    """Findings of the former version that are gone, findings that are new, and those that remain."""

    gone: list[Row]
    new: list[Row]
    remaining: list[Row]


def compare_findings(former: Sequence[Row], present: Sequence[Row]) -> Differences:
    """Match findings of two versions by rule, object and place.

    Parameters
    ----------
    former, present : sequence of dict
        Rows with ``rule_id``, ``object_id``, ``other_id`` and ``geom``, the place in EPSG:4547 (E, N) metres
        or None.

    Returns
    -------
    Differences
        Each row of ``present`` is either new or remaining; each of ``former`` has at most one match.

    Examples
    --------
    >>> row = {"rule_id": "T31", "object_id": "A", "other_id": None, "geom": None}
    >>> found = compare_findings([row], [row, {**row, "object_id": "B"}])
    >>> len(found.gone), len(found.new), len(found.remaining)
    (0, 1, 1)
    """
    waiting: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in former:
        waiting[_key(row)].append(row)
    new: list[Row] = []
    remaining: list[Row] = []
    for row in present:
        match = _match(row, waiting[_key(row)])
        if match is None:
            new.append(row)
        else:
            # Each former finding answers for one of the present only.
            waiting[_key(row)].pop(match)
            remaining.append(row)
    return Differences([row for rows in waiting.values() for row in rows], new, remaining)


def _key(row: Row) -> tuple[object, ...]:
    return row["rule_id"], row["object_id"], row["other_id"], row["geom"] is None


def _match(row: Row, rows: list[Row]) -> int | None:
    """Return the index of the nearest row in the same place."""
    if not rows:
        return None
    if row["geom"] is None:
        return 0
    away = shapely.distance(row["geom"], [other["geom"] for other in rows])
    nearest = int(away.argmin())
    return nearest if away[nearest] <= SAME_PLACE_M else None
