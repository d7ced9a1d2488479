"""What the supervision page is given to show."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A point that heats the map: lon/lat degrees (CGCS2000) and how much."""

    lon_deg: float
    lat_deg: float
    value: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A month of the heat film."""

    label: str
    places: Sequence[Place]


@dataclass(frozen=True, slots=True)
class CountyArea:
    """A county to be filled: GeoJSON geometry (lon/lat degrees), name, figure."""

    county_code: str
    name: str
    geometry: dict[str, object]
    value: int
    shown: str


@dataclass(frozen=True, slots=True)
class FoliumMap:
    """All of the map in the frame.

    ``mode`` is ``heat``, ``film`` or ``counties``; ``nonce`` is the answer's own.
    """

    mode: str
    lang: str
    nonce: str
    title: str
    root_url: str
    places: Sequence[Place]
    frames: Sequence[Frame]
    areas: Sequence[CountyArea]
    texts: dict[str, str]
