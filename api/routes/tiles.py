"""Vector tiles, their TileJSON and the map styles."""

import threading
from datetime import date
from typing import cast

from apiflask import APIBlueprint
from flask import Response, current_app, jsonify, make_response, request

from api.auth import public
from api.context import actor, language, services
from data.messages import text
from tiles.errors import StyleUnknown, TileParameterBad
from tiles.records import Request, Tile
from tiles.rules import address_of, layer_of, tilejson
from tiles.service import TileService, check_access
from webmap.pages import map_review_text
from webmap.styles.service import STYLES, build_style

bp = APIBlueprint("tiles", __name__, url_prefix="/tiles")

MVT_TYPE = "application/vnd.mapbox-vector-tile"
# Seconds a browser may show a public tile without asking again; then it asks with the entity tag.
FRESH_S = 30
_EXTENSION = "ningtu_tiles"
_MAKING = threading.Lock()


def tile_service() -> TileService:
    """Return the tile service of this process, made at the first tile."""
    if _EXTENSION not in current_app.extensions:
        with _MAKING:
            if _EXTENSION not in current_app.extensions:
                found = services()
                current_app.extensions[_EXTENSION] = TileService(found.db)
    return cast("TileService", current_app.extensions[_EXTENSION])


@bp.get("/<layer>/<z>/<x>/<y>.mvt")
@bp.doc(summary="Vector tile", tags=["tiles"])
@public
def tile(layer: str, z: str, x: str, y: str) -> Response:
    """Return one tile of a layer, 204 when nothing lies in it; layers of work in progress need a role."""
    wanted = Request(layer, address_of(z, x, y), _at())
    fresh = bool(request.cache_control.no_cache)
    found = tile_service().tile(wanted, actor(), today=services().today(), fresh=fresh)
    return _answer(found, public_layer=layer_of(layer).public)


@bp.get("/<layer>.json")
@bp.doc(summary="TileJSON 3 of a layer", tags=["tiles"])
@public
def tile_json(layer: str) -> Response:
    """Return where the tiles of a layer are and which fields they have."""
    found = layer_of(layer)
    check_access(found, actor())
    at = _at()
    url = f"{request.url_root}tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt" + (f"?at={at.isoformat()}" if at else "")
    return jsonify(tilejson(found, url, text("ui.common.boundary_notice", language())))


@bp.get("/styles/<name>.json")
@bp.doc(summary="Map style", tags=["tiles"])
@public
def style(name: str) -> Response:
    """Return a MapLibre style that names our own tiles only."""
    if name not in STYLES:
        raise StyleUnknown(name=name)
    at = _at()
    built = build_style(name, request.url_root, lang=language(), at=at.isoformat() if at else None)
    built["metadata"] = _notices()
    answer = jsonify(built)
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _notices() -> dict[str, str | None]:
    """Return what must stand under every map: legal notice, map review number, data date."""
    lang = language()
    data_at = tile_service().data_at()
    return {
        "notice": text("ui.common.boundary_notice", lang),
        "review": map_review_text(services().settings.map_review_number, lang),
        "data_at": data_at.isoformat() if data_at else None,
    }


def _at() -> date | None:
    for name in request.args:
        if name not in {"at", "lang"}:
            raise TileParameterBad(name=name)
    given = request.args.get("at")
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise TileParameterBad(name="at") from error


def _answer(found: Tile, *, public_layer: bool) -> Response:
    known = request.if_none_match.contains_weak(found.etag)
    if known:
        answer = make_response(b"", 304)
    elif not found.body:
        answer = make_response(b"", 204)
    elif found.gzipped and request.accept_encodings.quality("gzip") > 0:
        answer = make_response(found.gzipped)
        answer.headers["Content-Encoding"] = "gzip"
    else:
        answer = make_response(found.body)
    answer.content_type = MVT_TYPE
    answer.set_etag(found.etag, weak=True)
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = f"public, max-age={FRESH_S}" if public_layer else "private, no-cache"
    return answer
