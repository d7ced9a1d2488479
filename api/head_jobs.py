"""The register's daily head, made in the hour after the city's midnight."""

import logging
from datetime import timedelta

from api.context import Services
from api.money import heads_signer
from data.access.records import SYSTEM
from data.clock import SystemClock
from data.errors import Conflict
from data.jobs.records import Job
from data.jobs.service import enqueue
from registry.reconciliation import heads

log = logging.getLogger(__name__)

BUSY_AGAIN = timedelta(minutes=5)
# Some time behind the hour, so that what was begun before midnight is done.
BEHIND = timedelta(minutes=5)


def ask_for_head(services: Services) -> None:
    """Ask for the head of the day that ended last, now (when a worker starts)."""
    _ask(services, timedelta(0))


def make_head(services: Services, _job: Job) -> None:
    """Make the head if it is due, and look again in the next hour; sooner if the register is written to."""
    try:
        made = heads.make_head(services.db, signer=heads_signer(services), now=services.now())
    except Conflict:
        log.info("the register is being written; its head waits")
        _ask(services, BUSY_AGAIN)
        return
    if made is not None:
        log.info("head of %s over %s rows", made.head_on, made.n_rows)
    now = SystemClock().now()
    next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    _ask(services, next_hour + BEHIND - now)


def _ask(services: Services, wait: timedelta) -> None:
    """Write the job; jobs are due by the machine's clock, wherever the sandbox's clock stands."""
    due = SystemClock().now() + wait
    with services.db.transaction(SYSTEM) as conn:
        enqueue(conn, "make_head", {}, key=f"make_head:{due:%Y%m%d%H%M}", run_at=due)
