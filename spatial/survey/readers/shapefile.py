"""A look into a shapefile before GDAL opens it: members, lengths, and the encoding of its attributes."""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from spatial.survey.readers.records import Unreadable

_MAGIC: Final = 9994
_HEADER: Final = 100
_POLYGONS: Final = frozenset({5, 15, 25})
_SHAPES: Final = _POLYGONS | {1, 3, 8, 11, 13, 18, 21, 23, 28}  # points, lines, many points, each with Z or M
# Encodings a .cpg may name; the codecs of Python hold more than encodings of text.
_ENCODINGS: Final = frozenset(
    {"utf-8", "gb18030", "gbk", "gb2312", "big5", "cp950", "cp1252", "iso8859-1", "ascii"}
)
_CPG: Final = {"936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "oem": None}


def inspect(members: dict[str, Path], *, polygons: bool = True) -> None:
    """Refuse a shapefile with missing members or lengths that contradict each other.

    Parameters
    ----------
    members : dict
        Suffix -> file.
    polygons : bool
        Whether only polygons are taken, as for parcels.

    Raises
    ------
    Unreadable
        ``unreadable_file`` with the reason; ``wrong_type`` when the shapes are not of a kind that is taken.
    """
    for suffix in (".shx", ".dbf"):
        if suffix not in members:
            raise Unreadable("unreadable_file", "shp_member_missing", member=suffix)
    shapes = _records(members[".shp"], members[".shx"], _POLYGONS if polygons else _SHAPES)
    rows = inspect_table(members[".dbf"])
    if shapes != rows:
        raise Unreadable("unreadable_file", "shp_rows_differ", shapes=shapes, rows=rows)


def _records(shp: Path, shx: Path, kinds: frozenset[int]) -> int:
    """Check both headers and every index entry; return the number of shapes."""
    shp_size, shx_size = shp.stat().st_size, shx.stat().st_size
    index = shx.read_bytes()
    with shp.open("rb") as file:
        head = file.read(_HEADER)
    if len(head) < _HEADER or len(index) < _HEADER or struct.unpack(">i", head[:4])[0] != _MAGIC:
        raise Unreadable("unreadable_file", "shp_header")
    if (
        struct.unpack(">i", head[24:28])[0] * 2 != shp_size
        or struct.unpack(">i", index[24:28])[0] * 2 != shx_size
    ):
        raise Unreadable("unreadable_file", "shp_truncated")
    if struct.unpack("<i", head[32:36])[0] not in kinds:
        raise Unreadable("wrong_type", "not_polygons" if kinds is _POLYGONS else "shp_kind")
    body = index[_HEADER:]
    for offset, length in struct.iter_unpack(">ii", body[: len(body) // 8 * 8]):
        if offset * 2 < _HEADER or length < 0 or offset * 2 + 8 + length * 2 > shp_size:
            raise Unreadable("unreadable_file", "shp_truncated")
    return len(body) // 8


def inspect_table(dbf: Path) -> int:
    """Check the table's header against its size; return the number of rows.

    Raises
    ------
    Unreadable
        ``unreadable_file`` with the reason.
    """
    size = dbf.stat().st_size
    with dbf.open("rb") as file:
        head = file.read(32)
    if len(head) < 32:  # noqa: PLR2004  length of a dBASE header
        raise Unreadable("unreadable_file", "dbf_header")
    rows, header_size, row_size = struct.unpack("<IHH", head[4:12])
    if header_size < 33 or row_size < 1 or header_size + rows * row_size > size + 1:  # noqa: PLR2004
        raise Unreadable("unreadable_file", "dbf_truncated")
    return int(rows)


def encoding_of(members: dict[str, Path], samples: Sequence[bytes]) -> str:
    """Tell the encoding of the attributes.

    Parameters
    ----------
    members : dict
        Suffix -> file.
    samples : sequence of bytes
        Every text value of the table as stored.

    Returns
    -------
    str
        What the ``.cpg`` says if the values agree with it; UTF-8 where they are UTF-8; otherwise GB18030.

    Raises
    ------
    Unreadable
        If the values are neither.
    """
    tried = [*_stated(members), "utf-8", "gb18030"]
    for encoding in tried:
        if _decodes(samples, encoding):
            return encoding
    raise Unreadable("unreadable_file", "dbf_encoding")


def _stated(members: dict[str, Path]) -> list[str]:
    if ".cpg" not in members:
        return []
    text = members[".cpg"].read_bytes()[:40].decode("ascii", "replace").strip().lower()
    known = _CPG.get(text, text)
    return [known] if known and _known(known) else []


def _known(encoding: str) -> bool:
    import codecs

    try:
        return codecs.lookup(encoding).name in _ENCODINGS
    except (LookupError, ValueError):  # a NUL in the name
        return False


def _decodes(samples: Sequence[bytes], encoding: str) -> bool:
    try:
        for sample in samples:
            sample.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True
