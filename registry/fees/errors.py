"""Errors of the fee."""

from data.errors import Conflict


class TariffSilent(Conflict):
    """No rule of the tariff decides: nothing is guessed."""

    code = "tariff_silent"
