"""The layers and the tile grid; nothing here touches a database."""

import re
from datetime import date, datetime
from urllib.parse import urlencode

from tiles.errors import LayerHasNoPast, LayerUnknown, TileOutside
from tiles.records import Address, Change, Layer, Request, Step

MAX_ZOOM = 20
# From this zoom on every parcel is drawn; below, cells stand for them (raw tiles of a full city at
# zoom 8 take seconds and megabytes).
PARCEL_ZOOM = 13
LABEL_ZOOM = 16
# Behind the name of a query of parcels: as the register knew them at an earlier instant.
AS_KNOWN = "@known"
# The name in map.change under which a building of the cells is noted.
OVERVIEW = "overview"
CELL_ZOOMS = range(7, PARCEL_ZOOM)
# Half the circumference of the web mercator square, metres of EPSG:3857.
HALF_WORLD_M = 20037508.342789244
# lon/lat degrees (CGCS2000): the city with a margin of some kilometres.
CITY_BOUNDS_DEG = (113.48, 28.98, 115.02, 30.36)

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,7})")
# Who sends surveys in sees the own ones; who judges them sees all.
_SURVEYS = frozenset({"surveyor", "partner", "reviewer", "supervisor"})
_STAFF = frozenset(
    {"reviewer", "clerk", "registrar", "finance_city", "finance_county", "supervisor", "admin"}
)

_PARCEL_FIELDS = {
    "parcel_code": "String",
    "county_code": "String",
    "layer": "String",
    "land_use": "String",
    "area_m2": "Number",
}
_CELL_FIELDS = {"n": "Number", "area_m2": "Number", "land_use": "String"}


def _parcel_layer(name: str, registers: tuple[str, ...]) -> Layer:
    return Layer(
        name=name,
        minzoom=CELL_ZOOMS.start,
        maxzoom=MAX_ZOOM,
        steps=(Step(0, "parcel_cells"), Step(PARCEL_ZOOM, "parcels"), Step(LABEL_ZOOM, "parcels_labelled")),
        parts={name: _PARCEL_FIELDS, f"{name}_cells": _CELL_FIELDS, f"{name}_label": {"label": "String"}},
        changes=frozenset({*registers, "parcels"}),
        dated=True,
        remembered=True,
        overview=True,
        registers=registers,
    )


def _simple_layer(
    name: str,
    zooms: tuple[int, int],
    parts: dict[str, dict[str, str]],
    *,
    roles: frozenset[str] = frozenset(),
    dated: bool = False,
) -> Layer:
    return Layer(
        name, zooms[0], zooms[1], (Step(0, name),), parts, frozenset({name}), dated=dated, roles=roles
    )


LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        _simple_layer(
            "counties",
            (0, 14),
            {
                "counties": {"county_code": "String", "name_zh": "String", "name_en": "String"},
                "counties_label": {"county_code": "String", "name_zh": "String", "name_en": "String"},
            },
            dated=True,
        ),
        _simple_layer(
            "townships", (8, 14), {"townships_label": {"township_code": "String", "name": "String"}}
        ),
        _simple_layer(
            "districts",
            (10, 16),
            {
                "districts": {"district_code": "String", "level": "String"},
                "districts_label": {"district_code": "String", "level": "String", "name": "String"},
            },
        ),
        _parcel_layer("parcels", ("use_surface", "use_above", "use_below")),
        _parcel_layer("collective", ("collective",)),
        _parcel_layer("contract_land", ("contract",)),
        _parcel_layer("forest", ("forest",)),
        _simple_layer(
            "buildings",
            (14, MAX_ZOOM),
            {
                "buildings": {
                    "building_code": "String",
                    "parcel_code": "String",
                    "name": "String",
                    "floors": "Number",
                    "structure": "String",
                }
            },
        ),
        _simple_layer(
            "survey_draft",
            (10, MAX_ZOOM),
            {
                "survey_draft": {
                    "survey_id": "Number",
                    "object_code": "String",
                    "layer": "String",
                    "change": "String",
                    "status": "String",
                }
            },
            roles=_SURVEYS,
        ),
        _simple_layer(
            "findings",
            (10, MAX_ZOOM),
            {
                "findings": {
                    "survey_id": "Number",
                    "rule_id": "String",
                    "severity": "String",
                    "object_code": "String",
                }
            },
            roles=_SURVEYS,
        ),
        _simple_layer(
            "cases",
            (11, MAX_ZOOM),
            {
                "cases": {
                    "county_code": "String",
                    "status": "String",
                    "type_code": "String",
                    "overdue": "Boolean",
                    "open": "Boolean",
                    "waiting_days": "Number",
                }
            },
            roles=_STAFF,
        ),
        _simple_layer("heat", (6, 14), {"heat": {"n": "Number"}}, roles=_STAFF),
    )
}


