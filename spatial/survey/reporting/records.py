"""What a report of findings holds: words in the reader's language, ready to be set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Parameters
    ----------
    title : str
    heads : sequence of str
    rows : sequence of rows
    numbers : frozenset of int
        Columns set as numbers, from 0.
    places : mapping of int to int
        Decimals of the columns that have as many in every row, such as coordinates.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Value]]
    numbers: frozenset[int] = frozenset()
    places: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FindingsReport:
    """A report.

    Parameters
    ----------
    title : str
        Heading.
    summary : str
        Name of the part that tells of the submission.
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
    summary: str
    facts: Sequence[tuple[str, str]]
    findings: Table
    rules: Table
    note: str
    created: datetime
