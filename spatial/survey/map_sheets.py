"""Map-sheet numbers (图幅号): the ground that a number stands for.

Two ways of numbering are understood: the national one of GB/T 13989 (``H50G083042``; scales 1:500 000 to
1:5 000) and that of large-scale sheets by the kilometres of their south-west corner, north first
(``3302.50-530.75``).
"""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from spatial.crs import GEOGRAPHIC, to_plane

# Rows and columns of a 1:1 000 000 sheet (4° of latitude by 6° of longitude) by the letter of the scale.
_DIVISIONS: Final = {"B": 2, "C": 4, "D": 12, "E": 24, "F": 48, "G": 96, "H": 192}
_NATIONAL: Final = re.compile(r"([A-N])(\d{2})(?:([B-H])(\d{3})(\d{3}))?", re.ASCII)
_KILOMETRES: Final = re.compile(r"(\d{4}\.\d{1,3})-(?:38)?(\d{3}\.\d{1,3})", re.ASCII)
_SEPARATOR: Final = re.compile(r"[、，,;；\s]+")
# Large-scale sheets are at most so wide (1:2000); the number does not tell the scale.
_LARGEST_M: Final = 1_000.0
_EDGE_POINTS: Final = 20


@dataclass(frozen=True, slots=True)
class Sheets:
    """What a written text names: the ground of the sheets (EPSG:4547), and the words not understood."""

    ground: list[shapely.Polygon]
    unknown: list[str]


def sheets_named(text: str) -> Sheets:
    """Return the sheets that a text names, several of them separated by commas.

    Parameters
    ----------
    text : str
        As written.

    Examples
    --------
    >>> sheets_named("3302.50-530.75").ground[0].bounds
    (530750.0, 3302500.0, 531750.0, 3303500.0)
    >>> sheets_named("X1").unknown
    ['X1']
    """
    ground, unknown = [], []
    for word in filter(None, _SEPARATOR.split(text.strip().upper())):
        found = _ground(word)
        if found is None:
            unknown.append(word)
        else:
            ground.append(found)
    return Sheets(ground, unknown)


def _ground(word: str) -> shapely.Polygon | None:
    national = _NATIONAL.fullmatch(word.replace(" ", ""))
    if national:
        return _national(*national.groups())
    kilometres = _KILOMETRES.fullmatch(word)
    if kilometres:
        north, east = (float(value) * 1_000.0 for value in kilometres.groups())
        return shapely.box(east, north, east + _LARGEST_M, north + _LARGEST_M)
    return None


def _national(
    row: str, column: str, scale: str | None, down: str | None, across: str | None
) -> shapely.Polygon | None:
    south, west = (ord(row) - ord("A")) * 4.0, (int(column) - 31) * 6.0
    height, width = 4.0, 6.0
    if scale is not None:
        parts, line, place = _DIVISIONS[scale], int(str(down)), int(str(across))
        if not (1 <= line <= parts and 1 <= place <= parts):
            return None
        height, width = height / parts, width / parts
        south, west = south + (parts - line) * height, west + (place - 1) * width
    # Parallels are no straight lines on the plane: the edge is followed by several points.
    share = np.linspace(0.0, 1.0, _EDGE_POINTS)
    south_edge = np.column_stack([west + share * width, np.full_like(share, south)])
    north_edge = np.column_stack([west + share[::-1] * width, np.full_like(share, south + height)])
    return shapely.Polygon(to_plane(np.vstack([south_edge, north_edge]), GEOGRAPHIC))
