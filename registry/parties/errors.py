"""Errors of parties."""

from data.errors import Invalid


class IdNumberBad(Invalid):
    """A number of a proof of identity is not one."""

    code = "id_number_bad"


class IdTypeUnknown(Invalid):
    """No such kind of proof of identity."""

    code = "id_type_unknown"


class PartyNameBad(Invalid):
    """A name is empty, too long or holds characters that are none."""

    code = "party_name_bad"
