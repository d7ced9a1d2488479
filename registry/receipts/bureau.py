"""The port to the finance bureau that gives out bill numbers, and the sandbox's."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from registry.receipts import store

# 42 Hubei, 06 non-tax general bill, 01 electronic; the year follows (票据代码, 8 digits).
CODE_HEAD = "420601"
SEGMENT = 100_000


class FinanceBureau(Protocol):
    """Gives segments of bill numbers (票据领用)."""

    @property
    def name(self) -> str:
        """Return its name for screens; a sandbox says so."""
        ...

    def allocate(self, conn: store.Conn, code: str, county_code: str) -> None:
        """Enter a new segment for a county."""
        ...


@dataclass(frozen=True, slots=True)
class SandboxBureau:
    """Gives the next free hundred thousand numbers."""

    name: str = "沙箱财政 sandbox"

    def allocate(self, conn: store.Conn, code: str, county_code: str) -> None:
        """Enter the next segment; two callers at once get one each."""
        store.insert_pool(conn, code, county_code, size=SEGMENT, issued_by=self.name)


def bill_code(day: date) -> str:
    """Return the bill code of a year.

    Examples
    --------
    >>> bill_code(date(2026, 11, 24))
    '42060126'
    """
    return f"{CODE_HEAD}{day:%y}"
