"""The manifest of a multi-survey bundle (多测合一成果包): what it must say, and the hash of every file."""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Final

from spatial.crs import CENTRAL_MERIDIAN_DEG, ZONE
from spatial.survey.readers.archive import DAMAGED, judge, member_name
from spatial.survey.readers.limits import MIB, Limits
from spatial.survey.readers.records import Unreadable
from spatial.survey.readers.telling import METER

MANIFEST: Final = "manifest.json"
FORMAT: Final = "ningtu-survey-bundle"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LARGEST: Final = MIB
_LONGEST: Final = 200
_MOST_ITEMS: Final = 100
_SOURCE: Final = "source"
_ROLES: Final = frozenset({"data", _SOURCE})
_UNUSED: Final = frozenset({"__MACOSX"})


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST


def _day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value) is not None
    except ValueError:
        return False


def _items(value: object) -> bool:
    return isinstance(value, list) and 0 < len(value) <= _MOST_ITEMS and all(_text(entry) for entry in value)


def _files(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)


# What a bundle must say (metadata of a multi-survey result); ``previous_version`` may be null or absent.
_MUST: Final[dict[str, Callable[[object], bool]]] = {
    "project_code": _text,
    "project_name": _text,
    "survey_unit": _text,
    "qualification_no": _text,
    "surveyor": _text,
    "checker": _text,
    "survey_date": _day,
    "crs": _text,
    "central_meridian": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "zone": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "height_datum": _text,
    "accuracy_grade": _text,
    "instrument": _text,
    "items": _items,
    "software": _text,
    "version": _text,
    "files": _files,
}


def read_manifest(path: Path, limits: Limits) -> dict[str, Any] | None:
    """Read and check the manifest of an archive, and the hash of every file it lists.

    Parameters
    ----------
    path : Path
        The archive.
    limits : Limits
        Bounds of the archive.

    Returns
    -------
    dict or None
        The manifest, each entry of ``files`` with its ``bytes`` and ``role``; None when there is none.

    Raises
    ------
    Unreadable
        ``unreadable_file`` where a field or a hash is missing or wrong, or a file is not listed;
        ``archive_unsafe``; ``crs_contradicted`` for another zone.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            found = [entry for entry in entries if PurePosixPath(entry.filename).name == MANIFEST]
            if not found:
                return None
            judge(entries, limits)
            entry = min(found, key=lambda one: len(PurePosixPath(one.filename).parts))
            manifest = _parsed(archive, entry)
            _judge_fields(manifest)
            root = str(PurePosixPath(entry.filename).parent)
            _judge_files(archive, [one for one in entries if one is not entry], manifest, root)
            return manifest
    except DAMAGED as error:
        raise Unreadable("unreadable_file", "archive_broken") from error


def _parsed(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> dict[str, Any]:
    with archive.open(entry) as source:
        data = source.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise Unreadable("too_large", "manifest_large", limit_mib=_LARGEST // MIB)
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("unreadable_file", "manifest_broken") from error
    if not isinstance(found, dict):
        raise Unreadable("unreadable_file", "manifest_broken")
    return found


def _judge_fields(manifest: dict[str, Any]) -> None:
    for name, good in _MUST.items():
        if name not in manifest or manifest[name] is None:
            raise Unreadable("unreadable_file", "manifest_field_absent", field=name)
        if not good(manifest[name]):
            raise Unreadable("unreadable_file", "manifest_field_wrong", field=name)
    previous = manifest.get("previous_version")
    if previous is not None and not _text(previous):
        raise Unreadable("unreadable_file", "manifest_field_wrong", field="previous_version")
    if manifest["central_meridian"] != CENTRAL_MERIDIAN_DEG or manifest["zone"] != ZONE:
        params = {"zone": manifest["zone"], "meridian": manifest["central_meridian"]}
        raise Unreadable("crs_contradicted", "manifest_zone", **params)


def _judge_files(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], manifest: dict[str, Any], root: str
) -> None:
    """Compare the list of files with what is there; each one's size and role are written into the list."""
    present = {
        _below(root, member_name(entry)): entry
        for entry in entries
        if not entry.is_dir() and PurePosixPath(entry.filename).parts[0] not in _UNUSED
    }
    listed = _listed(manifest["files"])
    METER.begin("verifying", sum(entry.file_size for entry in present.values()))
    for name in present:
        if name not in listed:
            raise Unreadable("unreadable_file", "manifest_not_listed", file=name[:_LONGEST])
    for name, row in listed.items():
        if name not in present:
            raise Unreadable("unreadable_file", "manifest_file_absent", file=name[:_LONGEST])
        row["bytes"], digest = _digest(archive, present[name])
        if digest != row["sha256"]:
            raise Unreadable("unreadable_file", "manifest_hash_wrong", file=name[:_LONGEST])


def _listed(files: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    listed: dict[str, dict[str, Any]] = {}
    for row in files:
        name = row.get("path")
        if not isinstance(name, str) or not name:
            raise Unreadable("unreadable_file", "manifest_field_wrong", field="files.path")
        if (
            name.startswith(("/", "\\"))
            or ".." in PurePosixPath(name.replace("\\", "/")).parts
            or ":" in name[:3]
        ):
            raise Unreadable("archive_unsafe", "archive_path")
        digest = row.get("sha256")
        if digest is None:
            raise Unreadable("unreadable_file", "manifest_hash_absent", file=name[:_LONGEST])
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest.lower()):
            raise Unreadable("unreadable_file", "manifest_hash_wrong", file=name[:_LONGEST])
        role = row.setdefault("role", "data")
        if not isinstance(role, str) or role not in _ROLES:
            raise Unreadable("unreadable_file", "manifest_field_wrong", field="files.role")
        if name in listed:
            raise Unreadable("unreadable_file", "manifest_listed_twice", file=name[:_LONGEST])
        row["sha256"] = digest.lower()
        listed[name] = row
    return listed


def _below(root: str, name: str) -> str:
    return name.removeprefix(root + "/") if root != "." else name


def _digest(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with archive.open(entry) as source:
        while chunk := source.read(MIB):
            size += len(chunk)
            if size > entry.file_size:
                raise Unreadable("archive_unsafe", "archive_total", limit_mib=entry.file_size // MIB)
            digest.update(chunk)
            METER.advance(len(chunk))
    return size, digest.hexdigest()


def data_only(groups: dict[str, dict[str, Path]], manifest: dict[str, Any]) -> dict[str, dict[str, Path]]:
    """Leave out the manifest itself and the files that are sources only (reports, pictures, originals)."""
    sources = {str(PurePosixPath(row["path"])) for row in manifest["files"] if row["role"] == _SOURCE}
    kept: dict[str, dict[str, Path]] = {}
    for stem, members in groups.items():
        left = {
            suffix: file
            for suffix, file in members.items()
            if not _is(stem + suffix, {MANIFEST}) and not _is(stem + suffix, sources)
        }
        if left:
            kept[stem] = left
    return kept


def _is(name: str, names: set[str]) -> bool:
    return name in names or any(name.endswith("/" + one) for one in names)
