"""Rows for PostgreSQL's ``COPY … (FORMAT binary)``, made column by column instead of field by field.

A row is a run of fixed bytes (lengths, numbers) and variable ones in turn. The fixed bytes of all rows come
out of one numpy table, the variable ones are joined between them. Rows that another process made are judged
by the lengths it states of their fields, again column by column.
"""

import itertools
import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
"""Signature, flags and the length of the header's extension, before the first row."""
TRAILER: Final = b"\xff\xff"
"""After the last row."""
_ABSENT: Final = -1
_INT4: Final = 23  # OID of the type
_TYPES: Final = {"int4": ">i4", "int8": ">i8", "float8": ">f8"}
_LONGEST: Final = 1 << 30
_COUNT, _LENGTH = 2, 4  # bytes of the number of fields, and of a field's length

Lengths = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers that are all there.

    Parameters
    ----------
    values : array
        One a row.
    kind : {"int4", "int8", "float8"}
        The column's type in PostgreSQL.
    """

    values: NDArray[Any]
    kind: str


@dataclass(frozen=True, slots=True)
class Pieces:
    """A column of fields of any length: the bytes of each in PostgreSQL's binary form, None for null."""

    values: Sequence[bytes | None]


Column = Numbers | Pieces


def texts(values: Iterable[str | None]) -> Pieces:
    """Make a column of type text; PostgreSQL refuses NUL in it."""
    return Pieces([None if value is None else value.encode() for value in values])


def documents(values: Iterable[bytes | None]) -> Pieces:
    """Make a column of type jsonb from JSON in UTF-8; PostgreSQL parses it and refuses NUL in it."""
    return Pieces([None if value is None else b"\x01" + value for value in values])


def document(value: object) -> bytes:
    """Write a value as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def floats(values: Iterable[float | None]) -> Pieces:
    """Make a column of type float8 in which some may be null."""
    given = list(values)
    numbers = np.array([0.0 if value is None else value for value in given], dtype=">f8")
    return Pieces([None if value is None else raw for value, raw in zip(given, _split(numbers), strict=True)])


def integers(values: Iterable[Sequence[int] | NDArray[np.int32]]) -> Pieces:
    """Make a column of type integer[] (int4, one dimension, no nulls), each array with a member at least."""
    return Pieces([_array(np.asarray(members, dtype=">i4")) for members in values])


def _array(members: NDArray[Any]) -> bytes:
    fields = np.empty(len(members), dtype=[("length", ">i4"), ("value", ">i4")])
    fields["length"], fields["value"] = 4, members
    return struct.pack(">5i", 1, 0, _INT4, len(members), 1) + fields.tobytes()


def encode(columns: Sequence[Column]) -> bytes:
    """Encode rows, without header and trailer; see :func:`encode_measured`."""
    return encode_measured(columns)[0]


def encode_measured(columns: Sequence[Column]) -> tuple[bytes, Lengths]:
    """Encode rows, without header and trailer, and tell the length of every field.

    Parameters
    ----------
    columns : sequence of Column
        In the order of the COPY statement, all of the same length.

    Returns
    -------
    bytes, array of shape (rows, columns)
        Lengths in bytes, -1 for null.

    Raises
    ------
    ValueError
        If the columns differ in length, or a field is longer than PostgreSQL takes (1 GiB).
    """
    counts = {len(column.values) for column in columns}
    if len(counts) != 1:
        raise ValueError(f"columns of different lengths: {sorted(counts)}")
    count = counts.pop()
    lengths = np.empty((count, len(columns)), dtype=np.int32)
    runs: list[Sequence[bytes | None]] = []
    fixed = [("fields", np.full(count, len(columns), dtype=">i2"))]
    for number, column in enumerate(columns):
        lengths[:, number] = _lengths(column)
        fixed.append((f"length{number}", lengths[:, number].astype(">i4")))
        if isinstance(column, Numbers):
            fixed.append((f"value{number}", column.values.astype(_TYPES[column.kind])))
        elif (lengths[:, number] > 0).any():
            some_null = (lengths[:, number] < 0).any()
            runs += [_table(fixed), _filled(column.values) if some_null else column.values]
            fixed = []
    if fixed:
        runs.append(_table(fixed))
    return b"".join(itertools.chain.from_iterable(zip(*runs, strict=True))), lengths


def own(rows: bytes, lengths: Lengths, numbers: Sequence[Numbers]) -> bytes:
    """Make rows ours that another process encoded: judge their form, and write the first columns anew.

    Parameters
    ----------
    rows : bytes
        As of :func:`encode_measured`.
    lengths : array of shape (rows, columns)
        What the other process says of the fields.
    numbers : sequence of Numbers
        The first columns; whatever stands there is replaced.

    Returns
    -------
    bytes
        As many rows as ``lengths`` has, each of as many fields.

    Raises
    ------
    ValueError
        If the rows are not what their lengths say.
    """
    count, fields = lengths.shape
    sizes = np.maximum(lengths, 0).astype(np.int64)
    ends = np.cumsum(_COUNT + _LENGTH * fields + sizes.sum(axis=1))
    raw = np.frombuffer(bytearray(rows), dtype=np.uint8)
    if (lengths < _ABSENT).any() or len(raw) != (ends[-1] if count else 0):
        raise ValueError("rows of another length")
    at = np.concatenate([[0], ends[:-1]]) if count else ends
    good = _read(raw, at, _COUNT, ">i2") == fields
    at = at + _COUNT
    for number in range(fields):
        good &= _read(raw, at, _LENGTH, ">i4") == lengths[:, number]
        at = at + _LENGTH
        if number < len(numbers):
            values = numbers[number].values.astype(_TYPES[numbers[number].kind])
            good &= lengths[:, number] == values.itemsize
            if good.all():
                places = at[:, None] + np.arange(values.itemsize)
                raw[places] = values.view(np.uint8).reshape(count, values.itemsize)
        at = at + sizes[:, number]
    if not good.all():
        raise ValueError("rows of another form")
    return raw.tobytes()


def _read(raw: NDArray[np.uint8], at: NDArray[np.int64], size: int, kind: str) -> NDArray[Any]:
    """Read a number at each place."""
    return np.ascontiguousarray(raw[at[:, None] + np.arange(size)]).view(kind)[:, 0]


def _lengths(column: Column) -> NDArray[np.int64]:
    if isinstance(column, Numbers):
        return np.full(len(column.values), np.dtype(_TYPES[column.kind]).itemsize, dtype=np.int64)
    try:
        lengths = np.fromiter(map(len, column.values), dtype=np.int64)  # type: ignore[arg-type]  # as told
    except TypeError:  # some are null
        lengths = np.array([_ABSENT if value is None else len(value) for value in column.values])
    if len(lengths) and lengths.max() >= _LONGEST:
        raise ValueError("a field is longer than PostgreSQL takes")
    return lengths


def _filled(values: Sequence[bytes | None]) -> Sequence[bytes]:
    return [value or b"" for value in values]


def _table(columns: list[tuple[str, NDArray[Any]]]) -> Sequence[bytes]:
    """Lay columns side by side and return the bytes of each row."""
    rows = np.empty(len(columns[0][1]), dtype=[(name, values.dtype) for name, values in columns])
    for name, values in columns:
        rows[name] = values
    return _split(rows)


def _split(rows: NDArray[Any]) -> Sequence[bytes]:
    found: list[bytes] = rows.view(f"V{rows.itemsize}").tolist()
    return found
