"""Differences (差错) between the books: a list, one with its evidence, what people do about it."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import needs
from api.context import actor, named_day, services
from api.money_views import break_json, looked_json
from api.pages import encode_cursor, key_number, page
from api.schemas import PageQuery, Strict
from data.access.records import SYSTEM
from registry.clearing import days as clearing_days
from registry.reconciliation import breaks
from registry.reconciliation.records import Asked

bp = APIBlueprint("breaks", __name__, url_prefix="/api/v1")

READERS = ("finance_city", "finance_county", "supervisor")


class BreakQuery(PageQuery):
    """Which differences; ``unsettled`` are those that nobody has resolved."""

    state: Literal["open", "assigned", "explained", "resolved", "confirmed", "unsettled"] | None = None


class BreakActionBody(Strict):
    """What to do about a difference."""

    action: Literal["assign", "explain", "refund", "resolve", "confirm"]
    comment: Annotated[str, Field(max_length=1000)] = ""
    owner: Annotated[str, Field(max_length=64)] | None = None
    posting_id: int | None = None
    document: Annotated[str, Field(max_length=200)] | None = None


@bp.get("/days/<day>/breaks")
@bp.input(BreakQuery, location="query")
@needs(*READERS)
def list_breaks(day: str, query_data: BreakQuery) -> dict[str, object]:
    """List the differences of a day; the day ``all`` lists those of every day. A county reads its own."""
    wanted: str | None = query_data.state
    states = list(breaks.UNSETTLED) if wanted == "unsettled" else None if wanted is None else [wanted]
    with services().db.transaction(SYSTEM) as conn:
        items = breaks.list_breaks(
            conn,
            None if day == "all" else named_day(day),
            states=states,
            after=key_number(query_data.cursor) or 0,
            limit=query_data.limit,
            counties=_counties(),
        )
    full = len(items) == query_data.limit
    return page([break_json(item) for item in items], encode_cursor(items[-1].break_id) if full else None)


@bp.get("/breaks/<int:break_id>")
@needs(*READERS)
def get_break(break_id: int) -> dict[str, Any]:
    """Return a difference with its evidence, its course, and what the caller may do about it now."""
    return looked_json(breaks.look_at(services().db, actor(), break_id, counties=_counties()))


@bp.post("/breaks/<int:break_id>/actions")
@bp.input(BreakActionBody)
@needs("finance_city", "finance_county")
def act(break_id: int, json_data: BreakActionBody) -> dict[str, object]:
    """Take an action on a difference; it is resolved with evidence and confirmed by the other side."""
    asked = Asked(
        json_data.action,
        json_data.comment,
        json_data.owner,
        posting_id=json_data.posting_id,
        document=json_data.document,
    )
    return break_json(breaks.act(services().db, actor(), break_id, asked=asked, now=services().now()))


@bp.get("/breaks/<int:break_id>/history")
@needs(*READERS)
def break_history(break_id: int) -> dict[str, object]:
    """Return what was done about a difference, oldest first."""
    with services().db.transaction(SYSTEM) as conn:
        return {"items": breaks.history(conn, break_id, counties=_counties())}


def _counties() -> tuple[str, ...] | None:
    """Return whose differences the caller reads; None for everybody's."""
    return None if actor().scope == "all" else clearing_days.visible_counties(actor())
