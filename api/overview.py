"""The job that builds the map's overview anew."""

from api.context import Services
from data.jobs.records import Job
from tiles.service import build_overview


def handle(services: Services, _job: Job) -> None:
    """Build the overview cells of today; doing it twice gives the same."""
    build_overview(services.db, day=services.today())
