"""Working days, the counties' accounts and dated choices about money, for administrators."""

from datetime import date
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api.auth import needs
from api.context import actor, services
from api.pages import page
from api.schemas import CountyCode, Query, Words
from data.errors import Invalid
from data.reference import accounts, policies, upkeep
from registry.clearing.rules import COLLECTION_ACCOUNT

bp = APIBlueprint("admin_reference", __name__, url_prefix="/api/v1/admin")

# Longest name that a payment message holds (ISO 20022 Max140Text).
BankWords = Annotated[Words, Field(max_length=140)]


class Year(Query):
    """Which year."""

    year: Annotated[int, Field(ge=2000, le=2100)]


class DayChange(Query):
    """Whether offices work on a day, and by which notice."""

    is_workday: Annotated[bool, Field(strict=True)]
    name: Annotated[Words, Field(max_length=100)] | None = None
    source_doc: Words


class NewAccount(Query):
    """An account that takes over from a day on."""

    county_code: CountyCode
    kind: Literal["nontax", "tax"]
    owner_code: CountyCode
    name: BankWords
    bank: BankWords
    number: Annotated[str, Field(pattern=r"^[0-9]{8,32}$")]
    cnaps: Annotated[str, Field(pattern=r"^[0-9]{12}$")]
    valid_from: date
    source_doc: Words


class NewCountyPolicy(Query):
    """What the city chose for money whose county is not plain, from a day on."""

    area_split: Annotated[bool, Field(strict=True)]
    dispute_days: Annotated[int, Field(ge=1, le=365)]
    valid_from: date
    source_doc: Words


class NewBillStock(Query):
    """Below how many numbers left a county's stock of bills is low, from a day on."""

    low_count: Annotated[int, Field(ge=1, le=1_000_000)]
    valid_from: date
    source_doc: Words


@bp.get("/holidays")
@bp.input(Year, location="query")
@needs("admin")
def list_holidays(query_data: Year) -> dict[str, object]:
    """List the holidays and worked weekend days of a year."""
    with services().db.transaction(actor()) as conn:
        return page(upkeep.special_days(conn, query_data.year))


@bp.put("/holidays/<day>")
@bp.input(DayChange)
@needs("admin")
def set_holiday(day: str, json_data: DayChange) -> Response:
    """Say whether offices work on a day to come."""
    row = upkeep.SpecialDay(
        _day(day), json_data.is_workday, json_data.name, json_data.source_doc, verified=True
    )
    upkeep.set_day(services().db, actor(), row, today=services().today())
    return Response(status=204)


@bp.get("/accounts")
@needs("admin", "finance_city")
def list_accounts() -> dict[str, object]:
    """List every account of every county, past ones too."""
    with services().db.transaction(actor()) as conn:
        return page(accounts.accounts(conn))


@bp.post("/accounts")
@bp.input(NewAccount)
@needs("admin")
def create_account(json_data: NewAccount) -> tuple[dict[str, object], int]:
    """Propose an account; once finance confirms it, the one in force ends on the day this one begins."""
    change_id = accounts.propose(
        services().db,
        actor(),
        json_data.model_dump(exclude={"lang"}),
        now=services().now(),
        own=COLLECTION_ACCOUNT.number,
    )
    return {"change_id": change_id, "state": "proposed"}, 202


@bp.get("/policies")
@needs("admin", "finance_city", "supervisor")
def list_policies() -> dict[str, object]:
    """List the dated choices about money: area split and days for disputes, low stock of bill numbers."""
    with services().db.transaction(actor()) as conn:
        return {"county": policies.county_policies(conn), "bill_stock": policies.bill_stocks(conn)}


@bp.post("/policies/county")
@bp.input(NewCountyPolicy)
@needs("admin")
def choose_county_policy(json_data: NewCountyPolicy) -> tuple[dict[str, object], int]:
    """Choose whether fees are split by area, and how long counties may dispute; orders issued keep theirs."""
    chosen = json_data.model_dump(exclude={"lang"})
    row = policies.CountyPolicyRow(**chosen, valid_to=None, verified=True)
    policies.choose(services().db, actor(), row, today=services().today())
    return chosen, 201


@bp.post("/policies/bill-stock")
@bp.input(NewBillStock)
@needs("admin")
def choose_bill_stock(json_data: NewBillStock) -> tuple[dict[str, object], int]:
    """Choose below how many numbers left the stock of bills is low."""
    chosen = json_data.model_dump(exclude={"lang"})
    row = policies.BillStockRow(**chosen, valid_to=None, verified=True)
    policies.choose(services().db, actor(), row, today=services().today())
    return chosen, 201


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("request_invalid", errors=[{"field": "day", "code": "request_invalid"}]) from error
