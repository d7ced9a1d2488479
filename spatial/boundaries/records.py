"""Surveyed boundaries of parcels, contracted plots and forest stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shapely.geometry import Point

# Mean errors 5, 7.5 and 10 cm (domain of the cadastral rules).
ACCURACY_CLASSES = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class SurveyedPoint:
    """A boundary point (界址点) in the order of its parcel.

    Attributes
    ----------
    geom : Point
        EPSG:4547 (E, N) metres, 1 mm grid.
    marker_type, point_type : str or None
        Codes of the lists JBLX and JZDLX.
    accuracy_class : int or None
        1 to 3.
    """

    geom: Point
    point_no: str | None
    marker_type: str | None = None
    point_type: str | None = None
    accuracy_class: int | None = None


@dataclass(frozen=True, slots=True)
class SurveyedLine:
    """A boundary line (界址线) between two points, EPSG:4547; length in metres as surveyed."""

    start: Point
    end: Point
    length_m: Decimal | None = None
    category: str | None = None
    position: str | None = None
    nature: str | None = None
    agreement_no: str | None = None
    dispute_no: str | None = None


@dataclass(frozen=True, slots=True)
class SurveyedBoundary:
    """The survey of one parcel's boundary; every line ends at a point of ``points``."""

    parcel_code: str
    points: Sequence[SurveyedPoint]
    lines: Sequence[SurveyedLine]


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """A point of a parcel as the register has it.

    Attributes
    ----------
    geom : Point
        EPSG:4547 (E, N) metres.
    shared_with : list of str
        Other parcels in the register with the same point.
    """

    seq: int
    point_id: int
    point_no: str | None
    geom: Point
    marker_type: str | None
    point_type: str | None
    accuracy_class: int | None
    shared_with: list[str]


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line of a parcel as the register has it, between two point keys; length in metres."""

    line_no: int
    start_point_id: int
    end_point_id: int
    length_m: Decimal | None
    category: str | None
    position: str | None
    nature: str | None
    agreement_no: str | None
    dispute_no: str | None


@dataclass(frozen=True, slots=True)
class StoredBoundary:
    """The newest survey of the boundary of a parcel version."""

    survey_id: int
    points: list[StoredPoint]
    lines: list[StoredLine]


@dataclass(frozen=True, slots=True)
class Plot:
    """A contracted plot (承包地块) of a parcel; areas in square metres."""

    parcel_code: str
    plot_code: str
    contract_area_m2: Decimal | None = None
    measured_area_m2: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """A forest stand (小班) in a compartment (林班) that lies in a parcel; area in square metres."""

    parcel_code: str
    compartment: str
    stand_no: str
    area_m2: Decimal | None = None
