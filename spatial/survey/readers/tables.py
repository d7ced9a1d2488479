"""Reading of layers and tables through GDAL, one named driver at a time."""

import datetime as dt
import decimal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.readers.drivers import DRIVER_OF, HARMLESS
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.parts import AT_ONCE
from spatial.survey.readers.records import Unreadable
from spatial.survey.readers.telling import METER

_POLYGON, _MULTIPOLYGON = 3, 6
LONGEST_TEXT: Final = 2_000
_MOST_FIELDS: Final = 200
_OPTIONS: Final = {"gpkg": {"IMMUTABLE": "YES"}}
# A row of a shapefile cannot be sought by its number where some are marked as deleted.
_IN_PIECES: Final = frozenset({"gpkg", "gdb", "fgb"})


@dataclass(frozen=True, slots=True)
class Table:
    """One layer as stored: geometries, attributes, faults, declared CRS.

    A layer of parcels holds Polygon, MultiPolygon or None, a table beside them any geometry or None.
    """

    name: str
    geoms: NDArray[np.object_]
    rows: list[dict[str, Any]]
    faults: dict[int, str]
    declared_crs: str
    has_z: bool


def layers(path: Path, kind: str) -> list[str]:
    """Name the layers and the tables without geometry.

    Raises
    ------
    Unreadable
    """
    pyogrio = _gdal(kind)
    return [str(name) for name, _ in _guarded(pyogrio.list_layers, path)]


def read(path: Path, kind: str, layer: str | None, *, encoding: str | None, limits: Limits) -> Table:
    """Read a layer of parcels.

    Parameters
    ----------
    path : Path
        File that has been inspected.
    kind : {"gpkg", "shp", "gdb", "fgb"}
        Which driver; no other is loaded.
    layer : str or None
        Layer of a file that has several.
    encoding : str or None
        ``ISO-8859-1`` gives the bytes of a shapefile's table back unchanged.
    limits : Limits
        Features and vertices.

    Raises
    ------
    Unreadable
    """
    meta, wkb, rows = _raw(path, kind, layer, encoding=encoding, limits=limits)
    if wkb is None or not len(wkb):
        raise Unreadable("unreadable_file", "no_features")
    geoms, faults = polygons(wkb, limits)
    return _table(layer or path.stem, meta, geoms, rows, faults)


def read_beside(path: Path, kind: str, layer: str | None, *, encoding: str | None, limits: Limits) -> Table:
    """Read a table beside the parcels: geometries of any kind, or none at all.

    Raises
    ------
    Unreadable
    """
    meta, wkb, rows = _raw(path, kind, layer, encoding=encoding, limits=limits)
    geoms = np.full(len(rows), None, dtype=object)
    if wkb is not None and len(wkb):
        geoms = shapely.from_wkb(wkb, on_invalid="ignore")
        geoms[shapely.is_empty(geoms)] = None
        judge_size(geoms, limits)
    return _table(layer or path.stem, meta, geoms, rows, {})


@contextmanager
def batches(
    path: Path, kind: str, layer: str | None, *, limits: Limits, at_once: int
) -> Iterator[tuple[dict[str, Any], Iterator[Any]]]:
    """Open a layer of parcels to be read in batches of Arrow.

    Parameters
    ----------
    path, kind, layer, limits
        As of :func:`read`.
    at_once : int
        Features of a batch.

    Yields
    ------
    dict, iterator of RecordBatch
        What GDAL says of the layer, and its batches.

    Raises
    ------
    Unreadable
    """
    pyogrio = _gdal(kind)
    _judge_count(count(path, kind, layer), limits)
    options = _OPTIONS.get(kind, {})
    opened = pyogrio.raw.open_arrow(path, layer=layer, batch_size=at_once, use_pyarrow=False, **options)
    meta, stream = _guarded(opened.__enter__)
    try:
        yield meta, _stepwise(stream)
    finally:
        opened.__exit__(None, None, None)


def _stepwise(stream: Any) -> Iterator[Any]:
    from arro3.core import RecordBatchReader

    reader = RecordBatchReader.from_arrow(stream)
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except Exception as error:
            raise Unreadable("unreadable_file", "gdal_refused") from error
        yield batch


def _raw(
    path: Path, kind: str, layer: str | None, *, encoding: str | None, limits: Limits
) -> tuple[dict[str, Any], NDArray[np.object_] | None, list[dict[str, Any]]]:
    pyogrio = _gdal(kind)
    rows = count(path, kind, layer)
    _judge_count(rows, limits)
    read = partial(_guarded, pyogrio.raw.read, path, layer=layer, encoding=encoding, force_2d=True)
    read = partial(read, **_OPTIONS.get(kind, {}))
    if rows <= AT_ONCE or kind not in _IN_PIECES:
        meta, _, wkb, columns = read()
        METER.advance(rows)
    else:
        meta, wkb, columns = _joined(read, rows)
    names = [str(name) for name in meta["fields"]][:_MOST_FIELDS]
    found = len(wkb) if wkb is not None else len(columns[0]) if len(columns) else 0
    return meta, wkb, _rows(names, columns, found)


