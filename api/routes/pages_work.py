"""Pages of work: survey results, review, cases, the window."""

from apiflask import APIBlueprint
from flask import Response

from api.auth import needs
from api.item_words import item_words
from webmap.pages import lang, render

bp = APIBlueprint("pages_work", __name__, enable_openapi=False)

SURVEY_TEXTS = ("ui.surveys", "ui.status", "ui.map", "ui.county", "ui.review")
CASE_TEXTS = ("ui.cases", "ui.refunds", "ui.status", "ui.map", "ui.county")


@bp.get("/surveys")
@needs("surveyor", "reviewer", "supervisor")
def surveys() -> Response:
    """Show the upload form and the list of survey results."""
    return render("surveys.html", texts=SURVEY_TEXTS)


@bp.get("/surveys/<survey_id>")
@needs("surveyor", "reviewer", "supervisor")
def survey(survey_id: str) -> Response:
    """Show one survey result: state, findings on list and map."""
    return render("survey.html", texts=SURVEY_TEXTS, survey_id=survey_id)


@bp.get("/review/<survey_id>")
@needs("reviewer", "supervisor")
def review(survey_id: str) -> Response:
    """Show the review workbench of one survey result."""
    return render("review.html", texts=SURVEY_TEXTS, survey_id=survey_id)


@bp.get("/exceptions")
@needs("surveyor", "reviewer", "registrar", "supervisor")
def exceptions() -> Response:
    """Show faults of the register, and how many findings were let pass, by rule and office."""
    return render("exceptions.html", texts=("ui.exceptions", "ui.status"))


@bp.get("/audit")
@needs("reviewer", "registrar", "supervisor", "admin")
def audit() -> Response:
    """Show what the audit of the register found last, and what is new and gone."""
    return render("audit.html", texts=("ui.audit", "ui.status", "ui.county"))


@bp.get("/cases")
@needs("clerk", "registrar", "supervisor", "finance_city", "finance_county")
def cases() -> Response:
    """Show the list of cases."""
    return render("cases.html", texts=CASE_TEXTS)


@bp.get("/cases/<case_no>")
@needs("clerk", "registrar", "supervisor", "finance_city", "finance_county")
def case(case_no: str) -> Response:
    """Show one case."""
    return render("case.html", texts=CASE_TEXTS, names=item_words(lang()), case_no=case_no)


@bp.get("/window")
@needs("clerk")
def window() -> Response:
    """Show the form that accepts a case."""
    return render("window.html", texts=("ui.window", "ui.handbook", *CASE_TEXTS), names=item_words(lang()))
