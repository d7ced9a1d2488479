"""Take up following where it stopped."""

from data.following import store
from data.following.errors import CursorOutlived
from data.following.records import Position, Span, end_of


def present(conn: store.Conn) -> str:
    """Return the snapshot from which a reader may follow what comes."""
    return store.present_snapshot(conn)


def span(conn: store.Conn, since: str, *, until: str | None = None, after: Position | None = None) -> Span:
    """Return what to read next.

    Parameters
    ----------
    conn : Connection
        Open transaction; what is read after this call sees all of the span.
    since : str
        Snapshot of the reader.
    until, after : optional
        End and place of a span that is read in pages; default is a span that ends now.

    Raises
    ------
    CursorOutlived
        A snapshot of another cluster's future.
    """
    now = store.present_snapshot(conn)
    end = now if until is None else until
    # Compared here: PostgreSQL does not even read numbers that are too far in the future.
    if max(end_of(since), end_of(end)) > end_of(now):
        raise CursorOutlived
    return Span(since, end) if after is None else Span(since, end, after)
