"""Errors of buildings."""

from data.db import on_constraint
from data.errors import Conflict, Invalid, NotFound


class BuildingCodeBad(Invalid):
    """The code has not the shape of a building code."""

    code = "building_code_bad"


class BuildingWithoutParcel(Conflict):
    """The parcel in the building code is not live."""

    code = "building_without_parcel"


class UnitWithoutBuilding(Conflict):
    """The building in the unit code is not in the register."""

    code = "unit_without_building"


class UnitNotFound(NotFound):
    """There is no such real-estate unit on the day."""

    code = "unit_not_found"


class UnitOutlineBad(Invalid):
    """An outline of a unit is no valid polygon, or a floor has two."""

    code = "unit_outline_bad"


class UnitOutlineAbsent(NotFound):
    """No survey brought the outline of the unit."""

    code = "unit_outline_absent"


class UnitsStillHeld(Conflict):
    """Units that would end have live entries in the register."""

    code = "units_still_held"


class BuildingChangedMeanwhile(Conflict):
    """Somebody else registered a version of the same building or unit at the same time."""

    code = "building_changed_meanwhile"


on_constraint("building_version_one_at_a_time", BuildingChangedMeanwhile)
on_constraint("building_unit_version_one_at_a_time", BuildingChangedMeanwhile)
