"""What is said of the county lines beside each map: the words of the boundary set in force."""

from datetime import date

from api.context import actor, services
from data.messages import text
from spatial.counties import service as counties
from spatial.counties.errors import BoundarySetMissing
from spatial.counties.records import LoadedSet


def boundary_notice(on: date, lang: str) -> str:
    """Return the notice of the set in force on a day; that of the platform where there was none."""
    try:
        with services().db.transaction(actor()) as conn:
            found = counties.boundary_set(conn, on)
    except BoundarySetMissing:
        return text("ui.common.boundary_notice", lang)
    return notice_of(found, lang)


def notice_of(boundary: LoadedSet, lang: str) -> str:
    """Return what a boundary set says of itself."""
    return boundary.notice_en if lang == "en" else boundary.notice_zh
