"""Read the tariff of a day or of all times, and choose between the readings of an open rule."""

from dataclasses import dataclass
from datetime import date

from data.access import audit
from data.access.records import Actor
from data.db import Database
from data.reference.upkeep import require_ahead
from registry.fees import rules, store
from registry.fees.errors import ChoiceUnknown
from registry.fees.records import Choice, FeeItem, FeeRule, NewChoice, Tariff


@dataclass(frozen=True, slots=True)
class Book:
    """The whole tariff, past and future rules too."""

    rules: list[FeeRule]
    choices: list[Choice]
    items: list[FeeItem]


def book(conn: store.Conn) -> Book:
    """Return every rule, choice and item of any time."""
    return Book(store.rules(conn), store.choices(conn), store.items(conn))


def item_names(conn: store.Conn) -> dict[str, str]:
    """Return the English names of the fee items of any time by their Chinese names."""
    return {item.name_zh: item.name_en for item in store.items(conn)}


def tariff_on(conn: store.Conn, day: date) -> Tariff:
    """Return the tariff in force on a day."""
    return rules.in_force(store.rules(conn), store.choices(conn), store.item_names_on(conn, day), day)


def choose(db: Database, actor: Actor, change: NewChoice, *, today: date) -> None:
    """Put another reading of an open rule in force from a day on; cases accepted before keep theirs.

    Raises
    ------
    ReferenceBackdated, ReferenceTooFar
        The day is over, or over a year ahead.
    ChoiceUnknown
        No rule of the tariff is this answer.
    ChoiceOverlaps
        An answer that begins on that day or later is there already.
    """
    begins = change.valid_from.isoformat()
    require_ahead(change.valid_from, today)
    with db.transaction(actor) as conn:
        if (change.choice, change.option) not in {(rule.choice, rule.option) for rule in store.rules(conn)}:
            raise ChoiceUnknown(choice=change.choice, option=change.option)
        store.close_choice(conn, change)
        store.open_choice(conn, change)
        audit.record(
            conn,
            actor,
            "tariff.choose",
            change.choice,
            detail={"option": change.option, "valid_from": begins, "source_doc": change.source_doc},
        )
