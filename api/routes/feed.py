"""What happens now, by long poll."""

from typing import Annotated, Final

from apiflask import APIBlueprint
from flask import Response, current_app, jsonify
from pydantic import Field

from api.auth import needs
from api.context import actor, language, services
from api.feed import Feed, Seat
from api.pages import key_span, page
from api.schemas import Query, Whole

bp = APIBlueprint("feed", __name__, url_prefix="/api/v1")

LONGEST_WAIT_S: Final = 20
_SEAT: Final = "ningtu_feed_seat"
# Whom we could not let wait should not ask again at once.
_ASK_AGAIN_S: Final = 5


class FeedQuery(Query):
    """From where, and how long to wait when nothing is new."""

    since: str | None = None
    wait_s: Annotated[Whole, Field(ge=0, le=LONGEST_WAIT_S, strict=False)] = 0


@bp.get("/feed")
@bp.input(FeedQuery, location="query")
@needs()
def feed(query_data: FeedQuery) -> Response:
    """Tell what happens to the cases and surveys the caller may see, waiting up to ``wait_s`` for news.

    Without ``since`` the answer is only the present place: send its ``next`` back as ``since``. Each event
    comes once. Only one request waits in a server process; others are answered at once, and ``Retry-After``
    says after how many seconds to ask again. A cursor from before a restore: 410 ``cursor_outlived``.
    """
    reader = Feed(services().db, actor(), lang=language())
    asked = key_span(query_data.since)
    if asked is None:
        return jsonify(page([], reader.start()))
    seat: Seat = current_app.extensions.setdefault(_SEAT, Seat(services().settings.threads))
    seated = query_data.wait_s > 0 and seat.take()
    try:
        items, cursor = reader.wait(asked, query_data.wait_s if seated else 0)
    finally:
        if seated:
            seat.leave()
    answer = jsonify(page(items, cursor))
    if query_data.wait_s > 0 and not seated and not items:
        answer.headers["Retry-After"] = str(_ASK_AGAIN_S)
    return answer
