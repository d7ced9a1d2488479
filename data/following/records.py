"""Records of following."""

from dataclasses import dataclass
from typing import Final

# A snapshot as PostgreSQL writes one holds numbers of 64 bits, of which half the range suffices for any city.
_LARGEST: Final = 2**63 - 1
Position = tuple[int, str, int]
START: Final[Position] = (0, "", 0)


@dataclass(frozen=True, slots=True)
class Span:
    """What the snapshot ``until`` sees and ``since`` did not, from the row behind ``after`` on.

    ``after`` is (transaction, source, key) of the last row that was handed out of this span.
    """

    since: str
    until: str
    after: Position = START

    def values(self) -> dict[str, object]:
        """Return the parameters of a query over the span."""
        tx, source, key = self.after
        return {"since": self.since, "until": self.until, "tx": str(tx), "source": source, "key": key}


def is_snapshot(text: str) -> bool:
    """Tell whether PostgreSQL would read a text as ``pg_snapshot``.

    Examples
    --------
    >>> is_snapshot("10:14:10,12"), is_snapshot("10:10:"), is_snapshot("10:9:"), is_snapshot("10:14:14")
    (True, True, False, False)
    """
    parts = text.split(":")
    if len(parts) != 3:  # noqa: PLR2004  lowest running, next to come, running between
        return False
    running = parts[2].split(",") if parts[2] else []
    if not all(word.isascii() and word.isdigit() and len(word) <= 19 for word in [*parts[:2], *running]):  # noqa: PLR2004  digits of 2^63
        return False
    lowest, following, *between = (int(word) for word in [*parts[:2], *running])
    return 0 < lowest <= following <= _LARGEST and all(
        low < high for low, high in zip([lowest - 1, *between], [*between, following], strict=True)
    )


def end_of(snapshot: str) -> int:
    """Return the first transaction that had not begun when a snapshot was taken.

    Examples
    --------
    >>> end_of("10:14:10,12")
    14
    """
    return int(snapshot.split(":")[1])
