"""Outlines of units on their way to the register."""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely

from spatial.buildings.errors import UnitOutlineBad
from spatial.buildings.records import BuildingUnit
from spatial.parcels.rules import faults, snap

_LISTED = 20


def outline_columns(units: Sequence[BuildingUnit]) -> Iterator[tuple[str | None, list[int] | None]]:
    """Return of each unit its outlines as WKB (hex) and their floors; None and None without outlines.

    Parameters
    ----------
    units : sequence of BuildingUnit
        Outlines in EPSG:4547 (E, N) metres; rounded to 1 mm.

    Raises
    ------
    UnitOutlineBad
        An outline is no valid polygon, or a floor has two.
    """
    ordered = [sorted(unit.outlines, key=lambda one: one.floor_no) for unit in units]
    floors = [[outline.floor_no for outline in own] for own in ordered]
    owner = np.repeat(np.arange(len(units)), [len(own) for own in ordered])
    shapes = snap(np.array([outline.geom for own in ordered for outline in own], dtype=object))
    twice = [at for at, own in enumerate(floors) if len(set(own)) < len(own)]
    bad = [(units[at].unit_code, "floor_twice") for at in twice]
    bad += [(units[owner[at]].unit_code, reason) for at, reason in (faults(shapes) if len(shapes) else ())]
    if bad:
        errors: list[dict[str, object]] = [
            {"unit_code": code, "reason": reason} for code, reason in bad[:_LISTED]
        ]
        raise UnitOutlineBad(errors=errors)
    drawn = np.unique(owner)
    together = (
        shapely.geometrycollections(shapes, indices=np.searchsorted(drawn, owner)) if len(shapes) else []
    )
    wkb = dict(zip(drawn.tolist(), shapely.to_wkb(together, hex=True) if len(shapes) else (), strict=True))
    return ((wkb.get(at), floors[at] or None) for at in range(len(units)))
