"""Each check of ``./ningtu money verify`` sees what it is for: the books are broken by hand, one way each."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from data.access.records import SYSTEM
from data.documents import signing
from data.documents.archive import Archive
from registry.clearing import assertions
from registry.clearing.files import PayoutFiles
from registry.clearing.sandbox_bank import SandboxBank
from registry.clearing.service import Clearing
from registry.receipts.bureau import SandboxBureau
from registry.receipts.issuing import BillOffice
from registry.receipts.keys import sandbox_keys
from registry.reconciliation import store
from registry.reconciliation.invariants import verify
from tests.database.money.conftest import FINANCE_CITY, Payer, StandingClock, new_order
from tests.database.money.dispute_acts import NEIGHBOUR, ruled
from tests.database.registry import town

OTHER = "(SELECT account_id FROM money.account WHERE code = '{}')"
# What is done to the books by hand, and the check that must see it.
BREAKS = {
    "I1": "UPDATE money.transfer SET amount_fen = amount_fen + 1 WHERE line_id IS NOT NULL",
    "I1b": "WITH s AS (INSERT INTO money.day_seal SELECT '2026-11-23', 0, sha256(''), sha256(''), '', '', '',"
    " now()) INSERT INTO money.balance_day SELECT account_id, '2026-11-23', 5, 0, 0, 0 FROM money.account"
    " WHERE code = '5001'",
    "I3": "UPDATE money.channel_event SET channel_txn = 'T0'",
    "I4": f"UPDATE money.transfer SET cr = {OTHER.format('5001')} WHERE line_id IS NOT NULL",
    "I4c": f"UPDATE money.transfer SET cr = {OTHER.format('2101.421222')} WHERE line_id IS NOT NULL"
    " AND dr = (SELECT account_id FROM money.account WHERE code = '1101.sandbox')",
    "I4d": "UPDATE money.dispute SET amount_fen = amount_fen - 1",
    "I5": f"UPDATE money.transfer SET dr = {OTHER.format('5001')}, cr = {OTHER.format('1001')}"
    " WHERE line_id IS NULL AND phase = 'FINAL'",
    "I6": "UPDATE money.payout SET amount_fen = amount_fen - 1",
    "I6b": "UPDATE money.batch_item SET county_code = '421222'",
    "I7": "UPDATE money.sandbox_bank_order SET executions = 2",
    "I8": "UPDATE money.payout SET state = 'settled'",
    "I9": "UPDATE money.payout SET state = 'confirmed'",
    "I10": "UPDATE money.bill_pool SET next = next + 1",
    "I11": "UPDATE money.bill SET state = 'void' WHERE number = '0000000001'",
    "I12": "UPDATE money.bill SET kind = 'red', red_of = 'x-1', amount_fen = -amount_fen"
    " WHERE number = '0000000001'",
    "I13": "UPDATE money.order_line SET county_code = '421222'",
    "I13b": "DELETE FROM spatial.county_confirmation",
    "I15": "UPDATE money.order_line SET kind = 'tax'",
    "I16": "UPDATE money.payment_order SET state = 'issued'",
    "I16b": "UPDATE money.payment_order SET amount_fen = amount_fen + 1",
    "I16c": "UPDATE money.dispute SET state = 'held'",
    "I18": "UPDATE money.payout SET state = 'rejected'",
}
# Seals, months, heads and what is overdue have files of their own: test_ledger, test_heads, test_assertions.
ELSEWHERE = {"I2", "I2b", "I14", "H1"}


@pytest.fixture(scope="module")
def broken_in(module_db, superuser_url, tmp_path_factory):
    """A city with a payout on its way and a line in dispute; returns what checks see after a statement."""
    folder = tmp_path_factory.mktemp("verify")
    with module_db.transaction(SYSTEM) as conn:
        town.build(conn)
    clock = StandingClock()
    payer = Payer(module_db, clock)
    office = BillOffice(
        module_db,
        sandbox_keys(folder / "keys"),
        SandboxBureau(),
        Archive(folder / "files"),
        "http://localhost",
    )
    signer = signing.sandbox_signer(folder / "keys", signing.HEADS_KEY)
    bank = SandboxBank(module_db, clock, "hold")
    clearing = Clearing(module_db, clock, bank, PayoutFiles(folder / "payouts"), signer)
    for number, unit in enumerate((town.BARE, NEIGHBOUR)):
        order = new_order(module_db, unit, (town.LI, town.WANG)[number])
        payer.pay(order, txn=f"T{number}")
        office.issue_for_order(order.head.order_no, now=town.NOW)
        if unit == town.BARE:
            clearing.close_day(FINANCE_CITY, town.NOW.date(), run_now=True)
    ruled(module_db, order)
    with module_db.transaction(SYSTEM) as conn:
        conn.execute("UPDATE registry.job SET state = 'done'")
    name = conninfo_to_dict(module_db.url)["dbname"]

    def after(statement):
        with psycopg.connect(superuser_url, dbname=name) as conn:
            conn.execute("SET session_replication_role = replica")
            done = conn.execute(statement).rowcount if statement else 1
            checks = [(found.id, found.breaches) for found in assertions.run(conn)]
            checks += [(name, found) for name, _, found in store.invariants(conn)]
            conn.rollback()
        assert done, "the statement changes nothing"
        return {name for name, breaches in checks if breaches}

    return after


def test_sound_books_break_nothing(broken_in):
    assert broken_in("") == set()


@pytest.mark.parametrize("name", BREAKS)
def test_a_check_sees_what_it_is_for(broken_in, name):
    assert name in broken_in(BREAKS[name])


def test_no_check_is_left_out(module_db, broken_in):
    assert {check.id for check in verify(module_db)} == BREAKS.keys() | ELSEWHERE
