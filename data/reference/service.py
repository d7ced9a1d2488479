"""Load the reference tables, and answer what the rooms above ask of them."""

from datetime import date

from data.access.records import Office
from data.access.store import upsert_office
from data.reference import files, store
from data.reference.calendar import WorkCalendar
from data.reference.errors import AccountUnknown
from data.reference.records import County, CountyAccount
from data.reference.store import Conn


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


def work_calendar(conn: Conn) -> WorkCalendar:
    """Return the calendar of working days."""
    return WorkCalendar(store.calendar_days(conn))
