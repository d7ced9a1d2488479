"""Rules on attributes as written: T33 dictionaries, T34 dates, T35 sums, what is left blank, use and code."""

import re
from datetime import date
from functools import lru_cache
from typing import Final

from data.reference.files import code_list
from spatial.survey.rules.context import Context, NotRun, Told
from spatial.survey.tolerances import AREA_M2

# Columns of the standard and the code list each is taken from.
_LISTS: Final = {"qllx": "QLLX", "qlxz": "QLXZ", "qlsdfs": "QLSDFS", "mjdw": "MJDW", "zdtzm": "ZDTZM"}
_USE: Final = ("yt", "dlbm", "land_use_class", "land_use")
# Eight digits, or parts kept apart: 2026-11 is no day. A time may follow.
_DAYS: Final = re.compile(
    r"(?:(\d{4})(\d{2})(\d{2})|(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?)(?:[T ].*)?", re.ASCII
)
_LONGEST_DAY: Final = 40
# Columns of a first and a last day.
_TERMS: Final = (
    ("syqqssj", "syqjssj"),
    ("cbqssj", "cbjssj"),
    ("ldsyqqssj", "ldsyqjssj"),
    ("jgrq", "clrq"),
)
# Days on which something was done: none of them lies ahead.
_PAST: Final = ("clrq", "dcrq", "jcrq", "shrq", "survey_date")
_CLASSES: Final = ("nydmj", "jsydmj", "wlydmj")
_FARM: Final = ("gdmj", "ldmj", "cdmj", "qtnydmj")
# Columns of the register standard that are never blank where they are there.
_MANDATORY: Final = ("zl", "yt", "qllx", "qlxz")
# First digits of the use (GB/T 21010-2017) that a parcel's character allows; others may have any.
_USES: Final = {"C": ("07",), "E": ("03",), "L": ("03",), "D": ("01", "02", "12"), "F": ("04",)}
_CHARACTER: Final = 13
_DIGITS_OF_2007: Final = 3


def dictionaries(context: Context, told: Told) -> None:
    """T33: codes are members of their lists; ``major`` is any that is not, ``minor`` a use of an older list.

    Raises
    ------
    NotRun
        If the upload has no column with a list.
    """
    lists = {column: name for column, name in _LISTS.items() if column in context.columns}
    uses = context.texts(*_USE)
    if uses is None and not lists:
        raise NotRun("no_such_column")
    for column, name in lists.items():
        known = code_list(name)
        for at, value in enumerate(context.texts(column) or ()):
            if value is not None and value not in known:
                told.add(at, "T33_unknown", params={"column": column.upper(), "value": value[:40]})
    _known_uses(told, uses or [])


def _known_uses(told: Told, uses: list[str | None]) -> None:
    known = code_list("YT")
    classes = {code[:2] for code in known}
    for at, value in enumerate(uses):
        if value is None or not value.isdigit() or value in known or value in classes:
            continue
        grade = "minor" if len(value) == _DIGITS_OF_2007 else "major"
        told.add(at, "T33_use_old" if grade == "minor" else "T33_use", grade, params={"value": value[:40]})


def dates(context: Context, told: Told) -> None:
    """T34: terms begin before they end and what was done lies not ahead; ``major`` is any breach.

    Raises
    ------
    NotRun
        If the upload has no column with such a day.
    """
    terms = [pair for pair in _TERMS if all(name in context.columns for name in pair)]
    past = [name for name in _PAST if name in context.columns]
    if not terms and not past:
        raise NotRun("no_such_column")
    for first, last in terms:
        _compare_days(context, told, first, last)
    for column in past:
        _not_ahead(context, told, column)


def _compare_days(context: Context, told: Told, first: str, last: str) -> None:
    starts, ends = context.texts(first) or (), context.texts(last) or ()
    for at, (start, end) in enumerate(zip(starts, ends, strict=True)):
        begun, done = _day(start), _day(end)
        if begun is not None and done is not None and done < begun:
            params = {"first": first.upper(), "last": last.upper(), "start": str(begun), "end": str(done)}
            told.add(at, "T34_order", params=params)


def _not_ahead(context: Context, told: Told, column: str) -> None:
    for at, value in enumerate(context.texts(column) or ()):
        day = _day(value)
        if value is not None and day is None:
            told.add(at, "T34_unreadable", "minor", params={"column": column.upper(), "value": value[:40]})
        elif day is not None and day > context.day:
            told.add(at, "T34_ahead", params={"column": column.upper(), "day": str(day)})


def _day(written: str | None) -> date | None:
    return _day_of(written) if written and len(written) <= _LONGEST_DAY else None


@lru_cache(maxsize=100_000)
def _day_of(written: str) -> date | None:
    match = _DAYS.fullmatch(written)
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups() if part))
    except ValueError:
        return None


def class_sums(context: Context, told: Told) -> None:
    """T35: the areas by class of collective land add up to the parcel's; ``major`` is any difference.

    Raises
    ------
    NotRun
        If the upload has no areas by class.
    """
    classes = [_numbers(context, name) for name in _CLASSES]
    total = context.features.declared_m2
    if any(values is None for values in classes):
        raise NotRun("no_such_column")
    _compare(told, classes, total, "T35_classes")
    farm = [_numbers(context, name) for name in _FARM]
    if all(values is not None for values in farm):
        _compare(told, farm, classes[0] or [], "T35_farm")


def _numbers(context: Context, name: str) -> list[float | None] | None:
    values = context.texts(name)
    return None if values is None else [_number(value) for value in values]


def _number(value: str | None) -> float | None:
    return float(value) if value and re.fullmatch(r"\d{1,12}(\.\d{1,6})?", value, re.ASCII) else None


def _compare(
    told: Told, parts: list[list[float | None] | None], total: list[float | None], says: str
) -> None:
    for at, whole in enumerate(total):
        own = [values[at] for values in parts if values is not None]
        if whole is None or all(value is None for value in own):
            continue
        summed = sum(value or 0.0 for value in own)
        limit = AREA_M2 + 0.005 * len(own)
        if abs(summed - whole) > limit:
            params = {"sum_m2": round(summed, 2), "total_m2": whole}
            told.add(at, says, measured=abs(summed - whole), limit=limit, params=params)


def left_blank(context: Context, told: Told) -> None:
    """Tell where a column that the register needs is there and blank; ``minor`` is any.

    Raises
    ------
    NotRun
        If the upload has none of the columns.
    """
    asked = [column for column in _MANDATORY if column in context.columns]
    if not asked:
        raise NotRun("no_such_column")
    for column in asked:
        for at, value in enumerate(context.texts(column) or ()):
            if value is None:
                told.add(at, "left_blank", "minor", params={"column": context.columns[column]})


def use_suits_code(context: Context, told: Told) -> None:
    """Tell where the use of the land is none that the parcel's character stands for; ``minor`` is any.

    Raises
    ------
    NotRun
        If no use is written.
    """
    uses = context.features.land_use
    if not any(uses):
        raise NotRun("no_such_column")
    for at, (code, use) in enumerate(zip(context.features.codes, uses, strict=True)):
        allowed = _USES.get(code[_CHARACTER]) if code and len(code) > _CHARACTER else None
        if allowed and use and use.isdigit() and not use.startswith(allowed):
            told.add(at, "use_suits_code", "minor", params={"use": use, "character": str(code)[_CHARACTER]})
