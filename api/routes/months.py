"""Accounting months: their state, what speaks against closing one, and the close."""

from datetime import date

from apiflask import APIBlueprint

from api import money
from api.auth import needs
from api.context import actor, read_day, services
from api.money_views import against_seal_json
from data.access.records import SYSTEM
from data.clock import day_of
from registry.ledger import months as ledger_months
from registry.ledger import rules as ledger_rules
from registry.reconciliation import months
from registry.reconciliation.records import Obstacle

bp = APIBlueprint("months", __name__, url_prefix="/api/v1")


@bp.get("/months/<month>")
@needs("finance_city", "supervisor")
def get_month(month: str) -> dict[str, object]:
    """Return the state of a month (``2026-11``) and what days, months and refunds stand against closing it.

    Whether the books hold is asked when it is closed.
    """
    first, now = month_of(month), services().now()
    with services().db.transaction(SYSTEM) as conn:
        found = ledger_months.period(conn, first)
        against = [] if found.state == ledger_months.CLOSED else months.against(conn, first, now=now)
    return {
        "month": month,
        "over": day_of(now) > ledger_rules.last_day(first),
        "state": found.state,
        "reasons": [obstacle.reason for obstacle in against],
        "against": [obstacle_json(obstacle) for obstacle in against],
        "trial_sha256": None if found.trial_sha256 is None else bytes(found.trial_sha256).hex(),
        "moved_by": found.moved_by,
        "moved_at": found.moved_at,
    }


@bp.post("/months/<month>/close")
@needs("finance_city")
def close(month: str) -> dict[str, object]:
    """Begin to close a month, or close it for good when nothing speaks against it; there is no reopening."""
    closed = months.close_month(
        services().db, actor(), month_of(month), signer=money.heads_signer(services()), now=services().now()
    )
    return {
        "month": month,
        "state": closed.state,
        "reasons": list(closed.reasons),
        "against": [obstacle_json(obstacle) for obstacle in closed.against],
        "suspense": len(closed.suspense),
        "trial_sha256": None if closed.trial_sha256 is None else bytes(closed.trial_sha256).hex(),
    }


def obstacle_json(found: Obstacle) -> dict[str, object]:
    """Return what stands against a close: why, and where to look."""
    day = None if found.day is None else against_seal_json(found.day)
    return {"reason": found.reason, "items": list(found.items), "day": day}


def month_of(text: str) -> date:
    """Return the first day of a month written as ``2026-11``.

    Raises
    ------
    Invalid
    """
    return read_day(f"{text}-01", "month")
