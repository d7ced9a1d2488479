"""The audit of the register: every night at two, by the worker; by command at any time."""

import hashlib
import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from api.context import Services
from data.access.records import SYSTEM
from data.clock import SystemClock, day_of
from data.jobs.records import Job
from data.jobs.service import enqueue, report_progress
from registry.rights.audit import service as rights
from spatial.audits import service as audits
from spatial.audits.records import AuditRun, Gathered, Made
from spatial.survey import auditing
from spatial.survey.records import Report
from spatial.survey.rules import catalogue as parcels
from spatial.survey.store import Conn

log = logging.getLogger(__name__)

KIND: Final = "audit_register"
# Offices are closed, the backup of midnight and the register's head are done.
HOUR: Final = 2
# Of one statement; a sub-district of a layer is one.
STATEMENT_TIMEOUT_MS: Final = 600_000


def ask_for_audit(services: Services) -> None:
    """Ask for the audit of the coming night (when a worker starts); one that was missed waits already."""
    now = SystemClock().now()
    due = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    _ask(services, due if due > now else due + timedelta(days=1))


def audit_register(services: Services, job: Job) -> None:
    """Audit the register and keep what was found; a second run of the job changes nothing.

    The rules are asked first, in a transaction that only reads; what they found is then kept in another, as
    a whole. A worker that dies leaves no half run, and another one begins again.
    """
    ask_for_audit(services)  # whatever becomes of this one
    with services.db.transaction(SYSTEM) as conn:
        if audits.is_kept(conn, job.job_id):
            return
    run = keep_audit(services, job=job)
    log.info(
        "audit %s of %s objects in %s s: %s errors, %s new findings, %s gone",
        run.run_id, run.features, run.seconds, run.errors, run.appeared, run.gone,
    )  # fmt: skip


def keep_audit(services: Services, *, job: Job | None = None) -> AuditRun:
    """Audit the register and keep the run.

    Parameters
    ----------
    services : Services
        Database and clock.
    job : Job, optional
        Told how many sub-districts and layers are done.
    """
    started_at, begin = services.now(), time.perf_counter()
    with services.db.transaction(SYSTEM) as conn:
        found = audits.gather(_told(services, job, reports(conn, now=started_at)))
    seconds = round(time.perf_counter() - begin, 3)
    return keep_gathered(
        services, found, Made(started_at, seconds, rule_set_sha256(), job.job_id if job else None)
    )


def keep_gathered(services: Services, found: Gathered, made: Made) -> AuditRun:
    """Keep what an audit of the whole register found."""
    with services.db.transaction(SYSTEM) as conn:
        conn.execute("SELECT set_config('statement_timeout', %s, true)", [str(STATEMENT_TIMEOUT_MS)])
        return audits.keep(conn, found, made)


def reports(conn: Conn, *, now: datetime, district: str = "", layer: str | None = None) -> Iterator[Report]:
    """Yield what the rules say of parcels, a sub-district and layer at a time, and of rights; only read."""
    conn.execute("SELECT set_config('statement_timeout', %s, true)", [str(STATEMENT_TIMEOUT_MS)])
    for _, _, report in auditing.audit_parcels(conn, now=now, district=district, layer=layer):
        yield report
    yield rights.audit(conn, now=now)


def rule_set_sha256() -> str:
    """Return one hash of the rules on parcels and those on rights, hex."""
    return hashlib.sha256((parcels.rule_set_sha256() + rights.rule_set_sha256()).encode()).hexdigest()


def _told(services: Services, job: Job | None, found: Iterator[Report]) -> Iterator[Report]:
    for done, report in enumerate(found, start=1):
        if job is not None:
            report_progress(services.db, job.job_id, done, None, "auditing")
        yield report


def _ask(services: Services, due: datetime) -> None:
    """Write the job, one a night; jobs are due by the machine's clock."""
    with services.db.transaction(SYSTEM) as conn:
        enqueue(conn, KIND, {}, key=f"{KIND}:{day_of(due)}", run_at=due)
