"""The ledger: trial balance, entries of accounts, postings."""

from datetime import date

from apiflask import APIBlueprint

from api.auth import needs
from api.context import actor, services
from api.pages import encode_cursor, key_number, page
from api.schemas import PageQuery, Query
from data.access.records import SYSTEM
from data.errors import Invalid
from registry.clearing import service as clearing
from registry.clearing.days import visible_counties
from registry.ledger import service as ledger
from registry.ledger.errors import AccountUnknown
from registry.ledger.records import TrialRow
from registry.payments import service as payments

bp = APIBlueprint("ledger", __name__, url_prefix="/api/v1/ledger")


class TrialQuery(Query):
    """To the end of which day; default today."""

    date: str | None = None


@bp.get("/trial-balance")
@bp.input(TrialQuery, location="query")
@needs("finance_city", "supervisor")
def trial_balance(query_data: TrialQuery) -> dict[str, object]:
    """Return the sums of every account; debits equal credits."""
    day = _day(query_data)
    with services().db.transaction(SYSTEM) as conn:
        balance = ledger.trial_balance(conn, day)
    return {
        "date": day,
        "as_of": services().now(),
        "accounts": [_row(row) for row in balance.rows],
        "debit_fen": balance.debit_fen,
        "credit_fen": balance.credit_fen,
        "difference_fen": balance.difference_fen,
    }


@bp.get("/accounts/<code>/balance")
@bp.input(TrialQuery, location="query")
@needs("finance_city", "finance_county", "supervisor")
def account_balance(code: str, query_data: TrialQuery) -> dict[str, object]:
    """Return one account at the end of a day (default today); a county reads its own accounts."""
    _own_account(code)
    day = _day(query_data)
    with services().db.transaction(SYSTEM) as conn:
        found = ledger.balance(conn, code, day)
    return {
        "code": found.code,
        "class": found.kind,
        "date": day,
        "as_of": services().now(),
        "debit_fen": found.debit_fen,
        "credit_fen": found.credit_fen,
        "balance_fen": found.balance_fen,
        "available_fen": found.available_fen,
        "pending_debit_fen": found.pending_debit_fen,
        "pending_credit_fen": found.pending_credit_fen,
    }


@bp.get("/accounts/<code>/entries")
@bp.input(PageQuery, location="query")
@needs("finance_city", "finance_county", "supervisor")
def account_entries(code: str, query_data: PageQuery) -> dict[str, object]:
    """List the transfers of an account; a county reads its own accounts."""
    _own_account(code)
    after = key_number(query_data.cursor)
    with services().db.transaction(SYSTEM) as conn:
        items = ledger.account_entries(conn, code, after=after or 0, limit=query_data.limit)
    full = len(items) == query_data.limit
    return page(items, encode_cursor(items[-1].transfer_id) if full else None)


@bp.get("/postings/<int:posting_id>")
@needs("finance_city", "finance_county", "supervisor")
def get_posting(posting_id: int) -> dict[str, object]:
    """Return a posting with its transfers; a county reads those of its orders and payouts, its own part."""
    if actor().scope == "all":
        with services().db.transaction(SYSTEM) as conn:
            return ledger.get_posting(conn, posting_id)
    counties = visible_counties(actor())
    with services().db.transaction(SYSTEM) as conn:
        found = ledger.get_posting(conn, posting_id, county_code=next(iter(counties), ""))
        if found["msg_id"] is not None:
            clearing.visible_payout(conn, str(found["msg_id"]), counties)
            return found
    with services().db.transaction(actor()) as conn:
        payments.get_order(conn, str(found["order_no"]))
    return found


def _day(query: TrialQuery) -> date:
    try:
        return date.fromisoformat(query.date) if query.date else services().today()
    except ValueError as error:
        raise Invalid("request_invalid", errors=[{"field": "date", "code": "request_invalid"}]) from error


def _own_account(code: str) -> None:
    if actor().scope != "all" and code.partition(".")[2] not in visible_counties(actor()):
        raise AccountUnknown(account=code)


def _row(row: TrialRow) -> dict[str, object]:
    return {
        "code": row.code,
        "name": row.name,
        "class": row.kind,
        "debit_fen": row.debit_fen,
        "credit_fen": row.credit_fen,
        "balance_fen": row.balance_fen,
        "pending_debit_fen": row.pending_debit_fen,
        "pending_credit_fen": row.pending_credit_fen,
    }
