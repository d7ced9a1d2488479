"""How reports on money are shown: as JSON, and in the words of the asker's language as files."""

from collections.abc import Callable

from flask import Response

from api.context import language, services
from api.item_words import item_names
from data.access.records import SYSTEM
from data.messages import known, text
from data.reference import service as reference
from registry.reconciliation.report_files import Words
from registry.reconciliation.reports import Report

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
PDF = "application/pdf"
ZIP = "application/zip"
# Columns whose values are codes, with where their words are.
_CODED = {
    "kind": "ui.status.kind",
    "side": "ui.finance.break_side",
    "state": "ui.status.break",
    "payout_state": "ui.finance.payout_state",
    "bill_kind": "ui.finance.bill_kind",
    "channel": "ui.finance.channel",
    "list_agrees": "ui.finance.list_agrees",
}


def report_json(report: Report) -> dict[str, object]:
    """Return a report with the heads of its columns."""
    return {
        "name": report.name,
        "title": title(report),
        "note": note(report),
        "as_of": report.as_of,
        "columns": [{"name": name, "label": head(name)} for name in report.columns],
        "items": [dict(zip(report.columns, row, strict=True)) for row in report.rows],
        "more": report.more,
    }


def title(report: Report) -> str:
    """Return what a report is called."""
    return text(f"ui.finance.report.{report.name}", language())


def note(report: Report) -> str | None:
    """Return what the numbers of a report mean, where its columns do not say it."""
    key = f"ui.finance.report.{report.name}.note"
    return text(key, language()) if known(key) else None


def head(name: str) -> str:
    """Return the head of a column."""
    return text(f"ui.finance.column.{name}", language())


def words() -> Words:
    """Return the words of CSV and xlsx files; counties stay codes, for programs."""
    return Words(head, _coded(), language())


def printed_words() -> Words:
    """Return the words of prints: counties by name."""
    names, coded = county_names(), _coded()

    def value(name: str, given: object) -> object:
        return names.get(str(given), given) if name in {"county_code", "county_today"} else coded(name, given)

    return Words(head, value, language())


def county_names() -> dict[str, str]:
    """Return the names of counties in the asker's language by code."""
    english = language() == "en"
    with services().db.transaction(SYSTEM) as conn:
        return {
            county.county_code: county.name_en if english else county.name_zh
            for county in reference.counties(conn)
        }


def attachment(content: bytes, mimetype: str, name: str) -> Response:
    """Return a file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=headers)


def _coded() -> Callable[[str, object], object]:
    items = item_names(language())

    def value(name: str, given: object) -> object:
        return items.get(str(given), given) if name == "item" else _word(name, given)

    return value


def _bill_states(value: str) -> str:
    """Return states of bills in words; behind one that is held stand the characters that it lacks."""
    words = []
    for part in value.split("; "):
        state, colon, why = part.partition(": ")
        key = f"ui.status.bill.{state}"
        words.append(f"{text(key, language()) if known(key) else state}{colon}{why}")
    return "; ".join(words)


def _word(name: str, value: object) -> object:
    if name == "bill_state":
        return _bill_states(str(value))
    if name == "type":
        # The code is what people and programs quote; the words say what it is.
        key = f"ui.finance.break.{value}"
        return f"{value} {text(key, language())}" if known(key) else value
    code = f"{_CODED.get(name)}.{str(value).lower()}"
    return text(code, language()) if known(code) else value
