"""The nightly match of the four books, in the hour after the city's midnight."""

import logging
from datetime import datetime, time, timedelta

from api.context import Services
from data.access.records import SYSTEM
from data.clock import SHANGHAI, SystemClock, day_of
from data.jobs.records import Job
from data.jobs.service import enqueue
from registry.ledger import service as ledger
from registry.reconciliation import matching
from spatial.counties.drafts import service as drafts

log = logging.getLogger(__name__)

# After the head of the register, when the day's last payments are in.
AT = time(0, 40)


def ask_to_reconcile(services: Services) -> None:
    """Ask for the next night's match (when a worker starts)."""
    now = SystemClock().now()
    today = datetime.combine(day_of(now), AT, SHANGHAI)
    due = today if now < today else today + timedelta(days=1)
    with services.db.transaction(SYSTEM) as conn:
        enqueue(conn, "reconcile_books", {}, key=f"reconcile_books:{due:%Y%m%d}", run_at=due)


def reconcile_books(services: Services, _job: Job) -> None:
    """Sum and match the books of the day that ended, and ask for the next night."""
    day = services.today() - timedelta(days=1)
    with services.db.transaction(SYSTEM) as conn:
        ledger.sum_days(conn, day)
    opened = matching.match_all(services.db, day, now=services.now())
    log.info("books of %s matched, %s new differences", day, opened)
    ask_to_reconcile(services)


def compare_draft(services: Services, job: Job) -> None:
    """Compare a draft of the county boundaries with the set and the parcels in force, in steps."""
    drafts.compare(services.db, job.payload["draft_id"], as_of=services.today(), now=services.now())
