"""The end of buildings and of the units in them."""

from collections.abc import Sequence
from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import TupleRow

from spatial.buildings import store
from spatial.buildings.errors import UnitsStillHeld

Conn = Connection[TupleRow]
_LISTED = 20


def standing_on(conn: Conn, parcel_codes: Sequence[str], *, day: date) -> dict[str, list[str]]:
    """Return the buildings on parcels, each with its units, in force on a day or from a later one."""
    found: dict[str, list[str]] = {}
    for building_code, unit_code in store.standing_on(conn, parcel_codes, day):
        units = found.setdefault(building_code, [])
        if unit_code is not None:
            units.append(unit_code)
    return found


def held(conn: Conn, codes: Sequence[str]) -> list[str]:
    """Return those of the units (28 characters), and in the buildings (24), that have a live entry."""
    return store.held_units(conn, codes) if codes else []


def end(
    conn: Conn, building_codes: Sequence[str], unit_codes: Sequence[str], *, day: date, now: datetime
) -> None:
    """End buildings and units on a day; what they were before stays readable, their codes stay used.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    building_codes, unit_codes : sequence of str
        Buildings (24) and units (28); name the units of an ended building too.
    day : date
        First day on which they are no more.
    now : datetime
        Aware instant from which the register knows it.

    Raises
    ------
    UnitsStillHeld
        One of the units has a right, mortgage, seizure or other live entry: nothing is ended.
    """
    codes = [*building_codes, *unit_codes]
    if not codes:
        return
    still = held(conn, codes)
    if still:
        errors: list[dict[str, object]] = [{"unit_code": code} for code in still[:_LISTED]]
        raise UnitsStillHeld(count=len(still), errors=errors)
    store.end(conn, building_codes, unit_codes, day=day, now=now)
