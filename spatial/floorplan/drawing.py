"""One storey of a floor plan: the flat bold with its sides, the floor and the other flats lighter."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from spatial.floorplan.records import Storey
from spatial.parcelmap.drawing import (
    Sheet,
    beside,
    clipped,
    north_arrow,
    roomiest,
    side_labels,
    write_labels,
    write_name,
)
from spatial.parcelmap.labels import place
from spatial.parcelmap.records import Path, Points, Text
from spatial.parcelmap.rules import text_width
from spatial.parcels.points import boundary_points

SIDE_MM, OTHER_MM = 2.5, 2.4
ROOM_MM, SMALLEST_MM = 4.2, 1.6
# Lines nearer than half of this run along the flat.
AIR_MM = 0.8


def draw_storey(
    storey: Storey,
    footprint: BaseGeometry,
    sheet: Sheet,
    *,
    lines: Sequence[str],
    north: str,
) -> int:
    """Draw a floor into the frame of a sheet; return how many side lengths found no place.

    Parameters
    ----------
    storey : Storey
        Floor, EPSG:4547 metres.
    footprint : MultiPolygon
        Building.
    sheet : Sheet
        Page, frame and scale.
    lines : sequence of str
        What stands in the flat: room number, then its area.
    north : str
        Letter at the north arrow.
    """
    _outlines(sheet, "storey", footprint)
    for _, other in storey.others:
        _outlines(sheet, "other_flat", other)
    points = boundary_points(storey.outline)
    rings = _rings(sheet, storey.outline)
    sheet.page.paths.append(Path("flat", rings))
    north_arrow(sheet, north)
    _inside(sheet, storey.outline, lines)
    own = shapely.union_all([shapely.linearrings(ring) for ring in rings])
    sheet.taken.extend([own, *_beyond(sheet, [footprint, *(other for _, other in storey.others)], own)])
    labels = side_labels(points, rings, SIDE_MM)
    (placed,) = place([labels], sheet.taken, sheet.frame.inside(0.5))
    write_labels(sheet, labels, placed, [f"{point.side_m:.2f}" for point in points], ("side", SIDE_MM))
    for room, other in storey.others:
        if room:
            write_name(sheet, other, [room], ("other", OTHER_MM))
    return int((placed.tried < 0).sum())


def _rings(sheet: Sheet, outline: BaseGeometry) -> list[Points]:
    """Return the rings of the flat on the page, in the order and sense of its points."""
    points = boundary_points(outline)
    coordinates = sheet.to_page(np.array([(point.east_m, point.north_m) for point in points]))
    numbers = np.array([point.ring for point in points])
    return np.split(coordinates, np.flatnonzero(np.diff(numbers)) + 1)


def _outlines(sheet: Sheet, kind: str, geom: BaseGeometry) -> None:
    for line in clipped(sheet, shapely.boundary(geom)):
        sheet.page.paths.append(Path(kind, [shapely.get_coordinates(line)], closed=False))


def _beyond(sheet: Sheet, shapes: Sequence[BaseGeometry], own: BaseGeometry) -> list[BaseGeometry]:
    """Return the lines of a floor that do not run along the flat, where no text should lie."""
    near = shapely.buffer(own, AIR_MM / 2)
    lines = [line for shape in shapes for line in clipped(sheet, shapely.boundary(shape))]
    left = shapely.difference(np.array(lines, dtype=object), near)
    return [line for line in left if not line.is_empty]


def _inside(sheet: Sheet, outline: BaseGeometry, lines: Sequence[str]) -> None:
    """Write room number and area into the roomiest place of the flat, beside it where it is too narrow."""
    place, radius = roomiest(sheet, [outline], 0.0)
    widest = max(text_width(line, 1.0) for line in lines)
    size = min(1.7 * radius / max(widest, len(lines) * 1.6), ROOM_MM)
    if size < SMALLEST_MM:
        size = OTHER_MM
        place = beside(sheet, outline, place, (widest * size, len(lines) * size * 1.5))
    x, y = place
    top = y - (len(lines) - 1) * size * 0.75
    for number, line in enumerate(lines):
        sheet.page.texts.append(Text(x, top + number * size * 1.5, size, line, kind="name"))
    half = widest * size / 2
    sheet.taken.append(shapely.box(x - half, top - size, x + half, top + (len(lines) - 0.5) * 1.5 * size))
