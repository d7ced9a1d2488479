"""Reader of GeoParquet: the metadata ``geo`` say which column holds WKB and its coordinate system."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from spatial.survey.readers.layered import Layers, layered_content
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.records import Asked, Content, Unreadable
from spatial.survey.readers.tables import Table, plain, polygons

_MOST_FIELDS: Final = 200
_PANIC: Final = "PanicException"
# GeoParquet 1.1: a column without the member ``crs`` is in OGC:CRS84, one with null in an unknown system.
_UNSAID: Final = "EPSG:4326"


def parquet_content(path: Path, asked: Asked, limits: Limits) -> Content:
    """Read a GeoParquet file.

    Parameters
    ----------
    path : Path
        Version 1.0 or 1.1 with WKB geometries, (E, N) or (lon, lat).
    asked : Asked
        System stated by the sender.
    limits : Limits
        Features and vertices.

    Raises
    ------
    Unreadable
    """
    metadata, columns = _read(path, limits)
    geo = _geo(metadata)
    primary = geo.get("primary_column")
    described = geo["columns"].get(primary) if isinstance(primary, str) else None
    if not isinstance(described, dict) or primary not in columns:
        raise Unreadable("unreadable_file", "parquet_without_geo")
    if described.get("encoding") != "WKB":
        raise Unreadable("unreadable_file", "parquet_encoding", name=str(described.get("encoding"))[:40])
    shapes = columns.pop(primary)
    wkb = np.full(len(shapes), None, dtype=object)
    wkb[:] = [value if isinstance(value, bytes) and value else None for value in shapes]
    geoms, faults = polygons(wkb, limits)
    names = list(columns)[:_MOST_FIELDS]
    rows = [{name: plain(columns[name][at]) for name in names} for at in range(len(shapes))]
    table = Table(str(primary), geoms, rows, faults, _system(described, asked), False)
    return layered_content(Layers("GeoParquet", table, "utf-8"), asked)


def _read(path: Path, limits: Limits) -> tuple[dict[bytes, bytes], dict[str, list[Any]]]:
    with _panics_refused():
        from arro3.io import read_parquet

        reader = read_parquet(path)
        metadata = dict(reader.schema.metadata)
    if b"geo" not in metadata:
        raise Unreadable("unreadable_file", "parquet_without_geo")
    with _panics_refused():
        table = reader.read_all()
    if table.num_rows > limits.features:
        raise Unreadable("too_large", "too_many_features", limit=limits.features)
    if not table.num_rows:
        raise Unreadable("unreadable_file", "no_features")
    with _panics_refused():
        columns = {str(name): list(table.column(name).to_pylist()) for name in table.schema.names}
    return metadata, columns


@contextmanager
def _panics_refused() -> Iterator[None]:
    """Turn what the library says of damage into a refusal: often a panic, which is no ``Exception``."""
    try:
        yield
    except MemoryError:
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == _PANIC:
            raise Unreadable("unreadable_file", "parquet_damaged") from error
        raise


def _geo(metadata: dict[bytes, bytes]) -> dict[str, Any]:
    try:
        geo = json.loads(metadata[b"geo"].decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("unreadable_file", "parquet_without_geo") from error
    if not isinstance(geo, dict) or not isinstance(geo.get("columns"), dict):
        raise Unreadable("unreadable_file", "parquet_without_geo")
    return geo


def _system(described: dict[str, Any], asked: Asked) -> str:
    if "crs" not in described:
        return "" if asked.crs else _UNSAID
    return "" if described["crs"] is None else json.dumps(described["crs"])
