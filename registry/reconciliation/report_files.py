"""A report as a file: CSV and xlsx that no spreadsheet takes for formulas, and PDF."""

import csv
from collections.abc import Callable, Mapping
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any

from data.clock import SHANGHAI
from data.documents import service as documents
from registry.reconciliation.reports import Report

FORMULA_STARTS = tuple("=+-@\t\r\n")
YUAN_FORMAT = "#,##0.00"
# Above this many rows a PDF is no reading; the other files have them all.
MAX_PDF_ROWS = 2_000
Label = Callable[[str], str]


def plain(value: object) -> object:
    """Return a cell that a spreadsheet does not take for a formula; numbers stay numbers.

    Examples
    --------
    >>> plain("=1+1"), plain("-5"), plain(-5), plain("通山")
    ("'=1+1", "'-5", -5, '通山')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def cell(name: str, value: Any) -> object:
    """Return a value as it stands in a file: money in yuan, instants in Asia/Shanghai."""
    if value is None:
        return ""
    if name.endswith("_fen"):
        return int(value) / 100
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return plain(value)


def report_csv(report: Report, label: Label) -> bytes:
    """Return a report as CSV (UTF-8 with mark, for spreadsheets); money in yuan with two decimals."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([label(name) for name in report.columns])
    for row in report.rows:
        writer.writerow(
            [_yuan(name, cell(name, value)) for name, value in zip(report.columns, row, strict=True)]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _yuan(name: str, value: object) -> object:
    return f"{value:.2f}" if name.endswith("_fen") and value != "" else value


def report_xlsx(report: Report, title: str, label: Label, *, stamp: str) -> bytes:
    """Return a report as a workbook; ``stamp`` says what it is about and of when the data are."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=False)
    sheet = book.active
    if sheet is None:
        raise LookupError("no sheet")
    sheet.title = title[:31]
    sheet.append([title])
    sheet.append([stamp])
    sheet.append([label(name) for name in report.columns])
    for row in report.rows:
        sheet.append([cell(name, value) for name, value in zip(report.columns, row, strict=True)])
    for number, name in enumerate(report.columns, start=1):
        sheet.cell(3, number).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = 22 if name == "at" else 16
        if name.endswith("_fen"):
            for (item,) in sheet.iter_rows(min_row=4, min_col=number, max_col=number):
                item.number_format = YUAN_FORMAT
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def report_pdf(report: Report, title: str, label: Label, *, stamp: str, names: Mapping[str, str]) -> bytes:
    """Return a report as PDF, at most :data:`MAX_PDF_ROWS` rows; ``names`` gives counties by code."""
    html = documents.render_template(
        __package__ or "",
        "report.html",
        created=report.as_of,
        title=title,
        stamp=stamp,
        heads=[label(name) for name in report.columns],
        numbers=[name.endswith("_fen") for name in report.columns],
        rows=[
            [
                names.get(str(value), value) if name == "county_code" else _yuan(name, cell(name, value))
                for name, value in zip(report.columns, row, strict=True)
            ]
            for row in report.rows[:MAX_PDF_ROWS]
        ],
        left_out=max(0, len(report.rows) - MAX_PDF_ROWS),
    )
    return documents.render_pdf(html, created=report.as_of)
