"""The port by which money goes back to its payer (原路退回), and the sandbox's, which says so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from psycopg import Connection
from psycopg.rows import TupleRow

from data.access.records import SYSTEM
from data.clock import Clock
from data.db import Database
from registry.payments import store_sandbox_refunds as store

# confirm: pays back at once; hold: takes and waits; reject: refuses; silent: takes and does not answer.
MODES = ("confirm", "hold", "reject", "silent")
_FIRST = {"confirm": ("done", ""), "reject": ("failed", "账户状态异常"), "silent": ("done", "")}


class ChannelSilent(Exception):
    """The channel did not answer: what became of the instruction is not known."""


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What a channel is asked: pay ``amount_fen`` of a payment back to where it came from.

    ``instruction`` is our number of the refund and the attempt; a channel pays it once.
    """

    instruction: str
    channel: str
    channel_txn: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RefundStatus:
    """``absent``, ``received``, ``done`` or ``failed``, with a reason."""

    state: str
    reason: str = ""


class RefundChannel(Protocol):
    """Pays money back by the channel it came by."""

    def submit(self, order: RefundOrder) -> None:
        """Ask for it; a known instruction is not executed again.

        Raises
        ------
        ChannelSilent
        """
        ...

    def status(self, instruction: str) -> RefundStatus:
        """Tell what became of an instruction."""
        ...


@dataclass(frozen=True, slots=True)
class SandboxRefunds:
    """Sandbox channels with a book of their own."""

    db: Database
    clock: Clock
    mode: str = "confirm"

    def submit(self, order: RefundOrder) -> None:
        """Take an instruction.

        Raises
        ------
        ChannelSilent
        """
        state, reason = _FIRST.get(self.mode, ("received", ""))
        now: datetime = self.clock.now()
        with self.db.transaction(SYSTEM) as conn:
            store.insert(
                conn,
                order.instruction,
                payment=(order.channel, order.channel_txn, order.amount_fen),
                state=state,
                reason=reason,
                now=now,
            )
        if self.mode == "silent":
            raise ChannelSilent(order.instruction)

    def status(self, instruction: str) -> RefundStatus:
        """Tell what became of an instruction; one that was held is done as the mode now says."""
        with self.db.transaction(SYSTEM) as conn:
            found = self._settled(conn, instruction)
        return RefundStatus(*found) if found else RefundStatus("absent")

    def _settled(self, conn: Connection[TupleRow], instruction: str) -> tuple[str, str] | None:
        found = store.fetch(conn, instruction)
        decided = _FIRST.get(self.mode)
        if found is not None and found[0] == "received" and decided is not None:
            store.settle(conn, instruction, *decided)
            return decided
        return found
