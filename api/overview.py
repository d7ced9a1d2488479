"""The job that builds the map's overview anew."""

from api.context import Services
from data.jobs.records import Job
from data.jobs.service import settling
from tiles.service import build_overview


def handle(services: Services, job: Job) -> None:
    """Build the overview cells of today, once for all that asked; doing it twice gives the same."""
    with settling(services.db, job.kind):
        build_overview(services.db, day=services.today())
