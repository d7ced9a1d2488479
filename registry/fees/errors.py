"""Errors of the fee."""

from data.db import on_constraint
from data.errors import Conflict, Invalid, NotFound


class TariffSilent(Conflict):
    """No rule of the tariff decides: nothing is guessed."""

    code = "tariff_silent"


class ReliefUnproven(Invalid):
    """A relief is claimed, but no document is named on which it is granted."""

    code = "relief_unproven"


class ReliefUnknown(Invalid):
    """A document is named for a fact that is not declared, or on which the tariff grants nothing."""

    code = "relief_unknown"


class ChoiceUnknown(NotFound):
    """The tariff has no such open question, or no such answer to it."""

    code = "tariff_choice_unknown"


class ChoiceOverlaps(Conflict):
    """An answer that begins on that day or later is there already."""

    code = "tariff_choice_overlaps"


on_constraint("tariff_choice_validity_excl", ChoiceOverlaps)
on_constraint("tariff_choice_pkey", ChoiceOverlaps)
