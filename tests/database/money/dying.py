"""A process that dies before the n-th step of an act: the end of a transaction, a file, or any statement.

No step is named by what it does: whatever the code comes to do is one, too. What lasts changes only where a
transaction ends or a file is written; kills before each statement as well are for the long run.
"""

import os
import signal
from pathlib import Path

import psycopg
from psycopg.transaction import Transaction

from data.documents import signing
from data.documents.archive import Archive
from registry.clearing import assertions
from registry.clearing.files import PayoutFiles
from registry.clearing.sandbox_bank import SandboxBank
from registry.clearing.service import Clearing
from registry.payments.refund_channel import SandboxRefunds
from registry.payments.refund_steps import RefundDesk
from registry.receipts.bureau import SandboxBureau
from registry.receipts.keys import sandbox_keys
from registry.receipts.refunding import Refunding
from registry.reconciliation import months
from tests.database.money.conftest import StandingClock, rows
from tests.database.money.processes import exit_code, opened
from tests.money_proof.process import QuickOffice

ENDS = ((Transaction, "__exit__"), (os, "fsync"), (Path, "replace"))
STATEMENTS = tuple((psycopg.Cursor, name) for name in ("execute", "executemany", "copy"))
# They only read, by many statements; each is one step.
READERS = ((assertions, "require_books"), (months, "verify"))
# What commits of the acts change, whichever of them it was.
MARK = """
SELECT (SELECT array_agg(code || number || state ORDER BY code, number) FROM money.bill),
       (SELECT count(*) FROM money.bill_pool),
       (SELECT array_agg(state ORDER BY correction_id) FROM money.bill_correction),
       (SELECT array_agg(state ORDER BY refund_no) FROM money.refund),
       (SELECT count(*) FROM money.dispute_event),
       (SELECT count(*) FROM money.posting),
       (SELECT array_agg(state ORDER BY month) FROM money.period),
       (SELECT count(*) FROM money.channel_event),
       (SELECT array_agg(msg_id || state ORDER BY msg_id) FROM money.payout),
       -- What the other side knows by now shortens the next attempt.
       (SELECT array_agg(instruction || state ORDER BY instruction) FROM money.sandbox_refund),
       (SELECT array_agg(msg_id || state ORDER BY msg_id) FROM money.sandbox_bank_order)
"""


class Fuse:
    """Counts the steps that are passed; before the chosen one the process is gone."""

    def __init__(self, dies_at):
        self.left, self.rests = dies_at, False

    def __call__(self):
        if self.rests:
            return
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1


class Desk:
    """What acts need, made anew in the process that does them, from the folder of its keys and files.

    PDF and SM2 of bills are stood in for: ``test_bill_crashes`` kills within them.
    """

    def __init__(self, db, folder, now):
        self.db, self.folder, self.clock, self.now = db, folder, StandingClock(now), now
        self.keys = folder / "keys"

    @property
    def office(self):
        archive = Archive(self.folder / "files")
        keys = sandbox_keys(self.keys)
        return QuickOffice(self.db, keys, SandboxBureau(), archive, "http://localhost/verify")

    @property
    def refunding(self):
        return Refunding(self.office, RefundDesk(self.db, SandboxRefunds(self.db, self.clock)))

    @property
    def signer(self):
        return signing.sandbox_signer(self.keys, signing.HEADS_KEY)

    @property
    def clearing(self):
        bank = SandboxBank(self.db, self.clock, "confirm,careless")
        return Clearing(self.db, self.clock, bank, PayoutFiles(self.folder / "payouts"), self.signer)


def arm(dies_at, statements):
    """Let the process die before its n-th step from now on; perhaps every statement is one."""
    fuse = Fuse(dies_at)
    for owner, name in (*ENDS, *STATEMENTS) if statements else ENDS:
        original = getattr(owner, name)

        def counted(*args, _original=original, **kwargs):
            fuse()
            return _original(*args, **kwargs)

        setattr(owner, name, counted)
    for owner, name in READERS:
        setattr(owner, name, as_one_step(fuse, getattr(owner, name)))


def as_one_step(fuse, reader):
    """Return a function within which the fuse does not burn."""

    def read(*args, **kwargs):
        fuse()
        fuse.rests = True
        try:
            return reader(*args, **kwargs)
        finally:
            fuse.rests = False

    return read


def act_and_die(act, place, args, dies_at, statements):
    """Do an act in this process, which ends before its n-th step, or with the act."""
    url, folder, now = place
    db = opened(url, max_size=2, lock_timeout_ms=20_000)
    desk = Desk(db, folder, now)
    arm(dies_at, statements)
    act(desk, *args)
    # Nothing after the act is a step of it.
    os._exit(0)


def kill_before_every_step(act, db, folder, now, *args, until=None, whole=None, statements=False):
    """Let an act die before each of its steps, and begin again each time; returns how often it died.

    Whenever something was committed the steps are counted anew: what a dead process left is gone on with from
    its first step. ``until`` tells, of the mark, when the rest is done undisturbed by whoever calls.
    ``whole`` is a query of two counts that must be equal after each death: of an act that is done by halves
    and mended on the next attempt the end shows nothing.
    """
    killed = dies_at = 0
    (before,) = rows(db, MARK)
    while True:
        code = exit_code(act_and_die, act, (db.url, folder, now), args, dies_at, statements)
        if code == 0:
            return killed
        assert code == -signal.SIGKILL, (act.__name__, dies_at)
        killed, dies_at = killed + 1, dies_at + 1
        (after,) = rows(db, MARK)
        if whole is not None:
            (counts,) = rows(db, whole)
            assert counts[0] == counts[1], (act.__name__, dies_at, counts)
        if after != before:
            before, dies_at = after, 0
            if until is not None and until(db):
                return killed
