"""Reports on money: rows behind every number, red lists, stock, rates; as JSON, CSV, xlsx and PDF."""

from datetime import date
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api import report_views
from api.auth import needs
from api.context import actor, language, services
from api.schemas import Query
from data.errors import Invalid
from data.messages import text
from registry.reconciliation import report_files, reports
from registry.reconciliation.errors import ReportUnknown
from registry.reconciliation.report_files import Sheet
from registry.reconciliation.reports import Figure, Question, Report

bp = APIBlueprint("reports", __name__, url_prefix="/api/v1/reports")

READERS = ("finance_city", "finance_county", "supervisor")
SHOWN = 1_000
MAX_DAYS = 400
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Asked(Query):
    """What a report is about: ``date`` (default today) to ``to``, and what narrows it."""

    date: Day | None = None
    to: Day | None = None
    county: Annotated[str, Field(pattern=r"^\d{6}$")] | None = None
    kind: Literal["nontax", "tax"] | None = None
    figure: Figure = "paid"
    channel: Annotated[str, Field(max_length=40)] | None = None
    item: Annotated[str, Field(max_length=80)] | None = None
    type: Annotated[str, Field(max_length=40)] | None = None
    age: Literal["0", "1", "3", "7", "more", "overdue"] | None = None
    pool: Annotated[str, Field(max_length=40)] | None = None
    whole: bool = False
    statement: Annotated[str, Field(max_length=100)] | None = None
    format: Literal["json", "csv", "xlsx", "pdf"] = "json"


@bp.get("/<name>")
@bp.input(Asked, location="query")
@needs(*READERS)
def get_report(name: str, query_data: Asked) -> Response | dict[str, object]:
    """Return a report; behind one that sums is a finer one (month: lines, ageing: breaks, pools: bills)."""
    if name not in reports.COLUMNS:
        raise ReportUnknown(name=name)
    asked = _question(query_data)
    limit = SHOWN if query_data.format == "json" else reports.MAX_ROWS
    report = reports.make(services().db, actor(), name, asked, now=services().now(), limit=limit)
    if query_data.format == "json":
        return report_views.report_json(report)
    return _file(report, asked, query_data.format)


def _question(query: Asked) -> Question:
    try:
        first = date.fromisoformat(query.date) if query.date else services().today()
        last = date.fromisoformat(query.to) if query.to else first
    except ValueError as error:
        raise Invalid("request_invalid", errors=[{"field": "date", "code": "request_invalid"}]) from error
    if not 0 <= (last - first).days <= MAX_DAYS:
        raise Invalid("request_invalid", errors=[{"field": "to", "code": "request_invalid"}])
    narrowed = query.model_dump(exclude={"date", "to", "format", "lang"})
    return Question(first, last, **narrowed)


def _file(report: Report, asked: Question, kind: str) -> Response:
    stamp = text(
        "ui.finance.report.stamp",
        language(),
        first=asked.first,
        last=asked.last,
        at=f"{report.as_of:%Y-%m-%d %H:%M}",
    )
    title, note = report_views.title(report), report_views.note(report)
    sheets = [Sheet(title, report)]
    if kind == "csv":
        content, mimetype = report_files.report_csv(report, report_views.words()), report_views.CSV
    elif kind == "xlsx":
        content = report_files.report_xlsx(
            sheets, report_views.words(), stamp=f"{stamp} · {note}" if note else stamp
        )
        mimetype = report_views.XLSX
    else:
        notes = [stamp, note] if note else [stamp]
        content = report_files.report_pdf(sheets, report_views.printed_words(), title=title, notes=notes)
        mimetype = report_views.PDF
    return report_views.attachment(content, mimetype, f"{report.name}-{asked.first}.{kind}")
