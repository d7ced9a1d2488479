"""Compress answers: no proxy stands in front of us that would."""

import gzip

from flask import Response, request

MIN_BYTES = 1024
LEVEL = 5
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
    response.set_data(gzip.compress(body, LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.add("Vary", "Accept-Encoding")
    return response
