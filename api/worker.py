"""The background worker: ``python -m api.worker`` takes jobs from the database and runs them."""

import logging
import sys
import threading
from collections.abc import Sequence

from api.app import build_services
from api.audit_jobs import ask_for_audit
from api.channel_jobs import ask_for_statements, ask_to_poll
from api.clearing_jobs import ask_for_round
from api.head_jobs import ask_for_head
from api.money_jobs import ask_to_expire
from api.process import end_with_parent, start_logging, stop_on_signals
from api.reconcile_jobs import ask_to_reconcile
from api.wiring import HANDLERS, LONG, NIGHTLY, OUTSIDE, handlers
from data.db import Database
from data.jobs import service as jobs
from data.settings import Settings, load_settings

log = logging.getLogger(__name__)

# A job may check or register a whole file in one statement, or compute as long between two.
STATEMENT_TIMEOUT_MS = 30 * 60 * 1000
LOCK_TIMEOUT_MS = 60 * 1000
# Threads that wait for the servers of partners.
CALLERS = 2


def main() -> int:
    """Run all jobs but the long ones until told to stop."""
    return run([frozenset(HANDLERS) - LONG - NIGHTLY - OUTSIDE, *[OUTSIDE] * CALLERS])


def run(lanes: Sequence[frozenset[str]]) -> int:
    """Run jobs until told to stop, one thread a lane.

    Parameters
    ----------
    lanes : sequence of sets of kinds
        The jobs of a lane do not wait for those of another; the first lane has the main thread.
    """
    settings = load_settings()
    start_logging(settings.log_level)
    stop = stop_on_signals()
    end_with_parent(stop)
    db = open_database(settings)
    try:
        services = build_services(settings, db=db)
        known = handlers(services)
        first, *others = [{kind: known[kind] for kind in lane} for lane in lanes]
        threads = [threading.Thread(target=jobs.loop, args=(db, lane, stop)) for lane in others]
        for thread in threads:
            thread.start()
        log.info("worker runs")
        if "make_head" in first:
            ask_for_head(services)
            ask_for_round(services)
            ask_to_reconcile(services)
        if "expire_orders" in first:
            ask_to_expire(services)
            ask_to_poll(services)
            ask_for_statements(services)
        if NIGHTLY in lanes:
            ask_for_audit(services)
        jobs.loop(db, first, stop)
        for thread in threads:
            thread.join()
    finally:
        stop.set()
        db.close()
    return 0


def open_database(settings: Settings) -> Database:
    """Return an open database with the long limits of background work."""
    return Database(
        settings.database_url,
        max_size=settings.threads + 2,
        statement_timeout_ms=STATEMENT_TIMEOUT_MS,
        lock_timeout_ms=LOCK_TIMEOUT_MS,
        idle_timeout_ms=STATEMENT_TIMEOUT_MS,
    ).open()


if __name__ == "__main__":
    sys.exit(main())
