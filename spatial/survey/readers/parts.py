"""Features on their way from the reading child to the parent, a part at a time, through a pipe.

A part is a JSON header and runs of bytes: nothing in it runs code. A pipe holds few bytes, so the child waits
until the parent has taken a part: neither ever holds more than one. Between parts the child says how far it
is.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial.survey.readers.records import Unreadable
from spatial.survey.readers.telling import Said

Texts = Sequence[bytes | None]
Box = tuple[float, float, float, float]
AT_ONCE: Final = 20_000
"""Features of a part."""
TOGETHER: Final = 250
"""Features of a group."""

# A part is some tens of thousands of features; what is larger was not written by our reader.
_LARGEST: Final = 1 << 30
_COLUMNS: Final = (
    "shapes", "codes", "unit_codes", "declared_m2", "land_use", "address", "faults", "rows",
)  # fmt: skip
_LENGTH: Final = np.dtype("<i4")
_ABSENT: Final = -1


class Extent(NamedTuple):
    """Numbers of neighbouring features, and the box (E, N, E, N) around them, EPSG:4547 metres."""

    feature_nos: Sequence[int]
    box: Box


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive features of a file as columns of bytes, None where there is nothing.

    Parameters
    ----------
    first : int
        Number of the first feature in the file, from 1.
    invalid : int
        How many polygons of the part are not valid.
    shapes : sequence of bytes or None
        MultiPolygon in EPSG:4547 (E, N) metres on the 1 mm grid, EWKB.
    declared_m2 : sequence of bytes or None
        Declared area, square metres, big-endian double.
    rows : sequence of bytes or None
        All attributes as JSON.
    codes, unit_codes, land_use, address, faults : sequence of bytes or None
        UTF-8.
    extents : sequence of Extent
        Where the features lie, some hundred neighbours together.
    resolution_m2 : sequence of bytes or None
        Half of the last decimal of the declared area, square metres, big-endian double; None when no file
        of the kind says it.
    """

    first: int
    invalid: int
    shapes: Texts
    codes: Texts
    unit_codes: Texts
    declared_m2: Texts
    land_use: Texts
    address: Texts
    faults: Texts
    rows: Texts
    extents: Sequence[Extent] = ()
    resolution_m2: Texts | None = None


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
        _extent((there[chosen] + first).tolist(), some[chosen])
        for chosen in (order[at : at + TOGETHER] for at in range(0, len(order), TOGETHER))
    ]


def _extent(feature_nos: list[int], bounds: NDArray[np.float64]) -> Extent:
    west, south = bounds[:, :2].min(axis=0).tolist()
    east, north = bounds[:, 2:].max(axis=0).tolist()
    return Extent(feature_nos, (west, south, east, north))


def write_said(sink: BinaryIO, said: Said) -> None:
    """Write how far the reader is (child's side)."""
    _write_header(sink, {"said": said})
    sink.flush()


def write_part(sink: BinaryIO, part: Part) -> None:
    """Write a part (child's side)."""
    runs = []
    for name in _COLUMNS:
        values = getattr(part, name)
        lengths = np.array([_ABSENT if value is None else len(value) for value in values], dtype=_LENGTH)
        runs += [lengths.tobytes(), b"".join(value for value in values if value)]
    header = {
        "first": part.first,
        "invalid": part.invalid,
        "features": len(part.shapes),
        "extents": part.extents,
        "bytes": [len(run) for run in runs],
    }
    _write_header(sink, header)
    for run in runs:
        sink.write(run)
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
        part = _part(source, header, expected)
        yield part
        expected += len(part.shapes)


def _header(source: BinaryIO, start: bytes) -> dict[str, Any]:
    try:
        header = json.loads(_exactly(source, int.from_bytes(start, "big")))
    except ValueError as error:
        raise _broken() from error
    if not isinstance(header, dict):
        raise _broken()
    return header


def _part(source: BinaryIO, header: dict[str, Any], expected: int) -> Part:
    count, sizes = int(header["features"]), [int(size) for size in header["bytes"]]
    if int(header["first"]) != expected or len(sizes) != 2 * len(_COLUMNS) or sum(sizes) > _LARGEST:
        raise _broken()
    runs = [_exactly(source, size) for size in sizes]
    columns = {
        name: _cut(runs[2 * number], runs[2 * number + 1], count) for number, name in enumerate(_COLUMNS)
    }
    extents = [
        Extent(
            [int(number) for number in feature_nos], (float(west), float(south), float(east), float(north))
        )
        for feature_nos, (west, south, east, north) in header["extents"]
    ]
    return Part(expected, int(header["invalid"]), **columns, extents=extents)


def _exactly(source: BinaryIO, size: int) -> bytes:
    if not 0 <= size <= _LARGEST:
        raise _broken()
    found = source.read(size)
    if len(found) != size:
        raise _broken()
    return found


def _cut(lengths: bytes, run: bytes, count: int) -> Texts:
    """Cut a run of bytes into the values of a column."""
    sizes = np.frombuffer(lengths, dtype=_LENGTH).astype(np.int64)
    ends = np.cumsum(np.maximum(sizes, 0))
    if len(sizes) != count or (sizes < _ABSENT).any() or (ends[-1] if count else 0) != len(run):
        raise _broken()
    return [
        None if size < 0 else run[begin:end]
        for size, (begin, end) in zip(sizes.tolist(), itertools.pairwise([0, *ends.tolist()]), strict=True)
    ]


def _broken() -> Unreadable:
    return Unreadable("unreadable_file", "reader_died")
