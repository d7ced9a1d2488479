"""Processes that die, each begun anew; a machine that stands still costs a moment, not all their time.

A wait by the clock ends with the halt it fell into: of the thousands of starts of a long run some do.
"""

import multiprocessing
from contextlib import suppress

from psycopg_pool import PoolTimeout

from data.db import Database

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.database.money.dying", "tests.database.money.killing"])
SECONDS = 60


def exit_code(target, *args):
    """Run a function in a process of its own; return the code it ends with."""
    process = PROCESSES.Process(target=target, args=args)
    process.start()
    return ended(process)


def ended(process):
    """Wait for a process to end, for a minute in which it could run; return its exit code.

    Raises
    ------
    TimeoutError
    """
    for _ in range(SECONDS):
        process.join(1)
        if process.exitcode is not None:
            return process.exitcode
    process.kill()
    process.join()
    raise TimeoutError(process.name)


def opened(url, **limits):
    """Open a database in such a process, however long the server keeps it waiting: its parent counts."""
    while True:
        with suppress(PoolTimeout):
            return Database(url, statement_timeout_ms=60_000, **limits).open()
