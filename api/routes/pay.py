"""The payer without an account: what is owed, to which county and why, and the bill."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from apiflask import APIBlueprint
from flask import request
from pydantic import Field

from api import money
from api.auth import public
from api.context import language, services
from api.money_views import receipt_json, refund_progress_json
from api.rate import RateLimit
from api.schemas import Query, Strict
from data.access.records import SYSTEM
from data.messages import text
from data.reference import service as reference
from registry.clearing.rules import COLLECTION_ACCOUNT
from registry.payments import combining, lifecycle, refund_requests, refunds, rules, sandbox, store_channels
from registry.payments import service as payments
from registry.payments.channel_attempts import BEGUN_BY_PAYERS
from registry.payments.errors import OrderStateRefuses
from registry.payments.records import Attempt, Channel, Order, OrderHead, OrderLine, Suspended
from registry.receipts import service as receipts
from registry.reconciliation.records import Step
from registry.reconciliation.trace import trace
from spatial.counties import register as counties
from spatial.counties.records import PPM, StoredDecision

bp = APIBlueprint("pay", __name__, url_prefix="/api/v1/pay")

# Payment codes and last characters must not be tried out.
BY_ADDRESS = RateLimit("pay_address", count=60, window_s=60.0)
BY_CODE = RateLimit("pay_code", count=20, window_s=300.0)
# What the payer follows, and the step of the money's trace that says it is done.
PROGRESS = {
    "issued": "order",
    "paid": "payment",
    "arrived": "arrive",
    "cleared": "batch",
    "confirmed": "county_credit",
}
ENDED = frozenset({"done", "rejected"})
Last4 = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{4}$")]


class Who(Query):
    """Last four characters of the payer's identity number."""

    last4: Last4


class Proof(Strict):
    """What shows that the payer asks."""

    last4: Last4


@bp.get("/<payment_code>")
@bp.input(Who, location="query")
@public
def look_up(payment_code: str, query_data: Who) -> dict[str, object]:
    """Show a payer the order of a payment code."""
    return shown(find(payment_code, query_data.last4))


@bp.post("/<payment_code>/sandbox")
@bp.input(Proof)
@public
def pay_in_sandbox(payment_code: str, json_data: Proof) -> dict[str, object]:
    """Pay in the sandbox: the sandbox channel sends its signed event."""
    order = find(payment_code, json_data.last4)
    now = services().now()
    if not rules.payable(order.head, now):
        raise OrderStateRefuses(order_no=order.head.order_no, state=order.head.state)
    delivery = sandbox.signed_event(
        services().settings.sandbox_channel_key, payment_code, order.head.amount_fen, now=now
    )
    result = money.channel_desk(services()).receive(delivery, now=now)
    return {**shown(find(payment_code, json_data.last4)), "result": result.result}


def find(payment_code: str, last4: str) -> Order:
    """Return the order of a code, its time looked at; who asks too often waits.

    Raises
    ------
    LookupRefused, TooManyRequests
    """
    BY_ADDRESS.spend(request.remote_addr or "")
    BY_CODE.spend(payment_code)
    order = _read(payment_code, last4)
    if lifecycle.expire_if_due(services().db, order.head, now=services().now()):
        order = _read(payment_code, last4)
    return order


def _read(payment_code: str, last4: str) -> Order:
    with services().db.transaction(SYSTEM) as conn:
        return payments.find_by_code(conn, payment_code, last4)


