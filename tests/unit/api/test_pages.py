import base64

import pytest

from api.pages import CursorBad, decode_cursor, encode_cursor


def test_a_cursor_comes_back():
    assert decode_cursor(encode_cursor("421202", 7), 2) == ["421202", 7]


def test_no_cursor_is_the_first_page():
    assert decode_cursor(None, 2) is None


@pytest.mark.parametrize(
    "cursor", ["%%%", "abc", "４２", base64.urlsafe_b64encode(b'[{"a":1},2]').decode(), encode_cursor(1)]
)
def test_a_forged_cursor_is_refused(cursor):
    with pytest.raises(CursorBad):
        decode_cursor(cursor, 2)
