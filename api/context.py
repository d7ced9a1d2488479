"""What a request can reach: the services of the application and the actor of the request."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import cast

from flask import current_app, g

from data.access.records import PUBLIC, Actor
from data.clock import YEARS, Clock, day_of
from data.db import Database
from data.errors import Invalid
from data.settings import Settings
from registry.payments.channel import Arrivals


@dataclass(frozen=True)
class Services:
    """Built once at start-up: database, clock and settings."""

    db: Database
    clock: Clock
    settings: Settings

    @cached_property
    def arrivals(self) -> Arrivals:
        """Return where this process applies the events of channels."""
        return Arrivals(self.db)

    def now(self) -> datetime:
        """Return the present instant, aware, in Asia/Shanghai."""
        return self.clock.now()

    def today(self) -> date:
        """Return the present day in Asia/Shanghai."""
        return day_of(self.clock.now())


def services() -> Services:
    """Return the services of the running application."""
    return cast("Services", current_app.extensions["ningtu"])


def actor() -> Actor:
    """Return who makes the present request; the public when nobody signed in."""
    return cast("Actor", g.get("actor", PUBLIC))


def language() -> str:
    """Return the language of the present request, ``zh`` or ``en``."""
    return cast("str", g.get("lang", "zh"))


def named_day(text: str) -> date:
    """Return the day that an address names, as a date or as ``today``.

    Raises
    ------
    Invalid
    """
    if text == "today":
        return services().today()
    return read_day(text, "date")


def read_day(text: str, field: str) -> date:
    """Return a written day of a year that days are counted in.

    Raises
    ------
    Invalid
        Names the field.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("request_invalid", errors=[{"field": field, "code": "request_invalid"}]) from error
    if day.year not in YEARS:
        raise Invalid("request_invalid", errors=[{"field": field, "code": "request_invalid"}])
    return day
