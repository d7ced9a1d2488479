"""The change feed for partner platforms."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import needs
from api.context import actor, services
from api.pages import encode_cursor, key_pair, page
from api.schemas import CountyCode, Query, Whole
from spatial.changes import service as changes
from spatial.changes.records import Change, Wanted

bp = APIBlueprint("changes", __name__, url_prefix="/api/v1")

LayerName = Literal[
    "use_surface", "use_above", "use_below", "collective", "contract", "forest", "buildings", "districts"
]


class ChangesQuery(Query):
    """After which change; ``since`` is the ``next`` of an earlier answer."""

    since: str | None = None
    limit: Annotated[Whole, Field(ge=1, le=1000, strict=False)] = 50
    layer: LayerName | None = None
    county: CountyCode | None = None


@bp.get("/changes")
@bp.input(ChangesQuery, location="query")
@needs()
def list_changes(query_data: ChangesQuery) -> dict[str, object]:
    """List what changed on the map, oldest first, for anybody signed in; no person is named.

    ``next`` is always there and may always be sent as ``since``; an empty list means that nothing is new.
    Each change comes once and in the same order for every reader. With ``county`` also what concerns the
    whole city. A cursor from before a restore is answered 410 ``cursor_outlived``: begin without ``since``.
    """
    chosen = query_data.layer
    wanted = Wanted(county_code=query_data.county) if chosen is None else Wanted((chosen,), query_data.county)
    since = key_pair(query_data.since)
    with services().db.transaction(actor()) as conn:
        items, place = changes.follow(conn, since, wanted, limit=query_data.limit)
    return page([_change_json(item) for item in items], encode_cursor(*place))


def _change_json(change: Change) -> dict[str, object]:
    return {
        "change_id": change.change_id,
        "at": change.at,
        "layer": change.layer,
        "kind": change.kind,
        "object_code": change.object_code,
        "county_code": change.county_code,
        "bbox": change.bbox,
    }
