"""Load the reference tables, and answer what the rooms above ask of them."""

from datetime import date

from data.access.records import Office
from data.access.store import upsert_office
from data.reference import files, store
from data.reference.calendar import WorkCalendar
from data.reference.errors import AccountUnknown, ClearingHoursUnknown
from data.reference.records import (
    ClearingHours,
    Code,
    County,
    CountyAccount,
    CountyPolicy,
    SecondReviewRule,
)
from data.reference.store import Conn

# In force where nothing is entered: a month to dispute, nothing split.
_NO_POLICY = CountyPolicy(dispute_days=30, area_split=False)
# So few numbers left are a low stock where nothing is entered.
_LOW_STOCK = 500


def load_tables(conn: Conn) -> list[str]:
    """Bring schema ``ref`` and the offices to the edition of the files, in the caller's transaction.

    Returns
    -------
    list of str
        Names of the sets that were loaded; a set whose files have not changed is not touched.
    """
    loaded = []
    for found in files.reference_sets():
        if store.loaded_sha256(conn, found.name) == found.sha256:
            continue
        store.upsert(conn, found)
        store.note_loaded(conn, found.name, found.sha256, len(found.rows))
        loaded.append(found.name)
    for row in files.offices():
        upsert_office(conn, Office(row["office"], row["name"], row["name_en"], row["county_code"]))
    return loaded


def counties(conn: Conn) -> list[County]:
    """Return the six counties in their usual order."""
    return store.counties(conn)


def county_account(conn: Conn, county_code: str, kind: str, *, on: date) -> CountyAccount:
    """Return the account that money of a county and kind (``nontax`` or ``tax``) is paid to on a day.

    Raises
    ------
    AccountUnknown
        If none is in force.
    """
    found = store.county_account(conn, county_code, kind, on)
    if found is None:
        raise AccountUnknown(county_code=county_code, kind=kind, on=on.isoformat())
    return found


def clearing_hours(conn: Conn, *, on: date) -> ClearingHours:
    """Return the cut-offs of a clearing day.

    Raises
    ------
    ClearingHoursUnknown
        If none are in force.
    """
    found = store.clearing_hours(conn, on)
    if found is None:
        raise ClearingHoursUnknown(on=on.isoformat())
    return found


def county_policy(conn: Conn, *, on: date) -> CountyPolicy:
    """Return what the city chose for money whose county is not plain; nothing chosen splits nothing."""
    return store.county_policy(conn, on) or _NO_POLICY


def low_stock_of_bills(conn: Conn, *, on: date) -> int:
    """Return below how many numbers left a county's stock of bills is low (领用预警)."""
    found = store.low_stock_of_bills(conn, on)
    return _LOW_STOCK if found is None else found


def codes(conn: Conn, list_code: str, *, on: date) -> list[Code]:
    """Return the codes of a list in force on a day, in order; none for an unknown list."""
    return [
        Code(row["code"], row["name_zh"], row["name_en"], row["attributes"])
        for row in store.codes(conn, list_code, on)
    ]


def second_review_rules(conn: Conn, *, on: date) -> list[SecondReviewRule]:
    """Return the rules that ask for a second reviewer, in force on a day."""
    return store.second_review_rules(conn, on)


def work_calendar(conn: Conn) -> WorkCalendar:
    """Return the calendar of working days."""
    return WorkCalendar(store.calendar_days(conn))
