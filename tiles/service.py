"""Use cases of the tile room: give a tile, say what layers there are, build the overview."""

import hashlib
import threading
import time
from datetime import date, datetime

from isal import igzip

from data.access.records import PUBLIC, SYSTEM, Actor
from data.db import Database
from tiles import store
from tiles.cache import Key, TileCache
from tiles.errors import LayerNeedsSignIn, LayerNotYours, LayerUnknown
from tiles.reader import PublicReader
from tiles.records import Layer, OverviewBuild, Request, Tile
from tiles.rules import LAYERS, query_of, screened

CACHE_BYTES = 64 * 1024 * 1024
# A tile is at most this old against the register.
POLL_S = 0.5
# Of ISA-L: as small as zlib's level 1.
GZIP_LEVEL = 1
GZIP_FROM_BYTES = 256


class TileService:
    """Tiles of one process.

    Parameters
    ----------
    db : Database
        For layers that are read as a person; its URL also serves the connections for public layers.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._reader = PublicReader(db.url)
        self._cache = TileCache(CACHE_BYTES)
        self._mark = ""
        self._polled_at = 0.0
        self._polling = threading.Lock()

    def tile(self, request: Request, actor: Actor, *, today: date, fresh: bool = False) -> Tile:
        """Give a tile.

        Parameters
        ----------
        request : Request
            Layer, address and date.
        actor : Actor
            Who asks; layers with roles are read with this person's rights.
        today : date
            The day that stands for "now" (Asia/Shanghai).
        fresh : bool
            Make the tile anew even when it is kept.

        Raises
        ------
        LayerUnknown, TileOutside, LayerHasNoPast, LayerNeedsSignIn, LayerNotYours
        """
        layer = screened(request)
        check_access(layer, actor)
        day = request.at or today
        query = query_of(layer, request)
        if not layer.public:
            return finished(self._read_as(actor, query, request, day))
        values = _texts(layer, request, day)
        if fresh:
            return finished(self._reader.read(query, values))
        self._drop_stale()
        key = Key(layer.name, request.address, day.isoformat() if layer.dated else "", values["known_at"])
        return self._cache.get_or_make(key, lambda: finished(self._reader.read(query, values)))

    def data_at(self) -> datetime | None:
        """Return how new the map's data are: the instant of the last change."""
        return self._reader.data_at()

    def close(self) -> None:
        """Close the connections."""
        self._reader.close()

    def _read_as(self, actor: Actor, query: str, request: Request, day: date) -> bytes:
        address = request.address
        values = {"z": address.z, "x": address.x, "y": address.y, "day": day}
        with self._db.transaction(actor) as conn:
            own = {"login": actor.login, "sees_all": actor.scope == "all"}
            return store.run_tile(conn, query, {**values, **own})

    def _drop_stale(self) -> None:
        if time.monotonic() - self._polled_at < POLL_S:
            return
        with self._polling:
            if time.monotonic() - self._polled_at < POLL_S:
                return
            self._mark, changes = self._reader.changes(self._mark)
            self._polled_at = time.monotonic()
            if changes:
                self._cache.drop(LAYERS, changes)


def _texts(layer: Layer, request: Request, day: date) -> dict[str, str]:
    """Return the parameters of a public layer's query as PostgreSQL reads them in text."""
    address = request.address
    return {
        "z": str(address.z),
        "x": str(address.x),
        "y": str(address.y),
        "day": day.isoformat(),
        "known_at": request.known_at.isoformat() if request.known_at else "",
        "registers": "{" + ",".join(layer.registers) + "}",
        "part": layer.name,
    }


def check_access(layer: Layer, actor: Actor) -> None:
    """Refuse a layer that the actor may not see.

    Raises
    ------
    LayerNeedsSignIn, LayerNotYours
    """
    if layer.public:
        return
    if actor is PUBLIC:
        raise LayerNeedsSignIn
    if not actor.may(*layer.roles):
        raise LayerNotYours


def finished(body: bytes) -> Tile:
    """Compress a tile and give it its entity tag, the hash of its content."""
    packed = igzip.compress(body, GZIP_LEVEL, mtime=0) if len(body) >= GZIP_FROM_BYTES else b""
    return Tile(body, packed, hashlib.sha256(body).hexdigest()[:24])


def build_overview(db: Database, *, day: date, layer: str | None = None) -> OverviewBuild:
    """Build the overview cells anew from the parcels in force on a day.

    Parameters
    ----------
    db : Database
        With a statement timeout that leaves time: about 20 s for a million parcels.
    day : date
        Day in Asia/Shanghai.
    layer : str, optional
        Tile layer whose cells are built; default all.

    Raises
    ------
    LayerUnknown
        If there is no such layer, or it has no cells.
    """
    chosen = [found for found in LAYERS.values() if found.overview and layer in {None, found.name}]
    if not chosen:
        raise LayerUnknown(layer=layer)
    with db.transaction(SYSTEM) as conn:
        return store.replace_cells(conn, day, [name for found in chosen for name in found.registers])
