"""The chart of accounts and the hash of a posting's input."""

import hashlib
import json
from datetime import date, timedelta

from registry.ledger.records import PostingDraft, TrialBalance

COLLECTION = "1001"
SUSPENSE = "2301"
ZERO_SHA256 = bytes(32)


def receivable(channel: str) -> str:
    """Return the account of money paid to a channel and not yet arrived."""
    return f"1101.{channel}"


def in_transit(county_code: str) -> str:
    """Return the account of money on its way to a county (清分在途)."""
    return f"1901.{county_code}"


def county_account(county_code: str, kind: str) -> str:
    """Return the mirror of a county's own account: ``nontax`` (财政非税专户) or ``tax`` (国库)."""
    return f"{'1201' if kind == 'nontax' else '1301'}.{county_code}"


def owed(county_code: str, kind: str) -> str:
    """Return the account of what a county (``nontax``) or its treasury (``tax``) is owed."""
    return f"{'2101' if kind == 'nontax' else '2102'}.{county_code}"


def discharged(county_code: str, kind: str) -> str:
    """Return the account of what was paid over to a county."""
    return f"{'3101' if kind == 'nontax' else '3102'}.{county_code}"


def refunds_owed(county_code: str) -> str:
    """Return the account of what payers are owed (应退缴款人)."""
    return f"2201.{county_code}"


def disputed(county_code: str) -> str:
    """Return the account of what a county is not paid while its line is in dispute (争议暂存)."""
    return f"2401.{county_code}"


def body_sha256(draft: PostingDraft) -> bytes:
    """Return the SHA-256 of what a posting says; actor and instants are no part of it."""
    rows = [
        [entry.debit, entry.credit, entry.amount_fen, entry.phase, entry.pending_id, entry.line_id]
        for entry in draft.entries
    ]
    body = [draft.key, draft.kind, draft.order_no, draft.msg_id, draft.reverses, rows]
    return hashlib.sha256(json.dumps(body, separators=(",", ":")).encode()).digest()


def last_day(month: date) -> date:
    """Return the last day of the month of a day.

    Examples
    --------
    >>> last_day(date(2028, 2, 1))
    datetime.date(2028, 2, 29)
    """
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def seal_sha256(previous: bytes, day: date, rows_sha256: bytes) -> bytes:
    """Return the hash that seals a day: over the seal before, the day, and its transfers."""
    return hashlib.sha256(previous + day.isoformat().encode() + rows_sha256).digest()


def trial_sha256(month: date, balance: TrialBalance) -> bytes:
    """Return the SHA-256 of a month's trial balance: every account that was moved, by code."""
    rows = [
        [row.code, row.debit_fen, row.credit_fen, row.pending_debit_fen, row.pending_credit_fen]
        for row in sorted(balance.rows, key=lambda row: row.code)
        if row.debit_fen or row.credit_fen or row.pending_debit_fen or row.pending_credit_fen
    ]
    body = json.dumps([month.isoformat(), rows], separators=(",", ":"))
    return hashlib.sha256(body.encode()).digest()
