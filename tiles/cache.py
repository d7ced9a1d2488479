"""Finished tiles in memory: bounded in bytes, dropped by change, made once at a time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tiles.records import Address, Change, Layer, Tile
from tiles.rules import is_stale


@dataclass(frozen=True, slots=True)
class Key:
    """What makes two tiles different: layer, address, day, and since when it was known (empty: now)."""

    layer: str
    address: Address
    day: str
    known_at: str


class TileCache:
    """Least recently used tiles of one process.

    Parameters
    ----------
    limit : int
        Bytes kept at most.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._tiles: OrderedDict[Key, Tile] = OrderedDict()
        self._epoch = 0
        self._lock = threading.Lock()
        self._makers: dict[Key, threading.Lock] = {}

    def get(self, key: Key) -> Tile | None:
        """Return a kept tile."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
            return tile

    def get_or_make(self, key: Key, make: Callable[[], Tile]) -> Tile:
        """Return a kept tile, or make it; several callers of one key wait for one maker."""
        found = self.get(key)
        if found is not None:
            return found
        with self._lock:
            maker = self._makers.setdefault(key, threading.Lock())
        with maker:
            found = self.get(key)
            if found is None:
                epoch = self._epoch
                found = make()
                self._put(key, found, epoch)
            with self._lock:
                self._makers.pop(key, None)
        return found

    def drop(self, layers: Mapping[str, Layer], changes: list[Change]) -> int:
        """Drop the tiles that changes make stale; return how many."""
        with self._lock:
            stale = [
                key
                for key in self._tiles
                if any(is_stale(layers[key.layer], key.address, change) for change in changes)
            ]
            for key in stale:
                self._size -= self._tiles.pop(key).size
            # A tile read before this moment but finished after it must not be kept.
            self._epoch += 1
        return len(stale)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._tiles.clear()
            self._size = 0
            self._epoch += 1

    def _put(self, key: Key, tile: Tile, epoch: int) -> None:
        with self._lock:
            if epoch != self._epoch or tile.size > self._limit // 8:
                return
            self._tiles[key] = tile
            self._size += tile.size
            while self._size > self._limit:
                _, oldest = self._tiles.popitem(last=False)
                self._size -= oldest.size
