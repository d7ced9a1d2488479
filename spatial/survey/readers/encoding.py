"""Columns of a table as the bytes that a part holds; runs in the child process only."""

from collections.abc import Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Any

import numpy as np

from data.binary_copy import document
from spatial.survey.readers import tables


def encoded(values: Sequence[str | None]) -> list[bytes | None]:
    """Write texts in UTF-8, without NUL."""
    if "\0" in "".join(value for value in values if value):
        values = [value and value.replace("\0", "") for value in values]
    return [None if value is None else value.encode() for value in values]


def doubles(values: Sequence[float | None]) -> list[bytes | None]:
    """Write numbers as big-endian doubles."""
    raw = np.array([0.0 if value is None else value for value in values], dtype=">f8").tobytes()
    return [None if value is None else raw[8 * at : 8 * at + 8] for at, value in enumerate(values)]


def documents(names: list[str], columns: dict[str, list[Any]], count: int) -> list[bytes]:
    """Write the attributes of each feature as JSON, column by column."""
    if not names:
        return [b"{}"] * count
    pattern = ",".join(encode_basestring(_kept(name)).replace("%", "%%") + ":%s" for name in names)
    pattern = f"{{{pattern}}}"
    written = [_written(columns[name]) for name in names]
    return [(pattern % row).encode() for row in zip(*written, strict=True)]


def _written(values: Sequence[Any]) -> Sequence[str]:
    """Write the values of a column as JSON; nearly all columns hold one kind of value."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {str}:
        joined, longest = "".join(filter(None, values)), max(len(value or "") for value in values)
        if longest <= tables.LONGEST_TEXT and "\0" not in joined:
            return ["null" if value is None else encode_basestring(value) for value in values]
    if kinds == {int} or (kinds == {float} and np.isfinite([value or 0.0 for value in values]).all()):
        return ["null" if value is None else repr(value) for value in values]
    return [_json(value) for value in values]


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
