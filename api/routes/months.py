"""Accounting months: their state, what speaks against closing one, and the close."""

from datetime import date

from apiflask import APIBlueprint

from api import money
from api.auth import needs
from api.context import actor, read_day, services
from data.access.records import SYSTEM
from registry.ledger import months as ledger_months
from registry.reconciliation import months

bp = APIBlueprint("months", __name__, url_prefix="/api/v1")


@bp.get("/months/<month>")
@needs("finance_city", "supervisor")
def get_month(month: str) -> dict[str, object]:
    """Return the state of a month (``2026-11``) and what the ledger has against closing it."""
    first = month_of(month)
    with services().db.transaction(SYSTEM) as conn:
        found = ledger_months.period(conn, first)
        reasons = [] if found.state == ledger_months.CLOSED else ledger_months.reasons_against(conn, first)
    return {
        "month": month,
        "state": found.state,
        "reasons": reasons,
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
        "suspense": len(closed.suspense),
        "trial_sha256": None if closed.trial_sha256 is None else bytes(closed.trial_sha256).hex(),
    }


def month_of(text: str) -> date:
    """Return the first day of a month written as ``2026-11``.

    Raises
    ------
    Invalid
    """
    return read_day(f"{text}-01", "month")
