"""What waits for the signed-in person."""

from apiflask import APIBlueprint

from api.auth import needs
from api.context import actor, language, services
from api.inbox import Inbox

bp = APIBlueprint("inbox", __name__, url_prefix="/api/v1")


@bp.get("/inbox")
@needs()
def inbox() -> dict[str, object]:
    """Return the tasks of the caller's roles: number, most urgent ones, where to go."""
    found = services()
    reader = Inbox(found.db, actor(), now=found.now(), today=found.today(), lang=language())
    return {"as_of": found.now(), "groups": reader.groups()}
