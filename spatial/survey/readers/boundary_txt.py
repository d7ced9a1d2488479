"""Reader of the boundary-point text file (电子报盘, 界址点坐标文件).

Two sections: key=value lines, then blocks of a head that ends in ``@`` and point lines
``number, ring, X north, Y east``. The variants met in the field are accepted and noted; what cannot be
understood is refused with its line number.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from spatial.survey.readers.records import Note, Unreadable

Point = tuple[float, float, int]  # (E, N) as written, line number

_FULL_WIDTH: Final = str.maketrans("，【】［］＝＠：．　", ",[][]=@:. ")
_NUMBER: Final = re.compile(r"^[+-]?\d+(\.\d*)?$")
_NOT_FINITE: Final = re.compile(r"^[+-]?(nan|inf(inity)?|\d+(\.\d*)?e\+?\d{3,})$", re.IGNORECASE)
_SHAPES: Final = frozenset({"点", "线", "面"})
_CLOSED_M: Final = 0.0005  # half of the 1 mm grid
_CLOSED_DEG: Final = 1e-9
_SMALLEST_M: Final = 1_000.0  # no plane coordinate of a zone is below
_MIN_POINTS: Final = 3
_ZONE: Final = "38"
_DEGREES_A_ZONE: Final = "3"


@dataclass(slots=True)
class Block:
    """One plot (地块): its head and its rings of (E, N) as written."""

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


def parse(data: bytes) -> TextFile:
    """Parse a boundary-point file.

    Parameters
    ----------
    data : bytes
        The whole file, UTF-8 (with or without BOM) or GB18030.

    Returns
    -------
    TextFile
        Blocks with rings of (E, N) exactly as written.

    Raises
    ------
    Unreadable
        With the line number.
    """
    text, encoding = decode(data)
    parsed = TextFile({}, [], [], encoding)
    reader = _Lines(parsed)
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.translate(_FULL_WIDTH).strip().strip("\ufeff").strip()
        if line:
            reader.take(line, number)
    reader.end()
    _note_repeated(parsed)
    return parsed


def decode(data: bytes) -> tuple[str, str]:
    """Decode UTF-8, otherwise GB18030; returns text and encoding.

    Raises
    ------
    Unreadable
        If it is neither, or holds binary zeros.
    """
    if b"\0" in data:
        raise Unreadable("wrong_type", "txt_binary")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise Unreadable("unreadable_file", "txt_encoding")


class _Lines:
    """Takes line after line; knows the section, the block and the ring it is in."""

    def __init__(self, parsed: TextFile) -> None:
        self.parsed = parsed
        self.in_plots = False
        self.columns: int | None = None
        self.ring_no: str | None = None

    def take(self, line: str, number: int) -> None:
        if line.startswith("[") and line.endswith("]"):
            if "地块坐标" in line or "界址点坐标" in line:
                self.in_plots = True
            return
        if line.endswith("@"):
            self.in_plots = True
            if not self.parsed.blocks:
                _judge_header(self.parsed)
            self._finish_block()
            self.parsed.blocks.append(_head(line, number, self.parsed.notes))
            self.ring_no = None
        elif not self.in_plots:
            self._key(line, number)
        else:
            self._point(line, number)

    def end(self) -> None:
        self._finish_block()
        if not self.parsed.blocks:
            raise Unreadable("unreadable_file", "txt_no_plots")

    def _key(self, line: str, number: int) -> None:
        key, equals, value = line.partition("=")
        if not equals:
            raise Unreadable("unreadable_file", "txt_line_unknown", line=number)
        self.parsed.header[key.strip()] = (value.strip(), number)

    def _point(self, line: str, number: int) -> None:
        if not self.parsed.blocks:
            raise Unreadable("unreadable_file", "txt_point_without_plot", line=number)
        fields = [part.strip() for part in line.split(",")]
        while fields and not fields[-1]:
            fields.pop()
        if self.columns is None:
            self.columns = len(fields)
        if len(fields) != self.columns or len(fields) not in {3, 4}:
            raise Unreadable("unreadable_file", "txt_point_fields", line=number, fields=len(fields))
        ring_no = fields[1] if len(fields) == 4 else "1"  # noqa: PLR2004  number, ring, X, Y
        if not ring_no.isdigit():
            raise Unreadable("unreadable_file", "txt_ring_number", line=number)
        north, east = (_coordinate(part, number) for part in fields[-2:])
        self._add((east, north, number), ring_no)

    def _add(self, point: Point, ring_no: str) -> None:
        rings = self.parsed.blocks[-1].rings
        if ring_no != self.ring_no or (rings and _closed(rings[-1])):
            rings.append([])
            self.ring_no = ring_no
        rings[-1].append(point)

    def _finish_block(self) -> None:
        if not self.parsed.blocks:
            return
        block = self.parsed.blocks[-1]
        if not block.rings:
            raise Unreadable("unreadable_file", "txt_plot_without_points", line=block.line)
        for ring in block.rings:
            if len({(east, north) for east, north, _ in ring}) < _MIN_POINTS:
                raise Unreadable("unreadable_file", "txt_ring_short", line=ring[0][2])
        _note_count(block, len(self.parsed.blocks), self.parsed.notes)


def _coordinate(text: str, line: int) -> float:
    if _NOT_FINITE.match(text):
        raise Unreadable("geometry_not_finite", "txt_not_finite", line=line)
    if not _NUMBER.match(text):
        raise Unreadable("unreadable_file", "txt_not_a_number", line=line)
    return float(text)


def _closed(ring: list[Point]) -> bool:
    first, last = ring[0], ring[-1]
    near = _CLOSED_M if abs(first[0]) > _SMALLEST_M else _CLOSED_DEG
    return len(ring) > _MIN_POINTS and abs(first[0] - last[0]) <= near and abs(first[1] - last[1]) <= near


def _head(line: str, number: int, notes: list[Note]) -> Block:
    """Read a head ``count, area, number, name, shape, sheet, use, class, @``; a name may hold commas."""
    fields = [part.strip() for part in line[:-1].split(",")]
    if fields and not fields[-1]:
        fields.pop()
    shape_at = next((at for at, part in enumerate(fields) if at >= 3 and part in _SHAPES), None)  # noqa: PLR2004
    if shape_at is None:
        if len(fields) < 4:  # noqa: PLR2004  count, area, number, name
            raise Unreadable("unreadable_file", "txt_head_fields", line=number, fields=len(fields))
        notes.append(Note("txt_shape_assumed", "info", params={"line": number}))
        shape_at = 4
        fields.insert(shape_at, "面")
    if fields[shape_at] != "面":
        raise Unreadable("wrong_type", "txt_not_area", line=number, shape=fields[shape_at])
    tail = [*fields[shape_at + 1 :], "", "", ""]
    name = ",".join(fields[3:shape_at])
    return Block(number, fields[0], fields[1], fields[2], name, tail[0], tail[1], tail[2])


def _note_count(block: Block, feature_no: int, notes: list[Note]) -> None:
    """Trust the rows; note a count that is neither the rows nor the distinct points."""
    rows = block.point_lines()
    distinct = rows - sum(_closed(ring) for ring in block.rings)
    closed = distinct + len(block.rings)
    if block.count not in {str(rows), str(distinct), str(closed)}:
        params = {"line": block.line, "declared": block.count, "rows": rows}
        notes.append(Note("txt_point_count", "warning", feature_no, params))


def _judge_header(parsed: TextFile) -> None:
    """Refuse other datums, zones and units; note what is not said.

    Raises
    ------
    Unreadable
        With the line of the key.
    """
    datum, line = parsed.header.get("坐标系", ("", 0))
    if re.search(r"西安|北京|1980|1954|xian|beijing|GCJ", datum, re.IGNORECASE):
        raise Unreadable("datum_refused", "datum_named", line=line, name=datum)
    if "2000" not in datum:
        parsed.notes.append(Note("txt_datum_assumed", "warning", params={"name": datum}))
    zone, line = parsed.header.get("带号", ("", 0))
    if zone not in {"", _ZONE}:
        raise Unreadable("crs_contradicted", "txt_zone", line=line, zone=zone)
    width, line = parsed.header.get("几度分带", ("", 0))
    if width not in {"", _DEGREES_A_ZONE}:
        raise Unreadable("crs_contradicted", "txt_zone_width", line=line, width=width)
    unit, line = parsed.header.get("计量单位", ("", 0))
    if "度" in unit:
        raise Unreadable("crs_contradicted", "txt_degrees", line=line)


def _note_repeated(parsed: TextFile) -> None:
    repeated = [number for number, times in Counter(b.number for b in parsed.blocks).items() if times > 1]
    if repeated and repeated != [""]:
        parsed.notes.append(Note("txt_number_repeated", "warning", params={"numbers": repeated[:10]}))
