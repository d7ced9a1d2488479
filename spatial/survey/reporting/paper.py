"""A report of findings as PDF."""

from collections.abc import Iterator, Sequence
from typing import Final

from data.documents import service as documents
from spatial.survey.reporting.records import FindingsReport, Value

# Rows of one table: the engine measures a table as a whole, and many short ones are measured sooner.
_ROWS: Final = 40


def findings_pdf(report: FindingsReport) -> bytes:
    """Return the report as PDF."""
    html = documents.render_template(
        __package__ or "",
        "findings.html",
        created=report.created,
        report=report,
        parts=list(_parts(report.findings.rows)),
    )
    return documents.render_pdf(html, created=report.created)


def _parts(rows: Sequence[Sequence[Value]]) -> Iterator[Sequence[Sequence[Value]]]:
    for first in range(0, len(rows), _ROWS):
        yield rows[first : first + _ROWS]
