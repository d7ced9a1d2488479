"""Words of fixes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import shapely

Place = tuple[float, float]


class FixCode(StrEnum):
    """What a fix does."""

    REPAIR = "repair"
    REMOVE_REPEATED = "remove_repeated"
    REMOVE_SPIKE = "remove_spike"
    SNAP_POINT = "snap_point"
    INSERT_POINT = "insert_point"
    CUT_OVERLAP = "cut_overlap"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing done to a polygon, EPSG:4547 (E, N) metres.

    Attributes
    ----------
    point : tuple of float, optional
        The corner removed, moved or inserted.
    to : tuple of float, optional
        Where a corner is moved to.
    ground : geometry, optional
        What is cut away.
    """

    code: FixCode
    point: Place | None = None
    to: Place | None = None
    ground: shapely.Geometry | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix as it is offered.

    Attributes
    ----------
    geom : MultiPolygon
        The parcel as it would be, EPSG:4547 (E, N) metres, 1 mm grid.
    moved_m : float
        How far its boundary would move at most, metres.
    area_delta_m2 : float
        Its area then less its area now, square metres.
    feature_no : int or None
        Parcel of the upload, from 1.
    parcel_code : str or None
        Registered neighbour; a fix of it is only a proposal.
    """

    operation: Operation
    geom: shapely.MultiPolygon
    moved_m: float
    area_delta_m2: float
    feature_no: int | None = None
    parcel_code: str | None = None

    def as_params(self) -> dict[str, Any]:
        """Return the fix as it is kept with its finding, whose place is the ground that is cut away."""
        return {
            "code": self.operation.code.value,
            "point": self.operation.point,
            "to": self.operation.to,
            "moved_m": self.moved_m,
            "area_delta_m2": self.area_delta_m2,
            "feature_no": self.feature_no,
            "parcel_code": self.parcel_code,
        }


def operation_of(params: dict[str, Any], place: shapely.Geometry | None) -> Operation:
    """Return the operation of a fix kept with a finding."""
    code = FixCode(params["code"])
    point, to = (None if params[name] is None else tuple(params[name]) for name in ("point", "to"))
    return Operation(code, point, to, place if code is FixCode.CUT_OVERLAP else None)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The accepted fixes of one parcel of the upload, done one after the other."""

    feature_no: int
    run_id: int
    finding_ids: list[int]
    codes: list[str]
    before: shapely.Geometry
    after: shapely.MultiPolygon
    moved_m: float
    area_delta_m2: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for a registered neighbour."""

    finding_id: int
    parcel_code: str
    code: str
    geom: shapely.MultiPolygon
    moved_m: float
    area_delta_m2: float
