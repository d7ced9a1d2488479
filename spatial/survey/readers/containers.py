"""Files that hold several layers and tables: GeoPackage and file geodatabase; FlatGeobuf holds one."""

from pathlib import Path
from typing import Final

from spatial.survey.readers import geopackage, standard, tables
from spatial.survey.readers.layered import Layers
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.records import Asked

_DRIVERS: Final = {"gpkg": "GPKG", "gdb": "OpenFileGDB", "fgb": "FlatGeobuf"}


def container(path: Path, kind: str, asked: Asked, limits: Limits) -> Layers:
    """Read the layer of parcels and the standard tables beside it.

    Parameters
    ----------
    path : Path
        The file, or the folder of a file geodatabase.
    kind : {"gpkg", "gdb", "fgb"}
        Which driver.
    asked : Asked
        The layer of parcels, where it is not clear.
    limits : Limits
        Of each layer.

    Raises
    ------
    Unreadable
    """
    if kind == "gpkg":
        geopackage.inspect(path)
    found = tables.layers(path, kind)
    chosen = standard.choose(found, asked.source_layer)
    districts = standard.SUBDISTRICTS if standard.SUBDISTRICTS in found else None
    return Layers(
        driver=_DRIVERS[kind],
        parcels=tables.read(path, kind, chosen.parcels, encoding=None, limits=limits),
        districts=tables.read(path, kind, districts, encoding=None, limits=limits) if districts else None,
        objects={
            name: tables.read_beside(path, kind, layer, encoding=None, limits=limits)
            for name, layer in chosen.objects.items()
        },
        left=chosen.left,
    )
