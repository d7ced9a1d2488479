"""Words of the tile room."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Address:
    """One tile of the web mercator grid (EPSG:3857), counted from the north-west."""

    z: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Step:
    """From which zoom on which query of the layer is used."""

    from_zoom: int
    query: str


@dataclass(frozen=True, slots=True)
class Layer:
    """A tile layer.

    ``minzoom`` and ``maxzoom`` bound the tiles that exist; beyond ``maxzoom`` clients enlarge. ``roles`` is
    empty for public layers. ``parts`` maps each layer inside the tile to its fields and their types.
    ``changes`` are the names in ``map.change`` that make its tiles stale; ``overview`` says that cells stand
    for the features at low zooms; ``registers`` are the layers of the register that are drawn. A ``dated``
    layer has days, a ``remembered`` one also what the register knew earlier.
    """

    name: str
    minzoom: int
    maxzoom: int
    steps: tuple[Step, ...]
    parts: Mapping[str, Mapping[str, str]]
    changes: frozenset[str]
    roles: frozenset[str] = frozenset()
    dated: bool = False
    remembered: bool = False
    overview: bool = False
    registers: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        """Tell whether anybody may see it."""
        return not self.roles


@dataclass(frozen=True, slots=True)
class Request:
    """Which tile of which layer in which state: on a day, as known at an aware instant (None: now)."""

    layer: str
    address: Address
    at: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """A finished tile: raw and gzip bytes (empty for a tile without features) and its entity tag."""

    body: bytes
    gzipped: bytes
    etag: str

    @property
    def size(self) -> int:
        """Return the bytes it takes in memory."""
        return len(self.body) + len(self.gzipped)


@dataclass(frozen=True, slots=True)
class Change:
    """A register change; the box is (min x, min y, max x, max y) in EPSG:3857 metres; None is anywhere."""

    change_id: int
    layer: str
    box: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class OverviewBuild:
    """What a building of the overview wrote: cells of all zooms, and parcels counted."""

    cells: int
    parcels: int
