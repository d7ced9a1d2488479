"""Columns of a table as the bytes that a part holds; runs in the child process only."""

from collections.abc import Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Any, Final

import numpy as np

from data.binary_copy import document
from spatial.survey.readers import tables
from spatial.survey.readers.columns import Column, column

_BETWEEN: Final = "\x1f"


def encoded(values: Sequence[str | None]) -> list[bytes | None]:
    """Write texts in UTF-8, without NUL."""
    if values.count(None) == len(values):
        return [None] * len(values)
    joined = column(values).joined
    if joined is not None and "\0" not in joined.text:
        return [*joined.encoded()]
    return [None if value is None else value.replace("\0", "").encode() for value in values]


def doubles(values: Sequence[float | None]) -> list[bytes | None]:
    """Write numbers as big-endian doubles."""
    raw = np.array([0.0 if value is None else value for value in values], dtype=">f8")
    found: list[bytes | None] = raw.view("V8").tolist()
    if None not in values:
        return found
    return [None if value is None else number for value, number in zip(values, found, strict=True)]


def documents(names: list[str], columns: dict[str, Column], count: int) -> list[bytes]:
    """Write the attributes of each feature as JSON, column by column."""
    if not names:
        return [b"{}"] * count
    written = [_written(columns[name]) for name in names]
    pattern = ",".join(
        f"{encode_basestring(_kept(name)).replace('%', '%%')}:{form}"
        for name, (form, _) in zip(names, written, strict=True)
    )
    pattern = f"{{{pattern}}}"
    rows = zip(*(values for _, values in written), strict=True)
    # JSON has no bare control character: the rows are encoded together and parted again.
    return _BETWEEN.join([pattern % row for row in rows]).encode().split(_BETWEEN.encode())


def _written(values: Column) -> tuple[str, Sequence[Any]]:
    """Tell how the values of a column are written as JSON; nearly all columns hold one kind of value."""
    joined = values.joined
    if joined is not None and joined.as_json and joined.lengths.max() <= tables.LONGEST_TEXT:
        return '"%s"', values
    kinds = set(map(type, values))
    if kinds == {int} or (kinds == {float} and np.isfinite(values).all()):
        return "%r", values
    kinds.discard(type(None))
    if kinds == {str}:
        together, longest = "".join(filter(None, values)), max(len(value or "") for value in values)
        if longest <= tables.LONGEST_TEXT and "\0" not in together:
            return "%s", ["null" if value is None else encode_basestring(value) for value in values]
    if kinds == {int} or (kinds == {float} and np.isfinite([value or 0.0 for value in values]).all()):
        return "%s", ["null" if value is None else repr(value) for value in values]
    return "%s", [_json(value) for value in values]


def _json(value: object) -> str:
    if isinstance(value, str):
        return encode_basestring(str(tables.plain(value)))
    if value is None:
        return "null"
    if isinstance(value, datetime) and value.tzinfo is not None:  # as the whole reading gives it: UTC, unsaid
        value = value.astimezone(UTC).replace(tzinfo=None)
    return document(tables.plain(value)).decode()


def _kept(name: str) -> str:
    return name.replace("\0", "")
