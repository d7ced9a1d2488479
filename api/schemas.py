"""Bases of the request models."""

import re
from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from data.legible import is_legible

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}.{0,20}")
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")


def _written_as(shape: re.Pattern[str], what: str) -> BeforeValidator:
    """Refuse other spellings that the model's own reader would take, such as seconds since 1970."""

    def check(value: object) -> object:
        if not isinstance(value, str) or not shape.fullmatch(value):
            raise ValueError(what)
        return value

    return BeforeValidator(check)


# For query parameters and forms, whose values are text, and for JSON fields with ``strict=False``.
Day = Annotated[date, _written_as(_DAY, "a day is written YYYY-MM-DD")]
Instant = Annotated[datetime, _written_as(_INSTANT, "an instant is written as in RFC 3339")]
Whole = Annotated[int, _written_as(_WHOLE, "a whole number is written in digits")]


def _legible(value: str) -> str:
    if not is_legible(value):
        raise ValueError("words that can be read are wanted: not blank, no letter that nobody sees")
    return value.strip()


# A line of words that stays on record: a name, the number of a document.
Words = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_legible)]


class Strict(BaseModel):
    """A JSON body: no unknown fields, no silent conversion of types."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Query(BaseModel):
    """Query parameters or form fields (always text): no unknown names; ``lang`` is read for every answer."""

    model_config = ConfigDict(extra="forbid", str_max_length=2000)

    lang: Literal["zh", "en"] | None = None


class PageQuery(Query):
    """Query parameters of a list."""

    limit: Annotated[Whole, Field(ge=1, le=1000, strict=False)] = 50
    cursor: str | None = None


CountyCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
