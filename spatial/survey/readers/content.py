"""From a file of a known kind to its content in EPSG:4547; runs in the child process only."""

import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.crs import to_plane
from spatial.survey.readers import archive, geojson, geopackage, sense, shapefile, tables
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.records import Asked, Content, Note, Source, Subdistricts, Unreadable
from spatial.survey.readers.text_content import text_content

SUBDISTRICTS: Final = "subdistricts"
_DISTRICT_CODE: Final = ("djzqdm", "subdistrict_code")
_DISTRICT_NAME: Final = ("djzqmc", "name")


def content_of(path: Path, kind: str, asked: Asked, limits: Limits, scratch: Path) -> Content:
    """Read a file.

    Parameters
    ----------
    path : Path
        The file.
    kind : {"gpkg", "shp", "zip", "geojson", "txt"}
        As identified by name and first bytes.
    asked : Asked
        Layer and coordinate system wanted.
    limits : Limits
        Bounds.
    scratch : Path
        Folder of this reading alone.

    Raises
    ------
    Unreadable
    """
    if kind == "zip":
        return _zipped(path, asked, limits, scratch)
    if kind == "gpkg":
        return _geopackage(path, asked, limits)
    data = path.read_bytes()
    if kind == "txt":
        return text_content(data, asked)
    return geojson_content(geojson.load(data, limits), asked, limits)


def _zipped(path: Path, asked: Asked, limits: Limits, scratch: Path) -> Content:
    folder = scratch / "members"
    folder.mkdir()
    groups = archive.unpack(path, folder, limits)
    shapes = {Path(stem).name: files for stem, files in groups.items() if ".shp" in files}
    if shapes:
        return _shapefiles(shapes, asked, limits)
    single = [file for files in groups.values() for file in files.values()]
    usable = [file for file in single if file.suffix in {".gpkg", ".geojson", ".json", ".txt"}]
    if len(usable) != 1:
        reason = "shp_member_missing" if not usable else "archive_many"
        raise Unreadable("unreadable_file", reason, member=".shp")
    kind = {".gpkg": "gpkg", ".txt": "txt"}.get(usable[0].suffix, "geojson")
    return content_of(usable[0], kind, asked, limits, scratch)


def _shapefiles(shapes: dict[str, dict[str, Path]], asked: Asked, limits: Limits) -> Content:
    name = _choose(list(shapes), asked.source_layer)
    table, encoding = _shapefile(shapes[name], limits)
    if not table.declared_crs and asked.crs is None:
        raise Unreadable("crs_missing", "shp_without_prj")
    districts = shapes.get(SUBDISTRICTS)
    read = _shapefile(districts, limits)[0] if districts else None
    return _assemble("ESRI Shapefile", name, table, asked, encoding=encoding, districts=read)


def _shapefile(members: dict[str, Path], limits: Limits) -> tuple[tables.Table, str]:
    shapefile.inspect(members)
    table = tables.read(members[".shp"], "shp", None, encoding="ISO-8859-1", limits=limits)
    samples = {
        value.encode("latin-1", "replace")
        for row in table.rows
        for value in row.values()
        if isinstance(value, str)
    }
    encoding = shapefile.encoding_of(members, sorted(samples))
    # Names are cut at ten bytes, perhaps within a letter: the values alone tell the encoding.
    rows = [
        {_decoded(key, encoding, "ignore"): _decoded(value, encoding) for key, value in row.items()}
        for row in table.rows
    ]
    written = members[".prj"].read_text("latin-1")[:4096].strip() if ".prj" in members else ""
    return tables.Table(table.name, table.geoms, rows, table.faults, written, table.has_z), encoding


def _decoded(value: Any, encoding: str, errors: str = "strict") -> Any:
    return value.encode("latin-1", "replace").decode(encoding, errors) if isinstance(value, str) else value


def _geopackage(path: Path, asked: Asked, limits: Limits) -> Content:
    geopackage.inspect(path)
    found = tables.layers(path, "gpkg")
    name = _choose(found, asked.source_layer)
    table = tables.read(path, "gpkg", name, encoding=None, limits=limits)
    districts = (
        tables.read(path, "gpkg", SUBDISTRICTS, encoding=None, limits=limits)
        if SUBDISTRICTS in found
        else None
    )
    return _assemble("GPKG", name, table, asked, encoding=None, districts=districts)


def _choose(found: list[str], wanted: str | None) -> str:
    """Return the layer of parcels.

    Raises
    ------
    Unreadable
        ``source_layer_unknown`` when it is not there or not clear.
    """
    candidates = [name for name in found if name != SUBDISTRICTS] or found
    if not candidates:
        raise Unreadable("unreadable_file", "no_features")
    if wanted is None and len(candidates) == 1:
        return candidates[0]
    if wanted in found:
        return str(wanted)
    raise Unreadable("source_layer_unknown", "source_layer_choose", layers=found[:50])


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
    table = tables.Table("features", geoms, rows, faults, explicit, False)
    content = _assemble(
        "GeoJSON",
        str(collection.get("name") or "features")[:80],
        table,
        asked,
        encoding="utf-8",
        districts=None,
    )
    content.notes.extend(notes)
    return content


def _assemble(
    driver: str,
    layer: str,
    table: tables.Table,
    asked: Asked,
    *,
    encoding: str | None,
    districts: tables.Table | None,
) -> Content:
    epsg = sense.declared(asked.crs, table.declared_crs)
    geoms = _plane(table.geoms, epsg)
    notes = [Note("z_dropped", "info")] if table.has_z else []
    return Content(
        source=Source(driver, layer, epsg, table.declared_crs[:200], encoding),
        geoms=geoms,
        rows=table.rows,
        faults=table.faults,
        notes=notes,
        subdistricts=None if districts is None else _subdistricts(districts, asked, epsg),
        resolution_m2=[None] * len(geoms),
    )


def _plane(geoms: NDArray[np.object_], epsg: int) -> NDArray[np.object_]:
    """Judge the coordinates and bring them to EPSG:4547; stray features keep what they have."""
    sense.judge(shapely.get_coordinates(geoms), epsg)
    moved = shapely.transform(geoms, lambda coordinates: to_plane(coordinates, epsg))
    single = shapely.get_type_id(moved) == shapely.GeometryType.POLYGON
    multi: NDArray[np.object_] = np.array(moved, dtype=object)
    multi[single] = shapely.multipolygons(moved[single], indices=np.arange(single.sum()))
    return multi


def _subdistricts(table: tables.Table, asked: Asked, epsg: int) -> Subdistricts:
    fields = {key.lower(): key for key in (table.rows[0] if table.rows else {})}
    code_field = next((fields[name] for name in _DISTRICT_CODE if name in fields), None)
    if code_field is None:
        raise Unreadable("unreadable_file", "subdistricts_without_code")
    name_field = next((fields[name] for name in _DISTRICT_NAME if name in fields), None)
    codes = [str(row.get(code_field) or "") for row in table.rows]
    bad = next((code for code in codes if not re.fullmatch(r"\d{12}", code)), None)
    sound = not table.faults and bool(shapely.is_valid(table.geoms).all())
    if bad is not None or not sound or len(set(codes)) != len(codes):
        raise Unreadable("unreadable_file", "subdistricts_bad", value=bad or "")
    own = sense.declared(asked.crs, table.declared_crs) if table.declared_crs else epsg
    names = [str(row[name_field]) if name_field and row[name_field] else None for row in table.rows]
    return Subdistricts(codes, names, _plane(table.geoms, own))
