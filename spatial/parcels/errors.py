"""Errors of parcels."""

from data.db import on_constraint
from data.errors import Conflict, Invalid, NotFound


class ParcelNotFound(NotFound):
    """No version of the code is known for the day and instant asked for."""

    code = "parcel_not_found"


class ParcelNotLive(Conflict):
    """A parcel to be retired, split or merged is not in force on the day."""

    code = "parcel_not_live"


class ParcelsOverlap(Conflict):
    """Two parcels of one layer would share ground at some time."""

    code = "parcels_overlap"


class ParcelChangedMeanwhile(Conflict):
    """Somebody else registered a version of the same parcel at the same time."""

    code = "parcel_changed_meanwhile"


class ParcelLayerChanged(Conflict):
    """A code already stands in another layer."""

    code = "parcel_layer_changed"


class ParcelShapeBad(Invalid):
    """A shape is empty, invalid, not a polygon, or narrower than 2 mm throughout."""

    code = "parcel_shape_bad"


class ParcelTwice(Invalid):
    """A change set names a parcel twice."""

    code = "parcel_twice"


class AreasDiffer(Invalid):
    """The children of a split, or the parents of a merge, do not have the area of the other side."""

    code = "areas_differ"


class LineageBad(Invalid):
    """A lineage edge names a parcel that is not in the register."""

    code = "lineage_bad"


on_constraint("parcel_piece_no_overlap", ParcelsOverlap)
on_constraint("parcel_version_one_at_a_time", ParcelChangedMeanwhile)


class DaysReversed(Invalid):
    """The first of two days comes after the second."""

    code = "days_reversed"
