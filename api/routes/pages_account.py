"""Pages of the account: sign-in, password, inbox, administration."""

from apiflask import APIBlueprint
from flask import Response, request

from api.auth import needs, public
from webmap.pages import render
from webmap.sign_in import local_path

bp = APIBlueprint("pages_account", __name__, enable_openapi=False)


@bp.get("/sign-in")
@public
def sign_in() -> Response:
    """Show the sign-in form; ``?next=`` takes paths of this site only."""
    return render("sign_in.html", texts=("ui.sign_in",), next=local_path(request.args.get("next")))


@bp.get("/password")
@needs()
def password() -> Response:
    """Show the form that changes one's own password."""
    return render("password.html", texts=("ui.sign_in",))


@bp.get("/inbox")
@needs()
def inbox() -> Response:
    """Show what waits for the signed-in person."""
    return render("inbox.html", texts=("ui.inbox", "ui.status"))


@bp.get("/admin")
@needs("admin")
def admin() -> Response:
    """Show users, offices, holidays, accounts and the audit trail."""
    return render("admin.html", texts=("ui.admin", "ui.accounts", "ui.help.tariff", "ui.sign_in"))
