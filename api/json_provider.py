"""JSON in and out: hostile documents are refused, our records are written."""

import dataclasses
import json
import math
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask.json.provider import JSONProvider
from pydantic import BaseModel

from data.errors import Invalid

MAX_DEPTH = 64
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')


class BadJson(Invalid):
    """The body is not JSON we accept: too deep, duplicate keys, NaN, huge numbers, lone surrogates."""

    code = "bad_request"
    status = 400


class NingtuJson(JSONProvider):
    """Reads strictly; writes dataclasses, models, dates (ISO), decimals and sets."""

    def dumps(self, obj: object, **kwargs: Any) -> str:
        """Write an object as JSON text."""
        kwargs.pop("indent", None)
        return json.dumps(obj, default=_default, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON text.

        Raises
        ------
        BadJson
        """
        del kwargs
        try:
            text = s.decode("utf-8") if isinstance(s, bytes) else s
            if _depth(text) > MAX_DEPTH:
                raise BadJson
            value = json.loads(
                text, object_pairs_hook=_no_duplicates, parse_constant=_refuse, parse_float=_finite
            )
            # a lone surrogate cannot be stored
            if "\\u" in text:
                json.dumps(value, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError) as error:
            raise BadJson from error
        return value


def _depth(text: str) -> int:
    depth = deepest = 0
    for char in re.findall(r"[\[\]{}]", _STRINGS.sub("", text)):
        depth += 1 if char in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise BadJson
    return value


def _refuse(_: str) -> float:
    raise BadJson


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadJson
    return value


def _default(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"cannot write {type(value).__name__} as JSON")
