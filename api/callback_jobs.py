"""Background work on callbacks."""

from api.context import Services
from data.callbacks.delivery import Sending, deliver
from data.jobs.records import Job


def deliver_callbacks(services: Services, job: Job) -> None:
    """Send the waiting events of a subject to an address."""
    settings = services.settings
    sending = Sending(settings.secret_key, settings.sandbox_callbacks, services.now)
    deliver(services.db, int(job.payload["callback_id"]), str(job.payload["subject"]), sending)
