"""Background work on survey submissions."""

from api.context import Services
from data.jobs.records import Job
from spatial.survey.checking import run_check_job
from spatial.survey.receiving import run_receive_job
from spatial.survey.registering import run_register_job


def check_survey(services: Services, job: Job) -> None:
    """Check a received submission."""
    run_check_job(services.db, job, now=services.now())


def receive_survey(services: Services, job: Job) -> None:
    """Read, store and check a large upload."""
    run_receive_job(services.db, job, files_dir=services.settings.files_dir, now=services.now)


def register_survey(services: Services, job: Job) -> None:
    """Register a large accepted submission."""
    run_register_job(services.db, job, now=services.now())
