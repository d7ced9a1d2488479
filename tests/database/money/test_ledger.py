"""The ledger: reversals, balances of any day, signed seals, months that close for good."""

from datetime import date, datetime, timedelta

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from data.documents import signing
from data.errors import NingtuError
from registry.ledger import months, rules, seals
from registry.ledger import service as ledger
from registry.ledger.errors import DaySealed, FundsShort, MonthNotReady, NotReversible
from registry.ledger.records import Entry, Phase, PostingDraft
from registry.reconciliation import months as month_close
from registry.reconciliation.errors import MonthNotOver
from tests.database.money.conftest import FINANCE_CITY, ask_refund, balance, one, rows
from tests.database.registry import town

NOVEMBER = date(2026, 11, 1)
DECEMBER_FIRST = datetime(2026, 12, 1, 9, tzinfo=SHANGHAI)


@pytest.fixture
def heads(tmp_path):
    return signing.sandbox_signer(tmp_path / "keys", signing.HEADS_KEY)


@pytest.fixture
def owner(city, superuser_url):
    """A connection as superuser: what a thief of the database could do."""
    with psycopg.connect(superuser_url, dbname=conninfo_to_dict(city.url)["dbname"], autocommit=True) as conn:
        yield conn


TODAY = town.NOW.date()


def write(city, key, *entries, day=TODAY, **facts):
    draft = PostingDraft(key, "test", day, town.NOW, "t", entries, **facts)
    with city.transaction(SYSTEM) as conn:
        return ledger.post(conn, draft).posting_id


def take(fen):
    return Entry("1001", "1101.sandbox", fen)


def reverse(city, posting_id, key="rev:1", now=town.NOW):
    with city.transaction(SYSTEM) as conn:
        return ledger.reverse(conn, posting_id, key=key, reason="reversal", actor="t", now=now)


def seal(city, day, heads):
    with city.transaction(SYSTEM) as conn:
        return ledger.seal(
            conn, day, sign=heads.sign, algorithm=heads.algorithm, by="finance_city", now=town.NOW
        )


def balance_of(city, code, day):
    with city.transaction(SYSTEM) as conn:
        return ledger.balance(conn, code, day)


def test_a_reversal_takes_back_the_whole_event_once(city):
    posted = write(city, "k:1", take(100), Entry("5001", "1001", 30))
    first, again = reverse(city, posted), reverse(city, posted)
    assert (first.created, again.created, again.posting_id) == (True, False, first.posting_id)
    assert (balance(city, "1001"), balance(city, "5001"), balance(city, "1101.sandbox")) == (0, 0, 0)
    with pytest.raises(NotReversible):
        reverse(city, posted, key="rev:2")
    with pytest.raises(NotReversible):
        reverse(city, first.posting_id, key="rev:3")


def test_a_reservation_is_resolved_not_reversed(city):
    write(city, "k:1", take(100))
    reserved = write(city, "k:2", Entry("1901.421224", "1001", 60, Phase.PENDING))
    with pytest.raises(NotReversible):
        reverse(city, reserved)


def test_what_was_spent_cannot_be_reversed(city):
    posted = write(city, "k:1", take(100))
    write(city, "k:2", Entry("1901.421224", "1001", 60))
    with pytest.raises(FundsShort):
        reverse(city, posted)


@pytest.mark.parametrize(
    "entries",
    [(Entry("1101.sandbox", "1001", 60),), (Entry("1001", "1101.sandbox", 100),)],
    ids=["a part", "the same sides"],
)
def test_the_database_refuses_what_only_looks_like_a_reversal(city, entries):
    posted = write(city, "k:1", take(100))
    with pytest.raises(NotReversible):
        write(city, "k:2", *entries, reverses=posted)


def test_an_account_takes_postings_only_while_it_is_open(city, owner):
    owner.execute("ALTER TABLE money.account DISABLE TRIGGER append_only")
    owner.execute("UPDATE money.account SET valid = '[2023-01-01,2026-11-24)' WHERE code = '5001'")
    write(city, "k:1", take(100))
    with pytest.raises(NingtuError) as caught:
        write(city, "k:2", Entry("5001", "1001", 30))
    assert caught.value.params["constraint"] == "posting_complete"
    write(city, "k:3", Entry("5001", "1001", 30), day=date(2026, 11, 23))


