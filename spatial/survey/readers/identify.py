"""What kind of file it is: name and first bytes must say the same."""

from pathlib import PurePath
from typing import Final

from spatial.survey.readers.records import Unreadable

_HEAD: Final = 4096
_SQLITE: Final = b"SQLite format 3\0"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_APPLICATION_AT: Final = slice(68, 72)
_APPLICATIONS: Final = frozenset({b"GPKG", b"GP10", b"GP11"})
_KINDS: Final = {
    ".gpkg": "gpkg", ".zip": "zip", ".geojson": "geojson", ".json": "geojson", ".txt": "txt", ".fgb": "fgb",
    ".parquet": "parquet", ".geoparquet": "parquet", ".dxf": "dxf", ".csv": "csv", ".xlsx": "xlsx",
}  # fmt: skip
# Formats of the trade that are not read, and what to export instead.
_ADVICE: Final = {
    ".mdb": "mdb_refused", ".accdb": "mdb_refused", ".gdb": "gdb_needs_zip", ".dwg": "dwg_refused",
    ".xls": "xls_refused", ".xlsm": "xls_refused", ".rar": "rar_refused", ".7z": "rar_refused",
}  # fmt: skip
_DXF_BINARY: Final = b"AutoCAD Binary DXF"
_MARKUP: Final = (b"<!doctype", b"<?xml", b"<ogrvrt", b"<html", b"<svg", b"<gml", b"<vrt")


def identify(name: str, head: bytes) -> str:
    """Tell the kind of a file.

    Parameters
    ----------
    name : str
        File name as sent; only its suffix counts.
    head : bytes
        First bytes, at least 100 where the file has them.

    Returns
    -------
    {"gpkg", "zip", "geojson", "txt", "fgb", "parquet", "dxf", "csv", "xlsx"}

    Raises
    ------
    Unreadable
        ``wrong_type`` when the suffix is not one of ours or the bytes are something else,
        ``unreadable_file`` when the file is empty or cut off before it says what it is.

    Examples
    --------
    >>> identify("a.geojson", b' {"type": "FeatureCollection"}')
    'geojson'
    """
    suffix = PurePath(name.replace("\\", "/")).suffix.lower()
    kind = _KINDS.get(suffix)
    if suffix in {".shp", ".dbf", ".shx"}:
        raise Unreadable("wrong_type", "shapefile_needs_zip")
    if suffix in _ADVICE:
        raise Unreadable("wrong_type", _ADVICE[suffix], suffix=suffix)
    if kind is None:
        raise Unreadable("wrong_type", "suffix_unknown", suffix=suffix[:12])
    if not head.strip():
        raise Unreadable("unreadable_file", "file_empty")
    start = head[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_MARKUP) or any(mark in start for mark in _MARKUP[:3]):
        raise Unreadable("wrong_type", "markup_refused")
    if kind == "dxf" and head.startswith(_DXF_BINARY):
        raise Unreadable("wrong_type", "dxf_binary")
    if not _AGREES[kind](head, start):
        raise Unreadable("wrong_type", "bytes_disagree", suffix=suffix)
    return kind


def _is_geopackage(head: bytes, _start: bytes) -> bool:
    if not head.startswith(_SQLITE):
        return False
    application = head[_APPLICATION_AT]
    return application in _APPLICATIONS


def _is_zip(head: bytes, _start: bytes) -> bool:
    return head.startswith(_ZIP)


def _is_json(_head: bytes, start: bytes) -> bool:
    return start[:1] in {b"{", b"["}


def _is_text(head: bytes, _start: bytes) -> bool:
    return b"\0" not in head


def _is_flatgeobuf(head: bytes, _start: bytes) -> bool:
    return head.startswith(b"fgb\x03fgb")


def _is_parquet(head: bytes, _start: bytes) -> bool:
    return head.startswith(b"PAR1")


def _is_dxf(head: bytes, _start: bytes) -> bool:
    """Tell a text DXF: its first group is a comment (999) or the beginning of a section (0, SECTION)."""
    lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 2)
    return b"\0" not in head and len(lines) > 1 and lines[0].strip() in {b"0", b"999"}


_AGREES: Final = {
    "gpkg": _is_geopackage, "zip": _is_zip, "geojson": _is_json, "txt": _is_text, "fgb": _is_flatgeobuf,
    "parquet": _is_parquet, "dxf": _is_dxf, "csv": _is_text, "xlsx": _is_zip,
}  # fmt: skip
