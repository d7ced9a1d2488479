"""Follow the changes of the map."""

from dataclasses import replace

from data.following.errors import CursorOutlived
from spatial.changes import store
from spatial.changes.records import BEGINNING, Change, Place, Wanted
from spatial.changes.rules import outward


def follow(
    conn: store.Conn, since: Place | None, wanted: Wanted, *, limit: int
) -> tuple[list[Change], Place]:
    """Return what follows a place, oldest first, and the place to go on from.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    since : tuple of (transaction, change_id), optional
        Last row passed; None for the beginning.
    wanted : Wanted
        Layers and county.
    limit : int
        Largest number of changes.

    Returns
    -------
    changes : list of Change
        Boxes in degrees (EPSG:4490).
    place : tuple of (transaction, change_id)
        May always be sent as ``since``, also when nothing is new.

    Raises
    ------
    CursorOutlived
        If no change stands at ``since``: the database was restored from a copy.
    """
    after = BEGINNING if since is None else since
    if after != BEGINNING and not store.stands(conn, after):
        raise CursorOutlived
    # Read first: what becomes final after this statement is left to the next call.
    upto = store.final_place(conn)
    if upto is None or upto <= after:
        return [], after
    found = store.read(conn, after, upto, wanted, limit=limit)
    place = (found[-1].tx, found[-1].change_id) if len(found) == limit else upto
    boxed = [item if item.bbox is None else replace(item, bbox=outward(item.bbox)) for item in found]
    return boxed, place
