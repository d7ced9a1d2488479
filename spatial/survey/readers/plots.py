"""Plots (地块) put together from boundary points in the order they are written."""

import re
from dataclasses import dataclass, field
from typing import Final

from spatial.survey.readers.records import Note, Unreadable

Point = tuple[float, float, int]  # (E, N) as written, line number

_NUMBER: Final = re.compile(r"^[+-]?\d+(\.\d*)?$", re.ASCII)
_NOT_FINITE: Final = re.compile(r"^[+-]?(nan|inf(inity)?|\d+(\.\d*)?e\+?\d{3,})$", re.IGNORECASE)
_CLOSED_M: Final = 0.0005  # half of the 1 mm grid
_CLOSED_DEG: Final = 1e-9
_SMALLEST_M: Final = 1_000.0  # no plane coordinate of a zone is below
_MIN_POINTS: Final = 3


@dataclass(slots=True)
class Block:
    """One plot: its head and its rings of (E, N) as written."""

    line: int
    count: str
    area: str
    number: str
    name: str
    sheet: str
    use: str
    use_class: str
    rings: list[list[Point]] = field(default_factory=list)

    def point_lines(self) -> int:
        """Count the rings' points."""
        return sum(len(ring) for ring in self.rings)


@dataclass(slots=True)
class TextFile:
    """A parsed file."""

    header: dict[str, tuple[str, int]]
    blocks: list[Block]
    notes: list[Note]
    encoding: str


class PlotBuilder:
    """Takes plots and points; a ring ends where it closes or where the ring number changes."""

    def __init__(self, parsed: TextFile) -> None:
        self.parsed = parsed
        self.ring_no: str | None = None

    def begin(self, block: Block) -> None:
        """Begin a plot.

        Raises
        ------
        Unreadable
            If the one before is not a polygon.
        """
        self._judge_last()
        self.parsed.blocks.append(block)
        self.ring_no = None

    def add(self, north: str, east: str, ring_no: str, line: int) -> None:
        """Add a point as written.

        Raises
        ------
        Unreadable
            With the line.
        """
        if not ring_no.isdigit():
            raise Unreadable("unreadable_file", "txt_ring_number", line=line)
        point = _coordinate(east, line), _coordinate(north, line), line
        rings = self.parsed.blocks[-1].rings
        if ring_no != self.ring_no or (rings and is_closed(rings[-1])):
            rings.append([])
            self.ring_no = ring_no
        rings[-1].append(point)

    def end(self) -> None:
        """End the last plot.

        Raises
        ------
        Unreadable
            If there is none, or it is not a polygon.
        """
        self._judge_last()
        if not self.parsed.blocks:
            raise Unreadable("unreadable_file", "txt_no_plots")

    def _judge_last(self) -> None:
        if not self.parsed.blocks:
            return
        block = self.parsed.blocks[-1]
        if not block.rings:
            raise Unreadable("unreadable_file", "txt_plot_without_points", line=block.line)
        for ring in block.rings:
            if len({(east, north) for east, north, _ in ring}) < _MIN_POINTS:
                raise Unreadable("unreadable_file", "txt_ring_short", line=ring[0][2])


def _coordinate(text: str, line: int) -> float:
    if _NOT_FINITE.match(text):
        raise Unreadable("geometry_not_finite", "txt_not_finite", line=line)
    if not _NUMBER.match(text):
        raise Unreadable("unreadable_file", "txt_not_a_number", line=line)
    return float(text)


def is_closed(ring: list[Point]) -> bool:
    """Tell whether a ring ends where it began, within half of the 1 mm grid."""
    first, last = ring[0], ring[-1]
    near = _CLOSED_M if abs(first[0]) > _SMALLEST_M else _CLOSED_DEG
    return len(ring) > _MIN_POINTS and abs(first[0] - last[0]) <= near and abs(first[1] - last[1]) <= near
