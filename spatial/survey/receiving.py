"""The job that reads a large upload: reading, storing, checking; it can be given up and begun again.

Each step is a transaction of its own. When the worker dies, the job is taken again and goes on with the step
that was not finished: the file is there, and features are stored as a whole or not at all.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from data.access.records import SYSTEM
from data.db import Database
from data.errors import Invalid
from data.jobs.records import Job
from data.jobs.service import report_progress
from spatial.survey import store
from spatial.survey.checking import GivenUp, order_of, run_check_job
from spatial.survey.partwise import opened
from spatial.survey.readers.limits import BACKGROUND
from spatial.survey.records import Incoming, Status, Submission

log = logging.getLogger(__name__)

# A file that ends the worker again and again is called failed at last.
_ATTEMPTS: Final = 3


def run_receive_job(db: Database, job: Job, *, files_dir: Path, now: Callable[[], datetime]) -> None:
    """Read, store and check a submission whose file was put off; a second run changes nothing.

    Parameters
    ----------
    db : Database
        A transaction for each step.
    job : Job
        Names the submission.
    files_dir : Path
        Folder of stored files.
    now : callable
        Gives the present instant, aware.
    """
    survey_id = int(job.payload["survey_id"])
    with db.transaction(SYSTEM) as conn:
        survey = store.fetch(conn, survey_id)
    if survey is None or survey.status not in {Status.RECEIVED, Status.CHECKING}:
        return
    if job.attempts > _ATTEMPTS:
        _fail(db, survey, {"code": "check_failed", "attempts": job.attempts - 1}, now=now())
        return
    if "asked" in survey.source:
        try:
            _take_in(db, survey, job, files_dir=files_dir, now=now())
        except GivenUp:
            return
        except Invalid as refusal:
            log.info("survey %s refused: %s", survey_id, refusal.error_code)
            problem = {**refusal.params, "code": refusal.error_code, "errors": refusal.errors}
            _fail(db, survey, problem, now=now())
            return
    run_check_job(db, job, now=now())


def _take_in(db: Database, survey: Submission, job: Job, *, files_dir: Path, now: datetime) -> None:
    order = replace(order_of(survey), **survey.source["asked"])
    incoming = Incoming(files_dir / survey.file_sha256, survey.file_name, order)
    limits = replace(BACKGROUND, file_bytes=max(BACKGROUND.file_bytes, survey.file_bytes))

    def told(step: str, done: int, total: int) -> None:
        report_progress(db, job.job_id, done, total or None, step)
        with db.transaction(SYSTEM) as other:
            if store.status_of(other, survey.survey_id) == Status.CANCELLED:
                raise GivenUp

    with opened(incoming, limits, told) as reading, db.transaction(SYSTEM) as conn:
        conn.execute("SELECT set_config('statement_timeout', %s, true)", [f"{2 * BACKGROUND.wall_s}s"])
        reading.store(conn, survey, now=now)
        # Locked only now, so that the sender may give up while the features are written.
        current = store.fetch(conn, survey.survey_id, lock=True)
        if current is None or current.status != Status.RECEIVED:
            raise GivenUp


def _fail(db: Database, survey: Submission, problem: dict[str, Any], *, now: datetime) -> None:
    with db.transaction(SYSTEM) as conn:
        current = store.fetch(conn, survey.survey_id, lock=True)
        if current is not None and current.status in {Status.RECEIVED, Status.CHECKING}:
            store.set_problem(conn, survey.survey_id, problem)
            store.set_status(conn, survey.survey_id, Status.FAILED, login=SYSTEM.login, now=now)