def shown(order: Order) -> dict[str, object]:
    """Return what the payer sees of an order."""
    now = services().now()
    with services().db.transaction(SYSTEM) as conn:
        bills = receipts.bills_of_order(conn, order.head.order_no)
        names = {county.county_code: county for county in reference.counties(conn)}
        decisions = {line.decision_id: counties.get_decision(conn, line.decision_id) for line in order.lines}
        steps = trace(conn, order.head.order_no)
        found = refunds.list_refunds(conn, order_no=order.head.order_no)
        attempt = store_channels.open_attempt(conn, order.head.order_no)
        ways = store_channels.channels(conn)
        lying = refunds.suspense_of_order(conn, order.head.order_no)
        others = combining.joinable(conn, order.head, now=now) if order.head.state == "issued" else []
        successor = combining.successor(conn, order.head) if order.head.state in rules.DEAD else None
    lang = language()
    named = {code: county.name_en if lang == "en" else county.name_zh for code, county in names.items()}
    return {
        "payment_code": order.head.payment_code,
        "order_no": order.head.order_no,
        "state": order.head.state,
        "payable": rules.payable(order.head, now),
        "amount_fen": order.head.amount_fen,
        "issued_at": order.head.issued_at,
        "expires_at": order.head.expires_at,
        "lines": [_line(line, decisions[line.decision_id], named) for line in order.lines],
        "progress": [{"to": event.to_state, "at": event.at} for event in order.events],
        "steps": _progress(steps),
        "refunds": [refund_progress_json(refund, returns) for refund, _, returns in found],
        "suspense": [_suspended(item) for item in lying],
        "refundable": order.head.state in refund_requests.REFUNDABLE
        and all(refund.state in ENDED for refund, _, _ in found),
        "combinable": [_combinable(other) for other in others],
        "replaced_by": successor,
        "receipts": [
            _receipt(bill) for bill in map(receipt_json, bills) if bill["state"] in {"signed", "reversed"}
        ],
        "attempt": None if attempt is None or order.head.state != "paying" else attempt_json(attempt),
        "channels": [channel_json(way) for way in ways if way.kind not in {"direct", "pos"}],
        "collection_account": asdict(COLLECTION_ACCOUNT),
        "sandbox": True,
    }


def _suspended(item: Suspended) -> dict[str, object]:
    return {
        "suspended_id": item.suspended_id,
        "amount_fen": item.amount_fen,
        "reason": item.reason,
        "at": item.at,
        "refund_no": item.refund_no,
    }


def _combinable(other: OrderHead) -> dict[str, object]:
    return {"order_no": other.order_no, "amount_fen": other.amount_fen, "payment_code": other.payment_code}


def attempt_json(attempt: Attempt) -> dict[str, object]:
    """Return a payment that is under way, with the channel's page for it."""
    return {
        "channel": attempt.channel,
        "started_at": attempt.started_at,
        "amount_fen": attempt.amount_fen,
        "page": f"/sandbox/{attempt.channel}/{attempt.channel_txn}",
        "state": f"/api/v1/pay/{attempt.payment_code}/attempts/{attempt.channel_txn}",
        "qr": f"/api/v1/sandbox/payments/{attempt.channel}/{attempt.channel_txn}/qr.svg",
    }


def channel_json(way: Channel) -> dict[str, object]:
    """Return a channel as payers choose it; begun is whether the payment begins on the payer's page."""
    return {
        "channel": way.channel,
        "kind": way.kind,
        "name": way.name_en if language() == "en" else way.name,
        "begun": way.kind in BEGUN_BY_PAYERS,
        "sandbox": way.sandbox,
    }


def _progress(steps: list[Step]) -> list[dict[str, object]]:
    """Return when each stage of the status line was reached, None for those to come."""
    reached: dict[str, datetime] = {}
    for step in steps:
        kind = str(step.detail.get("kind")) if step.kind == "posting" else step.kind
        if step.at is not None:
            reached.setdefault(kind, step.at)
    return [{"step": name, "at": reached.get(kind)} for name, kind in PROGRESS.items()]


def _line(line: OrderLine, decision: StoredDecision, names: dict[str, str]) -> dict[str, object]:
    ratio = next(
        (item.ratio_ppm for item in decision.decision.overlaps if item.county_code == line.county_code), PPM
    )
    return {
        "line_no": line.line_no,
        "kind": line.kind,
        "name": line.name,
        "amount_fen": line.amount_fen,
        "rule_id": line.rule_id,
        "reason": (language() == "en" and line.reason_en) or line.reason,
        "county_code": line.county_code,
        "county_name": names.get(line.county_code, line.county_code),
        "parcel_code": line.parcel_code,
        "decision_id": line.decision_id,
        "why": text(
            "pay_why_person" if decision.by_person else "pay_why_rule",
            language(),
            county=names.get(line.county_code, line.county_code),
            parcel_code=line.parcel_code or "",
            percent=f"{ratio * 100 // PPM}.{ratio * 10000 // PPM % 100:02d}",
            rule=str(decision.decision.rule),
            boundary_set=decision.decision.boundary_set,
        ),
    }


def _receipt(bill: dict[str, object]) -> dict[str, object]:
    query = f"?check_code={bill['check_code']}"
    return {**bill, "pdf": f"{bill['pdf']}{query}", "xml": f"{bill['xml']}{query}"}
