"""What a floor plan draws and says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shapely.geometry import MultiPolygon, Polygon

from spatial.buildings.records import BuildingUnit, StoredBuilding


@dataclass(frozen=True, slots=True)
class Storey:
    """One floor of a flat; geometry in EPSG:4547 (E, N) metres.

    Attributes
    ----------
    floor_no : int
        Negative underground.
    outline : Polygon or MultiPolygon
        The flat.
    others : sequence of (str, Polygon or MultiPolygon)
        Room number and outline of the other flats on the floor.
    """

    floor_no: int
    outline: Polygon | MultiPolygon
    others: Sequence[tuple[str, Polygon | MultiPolygon]] = ()


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What a survey says of itself; empty where it does not."""

    office: str = ""
    surveyor: str = ""
    checker: str = ""
    surveyed_on: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A flat with what stands around it; ``structure`` and ``use`` are the names of its codes."""

    unit: BuildingUnit
    building: StoredBuilding
    storeys: Sequence[Storey]
    structure: str = ""
    use: str = ""
    survey: Surveyed = Surveyed()


@dataclass(frozen=True, slots=True)
class Imprint:
    """Who keeps the register, the day of drawing, lines under the plan, and the language of its words."""

    authority: str
    drawn_on: date
    notices: Sequence[str] = ()
    lang: str = "zh"
