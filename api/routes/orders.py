"""Payment orders."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api.auth import needs
from api.context import actor, services
from api.money_views import head_json, order_json, step_json
from api.pages import encode_cursor, key_moment, page
from api.schemas import PageQuery, Strict
from registry.payments import issuing, lifecycle, notice, rules
from registry.payments import service as payments
from registry.payments.records import Order
from registry.receipts import service as receipts
from registry.reconciliation.trace import trace

bp = APIBlueprint("orders", __name__, url_prefix="/api/v1")

READERS = ("clerk", "registrar", "finance_city", "finance_county", "supervisor")
CaseNo = Annotated[str, Field(pattern=r"^[A-Z0-9]{4,32}$")]


class NewOrder(Strict):
    """Cases of one payer to be paid together."""

    case_nos: Annotated[list[CaseNo], Field(min_length=1, max_length=50)]


class Revival(Strict):
    """Why a dead order is brought back."""

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class OrderQuery(PageQuery):
    """Which orders."""

    case_no: str | None = None
    state: str | None = None


@bp.post("/cases/<case_no>/orders")
@needs("clerk", "registrar")
def issue_for_case(case_no: str) -> tuple[dict[str, object], int]:
    """Issue the order of a case; the county of each line is frozen with its evidence."""
    order = issuing.issue_order(services().db, actor(), [case_no], now=services().now())
    return _whole(order), 201


@bp.post("/orders")
@bp.input(NewOrder)
@needs("clerk", "registrar")
def issue_for_cases(json_data: NewOrder) -> tuple[dict[str, object], int]:
    """Issue one order for several cases of one payer."""
    order = issuing.issue_order(services().db, actor(), json_data.case_nos, now=services().now())
    return _whole(order), 201


@bp.get("/orders")
@bp.input(OrderQuery, location="query")
@needs(*READERS)
def list_orders(query_data: OrderQuery) -> dict[str, object]:
    """List orders, newest first."""
    before = key_moment(query_data.cursor)
    with services().db.transaction(actor()) as conn:
        heads = payments.list_orders(
            conn,
            case_no=query_data.case_no,
            state=query_data.state,
            before=before,
            limit=query_data.limit,
        )
    full = len(heads) == query_data.limit
    after = encode_cursor(heads[-1].issued_at.isoformat(), heads[-1].order_no) if full else None
    return page([head_json(head) for head in heads], after)


@bp.get("/orders/<order_no>")
@needs(*READERS)
def get_order(order_no: str) -> dict[str, object]:
    """Return an order with its lines and bills."""
    order = _read(order_no)
    if lifecycle.expire_if_due(services().db, order.head, now=services().now()):
        order = _read(order_no)
    return _whole(order)


@bp.get("/orders/<order_no>/trace")
@needs(*READERS)
def get_trace(order_no: str) -> dict[str, object]:
    """Explain each fen of an order."""
    with services().db.transaction(actor()) as conn:
        steps = trace(conn, order_no)
    of_money = actor().may("finance_city", "finance_county", "supervisor")
    return {"order_no": order_no, "steps": [step_json(step, of_money=of_money) for step in steps]}


@bp.post("/orders/<order_no>/cancel")
@needs("clerk", "registrar")
def cancel_order(order_no: str) -> dict[str, object]:
    """Cancel an unpaid order that nobody is paying."""
    lifecycle.cancel_order(services().db, actor(), order_no, now=services().now())
    return get_order(order_no)


@bp.post("/orders/<order_no>/revive")
@bp.input(Revival)
@needs("clerk", "registrar", "finance_city")
def revive_order(order_no: str, json_data: Revival) -> dict[str, object]:
    """Bring a dead order back; late money of its amount pays it."""
    lifecycle.revive_order(services().db, actor(), order_no, reason=json_data.reason, now=services().now())
    return get_order(order_no)


@bp.get("/orders/<order_no>/notice.pdf")
@needs("clerk", "registrar", "supervisor")
def get_notice(order_no: str) -> Response:
    """Return the payment notice (缴款通知书) with its QR code."""
    settings = services().settings
    pdf = notice.notice_pdf(
        services().db, actor(), order_no, pay_url=f"http://{settings.host}:{settings.port}/pay/"
    )
    return Response(pdf, mimetype="application/pdf")


@bp.get("/cases/<case_no>/joint")
@needs("clerk", "registrar")
def list_joint(case_no: str) -> dict[str, object]:
    """List other cases of the same payer that one order could ask for as well."""
    with services().db.transaction(actor()) as conn:
        return page(payments.joint_cases(conn, case_no))


def _read(order_no: str) -> Order:
    with services().db.transaction(actor()) as conn:
        return payments.get_order(conn, order_no)


def _whole(order: Order) -> dict[str, object]:
    with services().db.transaction(actor()) as conn:
        bills = receipts.bills_of_order(conn, order.head.order_no)
        late_fen = lifecycle.late_fen(conn, order.head.order_no)
    return {
        **order_json(order, bills),
        "payable": rules.payable(order.head, services().now()),
        "late_fen": late_fen,
    }
