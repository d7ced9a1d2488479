"""Compress answers: no proxy stands in front of us that would."""

from flask import Response, request
from isal import igzip

MIN_BYTES = 1024
LEVEL = 2
_KINDS = ("application/json", "application/geo+json", "application/problem+json", "text/", "image/svg+xml")


def compress(response: Response) -> Response:
    """Compress a text answer for a client that takes gzip (after each request)."""
    if (
        response.direct_passthrough
        or response.is_streamed
        or "Content-Encoding" in response.headers
        or not (response.mimetype or "").startswith(_KINDS)
        or not request.accept_encodings.quality("gzip")
    ):
        return response
    body = response.get_data()
    if len(body) < MIN_BYTES:
        return response
    response.set_data(igzip.compress(body, LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.add("Vary", "Accept-Encoding")
    return response
