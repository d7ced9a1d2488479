"""Records of changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

# What may be followed: layers of the register, buildings and districts.
LAYERS: Final = (
    "use_surface",
    "use_above",
    "use_below",
    "collective",
    "contract",
    "forest",
    "buildings",
    "districts",
)
# (transaction, change_id) of the last row passed.
Place = tuple[int, int]
BEGINNING: Final[Place] = (0, 0)


@dataclass(frozen=True, slots=True)
class Change:
    """One change; ``bbox`` is west, south, east, north in degrees (EPSG:4490), None for everything.

    ``object_code`` is None for many objects, ``county_code`` for the whole city.
    """

    tx: int
    change_id: int
    at: datetime
    layer: str
    kind: str
    object_code: str | None
    county_code: str | None
    bbox: list[float] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes; a county also gets what concerns the whole city."""

    layers: tuple[str, ...] = LAYERS
    county_code: str | None = None
