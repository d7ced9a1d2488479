"""The daily heads of the register: make them, list them, find the first that differs."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Any, Final

from data.access.records import SYSTEM
from data.clock import day_of
from data.db import Database
from data.documents.signing import Signer, verify
from registry.reconciliation import store_heads as store
from registry.reconciliation.records import Cut, Head

ZERO: Final = bytes(32)
_LOCK: Final = "register_head"


def make_head(db: Database, *, signer: Signer, now: datetime) -> Head | None:
    """Make the head of the day that ended last, if it has none.

    It covers all that was written since the head before, so days without a head of their own lie in the next.

    Parameters
    ----------
    db : Database
        Database.
    signer : Signer
        Signs the 32-byte hash.
    now : datetime
        Aware instant of the city's clock.

    Returns
    -------
    Head or None
        None if there is one, or somebody is making it.

    Raises
    ------
    Conflict
        Writers are under way that did not end within half a second: try again later.
    """
    day = day_of(now) - timedelta(days=1)
    with db.locked(_LOCK) as got:
        if not got:
            return None
        with db.transaction(SYSTEM) as conn:
            last = store.last_head(conn)
        if last is not None and last.head_on >= day:
            return None
        # In a transaction of its own: writers wait for the cut, not for the hash.
        with db.transaction(SYSTEM) as conn:
            cut = store.cut_register(conn)
        with db.transaction(SYSTEM) as conn:
            n_rows, rows = store.digest(conn, last.cut if last else Cut(), cut)
            previous = bytes(last.sha256) if last else ZERO
            digest = _chained(previous, day, rows)
            made = Head(day, cut, n_rows, digest, previous, signer.sign(digest), signer.algorithm)
            store.insert_head(conn, made, made_at=now)
    return made


def first_broken(db: Database, *, certificate: bytes | None = None) -> date | None:
    """Recompute every head; return the day of the first that does not hold, None if all do.

    Parameters
    ----------
    db : Database
        Database.
    certificate : bytes, optional
        The signer's certificate as PEM. Without it rows and chain are recomputed; with it the signatures are
        checked, too, and a chain that was made anew as a whole is found.
    """
    with db.transaction(SYSTEM) as conn:
        after, previous = Cut(), ZERO
        for head in store.heads(conn):
            _, rows = store.digest(conn, after, head.cut)
            digest = _chained(previous, head.head_on, rows)
            if (bytes(head.prev_sha256), bytes(head.sha256)) != (previous, digest):
                return head.head_on
            if certificate is not None and not verify(certificate, digest, bytes(head.signature)):
                return head.head_on
            after, previous = head.cut, bytes(head.sha256)
    return None


def list_days(db: Database, *, before: date | None, limit: int) -> list[dict[str, Any]]:
    """Return days with a head of the register or a seal of the ledger, newest first; no person is named."""
    with db.transaction(SYSTEM) as conn:
        return store.list_days(conn, before=before, limit=limit)


def _chained(previous: bytes, day: date, rows: bytes) -> bytes:
    return hashlib.sha256(previous + day.isoformat().encode() + rows).digest()
