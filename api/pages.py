"""Pages of lists: an opaque cursor that stands for the last key seen."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from data.errors import Invalid
from data.following.records import Position, is_snapshot

_LARGEST_KEY: Final = 2**63 - 1  # bigint


class CursorBad(Invalid):
    """The cursor was not made by us."""

    code = "cursor_bad"
    status = 400


def encode_cursor(*key: object) -> str:
    """Make a cursor from the sort key of the last item."""
    text = json.dumps(key, default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def key_number(cursor: str | None) -> int | None:
    """Return the key a cursor of one number stands for, or None for the first page.

    Raises
    ------
    CursorBad
        If the text was not made by :func:`encode_cursor` from one key of the database.
    """
    if cursor is None:
        return None
    (number,) = _parts(cursor, 1)
    return _key(number)


def key_pair(cursor: str | None) -> tuple[int, int] | None:
    """Return the two keys a cursor stands for, or None for the first page.

    Raises
    ------
    CursorBad
        If the text was not made by :func:`encode_cursor` from two keys of the database.
    """
    if cursor is None:
        return None
    first, second = _parts(cursor, 2)
    return _key(first), _key(second)


def key_day(cursor: str | None) -> date | None:
    """Return the day a cursor stands for, or None for the first page.

    Raises
    ------
    CursorBad
        If the text was not made by :func:`encode_cursor` from a day.
    """
    if cursor is None:
        return None
    (day,) = _parts(cursor, 1)
    try:
        return date.fromisoformat(str(day))
    except ValueError as error:
        raise CursorBad from error


def key_span(cursor: str | None) -> tuple[str, str | None, Position | None] | None:
    """Return what a cursor of a feed stands for, or None without one.

    Returns
    -------
    tuple of (since, until, after)
        One snapshot; or two and the last row seen, in the midst of a span (:mod:`data.following`).

    Raises
    ------
    CursorBad
        If the text was not made by :func:`encode_cursor` from these.
    """
    if cursor is None:
        return None
    parts = _parts(cursor, 1, 5)
    if not all(isinstance(part, str) and is_snapshot(part) for part in parts[:2]):
        raise CursorBad
    if len(parts) == 1:
        return str(parts[0]), None, None
    since, until, tx, source, key = parts
    if not isinstance(source, str) or "\0" in source:
        raise CursorBad
    return str(since), str(until), (_key(tx), source, _key(key))


def key_moment(cursor: str | None) -> tuple[datetime, str] | None:
    """Return the aware instant and the number a cursor stands for, or None for the first page.

    Raises
    ------
    CursorBad
        If the text was not made by :func:`encode_cursor` from an instant and a text.
    """
    if cursor is None:
        return None
    at, text = _parts(cursor, 2)
    if not isinstance(at, str) or not isinstance(text, str) or "\0" in text:
        raise CursorBad
    try:
        instant = datetime.fromisoformat(at)
    except ValueError as error:
        raise CursorBad from error
    if instant.tzinfo is None:
        raise CursorBad
    return instant, text


def _key(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _LARGEST_KEY:
        raise CursorBad
    return value


def _parts(cursor: str, *sizes: int) -> list[object]:
    try:
        key = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise CursorBad from error
    if not isinstance(key, list) or len(key) not in sizes:
        raise CursorBad
    return key


def page(items: Sequence[object], next_cursor: str | None = None) -> dict[str, object]:
    """Return the shape of every list: ``items`` and, when there is more, ``next``."""
    answer: dict[str, object] = {"items": list(items)}
    if next_cursor is not None:
        answer["next"] = next_cursor
    return answer
