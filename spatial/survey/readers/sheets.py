"""Rows of cells from CSV and Excel files, and tables of the standard written so."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from spatial.survey.readers.archive import DAMAGED, judge_entries
from spatial.survey.readers.boundary_txt import decode
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.records import Unreadable
from spatial.survey.readers.tables import Table, plain

Row = tuple[int, list[Any]]  # line number and cells

_DELIMITERS: Final = ",\t;，"
_MOST_COLUMNS: Final = 200


def csv_rows(path: Path, limits: Limits) -> tuple[list[Row], str]:
    """Return the rows of a CSV file that are not empty, with line numbers, and its encoding.

    Parameters
    ----------
    path : Path
        UTF-8 or GB18030; comma, tab or semicolon.
    limits : Limits
        Rows.

    Raises
    ------
    Unreadable
    """
    text, encoding = decode(path.read_bytes())
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = []
    try:
        for cells in reader:
            kept: list[Any] = [cell.strip() for cell in cells[:_MOST_COLUMNS]]
            if any(kept):
                rows.append((reader.line_num, kept))
                _judge_count(len(rows), limits)
    except csv.Error as error:
        raise Unreadable("unreadable_file", "csv_broken", line=reader.line_num) from error
    return rows, encoding


def _judge_count(count: int, limits: Limits) -> None:
    if count > limits.vertices:
        raise Unreadable("too_large", "too_many_rows", limit=limits.vertices)


def excel_sheets(path: Path, limits: Limits) -> Iterator[tuple[str, list[Row]]]:
    """Yield each visible sheet of a workbook with its filled rows; formulas give their last value.

    Raises
    ------
    Unreadable
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    _judge_workbook(path, limits)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                yield str(sheet.title), _sheet_rows(sheet, limits)
    except Unreadable:
        raise
    except (InvalidFileException, *DAMAGED, *_BROKEN) as error:
        raise Unreadable("unreadable_file", "excel_broken") from error


# What openpyxl lets through of a damaged workbook: it converts wherever it meets a value.
_BROKEN: Final = (KeyError, TypeError, AttributeError, SyntaxError, AssertionError)


def _judge_workbook(path: Path, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except DAMAGED as error:
        raise Unreadable("unreadable_file", "excel_broken") from error
    judge_entries(entries, limits)


def _sheet_rows(sheet: Any, limits: Limits) -> list[Row]:
    sheet.reset_dimensions()  # what the file says of its size is not believed
    rows = []
    for line, cells in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True), start=1):
        kept = [cell.strip() if isinstance(cell, str) else cell for cell in cells]
        if any(cell not in (None, "") for cell in kept):
            rows.append((line, kept))
            _judge_count(len(rows), limits)
    return rows


def table(path: Path, name: str, limits: Limits) -> Table:
    """Read a table of the standard from a CSV file: its first row names the columns.

    Raises
    ------
    Unreadable
    """
    rows, _ = csv_rows(path, limits)
    if len(rows) - 1 > limits.features:
        raise Unreadable("too_large", "too_many_features", limit=limits.features)
    if not rows:
        raise Unreadable("unreadable_file", "table_empty", table=name)
    heads = [str(cell) for cell in rows[0][1]]
    if len(set(filter(None, heads))) != len([head for head in heads if head]):
        raise Unreadable("unreadable_file", "table_columns_twice", table=name)
    records = [
        {head: plain(cell) for head, cell in zip(heads, cells, strict=False) if head} for _, cells in rows[1:]
    ]
    return Table(name, np.full(len(records), None, dtype=object), records, {}, "", False)
