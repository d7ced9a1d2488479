"""Words of surveyed objects: typed rows of the tables that come beside parcels.

Geometry is EPSG:4547 (E, N) metres on the 1 mm grid, never repaired; lengths are metres, areas square metres.
``no`` is the row of the table, from 1. What a row does not say, or says unreadably, is None.
"""

from dataclasses import dataclass, field

from shapely import Geometry


@dataclass(frozen=True, slots=True)
class PointDraft:
    """A boundary point (JZD) of a parcel; ``seq`` is its 顺序号."""

    no: int
    parcel_code: str | None
    point_no: str | None
    seq: int | None
    geom: Geometry | None
    marker_type: str | None = None
    point_type: str | None = None
    accuracy_class: int | None = None


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A boundary line (JZX) of a parcel; ``start_no`` and ``end_no`` are point numbers where written."""

    no: int
    parcel_code: str | None
    geom: Geometry | None
    length_m: float | None
    start_no: str | None = None
    end_no: str | None = None
    category: str | None = None
    position: str | None = None
    nature: str | None = None
    agreement_no: str | None = None
    dispute_no: str | None = None


@dataclass(frozen=True, slots=True)
class BuildingDraft:
    """A building (ZRZ) with its footprint."""

    no: int
    building_code: str | None
    parcel_code: str | None
    geom: Geometry | None
    name: str | None = None
    address: str | None = None
    floors: int | None = None
    floors_below: int | None = None
    structure: str | None = None
    use_code: str | None = None
    built_year: int | None = None
    height_m: float | None = None
    footprint_m2: float | None = None
    predicted_m2: float | None = None
    measured_m2: float | None = None


@dataclass(frozen=True, slots=True)
class FloorDraft:
    """A floor (C) of a building; ``floor_no`` is negative underground."""

    no: int
    building_code: str | None
    floor_no: int | None
    area_m2: float | None = None


@dataclass(frozen=True, slots=True)
class FlatDraft:
    """A flat (H): predicted (YC…) and measured (SC…) floor areas with their inside and shared parts.

    ``geom`` is its outline on its own floor where the table has shapes; ``party_walls`` says whose the east,
    south, west and north wall is: O own, S shared, B borrowed, ? not stated.
    """

    no: int
    unit_code: str | None
    building_code: str | None
    floor_no: int | None
    room_no: str | None
    address: str | None = None
    use_code: str | None = None
    predicted_m2: float | None = None
    predicted_inside_m2: float | None = None
    predicted_shared_m2: float | None = None
    measured_m2: float | None = None
    measured_inside_m2: float | None = None
    measured_shared_m2: float | None = None
    land_share_m2: float | None = None
    geom: Geometry | None = None
    party_walls: str | None = None

    @property
    def parcel_code(self) -> str | None:
        """Parcel in the unit code, or in the building code without one."""
        return ((self.unit_code or "")[:19] or (self.building_code or "")[:19]) or None


@dataclass(frozen=True, slots=True)
class OutlineDraft:
    """The outline of a flat on a floor (FHT, 分户图); a flat of several floors has several."""

    no: int
    unit_code: str | None
    floor_no: int | None
    geom: Geometry | None


@dataclass(frozen=True, slots=True)
class PlotDraft:
    """A contracted plot (DK) and the parcel that holds it."""

    no: int
    parcel_code: str | None
    plot_code: str | None
    contract_m2: float | None = None
    measured_m2: float | None = None


@dataclass(frozen=True, slots=True)
class StandDraft:
    """A forest stand (XB, 小班) in its compartment (林班) and a parcel it lies in."""

    no: int
    parcel_code: str | None
    compartment: str | None
    stand_no: str | None
    area_m2: float | None = None


@dataclass(frozen=True, slots=True)
class Objects:
    """All objects of an upload; ``tables`` are the standard names of the tables it has."""

    points: list[PointDraft] = field(default_factory=list)
    lines: list[LineDraft] = field(default_factory=list)
    buildings: list[BuildingDraft] = field(default_factory=list)
    floors: list[FloorDraft] = field(default_factory=list)
    flats: list[FlatDraft] = field(default_factory=list)
    outlines: list[OutlineDraft] = field(default_factory=list)
    plots: list[PlotDraft] = field(default_factory=list)
    stands: list[StandDraft] = field(default_factory=list)
    tables: frozenset[str] = frozenset()

    def parcel_codes(self) -> list[str]:
        """Return the parcels that the objects name."""
        named = {row.parcel_code for row in self.points} | {row.parcel_code for row in self.lines}
        named |= {row.parcel_code for row in self.buildings} | {row.parcel_code for row in self.flats}
        named |= {(row.unit_code or "")[:19] for row in self.outlines}
        named |= {row.parcel_code for row in self.plots} | {row.parcel_code for row in self.stands}
        return sorted(code for code in named if code)

    def building_codes(self) -> list[str]:
        """Return the buildings that floors and flats name."""
        named = {row.building_code for row in self.floors} | {row.building_code for row in self.flats}
        return sorted(code for code in named if code)
