"""What a report of findings holds: words in the reader's language, ready to be set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its title, its heads, and its rows; ``numbers`` are the columns set as numbers, from 0."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Value]]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FindingsReport:
    """A report.

    Parameters
    ----------
    title : str
        Heading.
    facts : sequence of (label, value)
        The submission and its run.
    findings, rules : Table
        What was found, and how each rule ended.
    note : str
        What the report leaves out; empty when it is whole.
    created : datetime
        Aware instant of its making.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    findings: Table
    rules: Table
    note: str
    created: datetime