def test_the_app_role_may_only_add(city):
    found = rows(
        city,
        "SELECT c.relname, p.privilege FROM pg_class c,"
        " unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS p(privilege)"
        " WHERE c.oid IN ('money.account'::regclass, 'money.posting'::regclass, 'money.transfer'::regclass,"
        " 'money.day_seal'::regclass, 'money.balance_day'::regclass, 'money.period'::regclass,"
        " 'money.balance_over'::regclass, 'money.bank_message'::regclass, 'money.bank_report'::regclass,"
        " 'money.books_check'::regclass) AND has_table_privilege(c.oid, p.privilege)",
    )
    assert found == []


@pytest.mark.parametrize("table", ["account", "guard", "posting", "transfer", "day_seal", "balance_day"])
def test_the_owner_may_not_change_facts_either(city, owner, heads, table):
    write(city, "k:1", take(100))
    seal(city, town.NOW.date(), heads)
    for statement in (f"DELETE FROM money.{table}", f"TRUNCATE money.{table} CASCADE"):
        with pytest.raises(psycopg.IntegrityError):
            owner.execute(statement)


def test_any_balance_of_any_day(city, heads):
    monday = date(2026, 11, 16)
    write(city, "k:1", take(1000), day=monday)
    reserved = write(
        city, "k:2", Entry("1901.421224", "1001", 600, Phase.PENDING), day=monday + timedelta(days=1)
    )
    seal(city, monday + timedelta(days=1), heads)
    pending = one(city, "SELECT transfer_id FROM money.transfer WHERE posting_id = %s", reserved)
    resolved = Entry("1901.421224", "1001", 600, Phase.POST, pending)
    write(city, "k:3", resolved, take(50), day=monday + timedelta(days=3))
    seal(city, monday + timedelta(days=4), heads)
    write(city, "k:4", Entry("1201.421224", "1901.421224", 600), day=monday + timedelta(days=5))
    expected = {0: (1000, 1000), 1: (1000, 400), 2: (1000, 400), 3: (450, 450), 4: (450, 450), 5: (450, 450)}
    for step, (posted, available) in expected.items():
        found = balance_of(city, "1001", monday + timedelta(days=step))
        assert (found.balance_fen, found.available_fen) == (posted, available), step
    assert balance_of(city, "1001", monday - timedelta(days=1)).balance_fen == 0
    assert balance_of(city, "1901.421224", monday + timedelta(days=4)).balance_fen == 600
    assert balance_of(city, "1901.421224", monday + timedelta(days=5)).balance_fen == 0
    for step in range(6):
        check_against_trial(city, monday + timedelta(days=step))


def check_against_trial(city, day):
    """One account asked alone has the sums it has among all."""
    with city.transaction(SYSTEM) as conn:
        for row in ledger.trial_balance(conn, day).rows:
            alone = ledger.balance(conn, row.code, day)
            assert (alone.debit_fen, alone.credit_fen, alone.pending_debit_fen, alone.pending_credit_fen) == (
                row.debit_fen,
                row.credit_fen,
                row.pending_debit_fen,
                row.pending_credit_fen,
            ), row.code


def test_sums_of_days_that_are_over_stay_right_when_one_is_posted_to_late(city, heads, owner):
    monday = date(2026, 11, 16)
    days = [monday + timedelta(days=step) for step in range(5)]
    write(city, "k:0", take(1000), day=days[0])
    seal(city, days[0], heads)
    held = write(city, "k:1", Entry("1901.421224", "1001", 600, Phase.PENDING), day=days[1])
    pending = one(city, "SELECT transfer_id FROM money.transfer WHERE posting_id = %s", held)
    write(city, "k:2", Entry("1901.421224", "1001", 600, Phase.POST, pending), take(50), day=days[2])
    sum_days(city, days[3])
    assert summed(city) == days[1:3]
    for day in days:
        check_against_trial(city, day)
    late = write(city, "k:3", take(7), day=days[2])
    assert late > held
    assert summed(city) == days[1:2]
    sum_days(city, days[3])
    assert (summed(city), balance_of(city, "1001", days[4]).balance_fen) == (days[1:3], 457)
    for day in days:
        check_against_trial(city, day)
    assert broken(city, heads) == []
    seal(city, days[2], heads)
    sum_days(city, days[3])
    assert summed(city) == []
    write(city, "k:4", take(1), day=days[3])
    sum_days(city, days[3])
    owner.execute("UPDATE money.balance_over SET dr_fen = dr_fen + 1 WHERE account_id = 1")
    assert broken(city, heads) == [f"{days[3]} 1001"]


