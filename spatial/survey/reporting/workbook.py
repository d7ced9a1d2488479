"""A report of findings as xlsx: nothing in it is ever computed."""

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from spatial.survey.reporting.records import FindingsReport, Table, Value

if TYPE_CHECKING:
    from openpyxl.cell import Cell

# The types of the library know no column widths of a sheet that is only written.
Sheet = Any

# What a spreadsheet might take for a formula when somebody edits the cell or saves it as CSV.
_COMMANDS: Final = ("=", "+", "-", "@", "\t", "\r")
_LONGEST: Final = 32_767  # characters of a cell
_WIDEST: Final = 60
_SHEET_NAME: Final = 31


def findings_xlsx(report: FindingsReport) -> bytes:
    """Return the report as a workbook: facts, findings, rules."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    facts = book.create_sheet(report.summary[:_SHEET_NAME])
    facts.column_dimensions["A"].width, facts.column_dimensions["B"].width = 24, 80
    facts.append([_cell(facts, report.title, bold=True)])
    for label, value in report.facts:
        facts.append([_cell(facts, label, bold=True), _cell(facts, value)])
    if report.note:
        facts.append([_cell(facts, report.note)])
    for table in (report.findings, report.rules):
        _write(book.create_sheet(table.title[:_SHEET_NAME]), table)
    book.properties.created = report.created.replace(tzinfo=None)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _write(sheet: Sheet, table: Table) -> None:
    sheet.freeze_panes = "A2"
    last = chr(ord("A") + len(table.heads) - 1)
    sheet.auto_filter.ref = f"A1:{last}{len(table.rows) + 1}"
    for number, width in enumerate(_widths(table)):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    sheet.append([_cell(sheet, head, bold=True) for head in table.heads])
    for row in table.rows:
        sheet.append([_cell(sheet, value, places=table.places.get(at)) for at, value in enumerate(row)])


def _cell(sheet: Sheet, value: Value, *, bold: bool = False, places: int | None = None) -> "Cell | None":
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    if value is None:
        return None
    if not isinstance(value, str):
        number = WriteOnlyCell(sheet, value)
        if places:
            number.number_format = f"0.{'0' * places}"
        return number
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(" ", value)[:_LONGEST])
    # The library takes "=…" for a formula; here everything written is text.
    cell.data_type = "s"
    cell.quotePrefix = value.startswith(_COMMANDS)
    if bold:
        cell.font = Font(bold=True)
    return cell


def _widths(table: Table) -> Iterable[int]:
    """Yield a width for each column, from its first rows; Chinese characters take two places."""
    for number, head in enumerate(table.heads):
        texts = [head, *(str(row[number]) for row in table.rows[:200] if row[number] is not None)]
        longest = max(sum(2 if ord(letter) > 0x2E7F else 1 for letter in text) for text in texts)  # noqa: PLR2004  CJK
        yield min(longest + 3, _WIDEST)
