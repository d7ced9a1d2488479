"""Vector tiles, their TileJSON and the map styles."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar, cast

from apiflask import APIBlueprint
from flask import Flask, Response, current_app, jsonify, request
from flask.sansio.blueprints import BlueprintSetupState

from api.auth import public
from api.boundary_notice import boundary_notice
from api.context import actor, language, services
from api.routes.parcels import aware
from api.tile_answers import answer_of
from api.tile_door import open_door
from tiles.errors import StyleUnknown, TileParameterBad
from tiles.records import Request
from tiles.rules import address_of, layer_of, past_query, tilejson
from tiles.service import TileService, check_access
from webmap.pages import map_review_text
from webmap.styles.service import STYLES, build_style

bp = APIBlueprint("tiles", __name__, url_prefix="/tiles")

_EXTENSION = "ningtu_tiles"
_T = TypeVar("_T")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}.{0,20}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@bp.record_once
def _set_up(state: BlueprintSetupState) -> None:
    """Make the tile service of the application (it opens nothing yet) and put the door in front."""
    found = state.app.extensions["ningtu"]
    service = TileService(found.db)
    state.app.extensions[_EXTENSION] = service
    open_door(cast("Flask", state.app), found, service)


def tile_service() -> TileService:
    """Return the tile service of the running application."""
    return cast("TileService", current_app.extensions[_EXTENSION])


@bp.get("/<layer>/<z>/<x>/<y>.mvt")
@bp.doc(summary="Vector tile", tags=["tiles"])
@public
def tile(layer: str, z: str, x: str, y: str) -> Response:
    """Return one tile of a layer, 204 when nothing lies in it; layers of work in progress need a role."""
    wanted = Request(layer, address_of(z, x, y), *_past())
    fresh = bool(request.cache_control.no_cache)
    found = tile_service().tile(wanted, actor(), today=services().today(), fresh=fresh)
    answer = answer_of(
        found,
        public_layer=layer_of(layer).public,
        takes_gzip=request.accept_encodings.quality("gzip") > 0,
        known_tags=request.headers.get("If-None-Match", ""),
    )
    return Response(answer.body, status=answer.status, headers=answer.headers)


@bp.get("/<layer>.json")
@bp.doc(summary="TileJSON 3 of a layer", tags=["tiles"])
@public
def tile_json(layer: str) -> Response:
    """Return where the tiles of a layer are and which fields they have."""
    found = layer_of(layer)
    check_access(found, actor())
    at, known_at = _past()
    query = past_query(at, known_at)
    url = f"{request.url_root}tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt" + (f"?{query}" if query else "")
    return jsonify(tilejson(found, url, boundary_notice(at or services().today(), language())))


@bp.get("/styles/<name>.json")
@bp.doc(summary="Map style", tags=["tiles"])
@public
def style(name: str) -> Response:
    """Return a MapLibre style that names our own tiles only."""
    if name not in STYLES:
        raise StyleUnknown(name=name)
    at, known_at = _past()
    built = build_style(name, request.url_root, lang=language(), at=at, known_at=known_at)
    built["metadata"] = _notices(at or services().today())
    answer = jsonify(built)
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _notices(on: date) -> dict[str, str | None]:
    """Return what must stand under every map: notice of that day's lines, map review number, data date."""
    lang = language()
    data_at = tile_service().data_at()
    return {
        "notice": boundary_notice(on, lang),
        "review": map_review_text(services().settings.map_review_number, lang),
        "data_at": data_at.isoformat() if data_at else None,
    }


def _past() -> tuple[date | None, datetime | None]:
    """Return the day (``at``) and the aware instant (``known_at``) that the query asks for."""
    for name in request.args:
        if name not in ("at", "known_at", "lang"):
            raise TileParameterBad(name=name)
    # Python's reader also takes weeks, and days without hyphens.
    at = _read("at", _DAY, date.fromisoformat)
    return at, aware(_read("known_at", _INSTANT, datetime.fromisoformat))


def _read(name: str, form: re.Pattern[str], read: Callable[[str], _T]) -> _T | None:
    given = request.args.get(name)
    if given is None:
        return None
    try:
        if form.fullmatch(given):
            return read(given)
    except ValueError:
        pass
    raise TileParameterBad(name=name)
