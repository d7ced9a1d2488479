"""The map frame of a parcel map: boundary, points, sides, buildings, neighbours, north arrow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from spatial.parcelmap.labels import SLIDES, TURNS, Labels, Placed, boxes, place
from spatial.parcelmap.records import Box, Choice, Circle, Page, Path, Points, Subject, Text
from spatial.parcelmap.rules import MM_PER_M, median_side, on_paper, text_width, turned, upright
from spatial.parcels.points import BoundaryPoint

SHORT_CODE = 7  # characters of a parcel code that a map shows: character, tenure and serial
# Boundary points (GB/T 42547-2023): circles of 2 mm; where sides are short, of 0.8 mm; dots where points are
# so close that circles would hide the boundary.
POINT_RADIUS_MM, SMALL_POINT_RADIUS_MM, DOT_RADIUS_MM = 1.0, 0.4, 0.2
ROOMY_SIDE_MM = 12.0
SIDE_GAP_MM, POINT_GAP_MM = 1.0, 1.2
LABEL_MM, SMALL_LABEL_MM = 2.3, 1.8
LEADER_FROM_MM = 2.0
NAME_MM = 2.6
MIN_NAME_MM, MAX_NAME_MM = 1.7, 3.6
NORTH_MM = 14.0
MANY_POINTS, CROWDED_MM = 400, 3.0
# A centroid with so much of the largest room is the middle.
CENTRAL = 0.9
BESIDE_MM = 4.5
# Codes of the list FWJG as maps write them (GB/T 20257.1).
STRUCTURES = {"1": "钢", "2": "钢混", "3": "砼", "4": "混", "5": "砖", "6": "其"}


@dataclass(slots=True)
class Sheet:
    """The frame while it is drawn: ``taken`` is where no more text may lie.

    The ground is turned clockwise by ``turn_deg`` about the origin; ``geom``, whose box stands in the middle,
    is turned already.
    """

    page: Page
    frame: Box
    geom: BaseGeometry
    scale: int
    taken: list[BaseGeometry]
    turn_deg: float = 0.0

    def to_page(self, coordinates: Points) -> Points:
        """Return page millimetres of EPSG:4547 metres."""
        return on_paper(turned(coordinates, self.turn_deg), self.geom, self.frame, self.scale)


def draw_frame(
    subject: Subject,
    points: Sequence[BoundaryPoint],
    choice: Choice,
    frame: Box,
    *,
    holders: dict[str, str],
) -> tuple[Page, int]:
    """Draw what lies inside the frame; return the page and how many labels found no place."""
    sheet = Sheet(Page(), frame, subject.parcel.geom, choice.scale, [])
    _neighbours(sheet, subject)
    _buildings(sheet, subject)
    rings = _rings(sheet, points)
    sheet.page.paths.append(Path("boundary", rings))
    north_arrow(sheet)
    _fraction(sheet, subject)
    radius = _point_radius(median_side(points, choice.scale))
    corners = np.concatenate(rings)
    sheet.page.circles.extend(Circle("point", float(x), float(y), radius) for x, y in corners)
    sheet.taken.extend(shapely.linearrings(ring) for ring in rings)
    sheet.taken.extend(shapely.buffer(shapely.points(corners), radius))
    hidden = _side_and_point_labels(sheet, points, rings, radius)
    _names(sheet, subject, holders)
    return sheet.page, hidden


def _point_radius(side_mm: float) -> float:
    if side_mm < SMALL_POINT_RADIUS_MM * 2:
        return DOT_RADIUS_MM
    return POINT_RADIUS_MM if side_mm >= ROOMY_SIDE_MM else SMALL_POINT_RADIUS_MM


def _rings(sheet: Sheet, points: Sequence[BoundaryPoint]) -> list[Points]:
    coordinates = sheet.to_page(np.array([(point.east_m, point.north_m) for point in points]))
    numbers = np.array([point.ring for point in points])
    return np.split(coordinates, np.flatnonzero(np.diff(numbers)) + 1)


def clipped(sheet: Sheet, geom: BaseGeometry) -> list[BaseGeometry]:
    """Return the single parts of a shape on the page, cut at the frame."""
    moved = shapely.transform(geom, sheet.to_page)
    box = sheet.frame.inside(0.2)
    cut = shapely.clip_by_rect(moved, box.left, box.top, box.right, box.bottom)
    return [part for part in shapely.get_parts(cut) if not part.is_empty]


def _neighbours(sheet: Sheet, subject: Subject) -> None:
    own = shapely.boundary(subject.parcel.geom)
    for neighbour in subject.neighbours:
        beyond = shapely.difference(shapely.boundary(neighbour.geom), own)
        for line in clipped(sheet, beyond):
            sheet.page.paths.append(Path("neighbour", [shapely.get_coordinates(line)], closed=False))


def _buildings(sheet: Sheet, subject: Subject) -> None:
    for building in subject.buildings:
        for part in clipped(sheet, building.geom):
            if isinstance(part, Polygon):
                rings = [shapely.get_coordinates(ring)[:-1] for ring in (part.exterior, *part.interiors)]
                sheet.page.paths.append(Path("building", rings))


def north_arrow(sheet: Sheet, word: str = "北") -> None:
    """Draw the north arrow in the upper right corner of the frame; it points to grid north."""
    half = NORTH_MM / 2
    aside = abs(np.sin(np.radians(sheet.turn_deg))) * half
    middle = np.array([sheet.frame.right - 8.0 - aside, sheet.frame.top + 5.5 + half])
    # On the page y grows downwards.
    shape = np.array([(0.0, half), (-2.2, -half), (0.0, 3.0 - half), (2.2, -half), (0.0, half + 2.4)])
    tip, left, notch, right, letter = turned(shape, sheet.turn_deg) * (1, -1) + middle
    halves = [Path("north_dark", [np.array([tip, left, notch])])]
    halves.append(Path("north_light", [np.array([tip, right, notch])]))
    sheet.page.paths.extend(halves)
    sheet.page.texts.append(Text(float(letter[0]), float(letter[1]), 3.6, word))
    reach = 4 + aside
    x, y = middle
    sheet.taken.append(shapely.box(x - reach, sheet.frame.top, x + reach, y + half + 1))


def _fraction(sheet: Sheet, subject: Subject) -> None:
    """Write the parcel's short code over its land use in the middle, off the buildings if possible."""
    geom = subject.parcel.geom
    over = subject.parcel.parcel_code[-SHORT_CODE:]
    under = subject.parcel.land_use or "—"
    houses = shapely.union_all([building.geom for building in subject.buildings])
    free = shapely.difference(geom, shapely.buffer(houses, sheet.scale / 1_000.0))
    place, room = roomiest(sheet, [free, geom], text_width(over, MIN_NAME_MM) / 2)
    size = min(max(room / (text_width(over, 1.0) / 2 + 0.2), MIN_NAME_MM), MAX_NAME_MM)
    width = text_width(over, size)
    if room < text_width(over, MIN_NAME_MM) / 2:
        size, width = NAME_MM, text_width(over, NAME_MM)
        place = beside(sheet, geom, place, (width, size * 2.6))
    x, y = place
    rule = np.array([(x - width / 2, y), (x + width / 2, y)])
    sheet.page.paths.append(Path("fraction", [rule], closed=False))
    sheet.page.texts.append(Text(x, y - size * 0.68, size, over, kind="name"))
    sheet.page.texts.append(Text(x, y + size * 0.68, size, under, kind="name"))
    sheet.taken.append(shapely.box(x - width / 2, y - size * 1.3, x + width / 2, y + size * 1.3))


