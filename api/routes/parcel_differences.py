"""What differs between the register of two days."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import public
from api.context import actor, services
from api.pages import encode_cursor, key_number
from api.place_views import DEGREES, read_bbox, shown_geometry
from api.routes.parcels import Crs, Words, aware
from api.schemas import CountyCode, Day, Instant, PageQuery
from spatial.parcels import service as parcels
from spatial.parcels.records import Difference, DifferenceQuery, Layer

bp = APIBlueprint("parcel_differences", __name__, url_prefix="/api/v1/parcels")


class DifferencesQuery(PageQuery):
    """Two days, and where."""

    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="to")]
    bbox: Words | None = None
    county: CountyCode | None = None
    layer: Layer | None = None
    known_at: Instant | None = None
    crs: Crs = DEGREES


@bp.get("/differences")
@bp.input(DifferencesQuery, location="query")
@public
def differences(query_data: DifferencesQuery) -> dict[str, Any]:
    """List parcels that are not the same on two days: new, retired, moved or described otherwise."""
    query = DifferenceQuery(
        first=query_data.first,
        last=query_data.last,
        bbox_m=None if query_data.bbox is None else read_bbox(query_data.bbox, query_data.crs),
        county_code=query_data.county,
        layer=query_data.layer,
        known_at=aware(query_data.known_at),
        after=key_number(query_data.cursor) or 0,
        limit=query_data.limit + 1,
    )
    with services().db.transaction(actor()) as conn:
        found = parcels.differences(conn, query)
    shown = found[: query_data.limit]
    answer: dict[str, Any] = {
        "type": "FeatureCollection",
        "from": query.first,
        "to": query.last,
        "features": [_feature(one, query_data.crs) for one in shown],
    }
    if len(found) > len(shown):
        answer["next"] = encode_cursor(shown[-1].parcel_id)
    return answer


def _feature(one: Difference, crs: str) -> dict[str, Any]:
    old, new = one.old_area_m2, one.new_area_m2
    return {
        "type": "Feature",
        "id": one.parcel_code,
        "geometry": shown_geometry(one.geom, crs),
        "properties": {
            "parcel_code": one.parcel_code,
            "county_code": one.county_code,
            "layer": one.layer,
            "change": one.change,
            "old_area_m2": old,
            "new_area_m2": new,
            "area_delta_m2": (new or 0) - (old or 0),
            "changed_on": one.changed_on,
            "came_from": one.came_from,
            "became": one.became,
        },
    }
