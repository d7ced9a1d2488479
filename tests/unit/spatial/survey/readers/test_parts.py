"""What the reading child hands over is believed only in its form."""

import io
import json

import numpy as np
import pytest

from spatial.survey.readers.parts import Columns, Extent, Field, part_of, read_parts, write_part
from spatial.survey.readers.records import Unreadable

_ONE = Columns(
    shapes=[None], codes=[b"A"], unit_codes=[None], declared_m2=[None], resolution_m2=[None],
    land_use=[None], address=[None], faults=[None], rows=[b"{}"],
)  # fmt: skip
_EXTENT = Extent(np.array([1], dtype=np.int32), (0.0, 0.0, 1.0, 1.0))


def written(**changed: object) -> io.BytesIO:
    """Return a part as the child writes it, some of its header changed."""
    sink = io.BytesIO()
    write_part(sink, part_of(_ONE, [_EXTENT], first=1))
    raw = sink.getvalue()
    size = int.from_bytes(raw[:4], "big")
    header = json.loads(raw[4 : 4 + size]) | changed
    told = json.dumps(header).encode()
    return io.BytesIO(len(told).to_bytes(4, "big") + told + raw[4 + size :])


def test_a_part_comes_as_it_was_written() -> None:
    (part,) = read_parts(written())
    assert not isinstance(part, tuple)
    assert part.values(Field.PARCEL_CODE, 1) == [b"A"]
    (extent,) = part.extents
    assert extent.feature_nos.tolist() == [1]
    assert extent.box == _EXTENT.box


@pytest.mark.parametrize(
    "changed",
    [
        {"first": 2},
        {"features": 0},
        {"features": "many"},
        {"features": None},
        {"bytes": 1 << 40},
        {"invalid": []},
        {"extents": [[[1 << 40], [0, 0, 1, 1]]]},
        {"extents": [[[1], [0, 0]]]},
        {"extents": 7},
    ],
)
def test_another_form_is_no_part(changed: dict[str, object]) -> None:
    with pytest.raises(Unreadable) as refused:
        list(read_parts(written(**changed)))
    assert refused.value.args[1] == "reader_died"
