"""Records of draft boundaries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class DraftCounties:
    """What a draft file says: shapes by county code, EPSG:4547 (E, N) metres on the 1 mm grid."""

    name: str
    counties: Mapping[str, MultiPolygon]
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it is kept.

    Attributes
    ----------
    state : str
        ``draft``, ``comparing``, then ``compared`` or ``cancelled``.
    set_id, boundary_set : int or None, str or None
        Key and name of the set it is compared with.
    as_of : date or None
        Day whose parcels were compared.
    seconds : float or None
        Work so far, seconds.
    candidates : int or None
        Live parcels on ground that changes its county; None before the ground is known.
    checked : int
        How many of them were looked at, in the order of their versions up to ``upto_version``.
    parcels : int
        Live parcels whose county would change, as far as was looked.
    """

    draft_id: int
    name: str
    state: str
    loaded_by: str
    loaded_at: datetime
    set_id: int | None
    boundary_set: str | None
    as_of: date | None
    compared_at: datetime | None
    seconds: float | None
    candidates: int | None
    checked: int
    upto_version: int
    parcels: int


@dataclass(frozen=True, slots=True)
class MovedParcel:
    """A live parcel whose county would change; None is no county: it would straddle, or lie outside.

    Attributes
    ----------
    geom : BaseGeometry
        EPSG:4547 (E, N) metres.
    area_m2, moved_m2 : float
        Its area, and the part on ground that changes its county, square metres.
    """

    version_id: int
    parcel_code: str
    from_county: str | None
    to_county: str | None
    area_m2: float
    moved_m2: float
    geom: BaseGeometry