def count(path: Path, kind: str, layer: str | None) -> int:
    """Count the rows of a layer.

    Raises
    ------
    Unreadable
    """
    pyogrio = _gdal(kind)
    return int(_guarded(pyogrio.read_info, path, layer=layer, force_feature_count=True)["features"])


def _judge_count(rows: int, limits: Limits) -> None:
    if rows > limits.features:
        raise Unreadable("too_large", "too_many_features", limit=limits.features)


def _joined(
    read: Callable[..., Any], rows: int
) -> tuple[dict[str, Any], NDArray[np.object_] | None, list[NDArray[Any]]]:
    """Read a layer piece by piece, so that it can be told how far it is."""
    pieces = []
    for at in range(0, rows, AT_ONCE):
        pieces.append(read(skip_features=at, max_features=AT_ONCE))
        METER.advance(AT_ONCE)
    meta, _, wkb, _ = pieces[0]
    columns = [np.concatenate(parts) for parts in zip(*(piece[3] for piece in pieces), strict=True)]
    joined = None if wkb is None else np.concatenate([piece[2] for piece in pieces])
    return meta, joined, columns


def _table(
    name: str,
    meta: dict[str, Any],
    geoms: NDArray[np.object_],
    rows: list[dict[str, Any]],
    faults: dict[int, str],
) -> Table:
    return Table(
        name=name,
        geoms=geoms,
        rows=rows,
        faults=faults,
        declared_crs=str(meta.get("crs") or ""),
        has_z=str(meta.get("geometry_type") or "").endswith(" Z"),
    )


def polygons(wkb: NDArray[np.object_], limits: Limits) -> tuple[NDArray[np.object_], dict[int, str]]:
    """Turn WKB into polygons; name why a feature has none.

    Raises
    ------
    Unreadable
        ``geometry_not_finite``, ``too_large``, or ``wrong_type`` when no feature is a polygon.
    """
    geoms, faults = some_polygons(wkb, limits)
    if len(faults) == len(geoms):
        raise no_polygon(all(value is None for value in wkb))
    return geoms, faults


def no_polygon(absent: bool) -> Unreadable:
    """Return the refusal of a file without any polygon; ``absent`` when it has no geometry at all."""
    return Unreadable("unreadable_file" if absent else "wrong_type", "not_polygons")


def some_polygons(wkb: NDArray[np.object_], limits: Limits) -> tuple[NDArray[np.object_], dict[int, str]]:
    """Turn WKB into polygons, None where there is none; name why by the place from 1.

    Raises
    ------
    Unreadable
        ``geometry_not_finite`` or ``too_large``.
    """
    geoms = shapely.from_wkb(wkb, on_invalid="ignore")
    types = shapely.get_type_id(geoms)
    usable = np.isin(types, (_POLYGON, _MULTIPOLYGON)) & ~shapely.is_empty(geoms)
    faults = {int(at) + 1: _fault(wkb[at] is None, geoms[at]) for at in np.flatnonzero(~usable)}
    geoms[~usable] = None
    judge_size(geoms, limits)
    return geoms, faults


def judge_size(geoms: NDArray[np.object_], limits: Limits) -> None:
    """Refuse geometries of too many vertices or of numbers that are not finite.

    Raises
    ------
    Unreadable
        ``too_large`` or ``geometry_not_finite``.
    """
    sizes = shapely.get_num_coordinates(geoms)
    if len(sizes) and sizes.max() > limits.vertices:
        raise Unreadable("too_large", "too_many_vertices", limit=limits.vertices)
    if not np.isfinite(shapely.get_coordinates(geoms)).all():
        raise Unreadable("geometry_not_finite", "not_finite")


def _fault(absent: bool, geom: object) -> str:
    if absent:
        return "geometry_absent"
    if geom is None:
        return "geometry_unreadable"
    return "geometry_absent" if shapely.is_empty(geom) else "not_a_polygon"


def _gdal(kind: str) -> Any:
    """Import GDAL and make sure that no other driver is there.

    Raises
    ------
    Unreadable
        If a driver was not switched off (the limits of the process are not in force).
    """
    import sys

    # pyogrio would load these if it found them; this process needs only its arrays (saves a second).
    for heavy in ("geopandas", "pandas", "pyarrow"):
        sys.modules.setdefault(heavy, None)  # type: ignore[arg-type]  # None is how Python marks "not there"
    import pyogrio
    import pyogrio.raw

    left = set(pyogrio.list_drivers()) - {DRIVER_OF[kind]} - HARMLESS
    if left:
        raise Unreadable("unreadable_file", "drivers_open", drivers=sorted(left)[:5])
    return pyogrio


def _guarded(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return function(*args, **kwargs)
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # a damaged file also ends in faults of the library itself
        raise Unreadable("unreadable_file", "gdal_refused") from error


def _rows(names: list[str], columns: list[NDArray[Any]], count: int) -> list[dict[str, Any]]:
    values = [[plain(value) for value in column.tolist()] for column in columns[: len(names)]]
    if not values:
        return [{} for _ in range(count)]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def plain(value: object) -> object:
    """Return a value that JSON can hold."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, decimal.Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, str):
        return value.replace("\0", "")[:LONGEST_TEXT]
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return None
