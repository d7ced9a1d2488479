"""Write jobs with the fact they belong to, and run them.

A job is a row; a worker takes it under a lease, renews the lease while the handler runs, and marks it done.
When a worker dies, the lease ends and another worker takes the job again: handlers must be idempotent.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from data.access.records import SYSTEM
from data.db import Database
from data.errors import NingtuError
from data.jobs import store
from data.jobs.records import Job, JobState

log = logging.getLogger(__name__)

LEASE_S = 30
MAX_ATTEMPTS = 8
Handler = Callable[[Job], None]


def enqueue(
    conn: store.Conn,
    kind: str,
    payload: dict[str, Any],
    *,
    key: str | None = None,
    run_at: datetime | None = None,
    delay_s: float = 0.0,
) -> int:
    """Write a job in the caller's transaction.

    Parameters
    ----------
    conn : Connection
        Open transaction; the job exists if and only if it commits.
    kind : str
        Name of the handler.
    payload : dict
        JSON values for the handler.
    key : str, optional
        Business key; a second job of the same key is not written.
    run_at : datetime, optional
        Not before this aware instant; default at once.
    delay_s : float, optional
        Without an instant: seconds from now by the clock of the database.

    Returns
    -------
    int
        Key of the job (of the first one, if the business key is known).
    """
    return store.insert(conn, kind, payload, key=key, run_at=run_at, delay_s=delay_s)


def report_progress(db: Database, job_id: int, done: int, total: int | None, step: str | None = None) -> None:
    """Write how far a job is and at which step, in a transaction of its own."""
    with db.transaction(SYSTEM) as conn:
        store.set_progress(conn, job_id, done, total, step)


@contextmanager
def settling(db: Database, kind: str) -> Iterator[None]:
    """Do in the block what every waiting job of a kind asks for; those that waited before are then done.

    When the block fails, they wait on.
    """
    with db.transaction(SYSTEM) as conn:
        asked = store.waiting(conn, kind)
    yield
    with db.transaction(SYSTEM) as conn:
        store.finish_waiting(conn, asked)


def state_of(conn: store.Conn, job_id: int) -> JobState | None:
    """Return how far a job is, or None."""
    return states_of(conn, [job_id]).get(job_id)


def states_of(conn: store.Conn, job_ids: Sequence[int]) -> dict[int, JobState]:
    """Return how far some jobs are, by their keys."""
    return {state.job_id: state for state in store.fetch_states(conn, job_ids)}


def run_once(db: Database, handlers: Mapping[str, Handler], *, worker: str | None = None) -> bool:
    """Take one due job and run it.

    Returns
    -------
    bool
        Whether there was a job.
    """
    worker = worker or worker_name()
    with db.transaction(SYSTEM) as conn:
        job = store.claim(conn, worker, lease_s=LEASE_S, kinds=sorted(handlers))
    if job is None:
        return False
    try:
        with _heartbeat(db, job, worker):
            handlers[job.kind](job)
    except Exception as error:  # noqa: BLE001  a handler may fail in any way; the worker goes on
        _failed(db, job, error)
    else:
        with db.transaction(SYSTEM) as conn:
            store.finish(conn, job.job_id)
    return True


def drain(db: Database, handlers: Mapping[str, Handler], *, limit: int = 1000) -> int:
    """Run due jobs until none is left; returns how many ran (for tests and command lines)."""
    count = 0
    while count < limit and run_once(db, handlers):
        count += 1
    return count


def loop(
    db: Database, handlers: Mapping[str, Handler], stop: threading.Event, *, idle_s: float = 0.5
) -> None:
    """Run jobs until told to stop."""
    worker = worker_name()
    while not stop.is_set():
        try:
            busy = run_once(db, handlers, worker=worker)
        except NingtuError as error:
            log.warning("worker waits: %s", error.error_code)
            busy = False
        if not busy:
            stop.wait(idle_s)


def worker_name() -> str:
    """Return a name for this process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _failed(db: Database, job: Job, error: Exception) -> None:
    final = job.attempts >= MAX_ATTEMPTS
    log.error("job %s %s failed (attempt %s)", job.kind, job.job_id, job.attempts, exc_info=error)
    with db.transaction(SYSTEM) as conn:
        store.put_back(conn, job.job_id, repr(error), delay_s=None if final else float(2**job.attempts))


@contextmanager
def _heartbeat(db: Database, job: Job, worker: str) -> Iterator[None]:
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(LEASE_S / 3):
            try:
                with db.transaction(SYSTEM) as conn:
                    store.renew(conn, job.job_id, worker, lease_s=LEASE_S)
            except NingtuError as error:
                log.warning("lease of job %s not renewed: %s", job.job_id, error.error_code)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
