"""Reports on money: rows behind every number, red lists, stock, rates; as JSON, CSV, xlsx and PDF."""

from datetime import date
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api.auth import needs
from api.context import actor, language, services
from api.schemas import Query
from data.access.records import SYSTEM
from data.errors import Invalid
from data.messages import text
from data.reference import service as reference
from registry.reconciliation import report_files, reports
from registry.reconciliation.errors import ReportUnknown
from registry.reconciliation.reports import Question, Report

bp = APIBlueprint("reports", __name__, url_prefix="/api/v1/reports")

READERS = ("finance_city", "finance_county", "supervisor")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 1_000
MAX_DAYS = 400
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Asked(Query):
    """What a report is about: ``date`` (default today) to ``to``, one county, kind and figure."""

    date: Day | None = None
    to: Day | None = None
    county: Annotated[str, Field(pattern=r"^\d{6}$")] | None = None
    kind: Literal["nontax", "tax"] | None = None
    figure: Literal["due", "paid", "arrived", "cleared", "confirmed", "refunded", "suspense"] = "paid"
    format: Literal["json", "csv", "xlsx", "pdf"] = "json"


@bp.get("/<name>")
@bp.input(Asked, location="query")
@needs(*READERS)
def get_report(name: str, query_data: Asked) -> Response | dict[str, object]:
    """Return a report: lines, unbilled, straddles, pools, ageing, rate or balance."""
    if name not in reports.COLUMNS:
        raise ReportUnknown(name=name)
    asked = _question(query_data)
    limit = SHOWN if query_data.format == "json" else reports.MAX_ROWS
    report = reports.make(services().db, actor(), name, asked, now=services().now(), limit=limit)
    if query_data.format == "json":
        return _json(report)
    return _file(report, asked, query_data.format)


def _question(query: Asked) -> Question:
    try:
        first = date.fromisoformat(query.date) if query.date else services().today()
        last = date.fromisoformat(query.to) if query.to else first
    except ValueError as error:
        raise Invalid("request_invalid", errors=[{"field": "date", "code": "request_invalid"}]) from error
    if not 0 <= (last - first).days <= MAX_DAYS:
        raise Invalid("request_invalid", errors=[{"field": "to", "code": "request_invalid"}])
    return Question(first, last, query.county, query.kind, query.figure)


def _json(report: Report) -> dict[str, object]:
    return {
        "name": report.name,
        "title": _title(report),
        "as_of": report.as_of,
        "columns": [{"name": name, "label": _label(name)} for name in report.columns],
        "items": [dict(zip(report.columns, row, strict=True)) for row in report.rows],
        "more": report.more,
    }


def _file(report: Report, asked: Question, kind: str) -> Response:
    stamp = text(
        "ui.finance.report.stamp",
        language(),
        first=asked.first,
        last=asked.last,
        at=f"{report.as_of:%Y-%m-%d %H:%M}",
    )
    if kind == "csv":
        content, mimetype = report_files.report_csv(report, _label), "text/csv; charset=utf-8"
    elif kind == "xlsx":
        content, mimetype = report_files.report_xlsx(report, _title(report), _label, stamp=stamp), XLSX
    else:
        content = report_files.report_pdf(report, _title(report), _label, stamp=stamp, names=_names())
        mimetype = "application/pdf"
    name = f"{report.name}-{asked.first}.{kind}"
    return Response(
        content, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _title(report: Report) -> str:
    return text(f"ui.finance.report.{report.name}", language())


def _label(name: str) -> str:
    return text(f"ui.finance.column.{name}", language())


def _names() -> dict[str, str]:
    with services().db.transaction(SYSTEM) as conn:
        return {county.county_code: county.name_zh for county in reference.counties(conn)}
