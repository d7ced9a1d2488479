"""Changes of the counties' accounts that wait for a second person."""

from dataclasses import asdict
from typing import Annotated

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import needs
from api.context import actor, services
from api.pages import page
from api.schemas import Strict
from data.access.records import SYSTEM
from data.reference import accounts
from registry.clearing.days import visible_counties
from registry.clearing.rules import COLLECTION_ACCOUNT

bp = APIBlueprint("account_changes", __name__, url_prefix="/api/v1/account-changes")

PEOPLE = ("admin", "finance_city", "finance_county")


class Decision(Strict):
    """Whether the change comes into force."""

    approve: Annotated[bool, Field(strict=True)]


@bp.get("")
@needs(*PEOPLE)
def list_changes() -> dict[str, object]:
    """List the changes that wait, with what the caller may do; a county sees those of its account."""
    with services().db.transaction(SYSTEM) as conn:
        found = accounts.open_changes(conn, _counties())
    return page([_shown(item) for item in found])


@bp.post("/<int:change_id>/decision")
@bp.input(Decision)
@needs(*PEOPLE)
def decide(change_id: int, json_data: Decision) -> dict[str, object]:
    """Confirm a change as a second person, or decline it; who proposed it can take it back."""
    decided = accounts.decide(
        services().db,
        actor(),
        change_id,
        approve=json_data.approve,
        now=services().now(),
        own=COLLECTION_ACCOUNT.number,
    )
    state = "confirmed" if json_data.approve else "declined"
    return {"change_id": change_id, "state": state, "county_code": decided["county_code"]}


def _shown(change: accounts.AccountChange) -> dict[str, object]:
    who = actor()
    may_confirm = accounts.may_confirm(who, change.proposed_by)
    return {**asdict(change), "own": change.proposed_by == who.login, "may_confirm": may_confirm}


def _counties() -> list[str] | None:
    return None if actor().may("admin", "finance_city") else list(visible_counties(actor()))