def roomiest(
    sheet: Sheet, shapes: Sequence[BaseGeometry], wanted: float
) -> tuple[tuple[float, float], float]:
    """Return the middle of the first shape with room for such a circle, or of the last, and its radius.

    The centroid is taken where it has as much room as any place.
    """
    found = ((0.0, 0.0), 0.0)
    for shape in shapes:
        if shape.is_empty:
            continue
        middle, radius = middle_of(shape, 0.0005 * sheet.scale)
        (x, y) = sheet.to_page(np.array([middle]))[0]
        found = ((float(x), float(y)), radius * MM_PER_M / sheet.scale)
        if found[1] >= wanted:
            break
    return found


def middle_of(shape: BaseGeometry, tolerance: float) -> tuple[tuple[float, float], float]:
    """Return the roomiest place of a shape and the radius of the circle there, in the unit of the shape."""
    line = shapely.maximum_inscribed_circle(shape, tolerance=tolerance)
    centroid = shapely.centroid(shape)
    inner = shapely.distance(centroid, shapely.boundary(shape)) if shape.contains(centroid) else 0.0
    radius = max(float(line.length), float(inner))
    x, y = shapely.get_coordinates(centroid if inner >= CENTRAL * radius else line)[0]
    return (float(x), float(y)), radius


def beside(
    sheet: Sheet, geom: BaseGeometry, target: tuple[float, float], size: tuple[float, float]
) -> tuple[float, float]:
    """Return a free place near a shape that is too narrow for its name, with a line that leads there."""
    own = shapely.transform(geom, sheet.to_page)
    frame, (width, height) = sheet.frame.inside(1.0), size
    angles = np.radians((90.0, 60.0, 120.0, 0.0, 180.0, 270.0))
    for far in (9.0, 14.0, 20.0, 28.0, 40.0):
        for x, y in target + far * np.column_stack([np.cos(angles), np.sin(angles)]):
            box = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            left, top, right, bottom = box.bounds
            inside = left > frame.left and right < frame.right and top > frame.top and bottom < frame.bottom
            if inside and shapely.distance(box, own) > BESIDE_MM:
                leader = shapely.shortest_line(shapely.points(target), box)
                sheet.page.paths.append(Path("leader", [shapely.get_coordinates(leader)], closed=False))
                sheet.taken.append(leader)
                return (float(x), float(y))
    return target


