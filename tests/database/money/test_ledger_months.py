"""Months of the ledger: closed for good, in order, and not while something is open."""

from datetime import date, datetime, timedelta

import psycopg
import pytest

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from registry.ledger import months
from registry.ledger import service as ledger
from registry.ledger.errors import DaySealed, MonthNotReady
from registry.reconciliation import months as month_close
from registry.reconciliation.errors import MonthNotOver
from tests.database.money.conftest import FINANCE_CITY, ask_refund, one
from tests.database.money.ledger_acts import reverse, seal, take, write
from tests.database.registry import town

NOVEMBER = date(2026, 11, 1)


DECEMBER_FIRST = datetime(2026, 12, 1, 9, tzinfo=SHANGHAI)


def begin(city, now=DECEMBER_FIRST):
    with city.transaction(SYSTEM) as conn:
        return months.begin_close(conn, NOVEMBER, by="finance_city", now=now)


def close(city, heads, month=NOVEMBER, now=DECEMBER_FIRST):
    return month_close.close_month(city, FINANCE_CITY, month, signer=heads, now=now)


def test_a_month_closes_for_good(city, heads):
    posted = write(city, "k:1", take(100))
    waiting = close(city, heads)
    assert (waiting.state, waiting.reasons) == ("closing", ("unsealed",))
    seal(city, date(2026, 11, 30), heads)
    done = close(city, heads)
    assert (done.state, done.reasons, len(done.trial_sha256)) == ("closed", (), 32)
    assert close(city, heads).trial_sha256 == done.trial_sha256
    with pytest.raises(DaySealed):
        write(city, "k:2", take(1))
    later = reverse(city, posted, now=town.NOW)
    assert one(city, "SELECT biz_date FROM money.posting WHERE posting_id = %s", later.posting_id) == date(
        2026, 12, 1
    )
    assert one(city, "SELECT reverses FROM money.posting WHERE posting_id = %s", later.posting_id) == posted
    with city.transaction(SYSTEM) as conn:
        assert months.broken_months(conn, certificate=heads.certificates[0]) == []


def test_nothing_is_posted_to_a_closed_month_even_when_its_seals_are_gone(city, heads, owner):
    write(city, "k:1", take(100))
    begin(city)
    seal(city, date(2026, 11, 30), heads)
    assert close(city, heads).state == "closed"
    for table in ("day_seal", "balance_day"):
        owner.execute(f"ALTER TABLE money.{table} DISABLE TRIGGER USER")
    owner.execute("DELETE FROM money.balance_day")
    owner.execute("DELETE FROM money.day_seal")
    with pytest.raises(DaySealed):
        write(city, "k:2", take(1))


def test_a_month_that_is_closing_takes_no_new_events(city):
    with city.transaction(SYSTEM) as conn:
        assert ledger.biz_day(conn, town.NOW) == town.NOW.date()
    begin(city)
    with city.transaction(SYSTEM) as conn:
        assert ledger.biz_day(conn, town.NOW) == date(2026, 12, 1)
        assert ledger.biz_day(conn, DECEMBER_FIRST + timedelta(days=4)) == date(2026, 12, 5)


def test_months_close_in_order(city, heads):
    write(city, "k:0", take(5), day=date(2026, 9, 30))
    write(city, "k:1", take(100))
    seal(city, date(2026, 11, 30), heads)
    assert close(city, heads).reasons == ("earlier_open",)
    assert close(city, heads, month=date(2026, 9, 1)).state == "closed"
    assert close(city, heads).state == "closed"


def test_a_month_that_is_not_over_is_not_closed(city, heads):
    with pytest.raises(MonthNotOver):
        close(city, heads, now=datetime(2026, 11, 30, 23, 59, tzinfo=SHANGHAI))


def test_the_ledger_says_why_it_does_not_close(city, heads):
    write(city, "k:1", take(100))
    with pytest.raises(MonthNotReady) as caught, city.transaction(SYSTEM) as conn:
        months.close(conn, NOVEMBER, signer=heads, by="t", now=DECEMBER_FIRST, against=["B3"])
    assert caught.value.params["reasons"] == ["not_begun", "unsealed", "B3"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE money.period SET state = 'open'",
        "UPDATE money.period SET state = 'closing', trial_sha256 = NULL, signature = NULL, algorithm = NULL",
        "UPDATE money.period SET trial_sha256 = sha256('x')",
        "DELETE FROM money.period",
        "TRUNCATE money.period",
    ],
)
def test_a_closed_month_is_never_opened(city, heads, owner, statement):
    write(city, "k:1", take(100))
    seal(city, date(2026, 11, 30), heads)
    assert close(city, heads).state == "closed"
    with pytest.raises(psycopg.IntegrityError):
        owner.execute(statement)


def test_a_trial_balance_that_was_changed_is_found(city, heads, owner):
    write(city, "k:1", take(100))
    seal(city, date(2026, 11, 30), heads)
    close(city, heads)
    owner.execute("ALTER TABLE money.balance_day DISABLE TRIGGER USER")
    owner.execute("UPDATE money.balance_day SET dr_fen = dr_fen + 1 WHERE account_id = 1")
    with city.transaction(SYSTEM) as conn:
        assert months.broken_months(conn, certificate=heads.certificates[0]) == ["2026-11 trial balance"]


def test_an_open_refund_and_a_broken_book_keep_a_month_open(city, heads, order, payer, owner):
    payer.pay(order)
    ask_refund(city, order)
    seal(city, date(2026, 11, 30), heads)
    owner.execute("ALTER TABLE money.transfer DISABLE TRIGGER USER")
    owner.execute("UPDATE money.transfer SET amount_fen = amount_fen + 1 WHERE line_id IS NOT NULL")
    reasons = close(city, heads).reasons
    assert {"open_refunds", "I1", "I2"} <= set(reasons)


def test_suspense_is_listed_with_the_month(city, heads, order, payer):
    payer.send(order.head.payment_code, order.head.amount_fen + 1, txn="T1")
    seal(city, date(2026, 11, 30), heads)
    done = close(city, heads)
    assert (done.state, done.suspense) == ("closed", (("pay:sandbox:T1", 55_001),))
