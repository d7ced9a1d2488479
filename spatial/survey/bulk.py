"""Bulk load of a file by command: the checks and constraints of an upload, without its limits."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from data.access.records import SYSTEM, Actor
from data.db import Database
from data.jobs import service as jobs
from data.jobs.records import Job
from spatial.survey import service as surveys
from spatial.survey import store
from spatial.survey.checking import run_check_job
from spatial.survey.errors import SurveyHasErrors
from spatial.survey.intake import CHECK_JOB
from spatial.survey.partwise import receive_in_parts
from spatial.survey.records import Decision, Incoming, Status, Submission
from spatial.survey.registering import run_register_job
from spatial.survey.review import service as review
from spatial.survey.runs import store as runs

# Who a file loaded by command came from; the decision is the system's.
LOADER: Final = Actor(None, "import", "导入", frozenset({"surveyor"}), None, None, system=True)

Say = Callable[[str, int, int | None], None]
_UNCHECKED = frozenset({Status.RECEIVED.value, Status.CHECKING.value})


def load_file(
    db: Database, incoming: Incoming, *, files_dir: Path, now: Callable[[], datetime], say: Say
) -> Submission:
    """Read, check, accept and register a file.

    Parameters
    ----------
    db : Database
        With the long limits of command lines.
    incoming : Incoming
        File and order.
    files_dir : Path
        Folder of stored files.
    now : callable
        Gives the present instant, aware.
    say : callable
        Told the step, how much of it is done and how much there is (of a check: rules).

    Returns
    -------
    Submission
        Registered; a file that was registered before is not registered again.

    Raises
    ------
    FileRefused, SurveyHasErrors
        With errors the submission stays ``checked``, for a person to look at.
    """
    say("reading", 0, None)
    survey, _ = receive_in_parts(db, LOADER, incoming, files_dir=files_dir, now=now(), told=say)
    say("check", 0, None)
    survey = _checked(db, survey.survey_id, now, say)
    if survey.status == Status.REGISTERED:
        return survey
    say("register", 0, None)
    with db.transaction(LOADER) as conn:
        run = runs.last_run(conn, survey.survey_id)
        errors = runs.open_errors(conn, run["run_id"], now().date()) if run else []
    if errors:
        raise SurveyHasErrors(survey_id=survey.survey_id, count=len(errors))
    if survey.status in {Status.CHECKED, Status.RETURNED}:
        surveys.submit(db, LOADER, survey.survey_id, now=now())
    review.decide(db, SYSTEM, survey.survey_id, Decision(True, "import"), now=now())
    _work(db, now, say)
    say("done", survey.feature_count, survey.feature_count)
    return _fetch(db, survey.survey_id)


def _checked(db: Database, survey_id: int, now: Callable[[], datetime], say: Say) -> Submission:
    """Do the waiting checks here; where a worker was faster, wait for it."""
    import time

    survey = _fetch(db, survey_id)
    while survey.status in _UNCHECKED:
        if not _work(db, now, say):
            time.sleep(0.5)
        survey = _fetch(db, survey_id)
    return survey


def _work(db: Database, now: Callable[[], datetime], say: Say) -> int:
    def check(job: Job) -> None:
        run_check_job(db, job, now=now(), told=lambda done, total: say("check", done, total))

    def register(job: Job) -> None:
        run_register_job(db, job, now=now())

    handlers: Mapping[str, Callable[[Job], None]] = {
        CHECK_JOB: check,
        review.REGISTER_JOB: register,
    }
    return jobs.drain(db, handlers)


def _fetch(db: Database, survey_id: int) -> Submission:
    with db.transaction(LOADER) as conn:
        found = store.fetch(conn, survey_id)
    if found is None:
        raise LookupError(survey_id)
    return found
