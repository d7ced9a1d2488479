"""Features on their way from the reading child to the parent, a part at a time, through a pipe.

A part is a JSON header, lengths, and rows encoded for COPY: nothing in it runs code, and the parent judges
the rows' form and writes whose they are before it passes them on. A pipe holds few bytes, so the child waits
until the parent has taken a part: neither ever holds more than one. Between parts the child says how far it
is.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.binary_copy import Lengths, Numbers, Pieces, documents, encode_measured
from spatial.survey.readers.records import Unreadable
from spatial.survey.readers.telling import Said

Texts = Sequence[bytes | None]
Box = tuple[float, float, float, float]
AT_ONCE: Final = 10_000
"""Features of a part."""
TOGETHER: Final = 250
"""Features of a group."""

# A part is some tens of thousands of features; what is larger was not written by our reader.
_LARGEST: Final = 1 << 30
_LENGTH: Final = np.dtype("<i4")


class Extent(NamedTuple):
    """Numbers of neighbouring features, and the box (E, N, E, N) around them, EPSG:4547 metres."""

    feature_nos: NDArray[np.int32]
    box: Box


class Field(IntEnum):
    """Fields of a row of draft parcels, in the order of their COPY."""

    SURVEY_ID = 0
    FEATURE_NO = 1
    PARCEL_CODE = 2
    UNIT_CODE = 3
    GEOM = 4
    FAULT = 5
    DECLARED_AREA_M2 = 6
    RESOLUTION_M2 = 7
    LAND_USE = 8
    ADDRESS = 9
    ATTRIBUTES = 10


@dataclass(frozen=True, slots=True)
class Columns:
    """Consecutive features as columns of bytes, None where there is nothing.

    Parameters
    ----------
    shapes : sequence of bytes or None
        MultiPolygon in EPSG:4547 (E, N) metres on the 1 mm grid, EWKB.
    declared_m2, resolution_m2 : sequence of bytes or None
        Declared area and half of its last decimal, square metres, big-endian double.
    rows : sequence of bytes
        All attributes as JSON.
    codes, unit_codes, land_use, address, faults : sequence of bytes or None
        UTF-8.
    """

    shapes: Texts
    codes: Texts
    unit_codes: Texts
    declared_m2: Texts
    resolution_m2: Texts
    land_use: Texts
    address: Texts
    faults: Texts
    rows: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive features of a file, encoded for COPY.

    Parameters
    ----------
    first : int
        Number of the first feature in the file, from 1.
    invalid : int
        How many polygons of the part are not valid.
    rows : bytes
        Rows of `Field`; whose they are is written by who stores them.
    lengths : array of shape (features, fields)
        Length of every field in bytes, -1 for null.
    extents : sequence of Extent
        Where the features lie, some hundred neighbours together.
    """

    first: int
    invalid: int
    rows: bytes
    lengths: Lengths
    extents: Sequence[Extent]

    def __len__(self) -> int:
        return len(self.lengths)

    def values(self, field: Field, most: int) -> list[bytes | None]:
        """Take a field out of the first rows, as far as these are what their lengths say."""
        lengths = self.lengths[:most].astype(np.int64)
        within = np.cumsum(4 + np.maximum(lengths, 0), axis=1)
        ends = np.cumsum(2 + within[:, -1])
        starts = np.concatenate([[0], ends[:-1]])
        upto = starts + 2 + within[:, field]
        return [
            None if length < 0 else self.rows[end - length : end]
            for end, length in zip(upto.tolist(), lengths[:, field].tolist(), strict=True)
        ]


def part_of(columns: Columns, extents: Sequence[Extent], *, first: int, invalid: int = 0) -> Part:
    """Encode columns as a part."""
    count = len(columns.shapes)
    rows, lengths = encode_measured(
        [
            Numbers(np.zeros(count, dtype=np.int64), "int8"),
            Numbers(np.arange(first, first + count), "int4"),
            Pieces(columns.codes),
            Pieces(columns.unit_codes),
            Pieces(columns.shapes),
            Pieces(columns.faults),
            Pieces(columns.declared_m2),
            Pieces(columns.resolution_m2),
            Pieces(columns.land_use),
            Pieces(columns.address),
            documents(columns.rows),
        ]
    )
    return Part(first, invalid, rows, lengths, extents)


