"""Who am I."""

from apiflask import APIBlueprint

from api.auth import needs
from api.context import actor

bp = APIBlueprint("me", __name__, url_prefix="/api/v1")


@bp.get("/me")
@needs()
def me() -> dict[str, object]:
    """Return the signed-in user."""
    user = actor()
    return {
        "login": user.login,
        "name": user.name,
        "roles": sorted(user.roles),
        "office": user.office,
        "county_code": user.county_code,
        "scope": user.scope,
    }
