"""The port to the bank that pays out."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BankStatus:
    """What the bank says of a message: absent, received, debited, credited or rejected."""

    state: str
    reason: str = ""


class Bank(Protocol):
    """A bank that takes pain.001 messages. It need not notice that a message id was sent before."""

    @property
    def name(self) -> str:
        """Return its name for screens; a sandbox says so."""
        ...

    @property
    def visibility_s(self) -> float:
        """Return after how many seconds "absent" is proof that a message was not taken."""
        ...

    @property
    def keeps_bank_days(self) -> bool:
        """Return whether it pays on working days only."""
        ...

    def submit(self, msg_id: str, message: bytes) -> None:
        """Send a message in.

        Raises
        ------
        BankSilent
            No answer came: the bank may have it or not.
        """
        ...

    def status(self, msg_id: str) -> BankStatus:
        """Ask for a message."""
        ...

    def messages(self) -> list[bytes]:
        """Return the reports (pain.002, camt.054) that it has not handed over yet; it may repeat some."""
        ...
