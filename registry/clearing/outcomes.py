"""What the bank says of a payout, brought to the books: each step once, whoever tells it and how often."""

from datetime import datetime

from registry.clearing import store, store_bank
from registry.clearing.bank import BankStatus
from registry.clearing.planning import Act, post
from registry.clearing.records import Payout
from registry.clearing.reports import Report
from registry.clearing.rules import COLLECTION_ACCOUNT
from registry.ledger import rules as chart
from registry.ledger import service as ledger
from registry.ledger.records import Entry, Phase

# Why a payout was not even sent, said in words where it is shown.
UNWRITABLE = "account_unwritable"
APPLIED, KNOWN, BREAK = "applied", "known", "break"
# How far a payout is; a message about an earlier step says nothing new.
_BEFORE_DEBIT = frozenset({"written", "unknown", "sent", "acked"})


def apply_status(conn: store.Conn, payout: Payout, status: BankStatus, *, now: datetime) -> str:
    """Bring a payout, whose row is locked, to what the bank says of it.

    Returns
    -------
    str
        ``applied``, ``known`` (nothing new), or ``break`` (it contradicts the books, a difference is open).
    """
    match status.state:
        case "received" if payout.state in _BEFORE_DEBIT - {"acked"}:
            store.set_state(conn, payout.msg_id, payout.state, "acked", now=now)
            return APPLIED
        case "rejected" if payout.state in _BEFORE_DEBIT:
            _reject(conn, payout, status.reason, now)
            return APPLIED
        case "debited" if payout.state in _BEFORE_DEBIT:
            _confirm(conn, payout, now)
            return APPLIED
        case "credited" if payout.state in _BEFORE_DEBIT | {"confirmed"}:
            if payout.state != "confirmed":
                _confirm(conn, payout, now)
            _settle(conn, payout, now)
            return APPLIED
    return _known_or_break(conn, payout, status, now)


def apply_report(conn: store.Conn, report: Report, *, now: datetime) -> str:
    """Bring one report of a bank's message to the books; one that does not fit opens a difference.

    Returns
    -------
    str
        As :func:`apply_status`.
    """
    payout = store.lock_payout(conn, report.msg_id)
    if payout is None:
        store.open_bank_break(conn, "K7", report, now)
        return BREAK
    kind = _misfit(conn, payout, report)
    if kind is not None:
        store.open_break(conn, kind, payout, now, report=report)
        return BREAK
    return apply_status(conn, payout, BankStatus(report.state, report.reason), now=now)


def refuse_unwritable(conn: store.Conn, msg_id: str, *, now: datetime) -> None:
    """Take a payout back whose message cannot be written: its account must be put right; others go on."""
    payout = store.lock_payout(conn, msg_id)
    if payout is not None and payout.state == "planned":
        _reject(conn, payout, UNWRITABLE, now)


def _misfit(conn: store.Conn, payout: Payout, report: Report) -> str | None:
    """Return the kind of difference: other amount or account (K6), the same step twice (K4)."""
    if report.amount_fen not in {None, payout.amount_fen}:
        return "K6"
    account = {"debited": COLLECTION_ACCOUNT.number, "credited": payout.creditor_number}.get(report.state)
    if report.account is not None and account is not None and report.account != account:
        return "K6"
    if report.state in {"debited", "credited"} and report.entry_ref:
        return "K4" if store_bank.other_entry(conn, report) else None
    return None


def _known_or_break(conn: store.Conn, payout: Payout, status: BankStatus, now: datetime) -> str:
    paid = payout.state in {"confirmed", "settled"}
    if status.state == "rejected" and paid:
        store.open_break(conn, "K3", payout, now)
        return BREAK
    if status.state in {"debited", "credited"} and payout.state in {"planned", "rejected"}:
        store.open_break(conn, "K4", payout, now)
        return BREAK
    return KNOWN


def _confirm(conn: store.Conn, payout: Payout, now: datetime) -> None:
    """Post the bank's debit."""
    entry = ledger.resolve(conn, payout.debit_pending_id, Phase.POST)
    post(conn, Act(f"dbt:{payout.msg_id}", "bank_debit", payout.msg_id), (entry,), now=now)
    store.set_state(conn, payout.msg_id, payout.state, "confirmed", now=now)


def _settle(conn: store.Conn, payout: Payout, now: datetime) -> None:
    """Post the county's credit, discharge the debt, and clear the orders that are whole."""
    mirror = chart.county_account(payout.county_code, payout.kind)
    entries = (
        Entry(mirror, chart.in_transit(payout.county_code), payout.amount_fen),
        ledger.resolve(conn, payout.owed_pending_id, Phase.POST),
    )
    post(conn, Act(f"crd:{payout.msg_id}", "county_credit", payout.msg_id), entries, now=now)
    store.set_state(conn, payout.msg_id, "confirmed", "settled", now=now)
    store.clear_orders(conn, payout.batch_id, actor="system", now=now)


def _reject(conn: store.Conn, payout: Payout, reason: str, now: datetime) -> None:
    """Void both reservations; a later close plans a new attempt."""
    entries = tuple(
        ledger.resolve(conn, pending, Phase.VOID)
        for pending in (payout.debit_pending_id, payout.owed_pending_id)
    )
    post(conn, Act(f"rej:{payout.msg_id}", "bank_reject", payout.msg_id), entries, now=now)
    store.set_state(conn, payout.msg_id, payout.state, "rejected", now=now)
    store.set_reason(conn, payout.msg_id, reason)
    store.open_break(conn, "PAYOUT_REJECTED", payout, now)
