"""Shapefiles and lone dBASE tables of an archive, with the encoding of their attributes."""

from pathlib import Path
from typing import Any

from spatial.survey.readers import shapefile, standard, tables
from spatial.survey.readers.layered import Layers
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.records import Asked, Unreadable

Members = dict[str, Path]


def shapefiles(groups: dict[str, Members], asked: Asked, limits: Limits) -> Layers:
    """Read the shapefile of parcels and the standard tables beside it.

    Parameters
    ----------
    groups : dict
        Name of each shapefile or table -> {suffix: file}.
    asked : Asked
        The one of parcels, where it is not clear.
    limits : Limits
        Of each.

    Raises
    ------
    Unreadable
    """
    shapes = [name for name, members in groups.items() if ".shp" in members]
    beside = [name for name in groups if name not in shapes and standard.object_name(name)]
    chosen = standard.choose([*shapes, *beside], asked.source_layer)
    parcels, encoding = _read(chosen.parcels, groups[chosen.parcels], limits, parcels=True)
    districts = None
    if standard.SUBDISTRICTS in shapes:
        districts = _read(standard.SUBDISTRICTS, groups[standard.SUBDISTRICTS], limits, parcels=True)[0]
    objects = {
        table: _read(name, groups[name], limits, parcels=False)[0] for table, name in chosen.objects.items()
    }
    return Layers("ESRI Shapefile", parcels, encoding, districts, objects, chosen.left)


def _read(name: str, members: Members, limits: Limits, *, parcels: bool) -> tuple[tables.Table, str]:
    if ".shp" in members:
        shapefile.inspect(members, polygons=parcels)
    elif parcels:
        raise Unreadable("unreadable_file", "shp_member_missing", member=".shp")
    else:
        shapefile.inspect_table(members[".dbf"])
    written = ""
    if ".prj" in members:  # ours to judge: GDAL gives up the whole file for one it cannot parse
        written = members[".prj"].read_text("latin-1")[:4096].strip()
        members[".prj"].unlink()
    read = tables.read if parcels else tables.read_beside
    path = members.get(".shp", members[".dbf"])
    table = read(path, "shp", None, encoding="ISO-8859-1", limits=limits)
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
    return tables.Table(name, table.geoms, rows, table.faults, written, table.has_z), encoding


def _decoded(value: Any, encoding: str, errors: str = "strict") -> Any:
    return value.encode("latin-1", "replace").decode(encoding, errors) if isinstance(value, str) else value
