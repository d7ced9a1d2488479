"""Plots and stands that parcels name in columns of their own, as tables like those that come beside them."""

import re
from typing import Any, Final

import numpy as np

from spatial.survey.readers.records import Content, ObjectTable

# A right over several stands names them in one cell.
_SEVERAL: Final = re.compile(r"[、，,;；/\s]+")
_PARCEL: Final = ("zddm", "bdcdyh", "parcel_code")
_PARCEL_LENGTH: Final = 19
LAND_SIGNS: Final = frozenset({"dkbm", "xb"})
"""Columns (lower case) by one of which parcels name plots or stands."""
LAND_COLUMNS: Final = LAND_SIGNS | {*_PARCEL, "htmj", "scmj", "lb", "xbmj"}
"""All columns that are looked at."""


def add_land_tables(content: Content) -> None:
    """Give a content the tables DK and XB from its parcels' columns DKBM or LB and XB, where it has none.

    Parameters
    ----------
    content : Content
        As read; its ``objects`` gain what is found. A cell may name several stands.
    """
    if "DK" not in content.objects:
        _put(content, "DK", [_plot(row) for row in map(_lower, content.rows) if row.get("dkbm")])
    if "XB" not in content.objects:
        _put(content, "XB", [stand for row in map(_lower, content.rows) for stand in _stands(row)])


def _put(content: Content, name: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        content.objects[name] = ObjectTable(np.full(len(rows), None, dtype=object), rows)


def _lower(row: dict[str, Any]) -> dict[str, Any]:
    return {key.lower(): value for key, value in row.items()}


def _parcel(row: dict[str, Any]) -> str:
    written = next((str(row[name]) for name in _PARCEL if row.get(name)), "")
    return "".join(written.split())[:_PARCEL_LENGTH]


def _plot(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "ZDDM": _parcel(row),
        "DKBM": row["dkbm"],
        "HTMJ": row.get("htmj"),
        "SCMJ": row.get("scmj"),
    }


def _stands(row: dict[str, Any]) -> list[dict[str, Any]]:
    if not row.get("lb") or not row.get("xb"):
        return []
    numbers = [number for number in _SEVERAL.split(str(row["xb"]).strip()) if number]
    area = row.get("xbmj") if len(numbers) == 1 else None
    return [{"ZDDM": _parcel(row), "LB": row["lb"], "XB": number, "XBMJ": area} for number in numbers]
