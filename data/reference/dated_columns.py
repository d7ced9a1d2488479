"""What the tables of dated rows have in common."""

from typing import Any

from sqlalchemy import Boolean, Column, Date, Text, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint


def dated() -> list[Column[object]]:
    """Return the columns every dated row has."""
    return [
        Column("valid_from", Date, nullable=False, comment="First day in force"),
        Column(
            "valid_to", Date, nullable=True, comment="Day from which it is no longer in force; null for open"
        ),
        Column("source_doc", Text, nullable=False, comment="Document it is taken from"),
        Column("verified", Boolean, nullable=False, comment="Whether the source itself was read"),
    ]


def disjoint(table: str, *keys: str) -> ExcludeConstraint:
    """Return the constraint that rows of one key do not overlap in validity."""
    parts: list[tuple[Any, str]] = [(key, "=") for key in keys]
    return ExcludeConstraint(
        *parts, (text("daterange(valid_from, valid_to)"), "&&"), name=f"{table}_validity_excl"
    )
