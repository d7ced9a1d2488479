"""Canonical text and hashes of entries."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from registry.handbook.errors import EntryInvalid
from registry.handbook.records import Entry


def parse_file(text: str | bytes) -> Entry:
    """Read an entry file (TOML).

    Raises
    ------
    EntryInvalid
        Names the first fault's place.
    """
    try:
        facts = tomllib.loads(text if isinstance(text, str) else text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EntryInvalid(place=str(error)) from error
    return checked(facts)


def parse(body: str) -> Entry:
    """Read a canonical JSON text."""
    return Entry.model_validate_json(body)


def checked(facts: Mapping[str, object]) -> Entry:
    """Check the facts of an entry against the format.

    Raises
    ------
    EntryInvalid
    """
    try:
        return Entry.model_validate(dict(facts))
    except ValidationError as error:
        faults: list[dict[str, object]] = [
            {"field": ".".join(str(part) for part in fault["loc"]), "message": fault["msg"]}
            for fault in error.errors()
        ]
        raise EntryInvalid(errors=faults, place=str(faults[0]["field"])) from error


def canonical(entry: Entry) -> str:
    """Return the one JSON text of an entry: sorted keys, no spaces, characters as they are."""
    return json.dumps(
        entry.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )


def sha256_of(text: str) -> str:
    """Return the SHA-256 (hex) of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def set_sha256(versions: Iterable[tuple[str, int, str]]) -> str:
    """Return the SHA-256 (hex) of a set of versions: six counties with one handbook have one number.

    Parameters
    ----------
    versions : iterable of (type_code, version, sha256)
        In any order.
    """
    lines = [f"{type_code} {version} {sha256}\n" for type_code, version, sha256 in sorted(versions)]
    return sha256_of("".join(lines))