def extents_of(bounds: NDArray[np.float64], first: int) -> list[Extent]:
    """Group features that lie close together, in whatever order the file has them (sort-tile-recursive).

    Parameters
    ----------
    bounds : array of shape (n, 4)
        Box (E, N, E, N) of each feature, EPSG:4547 metres; NaN where it has no shape.
    first : int
        Number of the first feature.
    """
    there = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    if not len(there):
        return []
    some = bounds[there]
    east, north = some[:, 0] + some[:, 2], some[:, 1] + some[:, 3]
    groups = -(-len(there) // TOGETHER)
    in_slice = int(np.ceil(np.sqrt(groups))) * TOGETHER
    strip = np.empty(len(there), dtype=np.int64)
    strip[np.argsort(east, kind="stable")] = np.arange(len(there)) // in_slice
    order = np.lexsort((north, strip))
    return [
        _extent((there[chosen] + first).astype(np.int32), some[chosen])
        for chosen in (order[at : at + TOGETHER] for at in range(0, len(order), TOGETHER))
    ]


def _extent(feature_nos: NDArray[np.int32], bounds: NDArray[np.float64]) -> Extent:
    west, south = bounds[:, :2].min(axis=0).tolist()
    east, north = bounds[:, 2:].max(axis=0).tolist()
    return Extent(feature_nos, (west, south, east, north))


def write_said(sink: BinaryIO, said: Said) -> None:
    """Write how far the reader is (child's side)."""
    _write_header(sink, {"said": said})
    sink.flush()


def write_part(sink: BinaryIO, part: Part) -> None:
    """Write a part (child's side)."""
    header = {
        "first": part.first,
        "invalid": part.invalid,
        "features": len(part),
        "extents": [(extent.feature_nos.tolist(), extent.box) for extent in part.extents],
        "bytes": len(part.rows),
    }
    _write_header(sink, header)
    sink.write(part.lengths.astype(_LENGTH).tobytes())
    sink.write(part.rows)
    sink.flush()


def _write_header(sink: BinaryIO, header: dict[str, Any]) -> None:
    written = json.dumps(header).encode()
    sink.write(len(written).to_bytes(4, "big") + written)


def read_parts(source: BinaryIO) -> Iterator[Part | Said]:
    """Read what the child writes until the pipe ends (parent's side).

    Raises
    ------
    Unreadable
        ``unreadable_file`` when the child wrote something else, or less.
    """
    expected = 1
    while start := source.read(4):
        header = _header(source, start)
        if "said" in header:
            step, done, total = header["said"]
            yield Said(str(step), int(done), int(total))
            continue
        try:
            part = _part(source, header, expected)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise _broken() from error
        yield part
        expected += len(part)


def _header(source: BinaryIO, start: bytes) -> dict[str, Any]:
    try:
        header = json.loads(_exactly(source, int.from_bytes(start, "big")))
    except ValueError as error:
        raise _broken() from error
    if not isinstance(header, dict):
        raise _broken()
    return header


def _part(source: BinaryIO, header: dict[str, Any], expected: int) -> Part:
    count, size = int(header["features"]), int(header["bytes"])
    if int(header["first"]) != expected or count < 1:
        raise _broken()
    stated = _exactly(source, count * len(Field) * _LENGTH.itemsize)
    lengths = np.frombuffer(stated, dtype=_LENGTH).reshape(count, len(Field)).astype(np.int32)
    rows = _exactly(source, size)
    extents = [
        Extent(np.array(feature_nos, dtype=np.int32), (float(west), float(south), float(east), float(north)))
        for feature_nos, (west, south, east, north) in header["extents"]
    ]
    return Part(expected, int(header["invalid"]), rows, lengths, extents)


def _exactly(source: BinaryIO, size: int) -> bytes:
    if not 0 <= size <= _LARGEST:
        raise _broken()
    found = source.read(size)
    if len(found) != size:
        raise _broken()
    return found


def _broken() -> Unreadable:
    return Unreadable("unreadable_file", "reader_died")
