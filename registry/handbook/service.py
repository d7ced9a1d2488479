"""Publish entries and read the handbook as it is in force on a day."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache

from data.clock import SHANGHAI
from registry.handbook import rules, store
from registry.handbook.errors import EntryNotFound, VersionChanged
from registry.handbook.records import Entry, Published


def publish(conn: store.Conn, files: Iterable[str | bytes | Mapping[str, object]]) -> int:
    """Publish entries; those that are published already with the same content are passed over.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    files : iterable of str, bytes or mapping
        TOML texts in the format of :class:`Entry`, or their facts.

    Returns
    -------
    int
        Number of versions newly published.

    Raises
    ------
    EntryInvalid
        A text breaks the format.
    VersionChanged
        A version exists with other content.
    """
    count = 0
    for file in files:
        entry = rules.checked(file) if isinstance(file, Mapping) else rules.parse_file(file)
        body = rules.canonical(entry)
        sha256 = rules.sha256_of(body)
        known = store.fetch(conn, entry.type_code, entry.version)
        if known is not None:
            if known.sha256 != sha256:
                raise VersionChanged(type_code=entry.type_code, version=entry.version)
            continue
        now = datetime.now(SHANGHAI)
        store.insert(
            conn,
            Published(entry.type_code, entry.version, entry.name, entry.valid_from, sha256, body, now),
        )
        count += 1
    return count


def in_force(conn: store.Conn, at: date) -> list[Published]:
    """Return the versions in force on a day, by type."""
    return [row for row in store.in_force(conn, at) if _holds(row, at)]


def entry_at(conn: store.Conn, type_code: str, at: date) -> tuple[Published, Entry]:
    """Return the version of a type in force on a day.

    Raises
    ------
    EntryNotFound
    """
    found = store.in_force(conn, at, type_code)
    if not found or not _holds(found[0], at):
        raise EntryNotFound(type_code=type_code)
    return found[0], _entry(found[0].body)


def entry_version(conn: store.Conn, type_code: str, version: int) -> tuple[Published, Entry]:
    """Return one published version.

    Raises
    ------
    EntryNotFound
    """
    found = store.fetch(conn, type_code, version)
    if found is None:
        raise EntryNotFound(type_code=type_code)
    return found, _entry(found.body)


def versions(conn: store.Conn, type_code: str) -> list[Published]:
    """Return every version of a type, newest first.

    Raises
    ------
    EntryNotFound
    """
    found = store.versions(conn, type_code)
    if not found:
        raise EntryNotFound(type_code=type_code)
    return found


def handbook_sha256(conn: store.Conn, at: date) -> tuple[str, list[Published]]:
    """Return the hash (hex) of the handbook in force on a day, and the versions it is of."""
    found = in_force(conn, at)
    return rules.set_sha256((row.type_code, row.version, row.sha256) for row in found), found


def _holds(version: Published, at: date) -> bool:
    valid_to = _entry(version.body).valid_to
    return valid_to is None or at < valid_to


@lru_cache(maxsize=256)
def _entry(body: str) -> Entry:
    """Read a published body; bodies never change, so that each is read once a process."""
    return rules.parse(body)
