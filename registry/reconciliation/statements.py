"""Statements of banks and channels: keep the file, book what arrived, open what differs."""

import hashlib
from datetime import date, datetime, timedelta

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.clock import day_of
from data.db import Database
from registry.clearing.errors import NotYourCounty
from registry.ledger import service as ledger
from registry.payments import channel
from registry.payments.records import Arrival, ChannelEvent
from registry.reconciliation import bank_files, channel_files, matching, store, store_match
from registry.reconciliation.bank_files import read
from registry.reconciliation.errors import StatementAccountUnknown, StatementKnown, StatementUnreadable
from registry.reconciliation.records import ChannelStatement, Loaded, Statement

__all__ = ["is_channel_file", "load", "load_channel", "read"]

is_channel_file = channel_files.is_channel_file
ONE_DAY = timedelta(days=1)
APPLIED_AT_ONCE = 500


def load(db: Database, actor: Actor, raw: bytes, *, now: datetime) -> Loaded:
    """Keep a bank's statement and match its days; the same bytes again change nothing.

    A county brings the statements of its own accounts, the city those of all.

    Raises
    ------
    StatementUnreadable
    StatementAccountUnknown
        Neither the collection account nor a county's.
    NotYourCounty
    StatementKnown
        Account and number are known with other content.
    """
    statement = bank_files.read(raw)
    _require_come(statement.to_on, now)
    sha256 = hashlib.sha256(raw).digest()
    with db.transaction(SYSTEM) as conn:
        _check_account(conn, actor, statement.account)
        known = store.statement_by_sha256(conn, sha256)
        if known is not None:
            return Loaded(known, len(statement.entries), 0, 0)
        statement_id = store.insert_statement(
            conn, statement, raw=raw, sha256=sha256, by=actor.login, now=now
        )
        if statement_id is None:
            raise StatementKnown(account=statement.account, statement_ref=statement.ref)
        if statement.gap_fen == 0:
            store_match.book_arrivals(conn, statement_id, day=ledger.biz_day(conn, now), now=now)
        first, last = _days(statement, conn, now)
        opened = matching.match(conn, first, last, now=now, books=matching.OF_STATEMENTS)
        doubtful = store_match.entries_in_doubt(conn, statement_id)
        audit.record(conn, actor, "statement.load", statement.ref, detail={"statement_id": statement_id})
    return Loaded(statement_id, len(statement.entries), len(statement.entries) - doubtful, opened)


def load_channel(
    db: Database, actor: Actor, raw: bytes, *, now: datetime, arrive_at_once: bool = False
) -> Loaded:
    """Keep a channel's day statement, book what the ledger lacks, and match its day and those beside it.

    Parameters
    ----------
    arrive_at_once : bool
        Whether a channel's money counts as arrived in the collection account (sandbox).

    Raises
    ------
    StatementUnreadable
    StatementAccountUnknown
        No such channel.
    StatementKnown
        Channel and day are known with other content.
    """
    statement: ChannelStatement = channel_files.read(raw)
    sha256 = hashlib.sha256(raw).digest()
    day = statement.stated_on
    _require_come(day, now)
    with db.transaction(SYSTEM) as conn:
        if not store_match.knows_channel(conn, statement.channel):
            raise StatementAccountUnknown(account=statement.channel)
        known = store_match.channel_statement_by_sha256(conn, sha256)
        if known is not None:
            return Loaded(known, len(statement.lines), 0, 0)
        statement_id = store_match.insert_channel_statement(
            conn, statement, raw=raw, sha256=sha256, by=actor.login, now=now
        )
        if statement_id is None:
            raise StatementKnown(account=statement.channel, statement_ref=day.isoformat())
        _apply_unledgered(conn, statement_id, statement, now=now, arrive_at_once=arrive_at_once)
        opened = matching.match(conn, day - ONE_DAY, day + ONE_DAY, now=now, books=matching.OF_STATEMENTS)
        doubtful = store_match.channel_lines_in_doubt(conn, statement.channel, day)
        audit.record(conn, actor, "statement.load_channel", f"{statement.channel}:{day}")
    return Loaded(statement_id, len(statement.lines), len(statement.lines) - doubtful, opened)


def _apply_unledgered(
    conn: store.Conn, statement_id: int, statement: ChannelStatement, *, now: datetime, arrive_at_once: bool
) -> None:
    """Apply the lines that no callback and no poll brought, each as an event of its own source."""
    missing = store_match.unledgered_lines(conn, statement_id, statement.stated_on)
    arrivals = []
    for line in statement.lines:
        if line.seq not in missing:
            continue
        facts = (line.channel_txn, line.kind, line.payment_code, str(line.amount_fen))
        # By its number a refund is one, on whatever day it is told; two parts of one amount are two.
        which = line.refund_id or line.occurred_at.isoformat()
        raw = ",".join((statement.channel, *facts, which)).encode()
        event = ChannelEvent(
            channel=statement.channel,
            channel_txn=line.channel_txn,
            kind=line.kind,
            payment_code=line.payment_code,
            amount_fen=line.amount_fen,
            occurred_at=line.occurred_at,
            raw=raw,
            body_sha256=hashlib.sha256(raw).digest(),
            headers={"statement_id": str(statement_id), "seq": str(line.seq)},
            source="statement",
        )
        arrivals.append(Arrival(event, now, arrive_at_once))
    for start in range(0, len(arrivals), APPLIED_AT_ONCE):
        channel.apply_channel_events(conn, arrivals[start : start + APPLIED_AT_ONCE])


def _require_come(day: date | None, now: datetime) -> None:
    """Refuse what speaks of days to come; the midnight that ends today counts as tomorrow's."""
    if day is not None and day > day_of(now) + ONE_DAY:
        raise StatementUnreadable(reason="future")


def _check_account(conn: store.Conn, actor: Actor, account: str) -> None:
    known, county_code = store_match.account_county(conn, account)
    if not known:
        raise StatementAccountUnknown(account=account)
    if actor.scope != "all" and actor.county_code != county_code:
        raise NotYourCounty(county_code=county_code or "")


def _days(statement: Statement, conn: store.Conn, now: datetime) -> tuple[date, date]:
    today = ledger.biz_day(conn, now)
    return statement.from_on or today, statement.to_on or today
