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
from tests.database.money.conftest import FINANCE_CITY, Payer, StandingClock, ask_refund, new_order
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
    "I16d": "UPDATE money.refund SET amount_fen = amount_fen - 1",
    "I18": "UPDATE money.payout SET state = 'rejected'",
}
UNCLEARED = "line_id NOT IN (SELECT line_id FROM money.batch_item)"
# Checks that compare several things: the check, what it names, and what is done to the books by hand.
PARTS = {
    "a payout of another number of items": ("I6", "XN", "UPDATE money.payout SET n_items = n_items + 1"),
    "items without a payout": ("I6", ":421224:nontax", "DELETE FROM money.payout"),
    "a batch item of another amount": ("I6b", "", "UPDATE money.batch_item SET amount_fen = amount_fen + 1"),
    "a batch item of another kind": ("I6b", "", "UPDATE money.batch_item SET kind = 'tax'"),
    "the bank has another amount": (
        "I7",
        "XN",
        "UPDATE money.sandbox_bank_order SET amount_fen = amount_fen + 1",
    ),
    "the bank has what we do not": ("I7", "XN0", "UPDATE money.sandbox_bank_order SET msg_id = 'XN0'"),
    "a credit without a settled payout": (
        "I8",
        "XN",
        "UPDATE money.posting SET kind = 'county_credit' WHERE kind = 'freeze'",
    ),
    "what is owed is resolved early": (
        "I9",
        "XN",
        "INSERT INTO money.transfer OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(t,"
        " jsonb_build_object('transfer_id', 999, 'seq', 3, 'n_rows', 3, 'phase', 'POST',"
        " 'pending_id', t.transfer_id))).*"
        " FROM money.transfer t JOIN money.payout ON owed_pending_id = transfer_id",
    ),
    "a void bill without a reason": (
        "I10",
        "42060126-0000000001",
        "UPDATE money.bill SET state = 'void' WHERE number = '0000000001'",
    ),
    "a number that was skipped": (
        "I10",
        " of ",
        "UPDATE money.bill SET number = lpad((number::bigint + 7)::text, 10, '0')",
    ),
    "a bill of less than was paid": (
        "I11",
        "O2026",
        "UPDATE money.bill_line SET amount_fen = amount_fen - 1",
    ),
    "a refund that left before its red bill": (
        "I12",
        "RO",
        "UPDATE money.refund SET state = 'paying', decided_by = 'x'",
    ),
    "a refund done without its posting": (
        "I12",
        "RO",
        "UPDATE money.refund SET state = 'done', decided_by = 'x'",
    ),
    "a refund posted and not done": (
        "I12",
        "RO",
        "UPDATE money.posting SET key = (SELECT 'rfd:' || refund_no FROM money.refund) WHERE kind = 'freeze'",
    ),
    "suspense that went back without its posting": (
        "I12",
        "RO",
        "UPDATE money.refund SET state = 'done', decided_by = 'x', suspended_id = 1, order_no = NULL",
    ),
    "a payout of taxes with a fee in it": ("I15", "", "UPDATE money.batch_item SET kind = 'tax'"),
    "a ruling on a fee paid with taxes": (
        "I15",
        "DO",
        "INSERT INTO money.batch_adjustment SELECT batch_id, dispute_no, ruled_county, 'tax', 1"
        " FROM money.batch, money.dispute",
    ),
    "a transfer of a tax on an account of fees": (
        "I15",
        "",
        f"UPDATE money.order_line SET kind = 'tax' WHERE {UNCLEARED}",
    ),
    "a transfer of a fee on an account of taxes": (
        "I15",
        "",
        f"UPDATE money.transfer SET cr = {OTHER.format('2102.421224')} WHERE {UNCLEARED}",
    ),
    "a ruling whose decision is of another county": (
        "I13b",
        "DO",
        "UPDATE money.dispute SET ruled_county = '421222'",
    ),
    "a ruling whose decision supersedes none": (
        "I13b",
        "DO",
        "UPDATE spatial.county_decision SET supersedes = NULL",
    ),
    "suspense without a difference": (
        "I18",
        "pay:",
        "UPDATE money.posting SET kind = 'suspend' WHERE kind = 'pay'",
    ),
    "a contradiction without a difference": (
        "I18",
        "event ",
        "INSERT INTO money.event_result"
        " SELECT event_id, 'conflict', 'x', NULL, now() FROM money.channel_event",
    ),
    "a report that does not fit without a difference": (
        "I18",
        "XN0",
        "INSERT INTO money.bank_report (message_id, seq, msg_id, state, result)"
        " VALUES (999, 1, 'XN0', 'debited', 'break')",
    ),
    "a line that goes back for more than it is": (
        "I16d",
        ":1",
        "UPDATE money.refund_line SET amount_fen = amount_fen * 2",
    ),
    "suspense that goes back for another amount": (
        "I16d",
        "RO",
        "UPDATE money.refund SET suspended_id = 1, order_no = NULL, amount_fen = amount_fen - 1",
    ),
}
# Seals, months, heads and what is overdue have files of their own: test_ledger, test_heads, test_assertions.
ELSEWHERE = {"I2", "I2b", "I14", "H1"}


@pytest.fixture(scope="module")
def broken_in(module_db, superuser_url, tmp_path_factory):
    """A city with a payout on its way, a line in dispute and a refund that is asked for.

    Returns what checks see after a statement: breaches by check.
    """
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
            ask_refund(module_db, order)
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
        return {name: breaches for name, breaches in checks if breaches}

    return after


def test_sound_books_break_nothing(broken_in):
    assert broken_in("") == {}


@pytest.mark.parametrize("name", BREAKS)
def test_a_check_sees_what_it_is_for(broken_in, name):
    assert name in broken_in(BREAKS[name])


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_a_check_sees_what_it_is_for(broken_in, part):
    name, named, statement = PARTS[part]
    assert [breach for breach in broken_in(statement).get(name, ()) if named in breach]


def test_no_check_is_left_out(module_db, broken_in):
    assert {check.id for check in verify(module_db)} == BREAKS.keys() | ELSEWHERE
