"""Files that hold several layers and tables: GeoPackage and file geodatabase; FlatGeobuf holds one."""

from pathlib import Path
from typing import Final

from spatial.survey.readers import geopackage, standard, tables
from spatial.survey.readers.layered import Layers
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.records import Asked
from spatial.survey.readers.telling import METER

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
    METER.begin("reading", chosen_rows(path, kind, found, chosen))
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


def chosen_rows(path: Path, kind: str, found: list[str], chosen: standard.Chosen) -> int:
    """Count the rows of all layers that will be read."""
    beside = [standard.SUBDISTRICTS] if standard.SUBDISTRICTS in found else []
    return sum(
        tables.count(path, kind, layer) for layer in [chosen.parcels, *chosen.objects.values(), *beside]
    )
