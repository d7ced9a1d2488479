"""Which paper and scale, how coordinates come to the page, how texts stand."""

from collections.abc import Sequence

import numpy as np
from shapely.geometry.base import BaseGeometry

from spatial.parcelmap.errors import MapScaleTooLarge
from spatial.parcelmap.records import Box, Choice, Numbers, Paper, Points
from spatial.parcels.points import BoundaryPoint

MM_PER_M = 1_000.0
SCALE_STEP = 100
A4 = (Paper("A4", 210.0, 297.0), Paper("A4", 297.0, 210.0))
A3 = (Paper("A3", 297.0, 420.0), Paper("A3", 420.0, 297.0))
PAPERS = {"A4": A4, "A3": A3}
# Margins of the sheet (at least 2 cm); the line of the authority stands left of the frame.
MARGIN_MM = 20.0
AUTHORITY_MM = 6.0
HEAD_MM = 26.0
FOOT_MM = 22.0
# Room for point numbers, side lengths and neighbours between the parcel and the frame.
SURROUNDINGS_MM = 15.0
# A smaller scale than this, or shorter sides on paper, is hard to read: then A3.
SMALLEST_SCALE_ON_A4 = 2_000
SHORT_SIDE_MM = 4.0

GROUP_MM = 54.0  # width of one column group of the table: number, X, Y, side
ROW_MM = 3.4
AREA_ROW_MM = 4.4
ROWS_ON_MAP_PAGE = 10  # per column group; a longer table gets pages of its own

# Width of a character of Noto Sans CJK in parts of the font size.
_DIGIT_EM = 0.56
_LETTER_EM = 0.68
_HALF_WIDTH_BEFORE = 0x2E80
# What runs north but for so much counts as running north.
_NORTHWARD_DEG = 1.0


def frame_of(paper: Paper, rows: int) -> Box:
    """Return the map frame of a sheet; a table of few rows stands below it."""
    table = table_height(paper, rows) if table_fits(paper, rows) else 0.0
    return Box(
        MARGIN_MM + AUTHORITY_MM,
        MARGIN_MM + HEAD_MM,
        paper.width_mm - MARGIN_MM,
        paper.height_mm - MARGIN_MM - FOOT_MM - table,
    )


def groups_of(paper: Paper) -> int:
    """Return how many column groups of the table stand side by side."""
    return int((paper.width_mm - 2 * MARGIN_MM - AUTHORITY_MM) // GROUP_MM)


def table_fits(paper: Paper, rows: int) -> bool:
    """Tell whether the table stands on the page of the map."""
    return rows <= ROWS_ON_MAP_PAGE * groups_of(paper)


def table_height(paper: Paper, rows: int) -> float:
    """Return the height of the table below the map, with head and foot row, millimetres."""
    return (-(-rows // groups_of(paper)) + 1) * ROW_MM + AREA_ROW_MM + 2.0


def choose(
    geom: BaseGeometry, points: Sequence[BoundaryPoint], *, scale: int | None = None, paper: str | None = None
) -> Choice:
    """Choose paper and scale: A4 if the parcel fits and stays readable, else A3.

    Parameters
    ----------
    geom : Polygon or MultiPolygon
        EPSG:4547 (E, N) metres.
    points : sequence of BoundaryPoint
        Its boundary points.
    scale : int, optional
        Denominator asked for; default the smallest multiple of 100 that fits.
    paper : str, optional
        ``A4`` or ``A3``.

    Raises
    ------
    MapScaleTooLarge
        If the parcel does not fit at the scale asked for.
    """
    west, south, east, north = geom.bounds
    rows = row_count(points)
    found = {
        name: _best(sheets, (east - west, north - south), rows)
        for name, sheets in PAPERS.items()
        if paper is None or name == paper
    }
    if scale is not None:
        fitting = [choice for choice in found.values() if choice.scale <= scale]
        if not fitting:
            raise MapScaleTooLarge(scale=scale, smallest=min(choice.scale for choice in found.values()))
        return Choice(fitting[0].paper, scale)
    if "A4" in found and ("A3" not in found or _readable(found["A4"], points)):
        return found["A4"]
    return found["A3"]


def row_count(points: Sequence[BoundaryPoint]) -> int:
    """Return the rows of the table: each point, and the first of each ring again."""
    return len(points) + (points[-1].ring if points else 0)


def median_side(points: Sequence[BoundaryPoint], scale: int) -> float:
    """Return how long the middle one of the sides is on paper, millimetres."""
    return float(np.median([point.side_m for point in points])) * MM_PER_M / scale


def _readable(choice: Choice, points: Sequence[BoundaryPoint]) -> bool:
    return choice.scale <= SMALLEST_SCALE_ON_A4 and median_side(points, choice.scale) >= SHORT_SIDE_MM


def _best(sheets: Sequence[Paper], extent_m: tuple[float, float], rows: int) -> Choice:
    """Return the sheet, upright or lying, on which the drawing is largest."""
    return min((Choice(sheet, _fitting(sheet, extent_m, rows)) for sheet in sheets), key=lambda c: c.scale)


def _fitting(sheet: Paper, extent_m: tuple[float, float], rows: int) -> int:
    room = frame_of(sheet, rows).inside(SURROUNDINGS_MM)
    needed = max(extent_m[0] * MM_PER_M / room.width, extent_m[1] * MM_PER_M / room.height)
    return max(int(np.ceil(round(needed / SCALE_STEP, 9))), 1) * SCALE_STEP


def on_paper(coordinates: Points, geom: BaseGeometry, frame: Box, scale: int) -> Points:
    """Return page positions (x, y) in millimetres of EPSG:4547 (E, N) metres; the shape is centred."""
    west, south, east, north = geom.bounds
    mm = MM_PER_M / scale
    x = (frame.left + frame.right) / 2 + (coordinates[:, 0] - (west + east) / 2) * mm
    y = (frame.top + frame.bottom) / 2 - (coordinates[:, 1] - (south + north) / 2) * mm
    return np.column_stack([x, y])


def turned(coordinates: Points, turn_deg: float) -> Points:
    """Return positions turned clockwise about the origin.

    Examples
    --------
    >>> turned(np.array([(0.0, 2.0)]), 90.0).round(9).tolist()
    [[2.0, 0.0]]
    """
    if not turn_deg:
        return coordinates
    cos, sin = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    return np.column_stack(
        [cos * coordinates[:, 0] + sin * coordinates[:, 1], cos * coordinates[:, 1] - sin * coordinates[:, 0]]
    )


def text_width(text: str, size: float) -> float:
    """Return the width of a text in the unit of its font size.

    Examples
    --------
    >>> text_width("宗地图", 2.0)
    6.0
    """
    return size * sum(_em(character) for character in text)


def _em(character: str) -> float:
    if ord(character) >= _HALF_WIDTH_BEFORE:
        return 1.0
    return _DIGIT_EM if character.isdigit() or not character.isalpha() else _LETTER_EM


def upright(dx: Numbers, dy: Numbers) -> Points:
    """Return the angles (degrees clockwise on the page) of texts along directions, read from below or right.

    Texts stand with their head to the north; along a side that runs north they turn west.
    """
    angle = np.degrees(np.arctan2(dy, dx))
    angle = np.where(angle >= 90.0 - _NORTHWARD_DEG, angle - 180.0, angle)
    return np.asarray(np.where(angle < -90.0 - _NORTHWARD_DEG, angle + 180.0, angle), dtype=np.float64)