def _side_and_point_labels(
    sheet: Sheet, points: Sequence[BoundaryPoint], rings: Sequence[Points], radius: float
) -> int:
    size = LABEL_MM if radius == POINT_RADIUS_MM else SMALL_LABEL_MM
    sides = side_labels(points, rings, size)
    numbers = point_labels(points, rings, size, radius)
    tried = _worth_trying(rings)
    names = np.array([point.name for point in points])[tried]
    lengths = np.array([f"{point.side_m:.2f}" for point in points])[tried]
    kinds = [numbers.only(tried), sides.only(tried)]
    placed = place(kinds, sheet.taken, sheet.frame.inside(0.5))
    write_labels(sheet, kinds[0], placed[0], names.tolist(), ("number", size))
    write_labels(sheet, kinds[1], placed[1], lengths.tolist(), ("side", size))
    return 2 * len(points) - sum(int((one.tried >= 0).sum()) for one in placed)


def _worth_trying(rings: Sequence[Points]) -> NDArray[np.bool_]:
    """Return which points (and the sides after them) get labels: of very many only some have room.

    Where there are more points than `MANY_POINTS`, those less than `CROWDED_MM` of boundary after the last
    are passed over.
    """
    if sum(map(len, rings)) <= MANY_POINTS:
        return np.ones(sum(map(len, rings)), dtype=np.bool_)
    sides = [np.hypot(*(np.roll(ring, -1, axis=0) - ring).T) for ring in rings]
    passed = [np.floor(np.cumsum(side) / CROWDED_MM) for side in sides]
    return np.concatenate([np.diff(steps, prepend=-1.0) > 0 for steps in passed])


def write_labels(
    sheet: Sheet, labels: Labels, placed: Placed, texts: list[str], look: tuple[str, float]
) -> None:
    """Write the labels that found a place (``look``: kind, size), with leaders from where they moved far."""
    kind, size = look
    for at in np.flatnonzero(placed.tried >= 0).tolist():
        x, y = placed.centre[at]
        page_text = Text(float(x), float(y), size, texts[at], angle=float(labels.angle[at]), kind=kind)
        sheet.page.texts.append(page_text)
        reach = float(np.hypot(*(placed.centre[at] - labels.anchor[at])))
        if reach > labels.gap + labels.width[at] / 2 + LEADER_FROM_MM:
            end = labels.anchor[at] + (placed.centre[at] - labels.anchor[at]) * (
                1 - labels.height[at] / reach / 1.6
            )
            sheet.page.paths.append(Path("leader", [np.array([labels.anchor[at], end])], closed=False))
    kept = placed.tried >= 0
    sheet.taken.extend(
        boxes(placed.centre[kept], labels.angle[kept], labels.width[kept], labels.height[kept])
    )


def side_labels(points: Sequence[BoundaryPoint], rings: Sequence[Points], size: float) -> Labels:
    """Return the labels of the sides: parallel to each, outside of the parcel (left of its direction)."""
    direction = np.concatenate([np.roll(ring, -1, axis=0) - ring for ring in rings])
    middle = np.concatenate([(np.roll(ring, -1, axis=0) + ring) / 2 for ring in rings])
    width = np.array([text_width(f"{point.side_m:.2f}", size) for point in points])
    return Labels(
        middle,
        _outward(direction),
        upright(direction[:, 0], direction[:, 1]),
        width,
        np.full(len(points), size),
        SIDE_GAP_MM,
        SLIDES,
    )


