"""The frame of every HTML page: language, texts, navigation, nonce and security headers.

:func:`install` is called once by the application; a route then answers with
``render("cases.html", texts=("ui.cases",), items=…)``. Who is signed in is told by the caller through
``viewer``, so that this room knows nothing of sessions.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, g, make_response, redirect, render_template, request

from data.access.records import Actor
from data.messages import LANGUAGES, catalogue, text

LANG_COOKIE = "lang"
LANG_COOKIE_AGE_S = 365 * 24 * 3600
COMMON_TEXTS = "ui.common"
PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the page (``user`` is None for the public) and when, by the city's clock."""

    user: Actor | None
    csrf: str
    now: datetime


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry of the main navigation."""

    href: str
    key: str
    current: bool


# What the public needs and staff reach from their own pages.
PUBLIC_ONLY = frozenset({"public"})
# Path, text key, roles that see it (none named: everybody; ``*``: everybody signed in).
_NAVIGATION: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("/", "ui.common.nav.home", frozenset()),
    ("/inbox", "ui.common.nav.inbox", frozenset({"*"})),
    ("/surveys", "ui.common.nav.surveys", frozenset({"surveyor", "reviewer"})),
    (
        "/exceptions",
        "ui.common.nav.exceptions",
        frozenset({"surveyor", "reviewer", "registrar", "supervisor"}),
    ),
    ("/audit", "ui.common.nav.audit", frozenset({"reviewer", "registrar", "supervisor"})),
    ("/window", "ui.common.nav.window", frozenset({"clerk"})),
    ("/cases", "ui.common.nav.cases", frozenset({"clerk", "registrar", "supervisor"})),
    ("/finance", "ui.common.nav.finance", frozenset({"finance_city", "finance_county", "supervisor"})),
    ("/supervision", "ui.common.nav.supervision", frozenset({"supervisor"})),
    ("/apply", "ui.common.nav.apply", PUBLIC_ONLY),
    ("/pay", "ui.common.nav.pay", PUBLIC_ONLY),
    ("/verify", "ui.common.nav.verify", frozenset()),
    ("/handbook", "ui.common.nav.handbook", frozenset()),
    ("/admin", "ui.common.nav.admin", frozenset({"admin"})),
    ("/help", "ui.common.nav.help", frozenset()),
)


def install(
    app: Flask,
    *,
    viewer: Callable[[], Viewer],
    map_review_number: str = "",
    sandbox: bool = False,
) -> None:
    """Give the application the page frame, ``/static`` and the headers of every answer.

    Parameters
    ----------
    app : Flask
        The application; it must have been made with ``static_folder=None``.
    viewer : callable
        Tells, in a request, who looks and with which CSRF token.
    map_review_number : str
        审图号 shown under every map; empty while none has been given.
    sandbox : bool
        Whether every page says that bank and finance bureau are sandboxes.
    """
    frame = Blueprint(
        "webmap", __name__, static_folder="static", static_url_path="/static", template_folder="templates"
    )

    @frame.app_context_processor
    def _frame() -> dict[str, Any]:
        return _frame_values(viewer(), map_review_number, sandbox=sandbox)

    app.register_blueprint(frame)
    app.after_request(_finish)


def lang() -> str:
    """Return the language of this request: ``?lang=``, else the cookie, else Chinese."""
    for wish in (request.args.get("lang"), request.cookies.get(LANG_COOKIE)):
        if wish in LANGUAGES:
            return wish
    return LANGUAGES[0]


def nonce() -> str:
    """Return the nonce of this answer's scripts and styles."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    value: str = g.csp_nonce
    return value


