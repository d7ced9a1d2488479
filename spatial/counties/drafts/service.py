"""What a draft of the county boundaries would move; nothing is decided with it."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from data.access.records import SYSTEM
from data.db import Database
from spatial.counties import store as counties
from spatial.counties.drafts import store
from spatial.counties.drafts.errors import DraftNotFound, DraftOver
from spatial.counties.drafts.reading import read_draft
from spatial.counties.drafts.records import Draft, DraftCounties, MovedParcel
from spatial.counties.records import PPM
from spatial.counties.rules import OUTSIDE_PPM, WHOLE_PPM
from spatial.counties.service import boundary_set

# Parcels looked at in a transaction: seconds, so that the page moves and a cancel is soon heard.
STEP = 2_000


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


def compare(
    db: Database,
    draft_id: int,
    *,
    as_of: date,
    now: datetime,
    step: int = STEP,
    on_step: Callable[[Draft], None] | None = None,
) -> Draft:
    """Compare a draft with the boundary set and the parcels of a day, in steps of a transaction each.

    Re-entrant: what was stopped goes on where it stopped, with the set and the day it began with; what is
    compared or cancelled stays as it is.

    Parameters
    ----------
    step : int
        Parcels looked at in a step; between two steps the comparison can be cancelled.
    on_step : callable, optional
        Is told how far it is.

    Raises
    ------
    DraftNotFound, BoundarySetMissing
    """
    with db.transaction(SYSTEM) as conn:
        draft, left = _begin(conn, draft_id, as_of)
    while draft.state == "comparing":
        if on_step:
            on_step(draft)
        chunk, left = left[:step], left[step:]
        with db.transaction(SYSTEM) as conn:
            found = _locked(conn, draft_id)
            if found.state == "comparing":
                # Another worker may have taken over; it goes on in the same order.
                chunk = [version for version in chunk if version > found.upto_version]
                if chunk:
                    store.insert_moved(conn, _values(draft) | {"versions": chunk})
                    store.advance(conn, draft_id, chunk)
                if not left:
                    store.end(conn, draft_id, "compared", now)
            draft = get_draft(conn, draft_id)
    return draft


def _begin(conn: store.Conn, draft_id: int, as_of: date) -> tuple[Draft, list[int]]:
    """Find the ground that changes its county, if that was not done, and the parcels still to look at."""
    draft = _locked(conn, draft_id)
    if draft.state == "draft":
        values = {"draft": draft_id, "set_id": boundary_set(conn, as_of).set_id, "as_of": as_of}
        store.insert_zones(conn, values)
        store.begin(conn, values | {"candidates": len(store.candidates(conn, values))})
        draft = get_draft(conn, draft_id)
    if draft.state != "comparing":
        return draft, []
    return draft, [found for found in store.candidates(conn, _values(draft)) if found > draft.upto_version]


def _values(draft: Draft) -> dict[str, object]:
    return {
        "draft": draft.draft_id,
        "set_id": draft.set_id,
        "as_of": draft.as_of,
        "whole": WHOLE_PPM / PPM,
        "inside": 1 - OUTSIDE_PPM / PPM,
    }


def _locked(conn: store.Conn, draft_id: int) -> Draft:
    found = store.lock(conn, draft_id)
    if found is None:
        raise DraftNotFound(draft_id=draft_id)
    return found


def cancel(conn: store.Conn, draft_id: int, *, now: datetime) -> Draft:
    """Cancel a comparison that is not complete; it stops after the step it is in.

    Raises
    ------
    DraftNotFound
    DraftOver
        It is compared or cancelled already.
    """
    if _locked(conn, draft_id).state not in {"draft", "comparing"}:
        raise DraftOver(draft_id=draft_id)
    store.end(conn, draft_id, "cancelled", now)
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
