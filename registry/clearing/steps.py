"""Move one payout as far as it goes: write, send, ask. Each step is one transaction or one repeatable act."""

import hashlib
from dataclasses import dataclass

from data.access.records import SYSTEM
from data.clock import Clock
from data.db import Database
from data.documents.signing import Signer
from registry.clearing import outcomes, pain001, rules, store
from registry.clearing.bank import Bank
from registry.clearing.errors import BankSilent, MessageUnwritable
from registry.clearing.files import PayoutFiles
from registry.clearing.planning import Checkpoint, items_of
from registry.clearing.records import Payout
from registry.clearing.waits import Waits


@dataclass(frozen=True, slots=True)
class Steps:
    """What a payout needs on its way."""

    db: Database
    clock: Clock
    bank: Bank
    files: PayoutFiles
    signer: Signer
    waits: Waits
    checkpoint: Checkpoint

    def advance(self, payout: Payout) -> None:
        """Move a payout as far as it goes now."""
        acts = {"planned": self._write, "written": self._send}
        acts |= dict.fromkeys(("sent", "unknown", "acked", "confirmed"), self._ask)
        while True:
            with self.db.transaction(SYSTEM) as conn:
                fresh = store.payout(conn, payout.msg_id)
            if fresh is None or fresh.state not in acts or not acts[fresh.state](fresh):
                return

    def _write(self, payout: Payout) -> bool:
        """Write the message file and the signed item list, built from frozen rows only.

        One that cannot be written is rejected as if by the bank: no county waits for another's account.
        """
        try:
            message = pain001.write(payout, rules.COLLECTION_ACCOUNT)
        except MessageUnwritable:
            with self.db.transaction(SYSTEM) as conn:
                outcomes.refuse_unwritable(conn, payout.msg_id, now=self.clock.now())
            return False
        with self.db.transaction(SYSTEM) as conn:
            items = items_of(conn, payout)
        listed = rules.items_csv(items)
        signature = self.signer.sign(listed)
        self.checkpoint(f"write:before:{payout.msg_id}")
        self.files.write(f"{payout.msg_id}.csv", listed)
        self.files.write(f"{payout.msg_id}.xml", message)
        self.checkpoint(f"write:files:{payout.msg_id}")
        with self.db.transaction(SYSTEM) as conn:
            store.set_written(
                conn,
                payout,
                sha256=hashlib.sha256(message).digest(),
                signature=signature,
                algorithm=self.signer.algorithm,
            )
            moved = store.set_state(conn, payout.msg_id, "planned", "written", now=self.clock.now())
            self.checkpoint(f"write:commit:{payout.msg_id}")
        return moved

    def _send(self, payout: Payout) -> bool:
        """Ask the bank for the message id and send the message in if it is absent.

        The intent is written before the message leaves: whoever dies in between leaves a payout that is
        ``unknown`` since then, not one that seems never to have been sent.
        """
        content = self.files.read(f"{payout.msg_id}.xml")
        message = content or pain001.write(payout, rules.COLLECTION_ACCOUNT)
        if self.bank.status(payout.msg_id).state != "absent":
            return self._move(payout, "sent")
        self.checkpoint(f"send:asked:{payout.msg_id}")
        if not self._move(payout, "unknown"):
            return False
        if self.bank.visibility_s:
            self.waits.begin(payout.msg_id)
        self.checkpoint(f"send:before:{payout.msg_id}")
        try:
            self.bank.submit(payout.msg_id, message)
        except BankSilent:
            return False
        self.checkpoint(f"send:submitted:{payout.msg_id}")
        with self.db.transaction(SYSTEM) as conn:
            return store.set_state(conn, payout.msg_id, "unknown", "sent", now=self.clock.now())

    def _ask(self, payout: Payout) -> bool:
        """Ask the bank what became of a message and post it; false when there is nothing new."""
        status = self.bank.status(payout.msg_id)
        self.checkpoint(f"ask:{payout.state}:{payout.msg_id}")
        if status.state == "absent":
            return payout.state == "unknown" and self._proven(payout) and self._move(payout, "written")
        self.waits.end(payout.msg_id)
        with self.db.transaction(SYSTEM) as conn:
            fresh = store.lock_payout(conn, payout.msg_id)
            if fresh is None or fresh.state != payout.state:
                return fresh is not None
            result = outcomes.apply_status(conn, fresh, status, now=self.clock.now())
            self.checkpoint(f"ask:commit:{status.state}:{payout.msg_id}")
        self.checkpoint(f"ask:after:{status.state}:{payout.msg_id}")
        return result == outcomes.APPLIED and status.state != "rejected"

    def _proven(self, payout: Payout) -> bool:
        """Tell whether "absent" is proof: not while the bank may have a message and not show it yet."""
        return self.waits.waited_s(payout.msg_id) >= self.bank.visibility_s

    def _move(self, payout: Payout, state: str) -> bool:
        with self.db.transaction(SYSTEM) as conn:
            moved = store.set_state(conn, payout.msg_id, payout.state, state, now=self.clock.now())
            self.checkpoint(f"move:commit:{state}:{payout.msg_id}")
        return moved
