"""Which days a worker closes by itself: those whose cut-off has passed with something to freeze."""

from datetime import date, datetime, timedelta

from data.access.records import SYSTEM
from data.clock import day_of
from registry.clearing import rules, store
from registry.clearing.planning import bank_day
from registry.clearing.service import Clearing
from registry.ledger import service as ledger


def due_days(clearing: Clearing, now: datetime) -> list[date]:
    """Return today, and yesterday if nobody closed it, where a cut-off has passed and a run would be frozen.

    A day without money has a run as well (零报告). A day on which the bank does not pay has none: what
    arrives on it is in the next day's.
    """
    today = day_of(now)
    with clearing.db.transaction(SYSTEM) as conn:
        return [day for day in (today - timedelta(days=1), today) if _is_due(conn, clearing, day, now)]


def next_look(clearing: Clearing, now: datetime) -> datetime:
    """Return when a cut-off passes next."""
    with clearing.db.transaction(SYSTEM) as conn:
        return rules.next_cut(now, hours=clearing.hours(conn, day_of(now)))


def _is_due(conn: store.Conn, clearing: Clearing, day: date, now: datetime) -> bool:
    cut = rules.passed_cut(day, hours=clearing.hours(conn, day), now=now)
    if cut is None or bank_day(conn, day, keeps_bank_days=clearing.bank.keeps_bank_days) != day:
        return False
    if ledger.is_sealed(conn, day) or (day < day_of(now) and not store.has_run_before(conn, day)):
        return False
    return store.waits_to_freeze(conn, day, cut)