def layer_of(name: str) -> Layer:
    """Return a layer by name.

    Raises
    ------
    LayerUnknown
    """
    if name not in LAYERS:
        raise LayerUnknown(layer=name)
    return LAYERS[name]


def address_of(z: str, x: str, y: str) -> Address:
    """Read a tile address; plain ASCII digits only.

    Raises
    ------
    TileOutside
        If a part is no number or no tile of the grid has it.

    Examples
    --------
    >>> address_of("14", "13370", "6763")
    Address(z=14, x=13370, y=6763)
    """
    parts = (z, x, y)
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise TileOutside(address="/".join(parts))
    address = Address(*(int(part) for part in parts))
    if address.z > MAX_ZOOM or max(address.x, address.y) >= 1 << address.z:
        raise TileOutside(address="/".join(parts))
    return address


def screened(request: Request) -> Layer:
    """Return the layer of a request that may be answered with a tile.

    Raises
    ------
    LayerUnknown, TileOutside, LayerHasNoPast
    """
    layer = layer_of(request.layer)
    if not layer.minzoom <= request.address.z <= layer.maxzoom:
        raise TileOutside(address=f"{request.layer} z{request.address.z}")
    if (request.at and not layer.dated) or (request.known_at and not layer.remembered):
        raise LayerHasNoPast(layer=request.layer)
    return layer


def query_of(layer: Layer, request: Request) -> str:
    """Return the name of the query that draws a tile; the overview cells have neither day nor knowledge."""
    zoom = request.address.z
    query = next(step.query for step in reversed(layer.steps) if zoom >= step.from_zoom)
    return query + AS_KNOWN if request.known_at and zoom >= PARCEL_ZOOM else query


def past_query(at: date | None, known_at: datetime | None) -> str:
    """Return the query of a tile address for a day and an instant of knowledge; empty for the present.

    Examples
    --------
    >>> past_query(date(2020, 1, 1), None)
    'at=2020-01-01'
    """
    asked = {"at": at and at.isoformat(), "known_at": known_at and known_at.isoformat()}
    return urlencode({name: value for name, value in asked.items() if value})


def box_of(address: Address) -> tuple[float, float, float, float]:
    """Return the box of a tile, (min x, min y, max x, max y) in EPSG:3857 metres.

    Examples
    --------
    >>> [round(edge) for edge in box_of(Address(1, 1, 0))]
    [0, 0, 20037508, 20037508]
    """
    side = 2 * HALF_WORLD_M / (1 << address.z)
    left = address.x * side - HALF_WORLD_M
    top = HALF_WORLD_M - address.y * side
    return (left, top - side, left + side, top)


def touches(address: Address, box: tuple[float, float, float, float] | None) -> bool:
    """Tell whether a tile, with the margin it is drawn with, meets a box; None meets everything."""
    if box is None:
        return True
    left, bottom, right, top = box_of(address)
    margin = (right - left) * 64 / 4096
    return (
        box[0] <= right + margin
        and box[2] >= left - margin
        and box[1] <= top + margin
        and box[3] >= bottom - margin
    )


def is_stale(layer: Layer, address: Address, change: Change) -> bool:
    """Tell whether a change makes a tile of a layer stale; cells change only when they are built anew."""
    if layer.overview and address.z < PARCEL_ZOOM:
        return change.layer == OVERVIEW
    return change.layer in layer.changes and touches(address, change.box)


def tilejson(layer: Layer, tiles_url: str, attribution: str) -> dict[str, object]:
    """Return the TileJSON 3 document of a layer.

    Parameters
    ----------
    layer : Layer
    tiles_url : str
        URL with ``{z}/{x}/{y}`` in it.
    attribution : str
        Plain text shown on the map.
    """
    return {
        "tilejson": "3.0.0",
        "name": layer.name,
        "tiles": [tiles_url],
        "minzoom": layer.minzoom,
        "maxzoom": layer.maxzoom,
        "bounds": list(CITY_BOUNDS_DEG),
        "scheme": "xyz",
        "attribution": attribution,
        "vector_layers": [{"id": part, "fields": dict(names)} for part, names in layer.parts.items()],
    }
