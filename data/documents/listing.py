"""Long lists on paper: headings, facts and tables set on as many numbered pages as they take.

Every line is broken by the widths of its letters and drawn on a canvas, so that a page costs milliseconds;
nothing is measured twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from data.documents import faces
from data.documents.canvas import Canvas
from data.documents.faces import PER_EM
from data.documents.records import Pen

RULE: Final = Pen("#888888", None, 0.12)
SHADE: Final = Pen(None, "#f0f0f0", 0.0)
TEXT_MM, LINE_MM, PAD_MM, AIR_MM = 2.4, 3.3, 1.0, 0.3
TITLE_MM, HEADING_MM, SMALL_MM = 5.2, 3.6, 2.1
# How far below the middle of its line the letters of a text stand, in parts of their size.
SINK: Final = 0.36
FACTS_IN_A_ROW: Final = 2
# No line begins with these.
_CLOSING: Final = frozenset("，。；：、！？）】》”’,.;:!?)]}%°")
_BREAKS: Final = frozenset(" -/,;，。；：、")
_WIDE_FROM: Final = "\u2e80"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, its width in millimetres, and whether it is set to the right as numbers are."""

    head: str
    width_mm: float
    number: bool = False


@dataclass(slots=True)
class Listing:
    """Pages being filled from above.

    Parameters
    ----------
    title : str
        Heading of the first page; in small letters on top of every other.
    foot : str
        What stands at the foot of every page before its number.
    width_mm, height_mm, margin_mm : float
        Size of the paper and of its empty edge.
    """

    title: str
    foot: str
    width_mm: float = 297.0
    height_mm: float = 210.0
    margin_mm: float = 12.0
    _pages: list[Canvas] = field(default_factory=list)
    _y: float = 0.0

    def __post_init__(self) -> None:
        self._turn()
        self._pages[0].text(self.width_mm / 2, self._y + TITLE_MM, self.title, size=TITLE_MM, anchor="middle")
        self._y += 2.2 * TITLE_MM

    @property
    def room_mm(self) -> float:
        """Return the width between the edges, millimetres."""
        return self.width_mm - 2 * self.margin_mm

    def heading(self, text: str) -> None:
        """Set a heading; it never stands alone at the end of a page."""
        self._need(HEADING_MM * 2.6 + 3 * LINE_MM)
        self._y += HEADING_MM * 0.8
        self._write(self.margin_mm, text, HEADING_MM, HEADING_MM * 1.5)
        self._y += HEADING_MM * 1.8

    def note(self, text: str) -> None:
        """Set a paragraph."""
        for line in wrap(text, self.room_mm / TEXT_MM):
            self._need(LINE_MM)
            self._write(self.margin_mm, line, TEXT_MM, LINE_MM)
            self._y += LINE_MM

    def facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Set labels with their values in two columns, read across."""
        room = self.room_mm / FACTS_IN_A_ROW - 2 * PAD_MM
        lines = [wrap(f"{label}：{value}", room / TEXT_MM) for label, value in facts]
        for at in range(0, len(lines), FACTS_IN_A_ROW):
            row = lines[at : at + FACTS_IN_A_ROW]
            height = max(map(len, row)) * LINE_MM
            self._need(height)
            for number, cell in enumerate(row):
                left = self.margin_mm + number * self.room_mm / FACTS_IN_A_ROW
                self._cell(cell, left, room, number=False)
            self._y += height

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """Set a table; its head stands on every page of it, no row is torn apart unless it fills a page.

        Parameters
        ----------
        columns : sequence of Column
            Together no wider than ``room_mm``.
        rows : iterable of sequence of str
            One text a column.
        """
        grid = _Grid.of(columns, self.margin_mm)
        head = grid.lines([column.head for column in columns])
        top = self._head(grid, head)
        edges = [top, self._y]
        fullest = int((self._bottom - self.margin_mm - 4 * LINE_MM) / LINE_MM) - len(head)
        for row in rows:
            lines = grid.lines(row)
            for start in range(0, max(map(len, lines)), fullest):
                part = [cell[start : start + fullest] for cell in lines]
                if self._y + _height(part) > self._bottom:
                    self._rule(grid, edges)
                    self._turn()
                    edges = [self._head(grid, head), self._y]
                self._row(grid, part)
                edges.append(self._y)
        self._rule(grid, edges)

    def pages(self) -> list[Canvas]:
        """Return the pages with their heads and numbers."""
        for number, page in enumerate(self._pages, start=1):
            if number > 1:
                page.text(self.margin_mm, self.margin_mm - 3.0, self.title, size=SMALL_MM)
            count = f"{self.foot} · {number} / {len(self._pages)}"
            page.text(
                self.width_mm / 2,
                self.height_mm - self.margin_mm + 4.0,
                count,
                size=SMALL_MM,
                anchor="middle",
            )
        return self._pages

    @property
    def _bottom(self) -> float:
        return self.height_mm - self.margin_mm

    def _turn(self) -> None:
        self._pages.append(Canvas(self.width_mm, self.height_mm))
        self._y = self.margin_mm

    def _need(self, height: float) -> None:
        if self._y + height > self._bottom:
            self._turn()

    def _write(self, x: float, text: str, size: float, line: float, anchor: str = "start") -> None:
        self._pages[-1].text(x, self._y + line / 2 + SINK * size, text, size=size, anchor=anchor)

    def _head(self, grid: "_Grid", head: list[list[str]]) -> float:
        self._need(_height(head) + 2 * LINE_MM)
        top, bottom = self._y, self._y + _height(head)
        shade = [(grid.left, top), (grid.right, top), (grid.right, bottom), (grid.left, bottom)]
        self._pages[-1].path([shade], SHADE, closed=True)
        self._row(grid, head)
        return top

    def _row(self, grid: "_Grid", lines: list[list[str]]) -> None:
        for cell, left, column in zip(lines, grid.edges, grid.columns, strict=False):
            self._cell(cell, left + PAD_MM, column.width_mm - 2 * PAD_MM, number=column.number)
        self._y += _height(lines)

    def _cell(self, lines: list[str], left: float, room: float, *, number: bool) -> None:
        start = self._y
        self._y += AIR_MM
        for line in lines:
            if line:
                self._write(
                    left + room if number else left, line, TEXT_MM, LINE_MM, "end" if number else "start"
                )
            self._y += LINE_MM
        self._y = start

    def _rule(self, grid: "_Grid", across: Sequence[float]) -> None:
        lines = [[(grid.left, y), (grid.right, y)] for y in across]
        lines += [[(x, across[0]), (x, across[-1])] for x in grid.edges]
        self._pages[-1].path(lines, RULE, closed=False)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Columns with their edges, one more than columns."""

    columns: Sequence[Column]
    edges: list[float]

    @classmethod
    def of(cls, columns: Sequence[Column], left: float) -> "_Grid":
        edges = [left]
        for column in columns:
            edges.append(edges[-1] + column.width_mm)
        return cls(columns, edges)

    @property
    def left(self) -> float:
        return self.edges[0]

    @property
    def right(self) -> float:
        return self.edges[-1]

    def lines(self, row: Sequence[str]) -> list[list[str]]:
        """Break the texts of a row into lines."""
        return [
            wrap(text, (column.width_mm - 2 * PAD_MM) / TEXT_MM)
            for text, column in zip(row, self.columns, strict=True)
        ]


def _height(lines: list[list[str]]) -> float:
    return max(map(len, lines)) * LINE_MM + 2 * AIR_MM


def wrap(text: str, room_em: float) -> list[str]:
    """Break a text into lines that are no wider than a room, given in parts of the font size.

    Lines break after spaces and punctuation and between Chinese characters; a longer word breaks where it
    must. Control characters are spaces.

    Examples
    --------
    >>> wrap("两宗地 overlap", 6.0)
    ['两宗地 ', 'overlap']
    """
    text = "".join(character if character.isprintable() else " " for character in text)
    room = room_em * PER_EM
    lines, start, good, used = [], 0, 0, 0
    for at, character in enumerate(text):
        if at > start and character not in _CLOSING and (character >= _WIDE_FROM or text[at - 1] in _BREAKS):
            good = at
        used += faces.find(character)[2]
        if used > room and at > start and character != " ":
            end = good if good > start else at
            lines.append(text[start:end])
            start, used = end, faces.width(text[end : at + 1])
    return [*lines, text[start:]]
