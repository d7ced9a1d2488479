"""What a draft of the county boundaries would move; nothing is decided with it."""

from datetime import date, datetime
from pathlib import Path

from spatial.counties import store as counties
from spatial.counties.drafts import store
from spatial.counties.drafts.errors import DraftNotFound
from spatial.counties.drafts.reading import read_draft
from spatial.counties.drafts.records import Draft, DraftCounties, MovedParcel
from spatial.counties.records import PPM
from spatial.counties.rules import OUTSIDE_PPM, WHOLE_PPM
from spatial.counties.service import boundary_set


def read(conn: store.Conn, path: Path, name: str, *, on: date) -> DraftCounties:
    """Read a draft file (GeoPackage) and check it against the counties of the set in force on a day.

    Raises
    ------
    DraftUnreadable, DraftBad, BoundarySetMissing
    """
    return read_draft(path, name, counties.city_counties(conn, boundary_set(conn, on).set_id))


def keep(conn: store.Conn, draft: DraftCounties, *, by: str, now: datetime) -> Draft:
    """Keep a draft that was read."""
    return get_draft(conn, store.insert(conn, draft, by=by, now=now))


def compare(conn: store.Conn, draft_id: int, *, as_of: date, now: datetime) -> Draft:
    """Compare a draft with the boundary set and the parcels of a day; a second time changes nothing.

    Raises
    ------
    DraftNotFound, BoundarySetMissing
    """
    state = store.lock(conn, draft_id)
    if state is None:
        raise DraftNotFound(draft_id=draft_id)
    if state == "draft":
        values: dict[str, object] = {
            "draft": draft_id,
            "set_id": boundary_set(conn, as_of).set_id,
            "as_of": as_of,
            "now": now,
            "whole": WHOLE_PPM / PPM,
            "inside": 1 - OUTSIDE_PPM / PPM,
        }
        store.compare(conn, values)
        store.set_compared(conn, values)
    return get_draft(conn, draft_id)


def get_draft(conn: store.Conn, draft_id: int) -> Draft:
    """Return a draft.

    Raises
    ------
    DraftNotFound
    """
    found = store.draft(conn, draft_id)
    if found is None:
        raise DraftNotFound(draft_id=draft_id)
    return found


def list_drafts(conn: store.Conn, *, before: int | None = None, limit: int = 50) -> list[Draft]:
    """Return drafts, newest first."""
    return store.drafts(conn, before=before, limit=limit)


def moved_parcels(conn: store.Conn, draft_id: int, *, after: int = 0, limit: int = 500) -> list[MovedParcel]:
    """Return live parcels whose county would change, from after a version."""
    return store.moved(conn, draft_id, after=after, limit=limit)
