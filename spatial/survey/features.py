"""From what a reader hands over to draft parcels: which column means what."""

import re
from typing import Any, Final

from spatial.codes.rules import normalise
from spatial.survey.readers.records import Content, Note
from spatial.survey.records import Features

_PARCEL: Final = ("zddm", "parcel_code")
_UNIT: Final = ("bdcdyh", "unit_code")
# Declared area is read from these alone; other area columns have other meanings.
_AREA: Final = ("zdmj", "area_m2")
_USE: Final = ("yt", "land_use")
_ADDRESS: Final = ("zl", "address")
_PARCEL_LENGTH: Final = 19
_UNIT_LENGTH: Final = 28
_LONGEST: Final = 200
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?", re.ASCII)
# No declared area is larger than this; numeric(14,2) of the register holds it.
_LARGEST_M2: Final = 1e11


def draft_features(content: Content) -> Features:
    """Take the known columns out of the attributes.

    Parameters
    ----------
    content : Content
        As read; column names are compared without regard to case.

    Returns
    -------
    Features
        A parcel without its own code takes the first 19 characters of its unit code. Declared areas that
        are no numbers become a note of the content.
    """
    columns = {key.lower(): key for row in content.rows[:50] for key in row}
    unit = _texts(content.rows, columns, _UNIT)
    parcel = _texts(content.rows, columns, _PARCEL)
    units = [normalise(text) if text else None for text in unit]
    codes = [
        normalise(text) if text else (own[:_PARCEL_LENGTH] if own and len(own) == _UNIT_LENGTH else None)
        for text, own in zip(parcel, units, strict=True)
    ]
    return Features(
        geoms=content.geoms,
        codes=codes,
        unit_codes=units,
        declared_m2=_areas(content, columns),
        resolution_m2=list(content.resolution_m2),
        land_use=_texts(content.rows, columns, _USE),
        address=_texts(content.rows, columns, _ADDRESS),
        faults=dict(content.faults),
        rows=content.rows,
    )


def _values(rows: list[dict[str, Any]], columns: dict[str, str], names: tuple[str, ...]) -> list[Any]:
    column = next((columns[name] for name in names if name in columns), None)
    return [row.get(column) if column else None for row in rows]


def _texts(rows: list[dict[str, Any]], columns: dict[str, str], names: tuple[str, ...]) -> list[str | None]:
    return [
        str(value).strip()[:_LONGEST] or None if isinstance(value, str | int) else None
        for value in _values(rows, columns, names)
    ]


def _areas(content: Content, columns: dict[str, str]) -> list[float | None]:
    written = _values(content.rows, columns, _AREA)
    found = [_number(value) for value in written]
    unread = [at for at, value in enumerate(written) if found[at] is None and value not in (None, "")]
    if unread:
        params = {"count": len(unread), "value": str(written[unread[0]])[:40]}
        content.notes.append(Note("area_unreadable", "warning", unread[0] + 1, params))
    return found


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        value = float(text) if _DECIMAL.fullmatch(text) else None
    if isinstance(value, int | float) and abs(value) <= _LARGEST_M2:
        return float(value)
    return None
