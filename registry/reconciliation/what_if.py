"""Whose money would move if a draft of the county boundaries were in force; nothing is posted."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from registry.reconciliation import store_what_if
from registry.reconciliation.reports import Report
from registry.reconciliation.store_what_if import Conn, MovedLine

COLUMNS = (
    "at",
    "order_no",
    "line_no",
    "case_no",
    "item",
    "order_state",
    "kind",
    "parcel_code",
    "county_code",
    "to_county",
    "amount_fen",
)


@dataclass(frozen=True, slots=True)
class Movement:
    """What would go from one county to another, of one kind; None is no county (a person would decide)."""

    from_county: str
    to_county: str | None
    kind: str
    lines: int
    amount_fen: int


def moved_lines(conn: Conn, draft_id: int, first: date, last: date, *, limit: int) -> list[MovedLine]:
    """Return open order lines, and lines paid on the days, that a draft would give to another county.

    Parameters
    ----------
    draft_id : int
        Draft (``spatial.counties.drafts``).
    first, last : date
        Days of payment, Asia/Shanghai.
    """
    return store_what_if.moved_lines(conn, draft_id, first, last, limit)


def matrix(lines: list[MovedLine]) -> list[Movement]:
    """Return the sums by county now, county by the draft, and kind; fen."""
    sums: dict[tuple[str, str | None, str], list[int]] = defaultdict(list)
    for line in lines:
        sums[line.county_code, line.to_county, line.kind].append(line.amount_fen)
    ordered = sorted(sums.items(), key=lambda found: (found[0][0], found[0][1] or "", found[0][2]))
    return [Movement(*key, len(found), sum(found)) for key, found in ordered]


def report(lines: list[MovedLine], *, now: datetime) -> Report:
    """Return the lines as a report, for files."""
    rows = [tuple(getattr(line, name) for name in COLUMNS) for line in lines]
    return Report("what_if", COLUMNS, rows, now)
