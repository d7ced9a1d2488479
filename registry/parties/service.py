"""Enter parties and read them as they may be shown."""

import hashlib
from collections.abc import Sequence

from registry.parties import rules, store
from registry.parties.records import NewParty, Party, PartyInput


def search_key(secret_key: str) -> bytes:
    """Return the key of the search hash, made from the installation's secret."""
    return hashlib.sha256(b"party search\0" + secret_key.encode()).digest()


def checked(party: PartyInput, key: bytes) -> NewParty:
    """Check a party without storing it; errors as :func:`rules.checked`."""
    return rules.checked(party, key)


def enter(conn: store.Conn, party: NewParty, *, county_code: str | None, accept_office: str) -> int:
    """Store a checked party.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    party : NewParty
        From :func:`checked`.
    county_code : str, optional
        County of the case or entry; None while undecided.
    accept_office : str
        Office that enters it.

    Returns
    -------
    int
        Key of the party.
    """
    return store.insert(conn, party, county_code=county_code, accept_office=accept_office)


def read(conn: store.Conn, party_ids: Sequence[int]) -> dict[int, Party]:
    """Return parties by key, numbers and telephones masked."""
    return store.fetch(conn, party_ids)


def settle_county(conn: store.Conn, party_ids: Sequence[int], county_code: str) -> None:
    """Give parties the county that was decided after they were entered."""
    store.set_county(conn, party_ids, county_code)
