"""Buildings, units, and what other rooms ask about a unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shapely.geometry import MultiPolygon, Point, Polygon

BUILDING_LENGTH = 24


@dataclass(frozen=True, slots=True)
class Building:
    """A building (自然幢).

    Attributes
    ----------
    building_code : str
        Twenty-four characters.
    geom : MultiPolygon
        Footprint, EPSG:4547 (E, N) metres; rounded to 1 mm when stored.
    floors : int, optional
        Floors above ground.
    structure, use_code : str, optional
        Codes of the national lists.
    height_m : Decimal, optional
        Metres.
    footprint_area_m2, predicted_area_m2, measured_area_m2 : Decimal, optional
        Surveyed footprint, predicted and measured floor area, square metres.
    """

    building_code: str
    geom: MultiPolygon
    name: str | None = None
    address: str | None = None
    floors: int | None = None
    structure: str | None = None
    built_year: int | None = None
    use_code: str | None = None
    survey_id: int | None = None
    floors_below: int | None = None
    height_m: Decimal | None = None
    footprint_area_m2: Decimal | None = None
    predicted_area_m2: Decimal | None = None
    measured_area_m2: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FloorOutline:
    """The outline of a unit on one floor: outer faces and middle lines of walls, EPSG:4547 (E, N) metres."""

    floor_no: int
    geom: Polygon | MultiPolygon


@dataclass(frozen=True, slots=True)
class BuildingUnit:
    """A unit in a building (户): flat, shop, or the whole house.

    Attributes
    ----------
    unit_code : str
        Twenty-eight characters.
    floor_no : int
        Floor, negative underground.
    housing : bool
        Whether the registration fee is that of housing (住宅类).
    predicted_area_m2, measured_area_m2 : Decimal, optional
        Floor area before and after building, square metres.
    inside_area_m2, shared_area_m2 : Decimal, optional
        Parts of the measured area, or of the predicted one while there is no measurement, square metres.
    predicted_inside_area_m2, predicted_shared_area_m2 : Decimal, optional
        Parts of the predicted area, square metres.
    land_share_m2 : Decimal, optional
        Share of the land, square metres.
    outlines : sequence of FloorOutline
        One a floor, for loading; a list of registered units leaves them out and says in ``drawn`` whether
        there are any.
    party_walls : str, optional
        Whose the east, south, west and north wall is: four letters, O own, S shared, B borrowed, ? not
        stated.
    """

    unit_code: str
    floor_no: int
    room_no: str
    address: str
    use_code: str
    housing: bool
    predicted_area_m2: Decimal | None = None
    measured_area_m2: Decimal | None = None
    inside_area_m2: Decimal | None = None
    shared_area_m2: Decimal | None = None
    predicted_inside_area_m2: Decimal | None = None
    predicted_shared_area_m2: Decimal | None = None
    land_share_m2: Decimal | None = None
    survey_id: int | None = None
    outlines: Sequence[FloorOutline] = ()
    party_walls: str | None = None
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class DrawnUnit:
    """The outlines of a registered unit by floor, EPSG:4547 (E, N) metres."""

    unit_code: str
    room_no: str
    outlines: Sequence[FloorOutline]


@dataclass(frozen=True, slots=True)
class UnitVersion:
    """What stood in the register of a unit on the days ``valid``, as the register knew it during ``known``.

    Areas are square metres; ``valid_to`` and ``known_to`` are None while open.
    """

    unit_code: str
    predicted_area_m2: Decimal | None
    predicted_inside_area_m2: Decimal | None
    predicted_shared_area_m2: Decimal | None
    measured_area_m2: Decimal | None
    inside_area_m2: Decimal | None
    shared_area_m2: Decimal | None
    valid_from: date
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None
    survey_id: int | None


@dataclass(frozen=True, slots=True)
class StoredBuilding:
    """A building as it stands in the register on a day; areas and geometry as :class:`Building`."""

    building_id: int
    building_code: str
    parcel_code: str
    county_code: str
    name: str | None
    address: str | None
    floors: int | None
    structure: str | None
    built_year: int | None
    use_code: str | None
    geom: MultiPolygon
    valid_from: date
    valid_to: date | None
    survey_id: int | None
    floors_below: int | None = None
    height_m: Decimal | None = None
    footprint_area_m2: Decimal | None = None
    predicted_area_m2: Decimal | None = None
    measured_area_m2: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A real-estate unit (不动产单元): a unit in a building, or a bare parcel.

    Attributes
    ----------
    kind : str
        ``F`` unit in a building, ``W`` bare land, ``L`` forest, ``Q`` other fixture.
    use_code : str or None
        Planned use of a unit in a building, land use of a parcel.
    housing : bool
        Whether the fee is that of housing.
    area_m2 : Decimal
        Measured floor area (predicted if not yet measured), or official parcel area, square metres.
    geom_point : Point
        A point inside, EPSG:4547 (E, N) metres.
    """

    unit_code: str
    parcel_code: str
    county_code: str
    kind: str
    use_code: str | None
    housing: bool
    address: str | None
    area_m2: Decimal
    layer: str
    geom_point: Point
    building_code: str | None = None
    floor_no: int | None = None
    room_no: str | None = None
