"""Who may call a view, and who calls it.

Every view names its roles with :func:`needs` or is :func:`public`; a view that names nothing answers nobody.
Browsers send a session cookie and, with each write, the CSRF token; programs send ``Authorization: Bearer``.
"""

import hmac
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, request

from api.context import actor, services
from data.access import service as access
from data.access.records import PUBLIC, ROLES, SYSTEM, Actor
from data.access.store import Conn
from data.errors import Forbidden, Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])

SESSION_COOKIE = "ningtu_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Roles that work with persons; on pages the others see at most the first character of a name.
KNOW_PERSONS = ("clerk", "registrar")
_ATTRIBUTE = "ningtu_access"


def shown_name(name: str, who: Actor) -> str:
    """Return a person's name as somebody may see it: whole, or its first character.

    Examples
    --------
    >>> shown_name("张三丰", PUBLIC)
    '张**'
    """
    return name if who.may(*KNOW_PERSONS) else name[:1] + "*" * max(1, len(name) - 1)


class CsrfFailed(Forbidden):
    """A browser's write came without the page's token."""

    code = "csrf_failed"


def needs(*roles: str) -> Callable[[View], View]:
    """Let only these roles call a view; without a role, anybody signed in."""
    allowed = frozenset(roles) or ROLES

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, allowed)
        return view

    return mark


def public(view: View) -> View:
    """Let everybody call a view."""
    setattr(getattr(view, "__func__", view), _ATTRIBUTE, None)
    return view


def access_of(endpoint: str) -> frozenset[str] | None:
    """Return the roles of an endpoint, None for everybody; a view without a mark lets nobody in."""
    view = current_app.view_functions.get(endpoint)
    found: frozenset[str] | None = getattr(view, _ATTRIBUTE, frozenset())
    return found


def authenticate() -> None:
    """Find out who calls (before each request).

    Raises
    ------
    Unauthenticated
        A bearer token or key that is not live.
    CsrfFailed
    """
    g.actor = PUBLIC
    g.csrf = ""
    header = request.headers.get("Authorization", "")
    if header:
        g.actor = _bearer(header)
        return
    cookie = request.cookies.get(SESSION_COOKIE)
    if not cookie:
        return
    with services().db.transaction(SYSTEM) as conn:
        found = access.actor_of_token(conn, cookie, kind="browser")
    if found is None:
        return
    g.actor, g.csrf = found
    sent = request.headers.get(CSRF_HEADER) or ""
    if request.method not in SAFE_METHODS and not hmac.compare_digest(sent.encode(), g.csrf.encode()):
        raise CsrfFailed


def authorize() -> None:
    """Refuse a caller without the view's roles (before each request, after :func:`authenticate`).

    Raises
    ------
    Unauthenticated, Forbidden
    """
    if request.endpoint is None:
        return
    allowed = access_of(request.endpoint)
    if allowed is None:
        return
    if actor() is PUBLIC:
        raise Unauthenticated
    if not actor().may(*allowed):
        raise Forbidden


def api_key_id(conn: Conn) -> int | None:
    """Return the row of the API key the present request came with; None for other proofs of identity."""
    token = request.headers.get("Authorization", "").partition(" ")[2]
    return access.key_id(conn, token) if token.startswith(access.KEY_PREFIX) else None


def _bearer(header: str) -> Actor:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    with services().db.transaction(SYSTEM) as conn:
        if token.startswith(access.KEY_PREFIX):
            found = access.actor_of_key(conn, token)
        else:
            session = access.actor_of_token(conn, token, kind="bearer")
            found = None if session is None else session[0]
    if found is None:
        raise Unauthenticated
    return found
