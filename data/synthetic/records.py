"""What the synthetic city is made of; all of it invented."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shapely.geometry import MultiPolygon, Polygon


@dataclass(frozen=True, slots=True)
class SyntheticDistrict:
    """A cadastral district (nine digits) or sub-district (twelve).

    Attributes
    ----------
    geom : MultiPolygon
        EPSG:4547 (E, N) metres, 1 mm grid.
    """

    code: str
    name: str
    geom: MultiPolygon


@dataclass(frozen=True, slots=True)
class SyntheticParcel:
    """A parcel (宗地).

    Attributes
    ----------
    parcel_code, unit_code : str
        Nineteen characters; twenty-eight of the unit of the bare land or the forest.
    layer : str
        ``use_surface``, ``collective``, ``contract`` or ``forest``.
    geom : Polygon
        EPSG:4547 (E, N) metres, 1 mm grid.
    land_use : str
        Code of GB/T 21010-2017.
    """

    parcel_code: str
    unit_code: str
    layer: str
    geom: Polygon
    land_use: str
    address: str


@dataclass(frozen=True, slots=True)
class SyntheticBuilding:
    """A building (自然幢).

    Attributes
    ----------
    building_code : str
        Twenty-four characters.
    geom : Polygon
        Footprint, EPSG:4547 (E, N) metres, 1 mm grid.
    """

    building_code: str
    geom: Polygon
    name: str
    address: str
    floors: int
    structure: str
    built_year: int
    use_code: str


@dataclass(frozen=True, slots=True)
class SyntheticUnit:
    """A unit in a building (户).

    Attributes
    ----------
    unit_code : str
        Twenty-eight characters.
    inside_dm2, shared_dm2 : int
        Floor areas in square decimetres (0.01 m²); their sum is the built area.
    outlines : sequence of (int, Polygon)
        Floor and outline on it, EPSG:4547 (E, N) metres, 1 mm grid.
    """

    unit_code: str
    floor_no: int
    room_no: str
    address: str
    use_code: str
    housing: bool
    inside_dm2: int
    shared_dm2: int
    outlines: Sequence[tuple[int, Polygon]]


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person or company; the numbers pass their check but belong to nobody.

    Attributes
    ----------
    id_type : str
        ``id_card`` or ``uscc``.
    """

    name: str
    id_type: str
    id_number: str


@dataclass(frozen=True, slots=True)
class OldRight:
    """A right that stands in the register from before the cases.

    Attributes
    ----------
    right_type : str
        Code of the list QLLX.
    area_dm2 : int
        Square decimetres (0.01 m²).
    """

    unit_code: str
    right_type: str
    holder: Person
    registered_on: date
    area_dm2: int
    use_code: str
    address: str


@dataclass(frozen=True, slots=True)
class SyntheticCase:
    """A case of the past two years.

    Attributes
    ----------
    type_code : str
        Business type of the handbook.
    kind, use_code, housing, area_dm2, place
        Facts of the unit; ``kind`` is W, F or L, ``place`` a point (E, N) in EPSG:4547 metres.
    old : OldRight or None
        Right that is transferred or mortgaged.
    taker : Person
        Who gets the right.
    accepted_at : datetime
        Aware instant, Asia/Shanghai, in office hours of a working day.
    paid_at, notice_at, registered_at : datetime or None
        Payment, begin of the public notice (homesteads only), entry in the register; None if not yet.
    withdrawn : bool
        Ended by the applicant; never registered.
    """

    type_code: str
    unit_code: str
    kind: str
    use_code: str
    housing: bool
    area_dm2: int
    address: str
    place: tuple[float, float]
    accept_office: str
    accepted_at: datetime
    old: OldRight | None
    taker: Person
    paid_at: datetime | None
    notice_at: datetime | None
    registered_at: datetime | None
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Some parcels of one county with everything that stands on them."""

    parcels: Sequence[SyntheticParcel]
    buildings: Sequence[SyntheticBuilding]
    units: Sequence[SyntheticUnit]
    rights: Sequence[OldRight]
    cases: Sequence[SyntheticCase]


@dataclass(frozen=True, slots=True)
class CountyPart:
    """One county of the city; ``batches`` is made while it is read."""

    county_code: str
    districts: Sequence[SyntheticDistrict]
    batches: Iterator[Batch]