def render(
    template: str,
    *,
    texts: tuple[str, ...] = (),
    names: Mapping[str, str] = MappingProxyType({}),
    status: int = 200,
    **values: Any,
) -> Response:
    """Render a page.

    Parameters
    ----------
    template : str
        File in ``webmap/templates``, extending ``base.html``.
    texts : tuple of str
        Prefixes of the message codes that the page's scripts need (``ui.common`` is always there).
    names : mapping of str to str
        More texts for the scripts that no catalogue has, such as names of reference data.
    status : int
        HTTP status.
    **values
        What the template shows.
    """
    chosen = lang()
    words: dict[str, str] = {}
    for prefix in (COMMON_TEXTS, *texts):
        words.update(catalogue(prefix, chosen))
    words.update(names)
    response = make_response(render_template(template, texts=words, **values), status)
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def security_headers(page_nonce: str) -> dict[str, str]:
    """Return the headers of every answer; scripts and styles run from ourselves or with the nonce only."""
    policy = {
        "default-src": "'self'",
        "script-src": f"'self' 'nonce-{page_nonce}'",
        "style-src": f"'self' 'nonce-{page_nonce}'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "worker-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
    }


def navigation(user: Actor | None, path: str) -> list[NavigationItem]:
    """Return the entries of the main navigation that this user may open."""
    return [
        NavigationItem(href, key, _is_current(href, path))
        for href, key, roles in _NAVIGATION
        if _sees(user, roles)
    ]


def _sees(user: Actor | None, roles: frozenset[str]) -> bool:
    if not roles:
        return True
    return roles is PUBLIC_ONLY if user is None else "*" in roles or user.may(*roles)


def _is_current(href: str, path: str) -> bool:
    return path == href if href == "/" else path == href or path.startswith(f"{href}/")


def map_review_text(number: str, chosen: str) -> str:
    """Return the line with the map review number (审图号), or that it is pending."""
    if number:
        return text("ui.common.map_review_no", chosen, number=number)
    return text("ui.common.map_review_none", chosen)


def _frame_values(viewer: Viewer, map_review_number: str, *, sandbox: bool) -> dict[str, Any]:
    chosen = lang()
    user = viewer.user
    roles = sorted(user.roles) if user else []

    def translate(key: str, /, **params: object) -> str:
        return text(key, chosen, **params)

    return {
        "lang": chosen,
        "nonce": nonce(),
        "csrf": viewer.csrf,
        "now": viewer.now.isoformat(timespec="milliseconds"),
        "user": user,
        "user_roles": " · ".join(translate(f"ui.common.role.{role}") for role in roles),
        "navigation": navigation(user, request.path),
        "other_lang_url": _other_lang_url(chosen),
        "map_review": map_review_text(map_review_number, chosen),
        "sandbox": sandbox,
        "t": translate,
    }


def _other_lang_url(chosen: str) -> str:
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    pairs.append(("lang", "zh" if chosen == "en" else "en"))
    return f"{request.path}?{urlencode(pairs)}"


def _finish(response: Response) -> Response:
    if _is_page(request.path):
        if response.mimetype == PROBLEM_TYPE and _wants_html():
            response = _problem_page(response)
        for name, value in security_headers(nonce()).items():
            response.headers.setdefault(name, value)
    if request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    wish = request.args.get("lang")
    if wish in LANGUAGES and wish != request.cookies.get(LANG_COOKIE) and response.mimetype == "text/html":
        response.set_cookie(LANG_COOKIE, wish, max_age=LANG_COOKIE_AGE_S, samesite="Lax", path="/")
    return response


def _is_page(path: str) -> bool:
    return not path.startswith(("/api/", "/tiles/", "/ogc/"))


def _wants_html() -> bool:
    best = request.accept_mimetypes.best_match(["application/json", "text/html"], "application/json")
    return request.method in {"GET", "HEAD"} and best == "text/html"


def _problem_page(problem: Response) -> Response:
    """Turn a problem answer into a page for people; who must sign in first is sent there."""
    if problem.status_code == HTTPStatus.UNAUTHORIZED:
        return make_response(redirect(f"/sign-in?{urlencode({'next': request.full_path.rstrip('?')})}"))
    return render("problem.html", status=problem.status_code, problem=problem.get_json())
