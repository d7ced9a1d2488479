"""The pages with the city's map: ``/`` and ``/supervision``."""

from apiflask import APIBlueprint
from flask import Response

from api.auth import public
from api.context import services
from webmap.map.page import map_page

bp = APIBlueprint("pages_map", __name__, enable_openapi=False)


@bp.get("/")
@public
def home() -> Response:
    """Show the map and the case lookup."""
    return map_page(today=services().today())
