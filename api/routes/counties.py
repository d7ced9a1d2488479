"""The counties of a boundary set, with what must be said about it."""

from typing import Any, Literal

from apiflask import APIBlueprint

from api.auth import public
from api.context import actor, language, services
from api.place_views import DEGREES, boundary_json, shown_geometry
from api.schemas import Day, Query
from spatial.counties import service as counties

bp = APIBlueprint("counties", __name__, url_prefix="/api/v1")


class CountiesQuery(Query):
    """Which boundary set; without ``at`` that of today."""

    at: Day | None = None
    crs: Literal["EPSG:4490", "EPSG:4547"] = DEGREES
    geometry: Literal["true", "false"] = "true"
    neighbours: Literal["true", "false"] = "false"


@bp.get("/counties")
@bp.input(CountiesQuery, location="query")
@public
def list_counties(query_data: CountiesQuery) -> dict[str, Any]:
    """List the counties of the city as a FeatureCollection, with the boundary set and its notice."""
    day = query_data.at or services().today()
    with services().db.transaction(actor()) as conn:
        boundary, rows = counties.counties(conn, day)
    wanted = [row for row in rows if row["in_city"] or query_data.neighbours == "true"]
    return {
        "type": "FeatureCollection",
        "boundary_set": boundary_json(boundary, language()),
        "features": [_feature(row, query_data) for row in wanted],
    }


def _feature(row: dict[str, Any], query: CountiesQuery) -> dict[str, Any]:
    shown = shown_geometry(row["geom"], query.crs) if query.geometry == "true" else None
    properties = {name: row[name] for name in ("county_code", "name_zh", "name_en", "in_city", "area_km2")}
    return {"type": "Feature", "id": row["county_code"], "geometry": shown, "properties": properties}
