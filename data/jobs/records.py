"""Records of background work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of background work taken by a worker."""

    job_id: int
    kind: str
    payload: dict[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class JobState:
    """How far a job is; ``done`` and ``total`` count in the handler's own ``step``."""

    job_id: int
    kind: str
    state: str
    done: int
    total: int | None
    step: str | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None