def point_labels(
    points: Sequence[BoundaryPoint], rings: Sequence[Points], size: float, radius: float
) -> Labels:
    """Return the labels of the points: upright, outside, on the line that halves the corner."""
    after = np.concatenate([np.roll(ring, -1, axis=0) - ring for ring in rings])
    before = np.concatenate([ring - np.roll(ring, 1, axis=0) for ring in rings])
    halving = _outward(after) + _outward(before)
    # The two sides of a spike point apart: then along the spike.
    spike = np.hypot(halving[:, 0], halving[:, 1]) < 1e-6  # noqa: PLR2004
    halving[spike] = before[spike]
    length = np.hypot(halving[:, 0], halving[:, 1])
    width = np.array([text_width(point.name, size) for point in points])
    count = len(points)
    return Labels(
        np.concatenate(rings),
        halving / length[:, None],
        np.zeros(count),
        width,
        np.full(count, size),
        max(POINT_GAP_MM, radius + 0.3),
        TURNS,
    )


def _outward(direction: Points) -> Points:
    """Return unit normals to the left of directions on the page, whose y grows downwards."""
    length = np.maximum(np.hypot(direction[:, 0], direction[:, 1]), 1e-9)
    return np.column_stack([direction[:, 1], -direction[:, 0]]) / length[:, None]


def _names(sheet: Sheet, subject: Subject, holders: dict[str, str]) -> None:
    """Write buildings and neighbours where they are free of other texts."""
    for building in subject.buildings:
        structure = STRUCTURES.get(building.structure or "", "")
        floors = "" if building.floors is None else str(building.floors)
        if structure + floors:
            write_name(sheet, building.geom, [structure + floors], ("house", NAME_MM))
    own = subject.parcel.geom
    for neighbour in subject.neighbours:
        lines = [neighbour.parcel_code[-SHORT_CODE:]]
        if neighbour.parcel_code in holders:
            lines.append(holders[neighbour.parcel_code])
        outside = shapely.difference(neighbour.geom, shapely.buffer(own, 0.002 * sheet.scale))
        write_name(sheet, outside, lines, ("name", NAME_MM))


def write_name(sheet: Sheet, geom: BaseGeometry, lines: Sequence[str], look: tuple[str, float]) -> None:
    """Write lines (``look``: kind, size) into a shape near its middle where nothing is taken, or nowhere."""
    kind, size = look
    width, height = max(text_width(line, size) for line in lines), size * 1.35 * len(lines)
    tree = shapely.STRtree(sheet.taken)
    frame = sheet.frame.inside(1.0)
    for x, y in _name_places(sheet, geom):
        box = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        left, top, right, bottom = box.bounds
        in_frame = left >= frame.left and right <= frame.right and top >= frame.top and bottom <= frame.bottom
        if not in_frame or len(tree.query(box, predicate="intersects")):
            continue
        for number, line in enumerate(lines):
            middle = y + (number - (len(lines) - 1) / 2) * size * 1.35
            sheet.page.texts.append(Text(x, middle, size, line, kind=kind))
        sheet.taken.append(box)
        return


def _name_places(sheet: Sheet, geom: BaseGeometry) -> NDArray[np.float64]:
    """Return places inside what the frame shows of a shape, those near its middle first."""
    parts = [part for part in clipped(sheet, geom) if isinstance(part, Polygon | MultiPolygon)]
    if not parts:
        return np.empty((0, 2))
    part = max(parts, key=lambda one: one.area)
    centroid = shapely.centroid(part)
    middle = centroid if part.contains(centroid) else shapely.point_on_surface(part)
    centre = shapely.get_coordinates(middle)[0]
    west, south, east, north = part.bounds
    grid = np.stack(np.meshgrid(np.linspace(west, east, 14)[1:-1], np.linspace(south, north, 14)[1:-1]), -1)
    grid = grid.reshape(-1, 2)
    grid = grid[shapely.contains_xy(part, grid)]
    order = np.argsort(np.hypot(*(grid - centre).T), kind="stable")
    return np.vstack([centre[None], grid[order]])
