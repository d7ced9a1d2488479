"""The port to payment channels: begin a payment, ask what became of one, fetch a day's statement."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message of a channel as it came: its name, the signature header, the raw body."""

    channel: str
    signature: str | None
    raw: bytes


class ChannelPort(Protocol):
    """What we ask of channels; each answer about a payment is signed as a callback is."""

    def open(self, channel: str, payment_code: str, amount_fen: int, *, now: datetime) -> str:
        """Announce a payment; returns the channel's number of it, which opens its page."""
        ...

    def query(self, channel: str, payment_code: str, *, now: datetime) -> list[Delivery]:
        """Return what is final about a payment code; nothing while the payer may still pay."""
        ...

    def close(self, channel: str, channel_txn: str, *, now: datetime) -> None:
        """Give up a payment that the payer has not made; one that is made stays."""
        ...

    def statement(self, channel: str, day: date) -> bytes:
        """Return the statement of a day (CSV, Asia/Shanghai)."""
        ...
