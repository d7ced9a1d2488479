"""Cadastral districts and sub-districts."""

from dataclasses import dataclass
from datetime import date

from shapely.geometry import MultiPolygon, Polygon


@dataclass(frozen=True, slots=True)
class District:
    """A district (nine digits) or sub-district (twelve) to load.

    Attributes
    ----------
    geom : Polygon or MultiPolygon
        EPSG:4547 (E, N) metres; rounded to 1 mm when stored.
    """

    district_code: str
    name: str
    geom: Polygon | MultiPolygon
    source: str


@dataclass(frozen=True, slots=True)
class StoredDistrict:
    """A district or sub-district in force from ``valid_from`` until before ``valid_to``."""

    district_id: int
    district_code: str
    level: str
    county_code: str
    name: str
    geom: MultiPolygon
    valid_from: date
    valid_to: date | None
    source: str
