"""How a tile goes out: status, headers, bytes."""

from dataclasses import dataclass

from tiles.records import Tile

MVT_TYPE = "application/vnd.mapbox-vector-tile"
# Seconds a browser may show a public tile without asking again; then it asks with the entity tag.
FRESH_S = 30
_PUBLIC = f"public, max-age={FRESH_S}"
_PRIVATE = "private, no-cache"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def answer_of(tile: Tile, *, public_layer: bool, takes_gzip: bool, known_tags: str) -> Answer:
    """Return the answer for a tile: 304 if the client has it, 204 if it is empty, else its bytes.

    Parameters
    ----------
    tile : Tile
    public_layer : bool
        Whether anybody, and shared caches, may keep it.
    takes_gzip : bool
        Whether the client accepts gzip.
    known_tags : str
        The ``If-None-Match`` header, empty if absent.
    """
    headers = [
        ("ETag", f'W/"{tile.etag}"'),
        ("Cache-Control", _PUBLIC if public_layer else _PRIVATE),
        ("Vary", "Accept-Encoding" if public_layer else "Accept-Encoding, Cookie, Authorization"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Type", MVT_TYPE),
    ]
    if tile.etag in known_tags or known_tags.strip() == "*":
        return Answer("304 NOT MODIFIED", headers, b"")
    if not tile.body:
        return Answer("204 NO CONTENT", headers, b"")
    body = tile.body
    if takes_gzip and tile.gzipped:
        headers.append(("Content-Encoding", "gzip"))
        body = tile.gzipped
    headers.append(("Content-Length", str(len(body))))
    return Answer("200 OK", headers, body)
