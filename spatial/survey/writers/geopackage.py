"""Writer of a survey result as GeoPackage: layers and tables under the names of the register standard."""

import json
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from spatial.crs import PLANE
from spatial.survey.writers.records import Result

if TYPE_CHECKING:
    from pandas import DataFrame

PARCELS: Final = "ZD"
_CRS: Final = f"EPSG:{PLANE}"
# Columns the parcels' own layer has whatever the upload called them.
_OWN: Final = frozenset({
    "zddm", "parcel_code", "bdcdyh", "unit_code", "zdmj", "area_m2", "yt", "land_use", "zl", "address",
})  # fmt: skip
_PARCEL_COLUMNS: Final = ("ZDDM", "BDCDYH", "ZDMJ", "YT", "ZL")
_NUMBERS: Final = ("MJ", "CD", "ZBZ")  # area, length, coordinate
_RESERVED: Final = frozenset({"fid", "geom", "geometry"})
_INT64: Final = 2**63
# SQLite holds 2,000 columns, key and geometry among them.
_MOST_COLUMNS: Final = 1_900
_REST: Final = "attributes"
_LAYER_TYPES: Final = {
    PARCELS: "MultiPolygon", "JZD": "Point", "JZX": "LineString", "ZRZ": "MultiPolygon",
    "LJZ": "MultiPolygon", "FHT": "Polygon",
}  # fmt: skip


def write_geopackage(result: Result, path: Path) -> None:
    """Write parcels (ZD) and the tables beside them.

    Parameters
    ----------
    result : Result
        EPSG:4547; a parcel without a usable polygon is written without geometry.
    path : Path
        Where nothing is yet.
    """
    parcels = result.parcels
    rows = [_parcel_row(result, at) for at in range(len(parcels))]
    _write(path, PARCELS, rows, parcels.geoms)
    for name, table in result.objects.items():
        _write(path, name, table.rows, table.geoms)


def write_template(path: Path, columns: Mapping[str, Sequence[str]]) -> None:
    """Write every layer and table with its columns and no rows.

    Parameters
    ----------
    path : Path
        Where nothing is yet.
    columns : mapping
        Table beside the parcels -> names of its columns; areas, lengths and coordinates are numbers.
    """
    import geopandas as gpd
    import pandas as pd
    import pyogrio

    for name, heads in {PARCELS: _PARCEL_COLUMNS, **columns}.items():
        frame = pd.DataFrame({head: pd.Series(dtype=_dtype(head)) for head in heads})
        kind = _LAYER_TYPES.get(name)
        if kind is not None:
            frame = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([], crs=_CRS))
        options = {} if kind is None else {"geometry_type": kind}
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=path.exists(), **options)


def _dtype(head: str) -> str:
    return "float64" if head.endswith(_NUMBERS) else "object"


def _parcel_row(result: Result, at: int) -> dict[str, Any]:
    parcels = result.parcels
    row: dict[str, Any] = {
        "ZDDM": parcels.codes[at],
        "BDCDYH": parcels.unit_codes[at],
        "ZDMJ": parcels.declared_m2[at],
        "YT": parcels.land_use[at],
        "ZL": parcels.address[at],
    }
    more = parcels.rows[at] if parcels.rows else {}
    return row | {key: value for key, value in more.items() if key.lower() not in _OWN}


def _write(path: Path, name: str, rows: Sequence[Mapping[str, Any]], geoms: NDArray[np.object_]) -> None:
    import geopandas as gpd
    import pyogrio

    frame = _frame(rows)
    shaped = any(geom is not None for geom in geoms)
    if shaped:
        frame = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(list(geoms), crs=_CRS))
    kind = {"geometry_type": _type_of(geoms)} if shaped else {}
    pyogrio.write_dataframe(
        frame, path, layer=name, driver="GPKG", append=path.exists(), promote_to_multi=False, **kind
    )


def _type_of(geoms: NDArray[np.object_]) -> str:
    """Return the one type of the geometries, ``Unknown`` for a mixture."""
    kinds: set[str] = {geom.geom_type for geom in geoms if geom is not None}
    return kinds.pop() if len(kinds) == 1 else "Unknown"


def _frame(rows: Sequence[Mapping[str, Any]]) -> "DataFrame":
    """Return the attributes as columns, each of one type; names differ by more than case.

    What a table has no room for stands together in its last column, as JSON.
    """
    import pandas as pd

    names: dict[str, str] = {}
    for row in rows:
        for key in row:
            names.setdefault(key, "")
    if len(names) > _MOST_COLUMNS:
        kept = dict.fromkeys(list(names)[:_MOST_COLUMNS], "")
        rest = _REST
        while rest in kept:
            rest += "_"
        rows = [_folded(row, kept, rest) for row in rows]
        names = {**kept, rest: ""}
    taken = set(_RESERVED)
    for key in names:
        name = "".join(letter for letter in key if letter.isprintable())[:60] or "column"
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        names[key] = name
    columns = {name: _column([row.get(key) for row in rows]) for key, name in names.items()}
    return pd.DataFrame(columns, index=range(len(rows)))


def _folded(row: Mapping[str, Any], kept: Container[str], rest: str) -> dict[str, Any]:
    beyond = {key: value for key, value in row.items() if key not in kept}
    return {key: value for key, value in row.items() if key in kept} | ({rest: beyond} if beyond else {})


def _column(values: list[Any]) -> Any:
    import pandas as pd

    present = [value for value in values if value is not None]
    if present and all(isinstance(value, bool) for value in present):
        return pd.array(values, dtype="boolean")
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in present)
    if present and numbers and all(isinstance(value, int) and abs(value) < _INT64 for value in present):
        return pd.array(values, dtype="Int64")
    if present and numbers:
        return np.array([np.nan if value is None else float(value) for value in values])
    return np.array([_text(value) for value in values], dtype=object)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
