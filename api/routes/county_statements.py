"""The month statement of a county: as page data, and as signed files."""

from typing import Literal

from apiflask import APIBlueprint
from flask import Response

from api import money, report_views
from api.auth import needs
from api.context import actor, language, services
from api.routes.months import month_of
from api.schemas import Query
from data.messages import text
from registry.reconciliation import county_statement
from registry.reconciliation.county_statement import CountyStatement
from registry.reconciliation.statement_files import StatementFiles

bp = APIBlueprint("county_statements", __name__, url_prefix="/api/v1")

READERS = ("finance_city", "finance_county", "supervisor")


class Form(Query):
    """In which form; ``zip`` has all files, the tables with detached signatures."""

    format: Literal["json", "csv", "xlsx", "pdf", "zip"] = "json"


@bp.get("/months/<month>/counties/<county_code>/statement")
@bp.input(Form, location="query")
@needs(*READERS)
def get_statement(month: str, county_code: str, query_data: Form) -> Response | dict[str, object]:
    """Return the statement of a county's month: figures by day, channel and item, and the payouts."""
    clearing = money.clearing(services())
    found = county_statement.make(
        services().db, clearing, actor(), county_code, month_of(month), now=services().now()
    )
    if query_data.format == "json":
        return _json(found)
    files = _files(found)
    content, mimetype = {
        "csv": (files.figures_csv, report_views.CSV),
        "xlsx": (files.xlsx, report_views.XLSX),
        "pdf": (files.pdf, report_views.PDF),
        "zip": (files.package, report_views.ZIP),
    }[query_data.format]
    return report_views.attachment(content(), mimetype, f"{files.stem}.{query_data.format}")


def _json(found: CountyStatement) -> dict[str, object]:
    return {
        "month": f"{found.month:%Y-%m}",
        "county_code": found.county_code,
        "as_of": found.as_of,
        "totals": {name: found.total(name) for name in found.figures.columns if name.endswith("_fen")},
        "figures": report_views.report_json(found.figures),
        "payouts": report_views.report_json(found.payouts),
    }


def _files(found: CountyStatement) -> StatementFiles:
    county = report_views.county_names().get(found.county_code, found.county_code)
    month = f"{found.month:%Y-%m}"
    return StatementFiles(
        statement=found,
        title=text("ui.finance.statement_title", language(), county=county, month=month),
        figures_title=text("ui.finance.report.month", language()),
        payouts_title=text("ui.finance.report.payouts", language()),
        stamp=text("ui.finance.statement_stamp", language(), month=month, at=f"{found.as_of:%Y-%m-%d %H:%M}"),
        words=report_views.words(),
        printed=report_views.printed_words(),
        signer=money.seal_signer(services()),
    )
