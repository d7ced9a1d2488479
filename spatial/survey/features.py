"""From what a reader hands over to draft parcels: which column means what."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from spatial.codes.rules import normalise
from spatial.survey.readers.columns import Column
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


@dataclass(frozen=True, slots=True)
class Known:
    """The columns of draft parcels that mean something to us, one value a feature."""

    codes: list[str | None]
    unit_codes: list[str | None]
    declared_m2: list[float | None]
    land_use: list[str | None]
    address: list[str | None]
    notes: list[Note]


Values = Callable[[str], Sequence[Any]]


def known_columns(names: Sequence[str], values: Values, count: int, *, first: int = 1) -> Known:
    """Take the known columns out of a table.

    Parameters
    ----------
    names : sequence of str
        Columns as written; compared without regard to case.
    values : callable
        Gives the values of one of them.
    count : int
        Number of features.
    first : int
        Number of the first feature in its file.

    Returns
    -------
    Known
        A parcel without its own code takes the first 19 characters of its unit code. Declared areas that
        are no numbers become a note.
    """
    columns = {name.lower(): name for name in names}

    def column(wanted: tuple[str, ...]) -> Sequence[Any]:
        name = next((columns[name] for name in wanted if name in columns), None)
        return [None] * count if name is None else values(name)

    units, codes = _codes(column(_UNIT)), _codes(column(_PARCEL))
    if not all(codes):
        codes = [
            code or (own[:_PARCEL_LENGTH] if own and len(own) == _UNIT_LENGTH else None)
            for code, own in zip(codes, units, strict=True)
        ]
    areas, notes = _areas(column(_AREA), first)
    return Known(codes, units, areas, _texts(column(_USE)), _texts(column(_ADDRESS)), notes)


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
    names = list({key: None for row in content.rows[:50] for key in row})
    known = known_columns(names, lambda name: [row.get(name) for row in content.rows], len(content.rows))
    content.notes.extend(known.notes)
    return Features(
        geoms=content.geoms,
        codes=known.codes,
        unit_codes=known.unit_codes,
        declared_m2=known.declared_m2,
        resolution_m2=list(content.resolution_m2),
        land_use=known.land_use,
        address=known.address,
        faults=dict(content.faults),
        rows=content.rows,
    )


def _codes(values: Sequence[Any]) -> list[str | None]:
    """Normalise codes; nearly all are written as they should be."""
    texts = _texts(values)
    if isinstance(texts, Column) and texts.joined is not None and texts.joined.as_codes:
        return texts
    return [normalise(text) if text else None for text in texts]


def _texts(values: Sequence[Any]) -> list[str | None]:
    if isinstance(values, Column) and values.joined is not None:
        joined = values.joined
        if joined.trimmed and joined.lengths.max() <= _LONGEST:
            return values
    if {str, type(None)}.issuperset(map(type, values)):  # so it is in nearly every file
        return [(value.strip()[:_LONGEST] or None) if value else None for value in values]
    return [
        str(value).strip()[:_LONGEST] or None if isinstance(value, str | int) else None for value in values
    ]


def _areas(written: Sequence[Any], first: int) -> tuple[list[float | None], list[Note]]:
    if set(map(type, written)) == {float} and (np.abs(np.array(written)) <= _LARGEST_M2).all():
        return list(written), []
    found = [_number(value) for value in written]
    unread = [at for at, value in enumerate(written) if found[at] is None and value not in (None, "")]
    if not unread:
        return found, []
    params = {"count": len(unread), "value": str(written[unread[0]])[:40]}
    return found, [Note("area_unreadable", "warning", unread[0] + first, params)]


def _number(value: object) -> float | None:
    if type(value) is float:
        return value if abs(value) <= _LARGEST_M2 else None
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        value = float(text) if _DECIMAL.fullmatch(text) else None
    if isinstance(value, int | float) and abs(value) <= _LARGEST_M2:
        return float(value)
    return None
