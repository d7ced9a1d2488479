"""A process that issues bills and kills itself before a chosen step: arguments URL FOLDER ORDER STEP.

Every statement, every file that is stored and every commit is a step. Without a step it issues to the end and
prints how many steps there were.
"""

import os
import signal
import sys
from pathlib import Path

from data.db import Database
from data.documents.archive import Archive
from registry.receipts import store, store_events
from registry.receipts.bureau import SandboxBureau
from registry.receipts.issuing import BillOffice
from registry.receipts.keys import sandbox_keys
from registry.receipts.press import BillPress
from tests.database.registry import town

STEPS = [
    (store, "unbilled"),
    (store, "insert_pool"),
    (store, "take_number"),
    (store, "insert_bill"),
    (store, "insert_blue_lines"),
    (store, "bills_of_order"),
    (store, "items"),
    (BillPress, "make"),
    (Archive, "put"),
    (os, "fsync"),
    (Path, "replace"),
    (store_events, "keep_chains"),
    (store, "sign_bill"),
    (store, "fetch_bill"),
]
counted_steps = [0]


def before(step: int) -> None:
    """Count a step; at the chosen one the process is gone."""
    counted_steps[0] += 1
    if counted_steps[0] == step:
        os.kill(os.getpid(), signal.SIGKILL)


def arm(step: int) -> None:
    """Let each step be counted before and after it is done."""
    for owner, name in STEPS:
        original = getattr(owner, name)

        def counted(*args, _original=original, **kwargs):
            before(step)
            made = _original(*args, **kwargs)
            before(step)
            return made

        setattr(owner, name, counted)


def main(url: str, folder: str, order_no: str, step: str) -> None:
    place = Path(folder)
    keys = sandbox_keys(place / "keys")
    database = Database(url).open()
    office = BillOffice(database, keys, SandboxBureau(), Archive(place / "files"), "http://localhost/verify")
    arm(int(step))
    office.issue_for_order(order_no, now=town.NOW)
    sys.stdout.write(str(counted_steps[0]))
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
