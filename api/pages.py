"""Pages of lists: an opaque cursor that stands for the last key seen."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from data.errors import Invalid


class CursorBad(Invalid):
    """The cursor was not made by us."""

    code = "cursor_bad"
    status = 400


def encode_cursor(*key: object) -> str:
    """Make a cursor from the sort key of the last item."""
    text = json.dumps(key, default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, size: int) -> list[Any] | None:
    """Return the sort key of a cursor of ``size`` parts, or None for the first page.

    Raises
    ------
    CursorBad
        If the text is not a cursor of that size.
    """
    if cursor is None:
        return None
    try:
        key = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise CursorBad from error
    if not isinstance(key, list) or len(key) != size or any(isinstance(part, list | dict) for part in key):
        raise CursorBad
    return key


def page(items: Sequence[object], next_cursor: str | None = None) -> dict[str, object]:
    """Return the shape of every list: ``items`` and, when there is more, ``next``."""
    answer: dict[str, object] = {"items": list(items)}
    if next_cursor is not None:
        answer["next"] = next_cursor
    return answer
