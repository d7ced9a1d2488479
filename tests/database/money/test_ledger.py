"""The ledger: reversals, balances of any day, signed seals, months that close for good."""

from datetime import date, timedelta

import psycopg
import pytest

from data.access.records import SYSTEM
from data.documents import signing
from data.errors import NingtuError
from registry.ledger import rules, seals
from registry.ledger import service as ledger
from registry.ledger.errors import FundsShort, NotReversible
from registry.ledger.records import Entry, Phase
from tests.database.money.conftest import balance, one, rows
from tests.database.money.ledger_acts import balance_of, reverse, seal, take, write
from tests.database.registry import town


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
