"""Errors of cadastral districts."""

from data.db import on_constraint
from data.errors import Conflict, Invalid


class DistrictCodeBad(Invalid):
    """The code has neither nine nor twelve digits."""

    code = "district_code_bad"


class DistrictShapeBad(Invalid):
    """A shape is empty, invalid or no polygon."""

    code = "district_shape_bad"


class DistrictChangedMeanwhile(Conflict):
    """Somebody else loaded the same district at the same time."""

    code = "district_changed_meanwhile"


on_constraint("cadastral_district_one_at_a_time", DistrictChangedMeanwhile)
