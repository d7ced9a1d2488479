"""Places for labels: each moves along the normal of what it names until it lies free."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from spatial.parcelmap.records import Box, Numbers, Points

# Tries of one label: how far along the normal (mm), turned by how much (degrees), how far along the side
# (parts of the label's width). The first is the place that the standard gives.
TRIES: tuple[tuple[float, float, float], ...] = (
    (0.0, 0.0, 0.0),
    (1.5, 0.0, 0.0),
    (0.0, 35.0, 0.6),
    (0.0, -35.0, -0.6),
    (3.0, 0.0, 0.0),
    (3.0, 40.0, 0.8),
    (3.0, -40.0, -0.8),
    (5.5, 0.0, 0.0),
    (5.5, 50.0, 1.0),
    (5.5, -50.0, -1.0),
    (8.0, 0.0, 0.0),
    (8.0, 60.0, 1.2),
    (8.0, -60.0, -1.2),
    (11.0, 0.0, 0.0),
    (14.0, 0.0, 0.0),
)
# Air around a label, millimetres.
AIR_MM = 0.25
# The label of a point may turn around it; that of a side slides along it.
TURNS, SLIDES = True, False


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of one kind, as arrays; page millimetres.

    Attributes
    ----------
    anchor, normal : array (n, 2)
        What a label names, and the unit vector away from the parcel.
    angle : array (n,)
        Degrees clockwise.
    width, height : array (n,)
        Size of the text.
    gap : float
        Clear distance from the anchor.
    turning : bool
        Whether a try turns around the anchor (points) or slides along the side.
    """

    anchor: Points
    normal: Points
    angle: Numbers
    width: Numbers
    height: Numbers
    gap: float
    turning: bool

    def only(self, chosen: NDArray[np.bool_]) -> "Labels":
        """Return the chosen labels."""
        return replace(
            self,
            anchor=self.anchor[chosen],
            normal=self.normal[chosen],
            angle=self.angle[chosen],
            width=self.width[chosen],
            height=self.height[chosen],
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """Where labels stand: centres, and which try succeeded (-1: none)."""

    centre: Points
    tried: NDArray[np.int64]


def boxes(centre: Points, angle: Numbers, width: Numbers, height: Numbers) -> NDArray[np.object_]:
    """Return the turned rectangles of texts as polygons.

    Examples
    --------
    >>> one = np.array([2.0])
    >>> float(shapely.area(boxes(np.zeros((1, 2)), np.array([30.0]), one, one))[0].round(9))
    4.0
    """
    turn = np.radians(angle)
    along = np.column_stack([np.cos(turn), np.sin(turn)]) * (width / 2)[:, None]
    across = np.column_stack([-np.sin(turn), np.cos(turn)]) * (height / 2)[:, None]
    corners = np.stack(
        [centre - along - across, centre + along - across, centre + along + across, centre - along + across],
        axis=1,
    )
    return np.asarray(shapely.polygons(corners), dtype=object)


def candidate(labels: Labels, number: int) -> Points:
    """Return the centres of all labels of a kind at one try."""
    further, turn, slide = TRIES[number]
    normal = labels.normal
    if labels.turning:
        radians = np.radians(turn)
        cos, sin = np.cos(radians), np.sin(radians)
        normal = np.column_stack(
            [cos * normal[:, 0] - sin * normal[:, 1], sin * normal[:, 0] + cos * normal[:, 1]]
        )
    centre = labels.anchor + normal * (labels.gap + further + _reach(labels, normal))[:, None]
    if not labels.turning:
        radians = np.radians(labels.angle)
        centre = (
            centre + np.column_stack([np.cos(radians), np.sin(radians)]) * (slide * labels.width)[:, None]
        )
    return centre


def _reach(labels: Labels, normal: Points) -> Numbers:
    """Return how far the text reaches from its centre towards the anchor."""
    radians = np.radians(labels.angle)
    along = np.abs(normal[:, 0] * np.cos(radians) + normal[:, 1] * np.sin(radians))
    across = np.abs(-normal[:, 0] * np.sin(radians) + normal[:, 1] * np.cos(radians))
    return np.asarray(along * labels.width / 2 + across * labels.height / 2, dtype=np.float64)


def place(kinds: Sequence[Labels], obstacles: Sequence[BaseGeometry], frame: Box) -> list[Placed]:
    """Place labels of several kinds; the earlier kind, and in it the earlier label, has the first choice.

    Every label tries its best place before any tries its second.

    Parameters
    ----------
    kinds : sequence of Labels
        Page millimetres.
    obstacles : sequence of geometry
        What no label may touch.
    frame : Box
        Where labels may lie.

    Returns
    -------
    list of Placed
        One a kind.
    """
    angle, width, height = (
        np.concatenate([getattr(kind, name) for kind in kinds]) for name in ("angle", "width", "height")
    )
    count = len(angle)
    centre = np.zeros((count, 2))
    tried = np.full(count, -1)
    taken = list(obstacles)
    for number in range(len(TRIES)):
        waiting = np.flatnonzero(tried < 0)
        if not len(waiting):
            break
        at = np.concatenate([candidate(kind, number) for kind in kinds])[waiting]
        shapes = boxes(at, angle[waiting], width[waiting] + 2 * AIR_MM, height[waiting] + 2 * AIR_MM)
        kept = _free(shapes, taken, frame)
        taken.extend(shapes[kept])
        centre[waiting[kept]], tried[waiting[kept]] = at[kept], number
    ends = np.cumsum([len(kind.angle) for kind in kinds])[:-1]
    return [
        Placed(place, way) for place, way in zip(np.split(centre, ends), np.split(tried, ends), strict=True)
    ]


def _free(shapes: NDArray[np.object_], taken: list[BaseGeometry], frame: Box) -> NDArray[np.int64]:
    """Return which rectangles lie in the frame, on nothing that is taken, and not on an earlier one kept."""
    bounds = shapely.bounds(shapes)
    free = (bounds[:, :2] >= (frame.left, frame.top)).all(axis=1)
    free &= (bounds[:, 2:] <= (frame.right, frame.bottom)).all(axis=1)
    if taken:
        hit, _ = shapely.STRtree(taken).query(shapes, predicate="intersects")
        free[hit] = False
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    later, earlier = pairs[:, (pairs[0] > pairs[1]) & free[pairs[0]] & free[pairs[1]]]
    order = np.argsort(later, kind="stable")
    for one, other in zip(later[order].tolist(), earlier[order].tolist(), strict=True):
        if free[one] and free[other]:
            free[one] = False
    return np.flatnonzero(free)
