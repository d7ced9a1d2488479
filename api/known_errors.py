"""Every error a caller may meet, for the help page."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.problems import HTTP_CODES
from data.errors import NingtuError
from data.messages import known


@dataclass(frozen=True, slots=True)
class KnownError:
    """An error code with its HTTP status."""

    code: str
    status: int


def known_errors() -> list[KnownError]:
    """Return the errors of every loaded room, by code; each has a text."""
    statuses = {code: status for status, code in HTTP_CODES.items()}
    statuses.update({kind.code: kind.status for kind in _kinds(NingtuError)})
    return [KnownError(code, status) for code, status in sorted(statuses.items()) if known(code)]


def _kinds(base: type[NingtuError]) -> Iterator[type[NingtuError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)
