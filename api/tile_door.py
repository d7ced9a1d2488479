"""Answers public tiles before the framework: most requests of a map are these, and each is small.

The route of :mod:`api.routes.tiles` gives the same answers to everything; this door takes only what is plain:
``GET`` of a tile of a public layer, without query or with ``at=``, without weighed encodings, for a host of
ours. Whatever else comes goes on to Flask, errors included.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import Flask

from api.context import Services
from api.tile_answers import Answer, answer_of
from data.access.records import PUBLIC
from data.errors import NingtuError
from tiles.records import Request
from tiles.rules import LAYERS, address_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from tiles.service import TileService

_PATH = re.compile(r"/tiles/([a-z_]{1,20})/([0-9]{1,2})/([0-9]{1,8})/([0-9]{1,8})\.mvt")
_QUERY = re.compile(r"(?:at=([0-9]{4}-[0-9]{2}-[0-9]{2}))?")
_PUBLIC_LAYERS = frozenset(name for name, layer in LAYERS.items() if layer.public)


class TileDoor:
    """A WSGI application around Flask's.

    Parameters
    ----------
    inner : WSGI application
        Flask's.
    services : Services
        For the day and the hosts.
    tiles : TileService
    """

    def __init__(self, inner: "WSGIApplication", services: Services, tiles: "TileService") -> None:
        self._inner = inner
        self._services = services
        self._tiles = tiles

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a plain tile, or pass the request on."""
        answer = self._answer(environ)
        if answer is None:
            return self._inner(environ, start_response)
        start_response(answer.status, answer.headers)
        return [answer.body]

    def _answer(self, environ: "WSGIEnvironment") -> Answer | None:
        found = _PATH.fullmatch(environ["PATH_INFO"])
        query = _QUERY.fullmatch(environ.get("QUERY_STRING", ""))
        if (
            found is None
            or query is None
            or found[1] not in _PUBLIC_LAYERS
            or environ["REQUEST_METHOD"] != "GET"
            or environ.get("CONTENT_LENGTH")
            or "HTTP_TRANSFER_ENCODING" in environ
            or "q=" in environ.get("HTTP_ACCEPT_ENCODING", "")  # weighed encodings are Flask's to read
            or not self._is_ours(environ.get("HTTP_HOST", ""))
        ):
            return None
        try:
            at = date.fromisoformat(query[1]) if query[1] else None
            request = Request(found[1], address_of(found[2], found[3], found[4]), at)
            fresh = "no-cache" in environ.get("HTTP_CACHE_CONTROL", "")
            tile = self._tiles.tile(request, PUBLIC, today=self._services.today(), fresh=fresh)
        except (NingtuError, ValueError):
            return None
        return answer_of(
            tile,
            public_layer=True,
            takes_gzip="gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""),
            known_tags=environ.get("HTTP_IF_NONE_MATCH", ""),
        )

    def _is_ours(self, host: str) -> bool:
        return host.rsplit(":", 1)[0] in self._services.settings.trusted_hosts


def open_door(app: Flask, services: Services, tiles: "TileService") -> None:
    """Put the door in front of an application."""
    inner: Any = app.wsgi_app
    app.wsgi_app = TileDoor(inner, services, tiles)  # type: ignore[method-assign]  # Flask's own way to wrap it
