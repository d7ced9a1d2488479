"""The clearing's own clock: runs at the cut-offs, unfinished payouts, reports of the bank."""

import logging
from datetime import datetime, time, timedelta

from api import money
from api.context import Services
from data.access.records import SYSTEM
from data.clock import SHANGHAI, SystemClock, day_of
from data.db import Database
from data.errors import NingtuError
from data.jobs.records import Job
from data.jobs.service import enqueue
from registry.clearing import assertions, schedule, store, store_assertions
from registry.clearing.service import Clearing

log = logging.getLogger(__name__)

# The clock is looked at this often: the sandbox's is moved by hand, and the bank reports at any time.
LOOK_EVERY_S = 300
# Behind a cut-off, so that what arrived at it is committed.
BEHIND = timedelta(seconds=5)


def ask_for_round(services: Services) -> None:
    """Ask for a round now (when a worker starts), and take away what a crash left half written."""
    swept = money.clearing(services).files.sweep_stale()
    if swept:
        log.warning("removed %s half-written payout files", swept)
    _ask(services, timedelta(0))


def clearing_round(services: Services, _job: Job) -> None:
    """Do what is due, and look again at the next cut-off or in a few minutes."""
    clearing = money.clearing(services)
    try:
        run(clearing, services.now())
    except NingtuError as error:
        # The next round tries again; what stopped this one is in the log and, where it is money, a break.
        log.error("clearing round stopped: %s", error.error_code)  # noqa: TRY400  the code says it all
    now = services.now()
    to_cut = schedule.next_look(clearing, now) + BEHIND - now
    # On a grid, so that the rounds of workers that started at different times become one.
    to_grid = timedelta(seconds=LOOK_EVERY_S - SystemClock().now().timestamp() % LOOK_EVERY_S)
    _ask(services, min(to_cut, to_grid))


def run(clearing: Clearing, now: datetime) -> None:
    """Close the days that are due and go on with the payouts of others."""
    check_at_night(clearing.db, now)
    closed = schedule.due_days(clearing, now)
    for day in closed:
        result = clearing.close_day(SYSTEM, day)
        log.info("closed %s: %s, runs %s", day, result.state, result.frozen)
    with clearing.db.transaction(SYSTEM) as conn:
        unfinished = store.unfinished(conn)
    for day in unfinished:
        if day not in closed:
            clearing.resume(day)


def check_at_night(db: Database, now: datetime) -> None:
    """Run the books' assertions over everything, once in the first round after midnight."""
    midnight = datetime.combine(day_of(now), time.min, SHANGHAI)
    with db.transaction(SYSTEM) as conn:
        if store_assertions.checked_at_night(conn, midnight):
            return
    broken = assertions.check_books(db, occasion="night", now=now)
    if broken:
        log.critical("%s: %s", assertions.ALARM, ", ".join(found.id for found in broken))


def _ask(services: Services, wait: timedelta) -> None:
    """Write the job; jobs are due by the machine's clock, wherever the sandbox's clock stands."""
    due = SystemClock().now() + wait
    with services.db.transaction(SYSTEM) as conn:
        enqueue(conn, "clearing_round", {}, key=f"clearing_round:{due:%Y%m%d%H%M%S}", run_at=due)
