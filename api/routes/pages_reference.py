"""Pages to read: handbook, how to apply, help, and the description of the HTTP interface."""

from apiflask import APIBlueprint
from flask import Response, request

from api.auth import public
from api.context import language, services
from api.known_errors import known_errors
from api.rule_views import rule_view
from api.tariff_views import groups as tariff_groups
from api.tariff_views import unit_name
from data.access.records import SYSTEM
from data.messages import known, text
from registry.fees import service as fees
from registry.rights.audit.service import catalogue as register_rules
from spatial.survey.measured import measures
from spatial.survey.rules.catalogue import RuleFacts, catalogue
from webmap.pages import nonce, render, security_headers

bp = APIBlueprint("pages_reference", __name__, enable_openapi=False)

# Worst first.
SEVERITIES = ("error", "warning", "info")

# What the program of a partner meets and nobody else.
PLATFORM_ERRORS = frozenset(
    {
        "sha256_wrong",
        "survey_version_taken",
        "project_contradicted",
        "replaced_unknown",
        "replaced_accepted",
        "survey_state_wrong",
        "survey_has_errors",
        "survey_no_previous",
        "too_large",
        "api_key_needed",
        "callback_refused",
        "callback_unknown",
    }
)


@bp.get("/handbook")
@public
def handbook() -> Response:
    """Show the public handbook with its digest."""
    return render("handbook.html", texts=("ui.handbook", "ui.status"))


@bp.get("/apply")
@public
def apply() -> Response:
    """Show what to prepare for a registration."""
    return render("apply.html", texts=("ui.handbook",))


@bp.get("/help")
@public
def help_page() -> Response:
    """Show what each page is for, the check rules and the error codes."""
    return render("help.html", rules=[_rule(facts) for facts in catalogue().values()])


@bp.get("/help/rules")
@public
def help_rules() -> Response:
    """Show every check rule; findings point here, each to its rule."""
    chosen = language()
    rules = [rule_view(facts, chosen) for facts in (*catalogue().values(), *register_rules().values())]
    return render("help_rules.html", rules=rules, published=measures())


@bp.get("/help/tariff")
@public
def help_tariff() -> Response:
    """Show the rules of the registration fee with dates and sources; fee lines point here."""
    chosen, day = language(), services().today()
    with services().db.transaction(SYSTEM) as conn:
        book = fees.book(conn)
        groups = tariff_groups(conn, book, day, chosen)
    items = [(item, unit_name(item, chosen)) for item in book.items]
    return render("help_tariff.html", groups=groups, items=items, choices=book.choices, day=day)


@bp.get("/help/errors")
@public
def help_errors() -> Response:
    """Show every error code; problem answers point here."""
    return render("help_errors.html", errors=known_errors())


@bp.get("/help/platform")
@public
def help_platform() -> Response:
    """Show how a survey platform is linked: keys, uploads, versions, callbacks."""
    errors = [error for error in known_errors() if error.code in PLATFORM_ERRORS]
    return render("help_platform.html", errors=errors, host=request.host_url.rstrip("/"))


@bp.get("/api/v1/docs")
@public
def docs() -> Response:
    """Show the HTTP interface in readable form, made from ``/api/v1/openapi.json``."""
    response = render("api_docs.html", texts=("ui.docs",))
    response.headers.update(security_headers(nonce()))
    return response


def _rule(facts: RuleFacts) -> dict[str, object]:
    grades = {severity for table in facts.severities.values() for severity in table.values()}
    title = f"survey.rule.{facts.rule_id}"
    return {
        "id": facts.rule_id,
        "title": text(title, language()) if known(title) else "",
        "basis": facts.basis,
        "verified": facts.verified,
        "severities": [severity for severity in SEVERITIES if severity in grades],
        "limits": sorted(facts.limits.values()),
        "unit": facts.unit,
    }
