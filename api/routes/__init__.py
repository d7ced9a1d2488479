"""HTTP routes, one file per subject."""

from importlib import import_module

from apiflask import APIFlask

# One module a line, each with a blueprint ``bp``.
MODULES = (
    "api.routes.health",
    "api.routes.assets",
    "api.routes.auth",
    "api.routes.me",
    "api.routes.admin",
    "api.routes.sandbox",
    "api.routes.tiles",
    "api.routes.checks",
    "api.routes.surveys",
    "api.routes.survey_findings",
    "api.routes.survey_files",
    "api.routes.reviews",
    "api.routes.register_faults",
    "api.routes.audits",
    "api.routes.callbacks",
    "api.routes.supervision",
    "api.routes.handbook",
    "api.routes.tariff",
    "api.routes.cases",
    "api.routes.orders",
    "api.routes.reliefs",
    "api.routes.channels",
    "api.routes.tax",
    "api.routes.days",
    "api.routes.breaks",
    "api.routes.payouts",
    "api.routes.receipts",
    "api.routes.receipt_acts",
    "api.routes.receipt_corrections",
    "api.routes.refunds",
    "api.routes.disputes",
    "api.routes.what_if",
    "api.routes.boundary_publications",
    "api.routes.ledger",
    "api.routes.statements",
    "api.routes.reports",
    "api.routes.months",
    "api.routes.county_statements",
    "api.routes.pay",
    "api.routes.pay_acts",
    "api.routes.pages_map",
    "api.routes.admin_reference",
    "api.routes.account_changes",
    "api.routes.inbox",
    "api.routes.pages_account",
    "api.routes.pages_money",
    "api.routes.pages_reference",
    "api.routes.pages_work",
    "api.routes.parcel_differences",
    "api.routes.parcels",
    "api.routes.parcel_maps",
    "api.routes.unit_plans",
    "api.routes.locate",
    "api.routes.counties",
    "api.routes.decisions",
    "api.routes.search",
    "api.routes.units",
    "api.routes.changes",
    "api.routes.feed",
    "api.routes.heads",
)


def register_routes(app: APIFlask) -> None:
    """Register every blueprint."""
    for name in MODULES:
        app.register_blueprint(import_module(name).bp)
