"""Reader of the boundary-point text file (电子报盘, 界址点坐标文件).

Two sections: key=value lines, then blocks of a head that ends in ``@`` and point lines
``number, ring, X north, Y east``. The variants met in the field are accepted and noted; what cannot be
understood is refused with its line number.
"""

import re
from collections import Counter
from typing import Final

from spatial.survey.readers.plots import Block, PlotBuilder, TextFile, is_closed
from spatial.survey.readers.records import Note, Unreadable

_FULL_WIDTH: Final = str.maketrans("，【】［］＝＠：．　", ",[][]=@:. ")
_SHAPES: Final = frozenset({"点", "线", "面"})
_ZONE: Final = "38"
_DEGREES_A_ZONE: Final = "3"


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
    """Takes line after line; knows the section it is in."""

    def __init__(self, parsed: TextFile) -> None:
        self.parsed = parsed
        self.builder = PlotBuilder(parsed)
        self.in_plots = False
        self.columns: int | None = None

    def take(self, line: str, number: int) -> None:
        if line.startswith("[") and line.endswith("]"):
            if "地块坐标" in line or "界址点坐标" in line:
                self.in_plots = True
            return
        if line.endswith("@"):
            self.in_plots = True
            if not self.parsed.blocks:
                _judge_header(self.parsed)
            self._judge_count()
            self.builder.begin(_head(line, number, self.parsed.notes))
        elif not self.in_plots:
            self._key(line, number)
        else:
            self._point(line, number)

    def end(self) -> None:
        self.builder.end()
        self._judge_count()

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
        self.builder.add(fields[-2], fields[-1], ring_no, number)

    def _judge_count(self) -> None:
        if self.parsed.blocks:
            _note_count(self.parsed.blocks[-1], len(self.parsed.blocks), self.parsed.notes)


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
    distinct = rows - sum(is_closed(ring) for ring in block.rings)
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
