"""Enter and end rights, and read register pages.

Entries of a unit are made one after the other: :func:`lock` takes the row locks of the pages, in the order
of their codes, and holds them until the end of the transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from registry.rights import rules, store
from registry.rights.records import OWNING, Ended, LiveEntry, NewEntry, Question, RegisterPage, Verdict


def lock(conn: store.Conn, unit_codes: Iterable[str], county_code: str, now: datetime) -> None:
    """Open the pages that are new, and lock them all until the transaction ends."""
    codes = sorted(set(unit_codes))
    for code in codes:
        store.open_page(conn, code, county_code, now)
    store.lock_pages(conn, codes)


def enter(conn: store.Conn, entry: NewEntry, *, by: str, now: datetime) -> int:
    """Write an entry with its holders.

    Parameters
    ----------
    conn : Connection
        Open transaction that holds the page's lock.
    entry : NewEntry
        What to enter.
    by : str
        Sign-in name of the registrar.
    now : datetime
        Aware instant of entry.

    Returns
    -------
    int
        Key of the entry.
    """
    store.open_page(conn, entry.unit_code, entry.county_code, now)
    seq = store.next_seq(conn, entry.unit_code)
    rrr_id = store.insert_entry(conn, entry, seq=seq, by=by, now=now)
    store.insert_holders(conn, rrr_id, entry)
    return rrr_id


def supersede(conn: store.Conn, entry: NewEntry, old_rrr_id: int, *, by: str, now: datetime) -> int:
    """Write an entry that takes the place of another, which becomes history.

    Raises
    ------
    EntryEnded
        If the other entry is not live any more.
    """
    rrr_id = enter(conn, replace(entry, after_rrr_id=old_rrr_id), by=by, now=now)
    facts = {"by_rrr_id": rrr_id, "case_no": entry.case_no, "cause": entry.cause, "now": now, "by": by}
    store.insert_end(conn, old_rrr_id, Ended.HISTORY, facts)
    return rrr_id


def cancel(
    conn: store.Conn, rrr_id: int, *, cause: str, by: str, now: datetime, case_no: str | None = None
) -> None:
    """End an entry that nothing replaces: discharge of a mortgage, lifting of a seizure.

    Raises
    ------
    EntryEnded
        If it is not live any more.
    """
    facts = {"by_rrr_id": None, "case_no": case_no, "cause": cause, "now": now, "by": by}
    store.insert_end(conn, rrr_id, Ended.CANCELLED, facts)


def live_entries(conn: store.Conn, codes: Sequence[str]) -> list[LiveEntry]:
    """Return the live entries of units (28 characters) and parcels (19), without persons."""
    return store.live_entries(conn, codes)


def homesteads_of(conn: store.Conn, hashes: Iterable[bytes], county_code: str) -> frozenset[str]:
    """Return the units of a county with a live homestead right of parties with these search hashes."""
    return store.homesteads_of(conn, sorted(hashes), county_code)


def judge(rule_ref: str, question: Question) -> Verdict:
    """Ask one state rule.

    Raises
    ------
    KeyError
        If there is no such rule.
    """
    return rules.RULES[rule_ref](question)


def unit_page(conn: store.Conn, unit_code: str) -> RegisterPage | None:
    """Return the register page of a unit, numbers of persons masked.

    The caller writes the audit row: a read of a register page is recorded.

    Returns
    -------
    RegisterPage or None
        None when nothing was ever entered, or the reader's office may not see it.
    """
    county_code = store.page_county(conn, unit_code)
    if county_code is None:
        return None
    entries = store.shown_entries(conn, unit_code)
    holders = store.shown_holders(conn, [entry.rrr_id for entry in entries])
    return RegisterPage(
        unit_code, county_code, [replace(entry, holders=holders.get(entry.rrr_id, [])) for entry in entries]
    )


def holders_on(conn: store.Conn, parcel_codes: Sequence[str], *, at: date) -> dict[str, list[str]]:
    """Return who held the land or buildings of parcels on a day: names by parcel code, as the reader may see.

    The caller writes the audit row: a read of persons is recorded.
    """
    return store.holders_on(conn, parcel_codes, [str(kind) for kind in OWNING], at=at)
