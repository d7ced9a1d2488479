"""Read the tariff of a day and assess cases by it."""

from datetime import date

from registry.fees import rules, store
from registry.fees.records import AssessedLine, FeeFacts, Tariff


def tariff_on(conn: store.Conn, day: date) -> Tariff:
    """Return the tariff in force on a day."""
    return Tariff(day, store.rules_on(conn, day), store.item_names_on(conn, day))


def assess(conn: store.Conn, facts: FeeFacts, day: date) -> list[AssessedLine]:
    """Assess a case by the tariff of its day of acceptance; amounts in fen.

    Raises
    ------
    TariffSilent
        If no rule decides.
    """
    return rules.assess(facts, tariff_on(conn, day))
