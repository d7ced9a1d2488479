"""Errors of cases."""

from data.db import on_constraint
from data.errors import Conflict, Forbidden, Invalid, NotFound


class CaseNotFound(NotFound):
    """No such case, or none this office may see."""

    code = "case_not_found"


class MaterialNotFound(NotFound):
    """No such material, or no file with it."""

    code = "material_not_found"


class CertificateNotFound(NotFound):
    """The case has no certificate yet, or the number or check code is wrong."""

    code = "certificate_not_found"


class CaseInvalid(Invalid):
    """The application has faults: ``errors`` lists every one."""

    code = "case_invalid"


class MaterialsMissing(Invalid):
    """Required materials are missing: ``errors`` is the list to hand to the applicant at once."""

    code = "materials_missing"


class CommentNeeded(Invalid):
    """The action needs words."""

    code = "comment_needed"


class ActionUnknown(Invalid):
    """The node has no such action."""

    code = "action_unknown"


class ActionNotAllowed(Conflict):
    """The action exists, but its conditions do not hold now: ``errors`` names them."""

    code = "action_not_allowed"


class RegistrationBlocked(Conflict):
    """The state of the register forbids the entry: ``errors`` lists the rules."""

    code = "registration_blocked"


class CountyUndecided(Conflict):
    """The county is not decided: a person must do so first."""

    code = "county_undecided"


class CaseClosed(Conflict):
    """The case is refused or withdrawn."""

    code = "case_closed"


class AlreadyRated(Conflict):
    """The case has its rating."""

    code = "already_rated"


class NotYourOffice(Forbidden):
    """Another role or office acts at this node."""

    code = "not_your_office"


class OfficeNeeded(Forbidden):
    """Cases are accepted at an office; the account has none."""

    code = "office_needed"


on_constraint("rating_pkey", AlreadyRated)
