"""The one shape of errors: RFC 9457 problem+json."""

import json
import logging
import secrets
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from api.context import language
from data.errors import NingtuError
from data.messages import known, text

log = logging.getLogger(__name__)

HTTP_CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "request_invalid",
}


def problem(
    status: int, code: str, *, params: dict[str, object] | None = None, errors: list[Any] | None = None
) -> Response:
    """Make a problem answer.

    Parameters
    ----------
    status : int
        HTTP status.
    code : str
        Stable code; its text stands in :mod:`data.messages`.
    params : dict, optional
        Values of the text, also given as ``params``.
    errors : list, optional
        Single faults.
    """
    params = dict(params or {})
    lang = language()
    detail = params.pop("detail_text", None)
    body = {
        "type": f"/help/errors#{code}",
        "title": text(code, lang, **params),
        "status": status,
        "code": code,
        "detail": detail or text(code, lang, **params),
        "errors": [_worded(fault, lang) for fault in errors or []],
        "trace_id": g.get("trace_id", ""),
    }
    body.update({key: value for key, value in params.items() if key not in body})
    response = Response(
        json.dumps(body, ensure_ascii=False, default=str),
        status=status,
        content_type="application/problem+json",
    )
    if "retry_after_s" in params:
        response.headers["Retry-After"] = str(params["retry_after_s"])
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "2"
    return response


def _worded(fault: Any, lang: str) -> Any:
    """Put the words of a fault's code beside it, where we have them and it has none."""
    if not isinstance(fault, dict) or "message" in fault or not known(str(fault.get("code"))):
        return fault
    values = {str(name): value for name, value in fault.items() if name != "code"}
    return {**fault, "message": text(str(fault["code"]), lang, **values)}


def register_problems(app: Flask) -> None:
    """Install the one error handling of the application."""
    app.register_error_handler(NingtuError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: NingtuError) -> Response:
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and error.status != HTTPStatus.SERVICE_UNAVAILABLE:
        return _unexpected(error)
    log.info("%s %s -> %s %s", request.method, request.path, error.status, error.error_code)
    faults = [_spelt(fault) for fault in error.errors]
    detail = faults[0].get("message") if faults and "message_code" in error.errors[0] else None
    params = dict(error.params) if detail is None else {**error.params, "detail_text": detail}
    return problem(error.status, error.error_code, params=params, errors=faults)


def _spelt(fault: dict[str, object]) -> dict[str, object]:
    """Put the words of a single fault beside its code, where it names them."""
    if "message_code" not in fault:
        return fault
    shown = {key: value for key, value in fault.items() if key != "message_code"}
    return {**shown, "message": text(str(fault["message_code"]), language(), **shown)}


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if (
        status == HTTPStatus.INTERNAL_SERVER_ERROR
    ):  # what the framework caught after the view, such as bad JSON out
        original = getattr(error, "original_exception", None)
        return _unexpected(original if isinstance(original, Exception) else error)
    response = problem(status, HTTP_CODES.get(status, "bad_request"), params=_http_params(status))
    for name, value in error.get_headers():
        if name.lower() in {"allow", "location", "retry-after"}:
            response.headers[name] = value
    return response


def _http_params(status: int) -> dict[str, object]:
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        from api.context import services

        return {"limit_mib": services().settings.max_upload_mib}
    return {}


def _unexpected(error: Exception) -> Response:
    trace_id = g.setdefault("trace_id", secrets.token_hex(8))
    log.error("trace %s: %s %s", trace_id, request.method, request.path, exc_info=error)
    return problem(500, "internal_error", params={"trace_id": trace_id})


def validation_errors(detail: dict[str, Any]) -> list[dict[str, object]]:
    """Turn the framework's field errors into ``errors`` rows."""
    return [
        {"field": field, "code": "request_invalid", "message": "; ".join(map(str, messages)), "in": place}
        for place, fields in detail.items()
        if isinstance(fields, dict)
        for field, messages in fields.items()
    ]
