"""The application: built by :func:`create_app`, nothing happens at import."""

import secrets
from typing import Any

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, g, request

from api import auth, idempotent
from api.compress import compress
from api.context import Services
from api.json_provider import NingtuJson
from api.openapi import complete
from api.page_frame import install_pages
from api.problems import problem, register_problems, validation_errors
from api.routes import register_routes
from data.access.clock import clock_of
from data.clock import Clock
from data.db import Database
from data.errors import Invalid
from data.settings import Settings

JSON_LIMIT = 2 * 1024 * 1024
MIB = 1024 * 1024


class HostRefused(Invalid):
    """The Host header names no host of ours."""

    code = "host_refused"
    status = 400


class MediaTypeRefused(Invalid):
    """A write's body is neither JSON nor a form."""

    code = "unsupported_media_type"
    status = 415


class BodyTooLarge(Invalid):
    """The body is over the limit."""

    code = "too_large"
    status = 413


def create_app(settings: Settings, *, db: Database | None = None, clock: Clock | None = None) -> APIFlask:
    """Build the web application.

    Parameters
    ----------
    settings : Settings
        All settings.
    db : Database, optional
        Open database; default is a new pool on ``settings.database_url``.
    clock : Clock, optional
        Default by ``settings.clock``.

    Returns
    -------
    APIFlask
        A WSGI application.
    """
    app = APIFlask(
        "api",
        title="Ningtu 宁图",
        version="1",
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        static_folder=None,  # type: ignore[arg-type]  # None is allowed by Flask: we serve files ourselves
    )
    app.json = NingtuJson(app)
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_upload_mib * MIB,
        MAX_FORM_MEMORY_SIZE=MIB,
        MAX_FORM_PARTS=200,
        OPENAPI_VERSION="3.1.0",
        VALIDATION_ERROR_STATUS_CODE=422,
    )
    app.url_map.strict_slashes = False
    app.extensions["ningtu"] = build_services(settings, db=db, clock=clock)
    app.error_callback = _framework_error
    app.spec_processor(complete)
    register_problems(app)
    _register_hooks(app)
    install_pages(app, settings)
    register_routes(app)
    auth.public(app.view_functions["openapi.spec"])
    return app


def build_services(settings: Settings, *, db: Database | None = None, clock: Clock | None = None) -> Services:
    """Build what requests and jobs need."""
    if db is None:
        db = Database(settings.database_url, max_size=settings.threads + 2).open()
    return Services(db, clock or clock_of(db, settings.clock), settings)


def _register_hooks(app: APIFlask) -> None:
    app.before_request(_screen)
    app.before_request(auth.authenticate)
    app.before_request(auth.authorize)
    app.before_request(idempotent.begin)
    app.after_request(compress)  # the last to run: Flask goes from the end
    app.after_request(idempotent.finish)
    app.after_request(_headers)


def _screen() -> None:
    """Refuse foreign hosts, smuggling, unknown body types and oversized JSON; choose the language."""
    from api.context import services

    settings = services().settings
    g.trace_id = secrets.token_hex(8)
    g.lang = _language()
    if (request.host or "").rsplit(":", 1)[0] not in settings.trusted_hosts:
        raise HostRefused
    if "Transfer-Encoding" in request.headers and "Content-Length" in request.headers:
        raise Invalid("bad_request", errors=[{"field": "Transfer-Encoding"}])
    if request.headers.get("Content-Encoding"):
        raise MediaTypeRefused
    length = request.content_length or 0
    if length > settings.max_upload_mib * MIB:
        raise BodyTooLarge(limit_mib=settings.max_upload_mib)
    if length and request.method not in auth.SAFE_METHODS:
        _screen_body(length)


def _screen_body(length: int) -> None:
    kind = request.mimetype or ""
    if kind == "application/json" or kind.endswith("+json"):
        if length > JSON_LIMIT:
            raise BodyTooLarge(limit_mib=JSON_LIMIT // MIB)
    elif kind not in {"multipart/form-data", "application/x-www-form-urlencoded", "application/octet-stream"}:
        raise MediaTypeRefused


def _language() -> str:
    """Return the language asked for; a page is Chinese until its reader chooses, whatever the browser is."""
    chosen = request.args.get("lang") or request.cookies.get("lang")
    if chosen in {"zh", "en"}:
        return str(chosen)
    if request.accept_languages and request.path.startswith("/api/"):
        return str(request.accept_languages.best_match(["zh", "en"], "zh"))
    return "zh"


def _headers(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    response.headers.add("Vary", "Cookie, Authorization")
    return response


def _framework_error(error: HTTPError) -> Any:
    if error.status_code == 422:  # noqa: PLR2004  the framework's validation status
        return problem(422, "request_invalid", errors=validation_errors(error.detail or {}))
    code = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
    return problem(error.status_code, code.get(error.status_code, "bad_request"))
