"""What waits for the signed-in person."""

from apiflask import APIBlueprint

from api.auth import needs
from api.context import actor, language, services
from api.inbox import Inbox
from api.item_words import item_names

bp = APIBlueprint("inbox", __name__, url_prefix="/api/v1")


@bp.get("/inbox")
@needs()
def inbox() -> dict[str, object]:
    """Return the tasks of the caller's roles: number, most urgent ones, where to go."""
    found = services()
    lang = language()
    reader = Inbox(found.db, actor(), now=found.now(), today=found.today(), lang=lang, items=item_names(lang))
    return {"as_of": found.now(), "groups": reader.groups()}
