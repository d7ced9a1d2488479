"""Reports as files: CSV and xlsx that no spreadsheet takes for formulas, and PDF."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any, Final

from data.clock import SHANGHAI
from data.documents import service as documents
from data.messages import text
from registry.reconciliation.reports import Report

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FORMULA_STARTS = tuple("=+-@\t\r\n")
YUAN_FORMAT = "#,##0.00"
FEN_PER_YUAN: Final = 100
# What no name of a sheet has.
_NO_SHEET: Final = str.maketrans(dict.fromkeys("[]*?/\\", " "))
# Above this many rows a PDF is no reading; the other files have them all.
MAX_PDF_ROWS = 5_000
SANDBOX_NOTE: Final = "沙箱数据 sandbox"
# Shares of a PDF's width; money and all other columns have 10.
_SHARES: Final = {
    "at": 14,
    "order_no": 14,
    "case_no": 14,
    "parcel_code": 18,
    "item": 18,
    "item_code": 14,
    "reference": 20,
    "msg_id": 20,
    "items_sha256": 44,
    "line_no": 5,
    "n": 6,
    "bill_state": 14,
    "basis": 18,
    "shares": 18,
}
_SHARE: Final = 10


@dataclass(frozen=True, slots=True)
class Words:
    """What a file says: heads by column name, values that are codes by column name and value.

    ``lang`` is the language of the rest.
    """

    head: Callable[[str], str]
    value: Callable[[str, object], object]
    lang: str = "zh"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report with its title, as one sheet of a workbook or one table of a PDF."""

    title: str
    report: Report


def plain(value: object) -> object:
    """Return a cell that a spreadsheet does not take for a formula; numbers stay numbers.

    Examples
    --------
    >>> plain("=1+1"), plain("-5"), plain(-5), plain("通山")
    ("'=1+1", "'-5", -5, '通山')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def cell(name: str, value: Any, words: Words) -> object:
    """Return a value as it stands in a file: money in yuan, instants in Asia/Shanghai, codes as words."""
    if value is None:
        return ""
    if name.endswith("_fen"):
        return int(value) / FEN_PER_YUAN
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return plain(words.value(name, value))


def report_csv(report: Report, words: Words) -> bytes:
    """Return a report as CSV (UTF-8 with mark, for spreadsheets); money in yuan with two decimals."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([words.head(name) for name in report.columns])
    writer.writerows(_texts(report, words))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def report_xlsx(sheets: Sequence[Sheet], words: Words, *, stamp: str) -> bytes:
    """Return reports as a workbook; ``stamp`` says what they are about and of when the data are."""
    from openpyxl import Workbook

    book = Workbook()
    for number, one in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        if sheet is None:
            raise LookupError("no sheet")
        sheet.title = sheet_name(one.title)
        _fill(sheet, one, words, stamp)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_name(title: str) -> str:
    """Return a title as workbooks allow it for a sheet: at most 31 characters, without brackets and such.

    Examples
    --------
    >>> sheet_name("Red list: paid, not billed")
    'Red list - paid, not billed'
    """
    return title.replace(":", " -").translate(_NO_SHEET)[:31]


def _fill(sheet: "Worksheet", one: Sheet, words: Words, stamp: str) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    report = one.report
    sheet.append([one.title])
    sheet.append([stamp])
    sheet.append([words.head(name) for name in report.columns])
    for row in report.rows:
        sheet.append([cell(name, value, words) for name, value in zip(report.columns, row, strict=True)])
    for number, name in enumerate(report.columns, start=1):
        sheet.cell(3, number).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = 22 if name == "at" else 16
        if name.endswith("_fen"):
            for (item,) in sheet.iter_rows(min_row=4, min_col=number, max_col=number):
                item.number_format = YUAN_FORMAT


def report_pdf(sheets: Sequence[Sheet], words: Words, *, title: str, notes: Sequence[str]) -> bytes:
    """Return reports as PDF, at most :data:`MAX_PDF_ROWS` rows each, with the sums of their money.

    Raises
    ------
    FontMissing
    """
    # It opens the fonts.
    from data.documents.listing import Column, Listing

    created = sheets[0].report.as_of
    instant = f"{created.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    listing = Listing(title, text("ui.common.as_of", words.lang, at=instant))
    for note in (*notes, SANDBOX_NOTE):
        listing.note(note)
    for one in sheets:
        report = one.report
        if len(sheets) > 1:
            listing.heading(one.title)
        shares = [_SHARES.get(name, _SHARE) for name in report.columns]
        columns = [
            Column(words.head(name), listing.room_mm * share / sum(shares), name.endswith("_fen"))
            for name, share in zip(report.columns, shares, strict=True)
        ]
        shown = Report(report.name, report.columns, report.rows[:MAX_PDF_ROWS], report.as_of)
        listing.table(columns, [*_texts(shown, words), *_sums(report, words)])
        if len(report.rows) > MAX_PDF_ROWS:
            more = len(report.rows) - MAX_PDF_ROWS
            listing.note(text("ui.finance.report_more_rows", words.lang, n=more))
    return documents.draw_pdf(listing.pages(), title=title, created=created)


def _texts(report: Report, words: Words) -> Iterator[list[str]]:
    for row in report.rows:
        yield [
            _yuan(value) if name.endswith("_fen") and value is not None else str(cell(name, value, words))
            for name, value in zip(report.columns, row, strict=True)
        ]


def _sums(report: Report, words: Words) -> Iterator[list[str]]:
    """Yield the line of sums of a report that lists money by rows."""
    if not report.rows or report.columns[-1] not in {"amount_fen", "disputed_fen"}:
        return
    # What a bank refused was paid by a later attempt, if at all.
    refused = report.columns.index("payout_state") if "payout_state" in report.columns else None
    counted = [row for row in report.rows if refused is None or row[refused] != "rejected"]
    sums = [
        _yuan(sum(row[at] or 0 for row in counted)) if name.endswith("_fen") else ""
        for at, name in enumerate(report.columns)
    ]
    sums[0] = text("ui.common.total", words.lang)
    yield sums


def _yuan(fen: int) -> str:
    """Return an amount in yuan with two decimals, exact.

    Examples
    --------
    >>> _yuan(-1), _yuan(55_000)
    ('-0.01', '550.00')
    """
    whole, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"
