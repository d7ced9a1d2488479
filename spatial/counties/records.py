"""Boundary sets, what is asked of them, and the decision with its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

PPM = 1_000_000


class Rule(StrEnum):
    """Rules of the county decision: R6, R5, R4, R1, R2, R2b, R3 are tried in this order; R7 is people's."""

    ONE_COUNTY = "R1"
    PREFIX_DISAGREES = "R2"
    NEAR_LINE = "R2b"
    STRADDLE = "R3"
    OUTSIDE = "R4"
    NO_SHAPE = "R5"
    UNDECIDABLE = "R6"
    PEOPLE = "R7"


class Reason(StrEnum):
    """Why no county was decided."""

    OUTSIDE_CITY = "outside_city"
    STRADDLE = "straddle"
    NEAR_LINE = "near_line"
    PREFIX_DISAGREES = "prefix_disagrees"
    INVALID_GEOMETRY = "invalid_geometry"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class BoundarySet:
    """A version of the county boundaries to load.

    Attributes
    ----------
    name : str
        Such as ``xianning-v1``.
    valid_from, valid_to : date
        First day in force, and the day it ends; None while open.
    accuracy_m : float
        How far a true line may lie from the drawn one, metres.
    legal : bool
        Whether the lines are legal boundaries.
    """

    name: str
    valid_from: date
    valid_to: date | None
    accuracy_m: float
    source: str
    source_doc: str
    licence: str
    notice_zh: str
    notice_en: str
    legal: bool


@dataclass(frozen=True, slots=True)
class CountyShape:
    """A county to load, of the city or a neighbour.

    Attributes
    ----------
    geom : MultiPolygon
        EPSG:4490, longitude and latitude in degrees, unless EPSG:4547 is said.
    """

    county_code: str
    name_zh: str
    name_en: str
    in_city: bool
    geom: MultiPolygon


@dataclass(frozen=True, slots=True)
class LoadedSet:
    """A boundary set as it is in the database: ``set_id`` is its key, ``engine`` what measures with it."""

    set_id: int
    name: str
    valid_from: date
    valid_to: date | None
    accuracy_m: float
    source: str
    source_doc: str
    licence: str
    notice_zh: str
    notice_en: str
    legal: bool
    sha256: bytes
    engine: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a county is wanted for.

    Attributes
    ----------
    geom : Point, Polygon or MultiPolygon, optional
        EPSG:4547 (E, N) metres; rounded to 1 mm. None for rights without a shape.
    parcel_code, unit_code : str, optional
        Codes; the county in the unit code (else the parcel code) is compared.
    jurisdiction : str, optional
        County at which a right without shape and code is registered.
    filed_under : str, optional
        What a decision is found by; default the unit code, else the parcel code.
    """

    geom: BaseGeometry | None = None
    parcel_code: str | None = None
    unit_code: str | None = None
    jurisdiction: str | None = None
    filed_under: str | None = None

    @property
    def key(self) -> str:
        """Return what a decision for it is found by."""
        return self.filed_under or self.unit_code or self.parcel_code or ""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Part of a shape in one county.

    Attributes
    ----------
    ratio_ppm : int
        Millionths of the shape's planar area; 1,000,000 for a point.
    area_mm2 : int
        Planar area (EPSG:4547), square millimetres; 0 for a point.
    """

    county_code: str
    ratio_ppm: int
    area_mm2: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a shape against a boundary set.

    Attributes
    ----------
    overlaps, neighbours : tuple of Overlap
        Counties of the city and outside it over 0.01 m², largest first, equal ones by code.
    outside_ppm : int
        Millionths of the shape outside the city.
    distance_to_line_m : float or None
        Distance to the nearest county line, metres, 1 mm; 0 on it. None: not nearer than ``accuracy_m``.
    """

    overlaps: tuple[Overlap, ...]
    neighbours: tuple[Overlap, ...]
    outside_ppm: int
    distance_to_line_m: float | None


@dataclass(frozen=True, slots=True)
class CountyDecision:
    """The county of a subject, or why it is not decided, with the evidence.

    Attributes
    ----------
    county_code : str or None
        Six digits; None while undecided.
    code_county : str or None
        County in the unit code.
    geometry_sha256 : str or None
        Hex SHA-256 of the normalised little-endian WKB of the 1 mm shape (EPSG:4547).
    as_of : date
        Day whose boundary set was used.
    engine : mapping
        Versions of the software and of the rules.
    shares : tuple of Overlap
        Parts by which fees are split (R3 under the policy of area split); empty without a split.
    """

    county_code: str | None
    decided: bool
    rule: Rule
    reason: Reason | None
    overlaps: tuple[Overlap, ...]
    neighbours: tuple[Overlap, ...]
    outside_ppm: int
    distance_to_line_m: float | None
    code_county: str | None
    set_id: int
    boundary_set: str
    geometry_sha256: str | None
    as_of: date
    engine: Mapping[str, str]
    shares: tuple[Overlap, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision in the register, with its later fate.

    Attributes
    ----------
    decided : bool
        Whether ``county_code`` may be used: decided by rule, or by one person and confirmed by another.
    proposed_county : str or None
        County a person chose, before it is confirmed.
    superseded_by : int or None
        Later decision that took its place.
    geom : BaseGeometry or None
        EPSG:4547 (E, N) metres.
    """

    decision_id: int
    subject: str
    parcel_code: str | None
    unit_code: str | None
    decision: CountyDecision
    proposed_county: str | None
    by_person: bool
    basis_doc: str | None
    person_reason: str | None
    decided_by: str
    decided_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    supersedes: int | None
    superseded_by: int | None
    geom: BaseGeometry | None

    @property
    def decided(self) -> bool:
        """Return whether the county may be used."""
        return self.decision.decided

    @property
    def county_code(self) -> str | None:
        """Return the county that may be used, None while undecided."""
        return self.decision.county_code


@dataclass(frozen=True, slots=True)
class Statement:
    """A person's choice of a county (R3 designated authority, R7).

    Attributes
    ----------
    key : str
        Unit code, parcel code or case number it is for.
    basis_doc, reason : str
        Document relied on, and why.
    decided_by : str
        Login.
    """

    key: str
    county_code: str
    basis_doc: str
    reason: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A stored decision and what the same inputs give now; ``same`` when nothing differs."""

    decision_id: int
    same: bool
    differences: Mapping[str, tuple[object, object]]


@dataclass(frozen=True, slots=True)
class DecisionDocument:
    """A file of a document that people relied on; ``sha256`` is its name in the archive."""

    document_id: int
    decision_id: int
    file_name: str
    media_type: str
    size_bytes: int
    sha256: bytes
    added_by: str
    added_at: datetime
