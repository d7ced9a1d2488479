"""The background worker: ``python -m api.worker`` takes jobs from the database and runs them."""

import logging
import sys

from api.app import build_services
from api.head_jobs import ask_for_head
from api.process import end_with_parent, start_logging, stop_on_signals
from api.wiring import handlers
from data.db import Database
from data.jobs import service as jobs
from data.settings import Settings, load_settings

log = logging.getLogger(__name__)

# A job may check or register a whole file in one statement, or compute as long between two.
STATEMENT_TIMEOUT_MS = 30 * 60 * 1000
LOCK_TIMEOUT_MS = 60 * 1000


def main() -> int:
    """Run jobs until told to stop."""
    settings = load_settings()
    start_logging(settings.log_level)
    stop = stop_on_signals()
    end_with_parent(stop)
    db = open_database(settings)
    try:
        services = build_services(settings, db=db)
        log.info("worker runs")
        ask_for_head(services)
        jobs.loop(db, handlers(services), stop)
    finally:
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
