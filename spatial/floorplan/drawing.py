"""One storey of a floor plan: the flat bold with its sides, the floor and the other flats lighter."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from spatial.floorplan.records import Storey
from spatial.parcelmap.drawing import (
    Sheet,
    clipped,
    north_arrow,
    roomiest,
    side_labels,
    write_labels,
)
from spatial.parcelmap.labels import place
from spatial.parcelmap.records import Box, Page, Path, Points, Text
from spatial.parcelmap.rules import text_width
from spatial.parcels.points import boundary_points

SIDE_MM, OTHER_MM = 2.5, 2.4
ROOM_MM, SMALLEST_MM = 4.2, 1.6
# Where no line of another kind may lie under a text.
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
    _others(sheet, storey)
    sheet.taken.extend(shapely.linearrings(ring) for ring in rings)
    labels = side_labels(points, rings, SIDE_MM)
    (placed,) = place([labels], sheet.taken, sheet.frame.inside(0.5))
    write_labels(sheet, labels, placed, [f"{point.side_m:.2f}" for point in points], ("side", SIDE_MM))
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


def _inside(sheet: Sheet, outline: BaseGeometry, lines: Sequence[str]) -> None:
    """Write room number and area into the roomiest place of the flat, smaller where it is narrow."""
    (x, y), radius = roomiest(sheet, [outline], 0.0)
    widest = max(text_width(line, 1.0) for line in lines)
    size = min(max(1.7 * radius / max(widest, len(lines) * 1.6), SMALLEST_MM), ROOM_MM)
    top = y - (len(lines) - 1) * size * 0.75
    for number, line in enumerate(lines):
        sheet.page.texts.append(Text(x, top + number * size * 1.5, size, line, kind="name"))
    half = widest * size / 2
    sheet.taken.append(shapely.box(x - half, top - size, x + half, top + (len(lines) - 0.5) * 1.5 * size))


def _others(sheet: Sheet, storey: Storey) -> None:
    """Write the room numbers of the other flats where the frame shows enough of them."""
    for room, geom in storey.others:
        parts = [part for part in clipped(sheet, geom) if isinstance(part, Polygon)]
        if not parts or not room:
            continue
        line = shapely.maximum_inscribed_circle(max(parts, key=lambda one: one.area), tolerance=0.5)
        if line.length < text_width(room, OTHER_MM) / 2 + AIR_MM:
            continue
        x, y = shapely.get_coordinates(line)[0]
        sheet.page.texts.append(Text(float(x), float(y), OTHER_MM, room, kind="other"))
        half = text_width(room, OTHER_MM) / 2
        sheet.taken.append(shapely.box(x - half, y - OTHER_MM / 2, x + half, y + OTHER_MM / 2))


def sheet_of(geom: BaseGeometry, frame: Box, scale: int) -> Sheet:
    """Return an empty sheet whose frame is centred on the box of a shape."""
    return Sheet(Page(), frame, geom, scale, [])
