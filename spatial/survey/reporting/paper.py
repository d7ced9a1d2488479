"""A report of findings as PDF."""

from collections.abc import Sequence
from typing import Final

from data.clock import SHANGHAI
from data.documents import service as documents
from spatial.survey.reporting.records import FindingsReport, Table, Value

# Widths of the columns, millimetres; None takes what is left. Other tables share the room evenly.
_FINDINGS: Final = (10.0, 14.0, 20.0, 29.0, 29.0, 17.0, 16.0, 9.0, None, 24.0, 18.0, 19.0)
_RULES: Final = (30.0, None, 22.0, 18.0, 60.0)
_WIDTHS: Final = {len(widths): widths for widths in (_FINDINGS, _RULES)}


def findings_pdf(report: FindingsReport) -> bytes:
    """Return the report as PDF: A4 lying, page numbers, its title on every page.

    Raises
    ------
    FontMissing
    """
    # It opens the fonts.
    from data.documents.listing import Column, Listing

    listing = Listing(report.title, f"{report.created.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}")
    listing.facts(report.facts)
    if report.note:
        listing.note(report.note)
    for table in (report.findings, report.rules):
        listing.heading(table.title)
        columns = [
            Column(head, width, number in table.numbers)
            for number, (head, width) in enumerate(
                zip(table.heads, _widths(table, listing.room_mm), strict=True)
            )
        ]
        listing.table(
            columns,
            ([_shown(value, table.places.get(at)) for at, value in enumerate(row)] for row in table.rows),
        )
    return documents.draw_pdf(listing.pages(), title=report.title, created=report.created)


def _widths(table: Table, room_mm: float) -> Sequence[float]:
    wanted = _WIDTHS.get(len(table.heads))
    if wanted is None:
        return [room_mm / len(table.heads)] * len(table.heads)
    left = room_mm - sum(width or 0.0 for width in wanted)
    return [left if width is None else width for width in wanted]


def _shown(value: Value, places: int | None) -> str:
    if isinstance(value, int | float) and places is not None:
        return f"{value:.{places}f}"
    return "" if value is None else str(value)
