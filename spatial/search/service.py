"""Search for places: by code, by coordinates, by words."""

from datetime import date

from psycopg import Connection
from psycopg.rows import TupleRow

from spatial.search import rules, store
from spatial.search.records import Hit

SHORTEST = 2


def search_places(conn: Connection[TupleRow], text: str, *, today: date, limit: int = 10) -> list[Hit]:
    """Return what a text in the search box may mean on the map, best first.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    text : str
        Code or its beginning (six characters), coordinates in any usual order, or words of an address.
    today : date
        Day whose place names count.
    limit : int
        Finds of each kind at most.

    Returns
    -------
    list of Hit
        Places as degrees (CGCS2000).
    """
    words = text.strip()
    if len(words) < SHORTEST:
        return []
    code = rules.code_start(words)
    if code is not None:
        return store.by_code(conn, code, limit=limit)
    place = rules.coordinates(words)
    if place is not None:
        (lon, lat), (east, north) = place
        label = f"{lat:.7f}°N {lon:.7f}°E"
        return [Hit("coordinates", None, label, f"N {north:.3f}  E {east:.3f}", lon=lon, lat=lat)]
    return store.by_words(conn, words, today=today, limit=limit)
