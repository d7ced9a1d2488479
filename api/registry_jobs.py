"""Background work of the registry."""

from api.context import Services
from data.access.records import SYSTEM
from data.jobs.records import Job
from registry.cases import service as cases


def settle_counties(services: Services, _job: Job) -> None:
    """Let cases go on whose county was decided by people."""
    with services.db.transaction(SYSTEM) as conn:
        cases.settle_counties(conn, services.now())
