"""From a file of a known kind to its content in EPSG:4547; runs in the child process only."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from spatial.survey.readers import geojson, tables
from spatial.survey.readers.containers import container
from spatial.survey.readers.layered import Layers, layered_content
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.records import Asked, Content, Unreadable
from spatial.survey.readers.text_content import text_content

Packages = Callable[[Path, Asked, Limits], Content]
"""How a GeoPackage is read."""


def _whole(path: Path, asked: Asked, limits: Limits) -> Content:
    return layered_content(container(path, "gpkg", asked, limits), asked)


def content_of(
    path: Path, kind: str, asked: Asked, limits: Limits, scratch: Path, *, packages: Packages = _whole
) -> Content:
    """Read a file.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        One of the kinds of `identify.identify`, as told by name and first bytes.
    asked : Asked
        Layer and coordinate system wanted.
    limits : Limits
        Bounds.
    scratch : Path
        Folder of this reading alone.
    packages : callable
        How a GeoPackage is read, alone or in an archive.

    Raises
    ------
    Unreadable
    """
    if kind == "zip":
        from spatial.survey.readers.zipped import zipped

        return zipped(path, asked, limits, scratch, packages=packages)
    if kind == "gpkg":
        return packages(path, asked, limits)
    if kind == "fgb":
        return layered_content(container(path, kind, asked, limits), asked)
    return _PLAIN[kind](path, asked, limits)


def geojson_content(collection: dict[str, Any], asked: Asked, limits: Limits) -> Content:
    """Take the content from a parsed collection of features.

    Raises
    ------
    Unreadable
    """
    written = geojson.declared_crs(collection)
    geoms, rows, faults, notes = geojson.features(collection, limits)
    if all(geom is None for geom in geoms):
        raise Unreadable(
            "wrong_type" if "not_a_polygon" in faults.values() else "unreadable_file", "not_polygons"
        )
    # RFC 7946 fixes WGS 84 where nothing is written: a statement of the sender then decides.
    explicit = written if collection.get("crs") else ("" if asked.crs else written)
    name = str(collection.get("name") or "features")[:80]
    table = tables.Table(name, geoms, rows, faults, explicit, False)
    content = layered_content(Layers("GeoJSON", table, "utf-8"), asked)
    content.notes.extend(notes)
    return content


def _geojson(path: Path, asked: Asked, limits: Limits) -> Content:
    return geojson_content(geojson.load(path.read_bytes(), limits), asked, limits)


def _text(path: Path, asked: Asked, _limits: Limits) -> Content:
    return text_content(path.read_bytes(), asked)


def _csv(path: Path, asked: Asked, limits: Limits) -> Content:
    from spatial.survey.readers.coordinate_list import csv_list

    return csv_list(path, asked, limits)


def _excel(path: Path, asked: Asked, limits: Limits) -> Content:
    from spatial.survey.readers.coordinate_list import excel_list

    return excel_list(path, asked, limits)


def _parquet(path: Path, asked: Asked, limits: Limits) -> Content:
    from spatial.survey.readers.geoparquet import parquet_content

    return parquet_content(path, asked, limits)


def _dxf(path: Path, asked: Asked, limits: Limits) -> Content:
    from spatial.survey.readers.cass_dxf import dxf_content

    return dxf_content(path, asked, limits)


_PLAIN = {
    "geojson": _geojson, "txt": _text, "csv": _csv, "xlsx": _excel, "parquet": _parquet, "dxf": _dxf,
}  # fmt: skip
