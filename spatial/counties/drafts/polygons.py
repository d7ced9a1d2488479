"""Look at the bytes of a shape of others before they are read: nothing but plain polygons goes on.

The reader of WKB calls itself for each collection in a collection, so one megabyte of them ends the process.
"""

import struct
from typing import Final

_POLYGON, _MULTIPOLYGON = 3, 6
# Extended WKB marks dimensions and SRID by high bits, ISO WKB by thousands.
_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000
_ISO: Final = 1_000
_ISO_EXTRA: Final = {0: 0, 1: 1, 2: 1, 3: 2}
_MAX_RINGS: Final = 100_000


def vertices(wkb: bytes) -> int:
    """Return the number of vertices of a polygon or of several (WKB, any dimension).

    Raises
    ------
    ValueError
        It is something else, holds something else, or is cut off.
    """
    try:
        kind, extra, order, at = _head(wkb, 0)
        if kind == _POLYGON:
            return _rings(wkb, at, extra, order)[0]
        if kind != _MULTIPOLYGON:
            raise ValueError("no polygon")
        (parts,) = struct.unpack_from(f"{order}I", wkb, at)
        return _parts(wkb, at + 4, parts)
    except struct.error as error:
        raise ValueError("cut off") from error


def _parts(wkb: bytes, at: int, parts: int) -> int:
    """Return the vertices of polygons that stand one after the other."""
    found = 0
    if parts > _MAX_RINGS:
        raise ValueError("too many parts")
    for _ in range(parts):
        kind, extra, order, at = _head(wkb, at)
        if kind != _POLYGON:
            raise ValueError("no polygon")
        count, at = _rings(wkb, at, extra, order)
        found += count
    return found


def _head(wkb: bytes, at: int) -> tuple[int, int, str, int]:
    """Return kind, dimensions beyond two, byte order, and where the content begins."""
    order = "<" if wkb[at : at + 1] == b"\x01" else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, at + 1)
    extra = bool(code & _Z) + bool(code & _M)
    iso, kind = divmod(code & ~(_Z | _M | _SRID), _ISO)
    if iso not in _ISO_EXTRA:
        raise ValueError("no polygon")
    return kind, extra or _ISO_EXTRA[iso], order, at + (9 if code & _SRID else 5)


def _rings(wkb: bytes, at: int, extra: int, order: str) -> tuple[int, int]:
    """Return the vertices of the rings of a polygon, and where it ends."""
    (rings,) = struct.unpack_from(f"{order}I", wkb, at)
    if rings > _MAX_RINGS:
        raise ValueError("too many rings")
    at, found = at + 4, 0
    for _ in range(rings):
        (count,) = struct.unpack_from(f"{order}I", wkb, at)
        found, at = found + count, at + 4 + count * 8 * (2 + extra)
        if at > len(wkb):
            raise ValueError("cut off")
    return found, at
