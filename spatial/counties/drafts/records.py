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
class Terms:
    """What a person says of the boundary set that a draft is to become.

    Attributes
    ----------
    name : str
        Of the set.
    valid_from : date
        First day in force.
    accuracy_m : float
        How far a true line may lie from the drawn one, metres.
    basis_doc : str
        Document by which the lines are changed.
    legal : bool
        Whether the lines are legal boundaries.
    """

    name: str
    valid_from: date
    accuracy_m: float
    basis_doc: str
    reason: str
    source: str
    licence: str
    notice_zh: str
    notice_en: str
    legal: bool


@dataclass(frozen=True, slots=True)
class Publication:
    """A draft proposed to come into force; ``state`` is proposed, then confirmed or declined.

    Attributes
    ----------
    set_id : int or None
        Boundary set it became.
    """

    publication_id: int
    draft_id: int
    terms: Terms
    proposed_by: str
    proposed_at: datetime
    state: str
    comment: str | None
    ended_by: str | None
    ended_at: datetime | None
    set_id: int | None


@dataclass(frozen=True, slots=True)
class PublicationDocument:
    """A file of the document by which the lines change; ``sha256`` is its name in the archive."""

    document_id: int
    publication_id: int
    file_name: str
    media_type: str
    size_bytes: int
    sha256: bytes
    added_by: str
    added_at: datetime


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
