"""The sandbox bank: keeps its own book and plays what is set. Named *sandbox* on every screen."""

import hashlib
from dataclasses import dataclass

from data.access.records import SYSTEM
from data.clock import Clock, day_of
from data.db import Database
from registry.clearing import pain001, sandbox_reports, store_bank
from registry.clearing.bank import BankStatus
from registry.clearing.errors import BankMessageBad, BankSilent
from registry.clearing.records import BankOrder
from registry.clearing.rules import COLLECTION_ACCOUNT

# What it does with a message. confirm: pays at once; late: the same, but channels' money arrives by statement
# only; hold: takes messages and waits; reject: refuses.
# What goes wrong on the way. silent: the message comes in, the answer is lost; lost: the first sending of a
# message is lost, and nobody says so; lagging: it shows a message only after a while; double: reports come
# twice; bank_days: it pays on working days only; careless: it pays each submission, also of a known id.
LAG_S = 120.0
_DECIDED = {"confirm": "credited", "late": "credited", "reject": "rejected"}
ABSENT = BankStatus("absent")


@dataclass(frozen=True, slots=True)
class SandboxBank:
    """A bank in a table of its own; ``mode`` is a mode and switches, with commas: ``confirm,lagging``."""

    db: Database
    clock: Clock
    mode: str = "confirm"
    name: str = "沙箱银行 sandbox"

    @property
    def switches(self) -> frozenset[str]:
        """Return what is set."""
        return frozenset(self.mode.split(","))

    @property
    def visibility_s(self) -> float:
        """Return after how many seconds "absent" is proof that a message was not taken."""
        return LAG_S if "lagging" in self.switches else 0.0

    @property
    def keeps_bank_days(self) -> bool:
        """Return whether it pays on working days only."""
        return "bank_days" in self.switches

    def submit(self, msg_id: str, message: bytes) -> None:
        """Take a message; a known id counts as sent again, and only a careless bank executes it again.

        Raises
        ------
        BankMessageBad, BankSilent
        """
        instruction = pain001.read(message)
        if instruction.msg_id != msg_id:
            raise BankMessageBad
        order = BankOrder(
            msg_id,
            hashlib.sha256(message).digest(),
            instruction.amount_fen,
            instruction.creditor_number,
            "lost" if "lost" in self.switches else self._decided(instruction.execute_on) or "received",
            self.clock.now(),
            instruction.execute_on,
        )
        with self.db.transaction(SYSTEM) as conn:
            taken = store_bank.take_order(
                conn,
                order,
                again=self._decided(instruction.execute_on) or "received",
                careless="careless" in self.switches,
            )
        if "silent" in self.switches or taken == "lost":
            raise BankSilent

    def status(self, msg_id: str) -> BankStatus:
        """Tell what became of a message; one that was held is done as the mode now says."""
        with self.db.transaction(SYSTEM) as conn:
            order = store_bank.order(conn, msg_id)
            if order is None or not self._shows(order):
                return ABSENT
            order = self._gone_on(conn, order)
        refused = order.reason or sandbox_reports.REFUSED
        return BankStatus(order.state, refused if order.state == "rejected" else order.reason)

    def messages(self) -> list[bytes]:
        """Return a report of each step that it has not told yet; with ``double`` each twice."""
        made: list[bytes] = []
        with self.db.transaction(SYSTEM) as conn:
            for waiting in store_bank.untold(conn):
                if self._shows(waiting):
                    order = self._gone_on(conn, waiting)
                    made += _reports(order)
                    store_bank.set_told(conn, order.msg_id, order.state)
        return [message for message in made for _ in range(2 if "double" in self.switches else 1)]

    def advance(self, msg_id: str, state: str, reason: str = "") -> None:
        """Move a message by hand (mode ``hold``)."""
        with self.db.transaction(SYSTEM) as conn:
            store_bank.set_order(conn, msg_id, state, reason)

    def _decided(self, execute_on: object) -> str | None:
        """Return what it makes of a message today, None while it waits."""
        if self.keeps_bank_days and str(execute_on) > day_of(self.clock.now()).isoformat():
            return None
        return next((state for mode, state in _DECIDED.items() if mode in self.switches), None)

    def _shows(self, order: BankOrder) -> bool:
        if order.state == "lost":
            return False
        if not self.visibility_s:
            return True
        return (self.clock.now() - order.received_at).total_seconds() >= self.visibility_s

    def _gone_on(self, conn: store_bank.Conn, order: BankOrder) -> BankOrder:
        decided = self._decided(order.execute_on)
        if order.state != "received" or decided is None:
            return order
        store_bank.set_order(conn, order.msg_id, decided, "")
        return store_bank.order(conn, order.msg_id) or order


def _reports(order: BankOrder) -> list[bytes]:
    """Return the reports of the steps from what was told to what is."""
    at = order.received_at
    debit = sandbox_reports.notification(order, COLLECTION_ACCOUNT.number, "DBIT", at=at)
    match order.state, order.told:
        case "received", _:
            return [sandbox_reports.status_report(order, "ACSP", at=at)]
        case "rejected", _:
            return [sandbox_reports.status_report(order, "RJCT", at=at)]
        case "debited", _:
            return [debit]
        case "credited", told:
            credit = sandbox_reports.notification(order, order.creditor_number, "CRDT", at=at)
            return [credit] if told == "debited" else [debit, credit]
        case _:
            return []
