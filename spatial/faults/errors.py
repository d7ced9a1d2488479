"""Errors of register faults."""

from data.errors import Conflict, Invalid, NotFound


class FaultNotFound(NotFound):
    """There is no such fault for this caller."""

    code = "register_fault_not_found"


class FaultStateWrong(Conflict):
    """The fault is not in a state that allows this."""

    code = "register_fault_state_wrong"


class FaultWithoutPlace(Invalid):
    """Neither a place nor a finding or parcel that has one was given."""

    code = "register_fault_without_place"


class FaultParcelUnknown(Invalid):
    """A parcel never stood in the register."""

    code = "register_fault_parcel_unknown"


class FaultFindingUnknown(Invalid):
    """The finding is none of the submission's."""

    code = "register_fault_finding_unknown"


class FaultSurveyNotRegistered(Invalid):
    """Only a registered submission can have mended a fault."""

    code = "register_fault_not_registered"
