"""The JSON shapes of orders, bills, days and traces."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from registry.clearing import rules as clearing_rules
from registry.clearing.records import AgainstSeal, Day, DayRow
from registry.payments.records import CountyReturn, Order, OrderHead, Refund, RefundLine
from registry.receipts.records import Bill, Verdict
from registry.reconciliation.records import Break, Evidence, Looked, Step
from registry.reconciliation.reports import Report


def order_json(order: Order, bills: list[Bill]) -> dict[str, Any]:
    """Return an order with lines, events and bills."""
    return {
        **head_json(order.head),
        "case_nos": order.case_nos,
        "lines": [
            {
                "line_no": line.line_no,
                "kind": line.kind,
                "item_code": line.item_code,
                "name": line.name,
                "amount_fen": line.amount_fen,
                "rule_id": line.rule_id,
                "reason": line.reason,
                "reason_en": line.reason_en,
                "case_no": line.case_no,
                "unit_code": line.unit_code,
                "parcel_code": line.parcel_code,
                "county_code": line.county_code,
                "decision_id": line.decision_id,
            }
            for line in order.lines
        ],
        "events": [
            {"from": event.from_state, "to": event.to_state, "at": event.at, "actor": event.actor}
            for event in order.events
        ],
        "receipts": [receipt_json(bill) for bill in bills if bill.state == "signed"],
    }


def head_json(head: OrderHead) -> dict[str, Any]:
    """Return an order without its lines."""
    return {
        "order_no": head.order_no,
        "payment_code": head.payment_code,
        "amount_fen": head.amount_fen,
        "state": head.state,
        "payer_name": head.payer_name,
        "accept_office": head.accept_office,
        "county_codes": head.county_codes,
        "issued_at": head.issued_at,
        "expires_at": head.expires_at,
    }


def receipt_json(bill: Bill) -> dict[str, Any]:
    """Return what identifies a bill."""
    return {
        "code": bill.code,
        "number": bill.number,
        "check_code": bill.check_code,
        "amount_fen": bill.amount_fen,
        "county_code": bill.county_code,
        "issued_on": bill.issued_on,
        "kind": bill.kind,
        "case_no": bill.case_no,
        "order_no": bill.order_no,
        "state": "reversed" if bill.reversed else bill.state,
        "red_of": bill.red_of,
        "replaces": bill.replaces,
        "pdf": f"/api/v1/receipts/{bill.code}/{bill.number}.pdf",
        "xml": f"/api/v1/receipts/{bill.code}/{bill.number}.xml",
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict of a check; no payer is named."""
    return {
        "valid": verdict.valid,
        "bytes_match": verdict.bytes_match,
        "signature_valid": verdict.signature_valid,
        "status": verdict.status,
        "reason": verdict.reason,
        "receipt": {} if verdict.bill is None else _public_receipt(verdict.bill),
        "signatures": [
            {"role": item.role, "subject": item.subject, "algorithm": item.algorithm, "valid": item.valid}
            for item in verdict.signatures
        ],
        "entered_at": verdict.entry.at if verdict.entry else None,
        "copies": verdict.copies,
    }


def _public_receipt(bill: Bill) -> dict[str, Any]:
    names = ("code", "number", "amount_fen", "county_code", "issued_on", "kind")
    return {name: getattr(bill, name) for name in names}


def refund_json(
    refund: Refund, lines: Sequence[RefundLine] = (), returns: Sequence[CountyReturn] = ()
) -> dict[str, Any]:
    """Return a refund with its lines and what counties pay back."""
    return {
        "refund_no": refund.refund_no,
        "order_no": refund.order_no,
        "suspended_id": refund.suspended_id,
        "amount_fen": refund.amount_fen,
        "whole": refund.whole,
        "cause": refund.cause,
        "reason": refund.reason,
        "channel": refund.channel,
        "requested_by": refund.requested_by,
        "requested_at": refund.requested_at,
        "state": refund.state,
        "checked_by": refund.checked_by,
        "checked_at": refund.checked_at,
        "decided_by": refund.decided_by,
        "decided_at": refund.decided_at,
        "decision": refund.decision,
        "attempts": refund.attempts,
        "last_error": refund.last_error,
        "done_at": refund.done_at,
        "lines": [
            {
                "line_no": line.line_no,
                "name": line.name,
                "county_code": line.county_code,
                "kind": line.kind,
                "amount_fen": line.amount_fen,
            }
            for line in lines
        ],
        "returns": [return_json(item) for item in returns],
    }


def return_json(item: CountyReturn) -> dict[str, Any]:
    """Return what a county pays back of a refund."""
    return {
        "county_code": item.county_code,
        "kind": item.kind,
        "amount_fen": item.amount_fen,
        "state": item.state,
        "reference": item.reference,
        "sent_by": item.sent_by,
        "sent_at": item.sent_at,
        "arrived_at": item.arrived_at,
    }


def refund_progress_json(refund: Refund, returns: Sequence[CountyReturn] = ()) -> dict[str, Any]:
    """Return what a payer may know of a refund: how far it is, no names of staff."""
    return {
        "refund_no": refund.refund_no,
        "amount_fen": refund.amount_fen,
        "whole": refund.whole,
        "state": refund.state,
        "of_suspense": refund.suspended_id is not None,
        "requested_at": refund.requested_at,
        "checked_at": refund.checked_at,
        "decided_at": refund.decided_at,
        "done_at": refund.done_at,
        "counties": [
            {"county_code": item.county_code, "amount_fen": item.amount_fen, "state": item.state}
            for item in returns
        ],
    }


