"""The extract of a parcel: concerned, not concerned, or no data, for each theme."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from psycopg import Connection
from psycopg.rows import TupleRow

from spatial.parcels import store
from spatial.parcels.records import ParcelVersion

# Themes of restrictions the city has no data of yet: the answer is "no data", never silence.
NOT_HELD = ("planning", "permanent_farmland", "ecological_red_line", "geological_hazard")


class Answer(StrEnum):
    """The three answers."""

    CONCERNED = "concerned"
    NOT_CONCERNED = "not_concerned"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class ThemeAnswer:
    """The answer for one theme.

    Attributes
    ----------
    theme : str
        Layer of parcels, ``buildings``, or a theme of restrictions.
    data_at : datetime or None
        Instant of the newest data of the theme in the parcel's cadastral district.
    objects : tuple of (code, area)
        What meets the parcel, with the shared area in square metres (EPSG:4547 plane).
    """

    theme: str
    answer: Answer
    data_at: datetime | None
    objects: tuple[tuple[str, float], ...]


def extract(conn: Connection[TupleRow], parcel: ParcelVersion, *, at: date) -> list[ThemeAnswer]:
    """Answer for each theme whether it concerns a parcel on a day.

    A theme without any data in the parcel's cadastral district is answered "no data".
    """
    held = [
        ThemeAnswer(theme, _answer(data_at, bool(objects)), data_at, objects)
        for theme, data_at, objects in store.themes(conn, parcel, at=at)
    ]
    return [*held, *(ThemeAnswer(theme, Answer.NO_DATA, None, ()) for theme in NOT_HELD)]


def _answer(data_at: datetime | None, met: bool) -> Answer:
    if met:
        return Answer.CONCERNED
    return Answer.NO_DATA if data_at is None else Answer.NOT_CONCERNED
