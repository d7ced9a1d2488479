"""Archives: judged by their directory before anything is unpacked, and unpacked with a counter."""

import lzma
import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Final

from spatial.survey.readers.limits import MIB, Limits
from spatial.survey.readers.records import Unreadable
from spatial.survey.readers.telling import METER

_ARCHIVES: Final = frozenset({".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".cab"})
_USED: Final = frozenset({
    ".shp", ".shx", ".dbf", ".prj", ".cpg", ".gpkg", ".geojson", ".json", ".txt", ".fgb", ".parquet", ".dxf",
    ".csv", ".xlsx",
})  # fmt: skip
_GDB: Final = ".gdb"
_GDB_MEMBER: Final = re.compile(r"(a[0-9a-f]{8}\.[a-z0-9_.]{1,60}|gdb|timestamps)", re.IGNORECASE)
_CHUNK: Final = MIB
# What the library lets through of a damaged archive.
DAMAGED: Final = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error, NotImplementedError,
    EOFError, RuntimeError, OSError, ValueError, OverflowError, IndexError,
)  # fmt: skip
_LONGEST_NAME: Final = 255
_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800


def unpack(path: Path, target: Path, limits: Limits) -> dict[str, dict[str, Path]]:
    """Unpack the members a reader uses, under names of our own.

    Parameters
    ----------
    path : Path
        The archive.
    target : Path
        Empty folder.
    limits : Limits
        Entries, ratio and total size.

    Returns
    -------
    dict
        Stem of the member -> {suffix: file}; members with the same stem and folder belong together. A file
        geodatabase is one member ``.gdb``, whose file is its folder.

    Raises
    ------
    Unreadable
        ``archive_unsafe`` or ``unreadable_file``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = judge(archive.infolist(), limits)
            return _extract(archive, members, target, limits)
    except DAMAGED as error:
        if "Overlapped entries" in str(error):
            raise Unreadable("archive_unsafe", "archive_overlap") from error
        raise Unreadable("unreadable_file", "archive_broken") from error


def judge(entries: list[zipfile.ZipInfo], limits: Limits) -> list[zipfile.ZipInfo]:
    """Refuse an unsafe directory; return the members that a reader uses.

    Raises
    ------
    Unreadable
        ``archive_unsafe`` with the reason.
    """
    judge_entries(entries, limits)
    used = [entry for entry in entries if not entry.is_dir() and (_suffix(entry) in _USED or in_gdb(entry))]
    if not used:
        raise Unreadable("unreadable_file", "archive_nothing")
    return used


def judge_entries(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Refuse an unsafe directory.

    Raises
    ------
    Unreadable
        ``archive_unsafe`` with the reason.
    """
    if len(entries) > limits.entries:
        raise Unreadable("archive_unsafe", "archive_entries", entries=len(entries), limit=limits.entries)
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise Unreadable("archive_unsafe", "archive_same_names")
    for entry in entries:
        _judge_entry(entry)
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if total > limits.unpacked_bytes:
        raise Unreadable("archive_unsafe", "archive_total", limit_mib=limits.unpacked_bytes // MIB)
    if total > MIB and total > limits.ratio * max(packed, 1):
        raise Unreadable("archive_unsafe", "archive_ratio", limit=limits.ratio)


def _judge_entry(entry: zipfile.ZipInfo) -> None:
    # ZipInfo has already turned the separator of the writing system into "/" and cut at a NUL.
    name = entry.orig_filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or "\\" in name or "\0" in name or ":" in name[:3]:
        raise Unreadable("archive_unsafe", "archive_path")
    if len(name) > _LONGEST_NAME:
        raise Unreadable("archive_unsafe", "archive_path")
    mode = entry.external_attr >> 16
    if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_IFMT(mode) == 0):
        raise Unreadable("archive_unsafe", "archive_link")
    if entry.flag_bits & _ENCRYPTED:
        raise Unreadable("archive_unsafe", "archive_encrypted")
    if _suffix(entry) in _ARCHIVES:
        raise Unreadable("archive_unsafe", "archive_nested")


def in_gdb(entry: zipfile.ZipInfo) -> bool:
    """Tell whether an entry is a file of a file geodatabase, in its folder or bare."""
    path = PurePosixPath(entry.filename)
    if not _GDB_MEMBER.fullmatch(path.name):
        return False
    return path.parent.suffix.lower() == _GDB or path.suffix.lower().startswith(".gdb")


def _suffix(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename).suffix.lower()


def member_name(entry: zipfile.ZipInfo) -> str:
    """Return the name as its writer meant it: without the UTF-8 flag, Chinese systems write GBK."""
    if entry.flag_bits & _UTF8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _extract(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], target: Path, limits: Limits
) -> dict[str, dict[str, Path]]:
    groups: dict[str, dict[str, Path]] = {}
    left = limits.unpacked_bytes
    METER.begin("unpacking", sum(entry.file_size for entry in members))
    for entry in members:
        if in_gdb(entry):
            left -= _copy(archive, entry, _gdb_file(entry, groups, target), left)
            continue
        stem = str(PurePosixPath(member_name(entry)).with_suffix(""))
        group = groups.setdefault(stem, {})
        suffix = _suffix(entry)
        if suffix in group:
            raise Unreadable("archive_unsafe", "archive_same_names")
        number = list(groups).index(stem)
        path = target / f"member_{number}{suffix}"
        left -= _copy(archive, entry, path, left)
        group[suffix] = path
    return groups


def _gdb_file(entry: zipfile.ZipInfo, groups: dict[str, dict[str, Path]], target: Path) -> Path:
    """Return where a file of a geodatabase goes: under its own name, in a folder of ours."""
    stem = str(PurePosixPath(member_name(entry)).parent.with_suffix("")) if entry.filename.count("/") else ""
    group = groups.setdefault(stem, {})
    if _GDB not in group:
        group[_GDB] = target / f"database_{list(groups).index(stem)}.gdb"
        group[_GDB].mkdir()
    return group[_GDB] / PurePosixPath(entry.filename).name.lower()


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, left: int) -> int:
    written = 0
    with archive.open(entry) as source, path.open("xb") as sink:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > min(left, entry.file_size):
                raise Unreadable("archive_unsafe", "archive_total", limit_mib=left // MIB)
            sink.write(chunk)
            METER.advance(len(chunk))
    return written
