"""What the server refuses before the application sees it, told as every other problem."""

import json
from http import HTTPStatus
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from data.messages import text

_CODES = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal_error",
}


def refusal(status: int, *, limit_mib: int) -> bytes:
    """Return the body of a problem (RFC 9457), in Chinese: the request's headers may not have been read.

    Parameters
    ----------
    status : int
        HTTP status.
    limit_mib : int
        Largest upload, MiB.
    """
    code = _CODES.get(HTTPStatus(status), "bad_request")
    words = text(code, "zh", limit_mib=limit_mib, trace_id="")
    body: dict[str, Any] = {
        "type": f"/help/errors#{code}",
        "title": words,
        "status": status,
        "code": code,
        "detail": words,
        "errors": [],
    }
    return json.dumps(body, ensure_ascii=False).encode()


def channel_class(limit_mib: int) -> type[HTTPChannel]:
    """Return waitress's channel with our way to refuse.

    Parameters
    ----------
    limit_mib : int
        Largest upload, MiB.
    """

    class Refusal(ErrorTask):  # type: ignore[misc]  # waitress has no types
        def execute(self) -> None:
            error = self.request.error
            body = refusal(error.code, limit_mib=limit_mib)
            self.status = f"{error.code} {error.reason}"
            self.response_headers.append(("Content-Type", "application/problem+json"))
            self.set_close_on_finish()
            self.content_length = len(body)
            self.write(body)

    class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
        error_task_class = Refusal

    return Channel
