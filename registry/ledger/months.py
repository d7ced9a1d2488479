"""Accounting months: closing, then closed for good; what is found later is reversed in the open month."""

from collections.abc import Sequence
from datetime import date, datetime

from data.documents.signing import Signer, verify
from registry.ledger import rules, service, store, store_seals
from registry.ledger.errors import MonthNotReady
from registry.ledger.records import Period

OPEN, CLOSED = "open", "closed"


def period(conn: store.Conn, month: date) -> Period:
    """Return the state of a month, given as its first day."""
    return store_seals.period(conn, month) or Period(month, OPEN)


def begin_close(conn: store.Conn, month: date, *, by: str, now: datetime) -> Period:
    """Begin to close a month: from now on new events belong to the month after it. Re-entrant.

    Parameters
    ----------
    conn : Connection
        Open transaction; postings wait until it ends.
    month : date
        First day of the month.
    by : str
        Sign-in name.
    now : datetime
        Aware instant.
    """
    store.lock_ledger(conn)
    store_seals.begin_close(conn, month, by=by, now=now)
    return period(conn, month)


def reasons_against(conn: store.Conn, month: date) -> list[str]:
    """Return why the ledger cannot close a month: ``unsealed``, ``earlier_open``, ``trial_balance``."""
    last = store.last_seal(conn)
    reasons = []
    if last is None or last.biz_date < rules.last_day(month):
        reasons.append("unsealed")
    if earlier_open(conn, month) is not None:
        reasons.append("earlier_open")
    if service.trial_balance(conn, rules.last_day(month)).difference_fen != 0:
        reasons.append("trial_balance")
    return reasons


def earlier_open(conn: store.Conn, month: date) -> date | None:
    """Return the first month before one that has postings and is not closed."""
    return store_seals.earlier_open(conn, month)


def close(
    conn: store.Conn,
    month: date,
    *,
    signer: Signer,
    by: str,
    now: datetime,
    against: Sequence[str] = (),
) -> Period:
    """Close a month that was begun to be closed: nothing is posted to it any more. Re-entrant.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    month : date
        First day of the month.
    signer : Signer
        Signs the hash of the trial balance.
    by : str
        Sign-in name.
    now : datetime
        Aware instant.
    against : sequence of str
        Reasons of the rooms above.

    Raises
    ------
    MonthNotReady
        Says what is missing: ``not_begun``, those of :func:`reasons_against`, and ``against``.
    """
    store.lock_ledger(conn)
    found = period(conn, month)
    if found.state == CLOSED:
        return found
    reasons = ["not_begun"] if found.state == OPEN else []
    reasons += [*reasons_against(conn, month), *against]
    if reasons:
        raise MonthNotReady(month=f"{month:%Y-%m}", reasons=reasons)
    digest = rules.trial_sha256(month, service.trial_balance(conn, rules.last_day(month)))
    store_seals.finish_close(
        conn, Period(month, CLOSED, digest, signer.sign(digest), signer.algorithm, by, now)
    )
    return period(conn, month)


def broken_months(conn: store.Conn, *, certificate: bytes | None = None) -> list[str]:
    """Return the closed months whose trial balance, recomputed, or whose signature is another one."""
    found = []
    for closed in store_seals.periods(conn):
        if closed.state != CLOSED or closed.trial_sha256 is None or closed.signature is None:
            continue
        day = rules.last_day(closed.month)
        if rules.trial_sha256(closed.month, service.trial_balance(conn, day)) != bytes(closed.trial_sha256):
            found.append(f"{closed.month:%Y-%m} trial balance")
        if certificate is not None and not verify(
            certificate, bytes(closed.trial_sha256), bytes(closed.signature)
        ):
            found.append(f"{closed.month:%Y-%m} signature")
    return found
