"""Parcels, their versions, and sets of changes to them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from shapely.geometry import MultiPolygon, Polygon


class Layer(StrEnum):
    """Layers of parcels (LADM levels): no two parcels of one layer overlap."""

    USE_SURFACE = "use_surface"
    USE_ABOVE = "use_above"
    USE_BELOW = "use_below"
    COLLECTIVE = "collective"
    CONTRACT = "contract"
    FOREST = "forest"


LAYER_NO = {layer: number for number, layer in enumerate(Layer, start=1)}


@dataclass(frozen=True, slots=True)
class ParcelVersion:
    """What was in force of a parcel during ``valid``, as the register knew it during ``known``.

    Attributes
    ----------
    geom : Polygon or MultiPolygon
        EPSG:4547 (E, N) metres, 1 mm grid.
    official_area_m2, surveyed_area_m2, calculated_area_m2 : Decimal
        Certificate's, surveyor's and planar area, square metres.
    valid_from, valid_to : date
        First day, and the day it ended (not in it any more); None while open.
    known_from, known_to : datetime
        Instants, aware.
    status : str
        ``live``, ``future``, ``retired`` or ``superseded`` on the day asked for.
    """

    version_id: int
    parcel_id: int
    parcel_code: str
    unit_code: str
    county_code: str
    layer: str
    geom: Polygon | MultiPolygon
    official_area_m2: Decimal
    surveyed_area_m2: Decimal | None
    calculated_area_m2: Decimal
    land_use: str | None
    address: str | None
    valid_from: date
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None
    survey_id: int | None
    status: str
    geom_sha256: bytes


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A parcel as it is to be from the day of the change set.

    Attributes
    ----------
    parcel_code : str
        Nineteen characters; a code that is live already gets a new version.
    layer : Layer
        Must equal that of the code's earlier versions.
    geom : Polygon or MultiPolygon
        EPSG:4547 (E, N) metres; rounded to 1 mm when registered.
    official_area_m2 : Decimal, optional
        Default is the planar area.
    unit_code : str, optional
        Default is the code of bare land, ``parcel_code + W00000000``.
    """

    parcel_code: str
    layer: Layer
    geom: Polygon | MultiPolygon
    official_area_m2: Decimal | None = None
    surveyed_area_m2: Decimal | None = None
    land_use: str | None = None
    address: str | None = None
    unit_code: str | None = None


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """Parent and child of a change.

    Attributes
    ----------
    kind : str
        ``split``, ``merge``, ``adjust``, ``renumber`` or ``resurvey``.
    area_m2 : Decimal, optional
        Ground they share, square metres; default is measured from the shapes.
    """

    parent_code: str
    child_code: str
    kind: str
    area_m2: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Everything that changes at once: it is registered whole or not at all.

    Attributes
    ----------
    valid_from : date
        Day from which the change is in force.
    valid_to : date, optional
        Day on which the new versions end (history only); default open.
    retired : sequence of str
        Parcel codes that end on ``valid_from``.
    """

    valid_from: date
    new: Sequence[NewVersion] = ()
    retired: Sequence[str] = ()
    lineage: Sequence[LineageEdge] = ()
    survey_id: int | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class RegisterResult:
    """What a registration did.

    Attributes
    ----------
    added, changed, retired : int
        Parcels new to the register (or revived), with a new version, and ended.
    known_at : datetime
        Instant from which the register knows it.
    version_ids : dict
        New version of each parcel code of ``ChangeSet.new``.
    """

    added: int
    changed: int
    retired: int
    known_at: datetime
    version_ids: dict[str, int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ParcelQuery:
    """What to list.

    Attributes
    ----------
    code : str, optional
        Parcel code (19 characters).
    text : str, optional
        Part of the address or beginning of the code.
    bbox_m : tuple of float, optional
        West, south, east, north, EPSG:4547 metres.
    at : date, optional
        Day in force; None lists versions of any day.
    known_at : datetime, optional
        What the register knew then; default now.
    after : int
        Version id of the last row seen.
    """

    code: str | None = None
    text: str | None = None
    bbox_m: tuple[float, float, float, float] | None = None
    county_code: str | None = None
    layer: Layer | None = None
    at: date | None = None
    known_at: datetime | None = None
    after: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class DifferenceQuery:
    """Which parcels to compare on two days.

    Attributes
    ----------
    first, last : date
        The earlier and the later day.
    bbox_m : tuple of float, optional
        West, south, east, north, EPSG:4547 metres.
    known_at : datetime, optional
        What the register knew then; default now.
    after : int
        Parcel id of the last row seen.
    """

    first: date
    last: date
    bbox_m: tuple[float, float, float, float] | None = None
    county_code: str | None = None
    layer: Layer | None = None
    known_at: datetime | None = None
    after: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Difference:
    """A parcel that is not the same on two days.

    Attributes
    ----------
    change : str
        ``new`` or ``retired`` (in force on one of the days only), ``moved`` (another shape) or ``described``
        (same shape, other facts).
    old_area_m2, new_area_m2 : Decimal or None
        Registered area on each day, square metres; None where it is not in force.
    geom : Polygon or MultiPolygon
        Shape on the later day, else on the earlier, EPSG:4547 (E, N) metres.
    came_from, became : list of str
        Parcels before and after it by lineage between the days.
    """

    parcel_id: int
    parcel_code: str
    county_code: str
    layer: str
    change: str
    old_area_m2: Decimal | None
    new_area_m2: Decimal | None
    valid_from: date
    changed_on: date
    geom: Polygon | MultiPolygon
    came_from: list[str]
    became: list[str]


@dataclass(frozen=True, slots=True)
class Ancestry:
    """One edge of a parcel's lineage, near or far."""

    parent_code: str
    child_code: str
    kind: str
    effective_on: date
    area_m2: Decimal | None
    survey_id: int | None
    depth: int


@dataclass(frozen=True, slots=True)
class LayerPair:
    """Whether parcels of two layers may share ground, and why.

    ``judgement`` is what the checks say of an overlap: ``allow``, ``warn`` (a dispute, for a person)
    or ``error``.
    """

    layer_a: str
    layer_b: str
    may_overlap: bool
    reason: str
    judgement: str
