"""Records of callbacks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Callback:
    """Where a program wants to be told; ``waiting`` and ``given_up`` count its events."""

    callback_id: int
    login: str
    key_prefix: str
    url: str
    secret_no: int
    active: bool
    changed_at: datetime
    waiting: int = 0
    given_up: int = 0

    @property
    def kid(self) -> str:
        """Return the name of the present signing key."""
        return f"cb{self.callback_id}-{self.secret_no}"


@dataclass(frozen=True, slots=True)
class Event:
    """An event on its way: ``state`` is waiting, delivered or given_up."""

    event_id: int
    callback_id: int
    subject: str
    kind: str
    payload: dict[str, Any]
    at: datetime
    state: str
    attempts: int
    next_at: datetime
    lease_until: datetime | None
    last_status: int | None
    last_error: str | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a POST ended: the HTTP status, or why there is none."""

    status: int | None
    error: str | None = None

    @property
    def is_good(self) -> bool:
        """Return whether the receiver took the event."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  2xx
