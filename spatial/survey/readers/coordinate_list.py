"""Coordinate lists (坐标表) as CSV or Excel: one boundary point a row, X = north, Y = east."""

from pathlib import Path
from typing import Any, Final

from spatial.survey.readers import sheets
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.plots import Block, PlotBuilder, TextFile
from spatial.survey.readers.records import Asked, Content, Unreadable
from spatial.survey.readers.text_content import need_statement, plots_content

_PARCEL, _POINT, _RING, _NORTH, _EAST = "parcel", "point", "ring", "north", "east"
_NAMES: Final = {
    _PARCEL: ("宗地代码", "宗地号", "宗地编号", "地块编号", "地块号", "地块", "zddm", "zdzhdm",
              "parcel_code", "parcel", "plot"),
    _POINT: ("点号", "界址点号", "jzdh", "point", "point_no", "point_number"),
    _RING: ("圈号", "地块圈号", "环号", "ring", "ring_no"),
    _NORTH: ("x", "x坐标", "x(m)", "x坐标(m)", "纵坐标", "纵坐标x", "北坐标", "北", "xzbz", "north",
             "northing", "n"),
    _EAST: ("y", "y坐标", "y(m)", "y坐标(m)", "横坐标", "横坐标y", "东坐标", "东", "yzbz", "east",
            "easting", "e"),
}  # fmt: skip
_COLUMN: Final = {name: column for column, names in _NAMES.items() for name in names}
_HEAD_WITHIN: Final = 20
_FULL_WIDTH: Final = str.maketrans("（）ＸＹ　：", "()XY :")


def csv_list(path: Path, asked: Asked, limits: Limits) -> Content:
    """Read a coordinate list from a CSV file.

    Raises
    ------
    Unreadable
        With line numbers.
    """
    rows, encoding = sheets.csv_rows(path, limits)
    return _content(rows, path.stem, encoding, asked, "CSV")


def excel_list(path: Path, asked: Asked, limits: Limits) -> Content:
    """Read a coordinate list from the sheet the sender names, or the only one with a head of coordinates.

    Raises
    ------
    Unreadable
        With line numbers; ``source_layer_unknown`` when it is not clear which sheet is meant.
    """
    found = dict(sheets.excel_sheets(path, limits))
    usable = [name for name, rows in found.items() if _head(rows) is not None]
    wanted = asked.source_layer
    if wanted is not None and wanted not in found:
        raise Unreadable("source_layer_unknown", "source_layer_choose", layers=list(found)[:50])
    if wanted is None and len(usable) > 1:
        raise Unreadable("source_layer_unknown", "source_layer_choose", layers=usable[:50])
    name = wanted or (usable[0] if usable else "")
    return _content(found.get(name, []), name, "utf-8", asked, "XLSX")


def _content(rows: list[sheets.Row], layer: str, encoding: str, asked: Asked, driver: str) -> Content:
    head = _head(rows)
    if head is None:
        raise Unreadable("unreadable_file", "list_without_head")
    at, columns = head
    parsed = TextFile({}, [], [], encoding)
    builder = PlotBuilder(parsed)
    code: str | None = None
    for line, cells in rows[at + 1 :]:
        row = {column: cells[place] if place < len(cells) else None for column, place in columns.items()}
        own = _word(row.get(_PARCEL))
        if code is None or (own and own != code):
            code = own
            builder.begin(Block(line, "", "", code, "", "", "", ""))
        builder.add(_number(row[_NORTH], line), _number(row[_EAST], line), _word(row.get(_RING)) or "1", line)
    builder.end()
    need_statement(parsed, asked)
    return plots_content(parsed, asked, driver=driver, layer=layer)


def _head(rows: list[sheets.Row]) -> tuple[int, dict[str, int]] | None:
    """Find the row that names the columns; north and east must be among them."""
    for at, (_, cells) in enumerate(rows[:_HEAD_WITHIN]):
        columns: dict[str, int] = {}
        for place, cell in enumerate(cells):
            name = str(cell or "").translate(_FULL_WIDTH).replace(" ", "").lower()
            if name in _COLUMN:
                columns.setdefault(_COLUMN[name], place)
        if {_NORTH, _EAST} <= columns.keys():
            return at, columns
    return None


def _word(cell: Any) -> str:
    """Return a cell as text; whole numbers of a spreadsheet lose their decimal point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _number(cell: Any, line: int) -> str:
    if cell is None or cell == "" or isinstance(cell, bool):
        raise Unreadable("unreadable_file", "txt_not_a_number", line=line)
    return repr(cell) if isinstance(cell, float) else str(cell).strip()
