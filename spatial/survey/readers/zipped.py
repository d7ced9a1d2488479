"""Archives: one survey file, shapefiles, a file geodatabase, or a multi-survey bundle with its manifest."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from spatial.survey.readers import archive, bundle, sheets, standard
from spatial.survey.readers.containers import container
from spatial.survey.readers.content import Packages, content_of
from spatial.survey.readers.layered import beside, layered_content
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.records import Asked, Content, Unreadable
from spatial.survey.readers.shapefiles import shapefiles

Groups = dict[str, dict[str, Path]]
_GDAL: Final = (".shp", ".gdb", ".gpkg", ".fgb")
_SINGLE: Final = {
    ".gpkg": "gpkg", ".fgb": "fgb", ".geojson": "geojson", ".json": "geojson", ".txt": "txt", ".csv": "csv",
    ".xlsx": "xlsx", ".parquet": "parquet", ".dxf": "dxf",
}  # fmt: skip


def zipped(path: Path, asked: Asked, limits: Limits, scratch: Path, *, packages: Packages) -> Content:
    """Read an archive.

    Parameters
    ----------
    path : Path
        The archive.
    asked : Asked
        Layer and coordinate system wanted.
    limits : Limits
        Bounds of the archive and of what is in it.
    scratch : Path
        Folder of this reading alone.
    packages : callable
        How a GeoPackage in it is read.

    Raises
    ------
    Unreadable
    """
    folder = scratch / "members"
    folder.mkdir()
    manifest = bundle.read_manifest(path, limits)
    groups = archive.unpack(path, folder, limits)
    if manifest is not None:
        groups = bundle.data_only(groups, manifest)
        asked = replace(asked, crs=asked.crs or manifest["crs"])
    found = {suffix for members in groups.values() for suffix in members}
    if len(found.intersection(_GDAL)) > 1:
        raise Unreadable("unreadable_file", "archive_mixed", formats=sorted(found.intersection(_GDAL)))
    tables = _tables(groups)
    content = _parcels(groups, found, asked, limits, partial(content_of, scratch=scratch, packages=packages))
    for name, file in tables.items():
        if name in content.objects:
            raise Unreadable("unreadable_file", "table_twice", table=name)
        content.objects[name] = beside(sheets.table(file, name, limits), asked, None)
    return replace(content, manifest=manifest)


def _tables(groups: Groups) -> dict[str, Path]:
    """Take the standard tables that are text out of the groups."""
    found: dict[str, Path] = {}
    for stem in [stem for stem, members in groups.items() if ".csv" in members]:
        name = standard.object_name(Path(stem).name)
        if name is None:
            continue
        if name in found:
            raise Unreadable("unreadable_file", "table_twice", table=name)
        found[name] = groups[stem].pop(".csv")
    return found


def _parcels(
    groups: Groups, found: set[str], asked: Asked, limits: Limits, single: Callable[..., Content]
) -> Content:
    if ".shp" in found:
        return layered_content(shapefiles(_named(groups), asked, limits), asked)
    files = [file for members in groups.values() for file in members.values()]
    if ".gdb" in found:
        databases = [file for file in files if file.suffix == ".gdb"]
        return layered_content(container(_only(databases), "gdb", asked, limits), asked)
    usable = [file for file in files if file.suffix in _SINGLE]
    if not usable:
        raise Unreadable("unreadable_file", "shp_member_missing", member=".shp")
    file = _only(usable)
    return single(file, _SINGLE[file.suffix], asked, limits)


def _only(files: list[Path]) -> Path:
    if len(files) != 1:
        raise Unreadable("unreadable_file", "archive_many")
    return files[0]


def _named(groups: Groups) -> dict[str, dict[str, Path]]:
    """Name shapefiles and lone tables without their folders.

    Raises
    ------
    Unreadable
        If two have the same name.
    """
    named: dict[str, dict[str, Path]] = {}
    for stem, members in groups.items():
        if not {".shp", ".dbf"} & members.keys():
            continue
        if Path(stem).name in named:
            raise Unreadable("archive_unsafe", "archive_same_names")
        named[Path(stem).name] = members
    return named
