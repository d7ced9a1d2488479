"""Post, read and seal."""

from collections.abc import Callable
from datetime import date, datetime

from registry.ledger import rules, store
from registry.ledger.errors import (
    AccountUnknown,
    DaySealed,
    NotReversible,
    PostingConflict,
    PostingNotFound,
)
from registry.ledger.records import (
    AccountEntry,
    Balance,
    Entry,
    Phase,
    Posted,
    PostingDraft,
    Seal,
    TrialBalance,
)

Sign = Callable[[bytes], bytes]


def post(conn: store.Conn, draft: PostingDraft) -> Posted:
    """Write a posting once.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    draft : PostingDraft
        Event with its transfers, amounts in fen.

    Returns
    -------
    Posted
        The posting of the key; the first one, if the key is known with the same input.

    Raises
    ------
    PostingConflict
        The key is known with another input.
    FundsShort
        A guarded account would become negative.
    DaySealed
        The day is sealed.
    """
    posting_id, created, same = store.insert_posting(conn, draft, rules.body_sha256(draft))
    if not same:
        raise PostingConflict(key=draft.key)
    return Posted(posting_id, created)


def resolve(conn: store.Conn, pending_id: int, phase: Phase) -> Entry:
    """Return the entry that resolves a pending transfer by POST or VOID, for its whole amount.

    Raises
    ------
    AccountUnknown
        There is no such pending transfer.
    """
    pending = store.pending_entry(conn, pending_id)
    if pending is None:
        raise AccountUnknown(account=str(pending_id))
    return Entry(pending.debit, pending.credit, pending.amount_fen, phase, pending_id)


def reverse(conn: store.Conn, posting_id: int, *, key: str, reason: str, actor: str, now: datetime) -> Posted:
    """Reverse a posting as a whole, on the accounting day of ``now`` (冲正); asked again with the key, once.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    posting_id : int
        Posting to reverse.
    key : str
        Business key of the reversal.
    reason : str
        What kind of event the reversal is.
    actor : str
        Sign-in name.
    now : datetime
        Aware instant.

    Raises
    ------
    PostingNotFound
    NotReversible
        It is a reversal itself, has a reservation, or was reversed under another key (also at commit).
    FundsShort
        The money is no longer there: a guarded account would become negative.
    """
    head = store.posting_head(conn, posting_id)
    if head is None:
        raise PostingNotFound(posting_id=posting_id)
    entries = store.entries(conn, posting_id)
    order_no, msg_id, reverses = head
    if reverses is not None or any(entry.phase in {Phase.PENDING, Phase.VOID} for entry in entries):
        raise NotReversible(posting_id=posting_id)
    turned = tuple(
        Entry(entry.credit, entry.debit, entry.amount_fen, line_id=entry.line_id) for entry in entries
    )
    return post(
        conn,
        PostingDraft(
            key=key,
            kind=reason,
            biz_date=biz_day(conn, now),
            event_at=now,
            actor=actor,
            entries=turned,
            order_no=order_no,
            msg_id=msg_id,
            reverses=posting_id,
        ),
    )


def balance(conn: store.Conn, code: str, day: date) -> Balance:
    """Return one account at the end of a day.

    Raises
    ------
    AccountUnknown
    """
    found = store.balance(conn, code, day)
    if found is None:
        raise AccountUnknown(account=code)
    return found


def sum_days(conn: store.Conn, last: date) -> int:
    """Keep the sums of the days up to ``last`` that are over and not sealed; return how many rows are new.

    Postings wait until the transaction ends. A posting that names such a day later removes its sums and those
    of the days after it; balances are right all the same, and the next call makes the sums anew.
    """
    return store.sum_days(conn, last)


def biz_day(conn: store.Conn, at: datetime) -> date:
    """Return the accounting day of an aware instant: its day in Asia/Shanghai, later if that is sealed."""
    return store.biz_day(conn, at)


def trial_balance(conn: store.Conn, day: date) -> TrialBalance:
    """Return the sums of every account to the end of a day."""
    return TrialBalance(day, tuple(store.trial_rows(conn, day)))


def account_entries(conn: store.Conn, code: str, *, after: int, limit: int) -> list[AccountEntry]:
    """Return the transfers of an account in the order of writing.

    Raises
    ------
    AccountUnknown
    """
    found = store.account_id(conn, code)
    if found is None:
        raise AccountUnknown(account=code)
    return store.account_entries(conn, found, after=after, limit=limit)


def seal(conn: store.Conn, day: date, *, sign: Sign, algorithm: str, by: str, now: datetime) -> Seal:
    """Seal the accounting day; all earlier unsealed days are sealed with it.

    Parameters
    ----------
    conn : Connection
        Open transaction; postings wait until it ends.
    day : date
        Accounting day.
    sign : callable
        Signs the 32-byte hash.
    algorithm : str
        Name of the signature algorithm.
    by : str
        Sign-in name.
    now : datetime
        Aware instant.

    Raises
    ------
    DaySealed
        It is sealed already.
    """
    store.lock_ledger(conn)
    last = store.last_seal(conn)
    if last is not None and last.biz_date >= day:
        raise DaySealed(date=day.isoformat())
    n_rows, rows_sha256 = store.day_digest(conn, last.biz_date if last else None, day)
    previous = bytes(last.sha256) if last else rules.ZERO_SHA256
    digest = rules.seal_sha256(previous, day, rows_sha256)
    made = Seal(day, n_rows, digest, previous, algorithm, by, now, sign(digest))
    store.insert_seal(conn, made)
    return made


def is_sealed(conn: store.Conn, day: date) -> bool:
    """Tell whether nothing can be posted to the day any more."""
    last = store.last_seal(conn)
    return last is not None and last.biz_date >= day


def seal_of(conn: store.Conn, day: date) -> Seal | None:
    """Return the seal of a day, or None."""
    return store.seal_of(conn, day)


def seal_holds(conn: store.Conn, made: Seal) -> bool:
    """Tell whether the day's transfers still have the hash that was sealed."""
    after = store.seal_before(conn, made.biz_date)
    _, rows_sha256 = store.day_digest(conn, after, made.biz_date)
    return rules.seal_sha256(bytes(made.prev_sha256), made.biz_date, rows_sha256) == bytes(made.sha256)


def get_posting(conn: store.Conn, posting_id: int, *, county_code: str | None = None) -> dict[str, object]:
    """Return a posting with its transfers, amounts in fen.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    posting_id : int
        Posting.
    county_code : str, optional
        Leave out transfers on accounts of other counties.

    Raises
    ------
    PostingNotFound
    """
    found = store.posting(conn, posting_id, county_code)
    if found is None or not found["transfers"]:
        raise PostingNotFound(posting_id=posting_id)
    return found
