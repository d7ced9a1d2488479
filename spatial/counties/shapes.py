"""What the shapes of a set of counties must be, in force or a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

# Rounding shared vertices to 1 mm can leave slivers of this size along a line, never more.
SLIVER_M2 = 1.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with which counties; ``reason`` is a code with the words ``boundary_fault.<code>``."""

    reason: str
    counties: str = ""


def named(reason: str, codes: Sequence[str]) -> Fault:
    """Return a fault of some counties."""
    return Fault(reason, ", ".join(codes))


def fault_of(codes: Sequence[str], shapes: Any) -> Fault | None:
    """Return what is wrong with the shapes of counties, None when nothing is.

    Parameters
    ----------
    codes : sequence of str
        Code of each county.
    shapes : array of BaseGeometry
        EPSG:4547 (E, N) metres, on the 1 mm grid.

    Returns
    -------
    Fault or None
        The invalid ones, or two that overlap by more than 1 m².
    """
    bad = [code for code, ok in zip(codes, shapely.is_valid(shapes), strict=True) if not ok]
    if bad:
        return named("invalid", bad)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    for one, other, m2 in zip(first, second, shared, strict=True):
        if m2 > SLIVER_M2:
            return named("overlap", [codes[one], codes[other]])
    return None


def multi(shape: BaseGeometry) -> MultiPolygon:
    """Return a polygon as one of several parts."""
    return shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape])
