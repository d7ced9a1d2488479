"""The sandbox clock; absent unless ``NINGTU_CLOCK=sandbox``."""

from datetime import datetime

from apiflask import APIBlueprint

from api.auth import needs
from api.context import services
from api.schemas import Query
from data.access.clock import SandboxClock
from data.errors import Invalid, NotFound

bp = APIBlueprint("sandbox", __name__, url_prefix="/api/v1/sandbox")


class ClockSetting(Query):
    """The instant that shall be now (RFC 3339 with offset)."""

    now: datetime


@bp.post("/clock")
@bp.input(ClockSetting)
@needs("admin")
def set_clock(json_data: ClockSetting) -> dict[str, object]:
    """Move the clock of the sandbox."""
    clock = services().clock
    if not isinstance(clock, SandboxClock):
        raise NotFound
    if json_data.now.tzinfo is None:
        raise Invalid("request_invalid", errors=[{"field": "now", "code": "request_invalid"}])
    clock.set(json_data.now)
    return {"now": clock.now()}