def sum_days(city, last):
    with city.transaction(SYSTEM) as conn:
        ledger.sum_days(conn, last)


def summed(city):
    """Return the days whose sums are kept."""
    return [row[0] for row in rows(city, "SELECT DISTINCT biz_date FROM money.balance_over ORDER BY 1")]


def test_a_balance_reads_its_own_transfers_by_index(city, heads):
    write(city, "k:1", *(take(fen) for fen in range(1, 4000)))
    seal(city, town.NOW.date(), heads)
    write(city, "k:2", *(take(fen) for fen in range(1, 200)), day=town.NOW.date() + timedelta(days=1))
    with city.transaction(SYSTEM) as conn:
        plan = conn.execute(
            "EXPLAIN SELECT sum(amount_fen) FROM money.transfer WHERE dr = 1 AND biz_date > '2026-11-24'"
            " AND biz_date <= '2026-11-26'"
        ).fetchall()
    assert "transfer_dr_idx" in str(plan)


def sealed_days(city, heads):
    days = [date(2026, 11, day) for day in (16, 17, 18)]
    for number, day in enumerate(days):
        write(city, f"k:{number}", take(100 + number), day=day)
        seal(city, day, heads)
    return days


def broken(city, heads):
    with city.transaction(SYSTEM) as conn:
        certificate = heads.certificates[0]
        return seals.broken_seals(conn, certificate=certificate) + seals.wrong_snapshots(conn)


def test_seals_are_one_signed_chain(city, heads):
    sealed_days(city, heads)
    assert broken(city, heads) == []
    assert one(city, "SELECT count(*) FROM money.day_seal WHERE prev_sha256 = %s", rules.ZERO_SHA256) == 1


TAMPERS = {
    "transfer": (
        "transfer",
        "UPDATE money.transfer SET amount_fen = 1 WHERE posting_id = 2",
        "2026-11-17 rows",
    ),
    "posting": ("posting", "UPDATE money.posting SET kind = 'x' WHERE posting_id = 2", "2026-11-17 rows"),
    "snapshot": (
        "balance_day",
        "UPDATE money.balance_day SET dr_fen = dr_fen + 1 WHERE account_id = 1 AND biz_date = '2026-11-17'",
        "2026-11-17 1001",
    ),
    "seal taken out": (
        "day_seal",
        "DELETE FROM money.day_seal WHERE biz_date = '2026-11-16'",
        "2026-11-17 chain",
    ),
    "signature": (
        "day_seal",
        "UPDATE money.day_seal SET signature = (SELECT signature FROM money.day_seal"
        " WHERE biz_date = '2026-11-16') WHERE biz_date = '2026-11-17'",
        "2026-11-17 signature",
    ),
}


@pytest.mark.parametrize("name", TAMPERS)
def test_what_a_thief_of_the_database_changes_is_found(city, heads, owner, name):
    sealed_days(city, heads)
    table, statement, found = TAMPERS[name]
    owner.execute(f"ALTER TABLE money.{table} DISABLE TRIGGER USER")
    owner.execute("ALTER TABLE money.balance_day DROP CONSTRAINT IF EXISTS balance_day_biz_date_fkey")
    owner.execute(statement)
    assert found in broken(city, heads)


def test_a_chain_made_anew_lacks_the_signature(city, heads, owner, tmp_path):
    sealed_days(city, heads)
    owner.execute("ALTER TABLE money.day_seal DISABLE TRIGGER USER")
    owner.execute("ALTER TABLE money.balance_day DISABLE TRIGGER USER")
    owner.execute("DELETE FROM money.balance_day")
    owner.execute("DELETE FROM money.day_seal")
    thief = signing.sandbox_signer(tmp_path / "thief", signing.HEADS_KEY)
    with city.transaction(SYSTEM) as conn:
        ledger.seal(conn, date(2026, 11, 18), sign=thief.sign, algorithm="x", by="x", now=town.NOW)
    assert broken(city, heads) == ["2026-11-18 signature"]
    assert broken(city, thief) == []


# ---------------------------------------------------------------- months


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
