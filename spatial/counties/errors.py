"""Errors of counties."""

from data.db import on_constraint
from data.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class BoundarySetMissing(Unavailable):
    """No boundary set is in force on the day."""

    code = "boundary_set_missing"


class NoBoundarySetOn(NotFound):
    """The day asked for lies before the first boundary set, or after the last."""

    code = "no_boundary_set_on"


class BoundarySetBad(Invalid):
    """Boundary data that cannot be used."""

    code = "boundary_set_bad"


class BoundarySetChanged(Conflict):
    """A boundary set of this name exists with other shapes."""

    code = "boundary_set_changed"


class BoundarySetsOverlap(Conflict):
    """Two boundary sets would be in force on one day."""

    code = "boundary_sets_overlap"


class DecisionNotFound(NotFound):
    """There is no such decision."""

    code = "decision_not_found"


class DecisionClosed(Conflict):
    """The decision was superseded or confirmed already, or is not made by a person."""

    code = "decision_closed"


class SamePerson(Conflict):
    """The person who decided cannot confirm."""

    code = "decision_same_person"


class DecisionNotYours(Forbidden):
    """The subject lies in none of the ground of the person's county, nor does its code name it."""

    code = "decision_not_yours"


class OneCountyAlone(Conflict):
    """Two persons of one county's office do not decide: another county concerned, or the city, confirms."""

    code = "decision_one_county"


class CountyUnknown(Invalid):
    """The code is not a county of the city."""

    code = "county_unknown"


class SubjectWithoutShape(Invalid):
    """Nothing from which a county could be told."""

    code = "subject_without_shape"


on_constraint("boundary_set_one_at_a_time", BoundarySetsOverlap)
on_constraint("county_confirmation_second_person", SamePerson)
on_constraint("county_confirmation_pkey", DecisionClosed)
on_constraint("county_decision_supersedes_key", DecisionClosed)
