"""Idempotency-Key on writes: the same key and request get the first answer, once done."""

import hashlib
import json

from flask import Response, g, request

from api.auth import SAFE_METHODS
from api.context import actor, services
from data.access import idempotency
from data.errors import Invalid

HEADER = "Idempotency-Key"
MAX_KEY = 200
_KEPT_HEADERS = ("Content-Type", "Location")


def begin() -> Response | None:
    """Reserve the key of a write, or answer as the first time."""
    key = request.headers.get(HEADER)
    if key is None or request.method in SAFE_METHODS or not request.path.startswith("/api/"):
        return None
    if not 1 <= len(key) <= MAX_KEY or not key.isprintable():
        raise Invalid("request_invalid", errors=[{"field": HEADER, "code": "request_invalid"}])
    answer = idempotency.begin(services().db, actor().login, key, _digest())
    if answer is None:
        g.idempotency_key = key
        return None
    return Response(
        answer.body, status=answer.status, headers={**answer.headers, "Idempotent-Replay": "true"}
    )


def finish(response: Response) -> Response:
    """Keep a good answer under its key; give the key back when the write was refused."""
    key = g.pop("idempotency_key", None)
    if key is None:
        return response
    if response.status_code < 400:  # noqa: PLR2004  a good answer
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        idempotency.finish(
            services().db,
            actor().login,
            key,
            idempotency.Answer(response.status_code, response.get_data(), headers),
        )
    else:
        idempotency.release(services().db, actor().login, key)
    return response


def _digest() -> bytes:
    multipart = (request.mimetype or "").startswith("multipart/")
    body = _form_digest() if multipart else request.get_data(cache=True)
    return hashlib.sha256(
        b"\0".join([request.method.encode(), request.full_path.encode("utf-8", "surrogatepass"), body])
    ).digest()


def _form_digest() -> bytes:
    """Return a hash of fields and files; the body itself has another boundary each time it is sent."""
    digest = hashlib.sha256()
    for part in sorted(request.form.items(multi=True)):
        digest.update(json.dumps(part).encode())
    for name, file in sorted(request.files.items(multi=True), key=lambda part: part[0]):
        digest.update(json.dumps([name, file.filename]).encode())
        digest.update(hashlib.file_digest(file.stream, "sha256").digest())  # type: ignore[arg-type]  # binary, by werkzeug
        file.stream.seek(0)
    return digest.digest()
