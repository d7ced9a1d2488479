"""The sandbox bank: keeps its own book and plays what is set. Named *sandbox* on every screen."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from data.access.records import SYSTEM
from data.clock import Clock
from data.db import Database
from registry.clearing import pain001, store
from registry.clearing.bank import BankStatus
from registry.clearing.errors import BankMessageBad, BankSilent

# confirm: pays at once; late: the same, but channels' money arrives by statement only;
# hold: takes messages and waits; reject: refuses; silent: takes messages and does not answer.
MODES = ("confirm", "late", "hold", "reject", "silent")
_FIRST_STATE = {"confirm": "credited", "late": "credited", "reject": "rejected"}


@dataclass(frozen=True, slots=True)
class SandboxBank:
    """A bank in a table of its own."""

    db: Database
    clock: Clock
    mode: str = "confirm"
    name: str = "沙箱银行 sandbox"
    visibility_s: float = 0.0

    def submit(self, msg_id: str, message: bytes) -> None:
        """Take a message; a known id counts as sent again and is not executed again.

        Raises
        ------
        BankMessageBad, BankSilent
        """
        instruction = pain001.read(message)
        if instruction.msg_id != msg_id:
            raise BankMessageBad
        now: datetime = self.clock.now()
        state = _FIRST_STATE.get(self.mode, "received")
        with self.db.transaction(SYSTEM) as conn:
            store.insert_bank_order(
                conn, instruction, sha256=hashlib.sha256(message).digest(), state=state, now=now
            )
        if self.mode == "silent":
            raise BankSilent

    def status(self, msg_id: str) -> BankStatus:
        """Tell what became of a message; one that was held is done as the mode now says."""
        decided = _FIRST_STATE.get(self.mode)
        with self.db.transaction(SYSTEM) as conn:
            found = store.bank_order(conn, msg_id)
            if found is not None and found[0] == "received" and decided is not None:
                store.set_bank_order(conn, msg_id, decided, "")
                found = (decided, "")
        return BankStatus(*found) if found else BankStatus("absent")

    def advance(self, msg_id: str, state: str, reason: str = "") -> None:
        """Move a message by hand (mode ``hold``)."""
        with self.db.transaction(SYSTEM) as conn:
            store.set_bank_order(conn, msg_id, state, reason)
