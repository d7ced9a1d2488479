"""Cursors of lists."""

import base64
import json
from datetime import UTC, datetime

import pytest

from api.pages import CursorBad, encode_cursor, key_day, key_moment, key_number, key_pair, key_span

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def forged(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_cursor_comes_back():
    assert key_number(encode_cursor(7)) == 7
    assert key_moment(encode_cursor(NOON.isoformat(), "P1")) == (NOON, "P1")
    assert key_day(encode_cursor("2026-11-24")) == NOON.date().replace(month=11, day=24)
    assert key_pair(encode_cursor(7, 8)) == (7, 8)
    assert key_span(encode_cursor("5:9:5,7")) == ("5:9:5,7", None, None)
    assert key_span(encode_cursor("5:5:", "5:9:5", 6, "case", 3)) == ("5:5:", "5:9:5", (6, "case", 3))


def test_no_cursor_is_the_first_page():
    assert key_number(None) is None
    assert key_moment(None) is None
    assert key_day(None) is None
    assert key_pair(None) is None
    assert key_span(None) is None


@pytest.mark.parametrize(
    "cursor", ["%%%", "abc", "４２", forged("[" * 100_000), forged('{"a":1}'), forged("[]")]
)
@pytest.mark.parametrize("read", [key_number, key_moment, key_pair, key_span, key_day])
def test_what_is_no_cursor_is_refused(read, cursor):
    with pytest.raises(CursorBad):
        read(cursor)


@pytest.mark.parametrize("key", ["a", "1", "\0", None, True, 1.5, 1e300, -1, 2**63, [1], {}])
def test_a_forged_number_is_refused(key):
    with pytest.raises(CursorBad):
        key_number(forged(json.dumps([key])))


@pytest.mark.parametrize(
    "key",
    [["x", "P1"], ["2026-01-01T12:00:00", "P1"], [NOON.isoformat(), "\0"], [NOON.isoformat(), 1], [1, 2]],
)
def test_a_forged_moment_is_refused(key):
    with pytest.raises(CursorBad):
        key_moment(forged(json.dumps(key)))


SNAPSHOTS_WRONG = (
    *("", "5", "5:9", "9:5:", "0:5:", "5:9:4", "5:9:9", "5:9:7,6", "5:9:6,6", "5:9:,", "5:9:６", "5:9:\0"),
    f"5:{2**63}:",
)


@pytest.mark.parametrize("key", [*([text] for text in SNAPSHOTS_WRONG), [5], [None], ["5:9:", "5:9:"]])
def test_a_forged_snapshot_is_refused(key):
    with pytest.raises(CursorBad):
        key_span(encode_cursor(*key))


@pytest.mark.parametrize("place", [(-1, "case", 1), (1, "\0", 1), (1, "case", "1"), (1, 1, 1)])
def test_a_forged_place_in_a_span_is_refused(place):
    with pytest.raises(CursorBad):
        key_span(encode_cursor("5:9:", "5:9:", *place))