# Steps whose link only people of finance and supervisors may follow.
_MONEY_STEPS = frozenset({"posting", "batch", "payout", "bank_debit", "county_credit"})


def step_json(step: Step, *, of_money: bool) -> dict[str, Any]:
    """Return a step of a trace, without what is not known; a link only to whom it answers."""
    row = {
        "kind": step.kind,
        "id": step.id,
        "at": step.at,
        "amount_fen": step.amount_fen,
        "county_code": step.county_code,
        "link": step.link if of_money or step.kind not in _MONEY_STEPS else None,
        "detail": step.detail,
    }
    return {name: value for name, value in row.items() if value is not None or name in {"at", "link"}}


def rate_json(rate: Report) -> dict[str, Any]:
    """Return the same-day rate (日清率) of a day, from the report of it; None without money to clear."""
    row = dict(zip(rate.columns, rate.rows[0], strict=True)) if rate.rows else {}
    names = ("arrived_fen", "refunded_before_fen", "credited_fen")
    return {**{name: row.get(name, 0) for name in names}, "percent": row.get("rate")}


def against_seal_json(found: AgainstSeal) -> dict[str, Any]:
    """Return what stands against sealing a day: reasons, who has not signed, days and differences."""
    return {
        "date": found.on,
        "state": found.state,
        "reasons": list(found.reasons),
        "unsigned": list(found.unsigned),
        "unfinished": list(found.unfinished),
        "breaks": [{"break_id": break_id, "type": kind} for break_id, kind in found.breaks],
    }


def day_json(day: Day) -> dict[str, Any]:
    """Return a day's state, figures, signatures and seal."""
    return {
        "date": day.date,
        "state": day.state,
        "as_of": day.as_of,
        "counties": [_row_json(row) for row in day.rows],
        "totals": {name: day.total(name) for name in clearing_rules.FIGURES},
        "payouts": [
            {
                "msg_id": payout.msg_id,
                "county_code": payout.county_code,
                "kind": payout.kind,
                "seq": payout.seq,
                "attempt": payout.attempt,
                "amount_fen": payout.amount_fen,
                "items": payout.n_items,
                "items_sha256": bytes(payout.items_sha256).hex(),
                "creditor": payout.creditor_name,
                "state": payout.state,
                "reason": payout.reason,
            }
            for payout in day.payouts
        ],
        "signatures": [
            {
                "county_code": sign.county_code,
                "sheet_sha256": bytes(sign.sheet_sha256).hex(),
                "signed_by": sign.signed_by,
                "signed_at": sign.signed_at,
            }
            for sign in day.signatures
        ],
        "open_breaks": day.open_breaks,
        "books": {"checked_at": day.books_checked_at, "broken": list(day.books_broken)},
        "seal": _seal_json(day),
    }


def _row_json(row: DayRow) -> dict[str, Any]:
    return {
        "county_code": row.county_code,
        "kind": row.kind,
        **{name: getattr(row, name) for name in clearing_rules.FIGURES},
        "payout_msg_id": row.payout_msg_id,
        "state": row.state,
    }


def _seal_json(day: Day) -> dict[str, Any] | None:
    if day.seal is None:
        return None
    return {
        "sha256": bytes(day.seal.sha256).hex(),
        "prev_sha256": bytes(day.seal.prev_sha256).hex(),
        "transfers": day.seal.n_rows,
        "algorithm": day.seal.algorithm,
        "sealed_by": day.seal.sealed_by,
        "sealed_at": day.seal.sealed_at,
    }


def break_json(item: Break) -> dict[str, Any]:
    """Return a difference."""
    return {
        "break_id": item.break_id,
        "type": item.type,
        "date": item.biz_date,
        "county_code": item.county_code,
        "order_no": item.order_no,
        "event_id": item.event_id,
        "msg_id": item.msg_id,
        "amount_fen": item.amount_fen,
        "detail": item.detail,
        "state": item.state,
        "owner": item.owner,
        "opened_at": item.opened_at,
        "side": item.side,
        "due_on": item.due_on,
    }


def looked_json(looked: Looked) -> dict[str, Any]:
    """Return a difference as somebody looks at it: evidence with links, its course, what may be done."""
    return {
        **break_json(looked.found),
        "books": looked.books,
        "evidence": [{**asdict(item), "link": _evidence_link(item)} for item in looked.evidence],
        "history": [asdict(item) for item in looked.history],
        "acts": list(looked.acts),
        "waits": looked.waits,
        "owners": [{"login": owner.login, "name": owner.name} for owner in looked.owners],
    }


_EVIDENCE_LINKS = {
    "order": "/trace/{id}",
    "parcel": "/#sel={id}",
    "payout": "/api/v1/payouts/{id}.csv",
    "decision": "/decisions/{id}",
    "refund": "/finance/refunds",
}


def _evidence_link(item: Evidence) -> str | None:
    """Return the page or file that shows a piece of evidence; None where the piece is all there is."""
    if item.kind == "bill":
        return "/api/v1/receipts/{}/{}.pdf".format(*item.id.split("-", 1))
    link = _EVIDENCE_LINKS.get(item.kind)
    return None if link is None else link.format(id=quote(item.id))
