"""SIGKILL before every step of runs with rulings, red bills, corrections and the close of a month."""

from datetime import date, datetime

import pytest

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from registry.ledger import service as ledger
from registry.ledger.rules import last_day
from registry.receipts import correcting, store_corrections
from registry.receipts.rebilling import rebill
from registry.reconciliation import months
from tests.database.money import test_disputes as disputes
from tests.database.money.conftest import FINANCE_CITY, approved, balance, new_order, one, rows
from tests.database.money.dispute_acts import NEIGHBOUR, OTHER, OWN, paid_out
from tests.database.money.dying import Desk, kill_before_every_step
from tests.database.money.test_bill_corrections import OTHER as SECOND_OF_CITY
from tests.database.money.test_bill_corrections import ask
from tests.database.money.test_bill_crashes import GAPS
from tests.database.registry import town

NOVEMBER = date(2026, 11, 1)
DECEMBER_FIRST = datetime(2026, 12, 1, 9, 0, tzinfo=SHANGHAI)
TODAY = town.NOW.date()
EVERY_STEP = pytest.mark.parametrize(
    "every", [False, pytest.param(True, marks=pytest.mark.long)], ids=["ends", "statements"]
)
BILLS = "SELECT kind, county_code, amount_fen, state FROM money.bill ORDER BY number, county_code"


@pytest.fixture
def folder(tmp_path, keys_folder):
    """The folder in which office and clearing have keys and files, here and in the processes that die."""
    assert keys_folder == tmp_path / "keys"
    return tmp_path


def close(desk):
    desk.clearing.close_day(FINANCE_CITY, TODAY, run_now=True)


def frozen_again(db):
    return one(db, "SELECT count(*) FROM money.batch") == 2


@EVERY_STEP
def test_a_run_that_carries_rulings_out_is_frozen_whole(city, order, payer, folder, books, every):
    """One ruling of a line that was cleared, one of a line that was not: their money moves once, together."""
    payer.pay(order)
    close(Desk(city, folder, town.NOW))
    rulings = [disputes.ruled(city, order)]
    waiting = new_order(city, NEIGHBOUR, town.WANG)
    payer.pay(waiting, txn="T2")
    rulings.append(disputes.ruled(city, waiting))
    disputes.lay(city, payer, 1, fee=60_000, tax=1_000)
    killed = kill_before_every_step(close, city, folder, town.NOW, until=frozen_again, statements=every)
    assert killed >= 8
    assert [disputes.dispute(city, no).head.state for no in rulings] == ["adjusted"] * 2
    close(Desk(city, folder, town.NOW))
    assert paid_out(city) == {
        f"{OWN} nontax": 55_000 + 60_000 - 55_000,
        f"{OWN} tax": 1_000,
        f"{OTHER} nontax": 2 * 55_000,
    }
    kinds = dict(rows(city, "SELECT kind, count(*) FROM money.posting GROUP BY 1"))
    assert (kinds["dispute_hold"], kinds["dispute_offset"], kinds["dispute_ruling"]) == (1, 1, 2)
    assert balance(city, f"2401.{OWN}") == 0
    assert one(city, "SELECT count(*) FROM registry.job WHERE kind = 'dispute_adjusted'") == 2
    assert set(books()) <= {"I11"}


def correct(desk, correction_id):
    """Decide a correction; what was decided before is signed, as the round of bills without files does."""
    with desk.db.transaction(SYSTEM) as conn:
        asked = store_corrections.fetch(conn, correction_id)
    if asked.state == "requested":
        correcting.decide(desk.office, SECOND_OF_CITY, correction_id, approve=True, comment="", now=desk.now)
    else:
        order_no = one(desk.db, "SELECT order_no FROM money.bill WHERE number = %s", asked.number)
        desk.office.issue_for_order(order_no, now=desk.now)


@EVERY_STEP
def test_a_correction_has_both_its_bills_or_none(city, office, bill, folder, books, every):
    asked = ask(office, bill)
    killed = kill_before_every_step(correct, city, folder, town.NOW, asked.correction_id, statements=every)
    assert killed >= 10
    fen = bill.amount_fen
    assert rows(city, BILLS) == [
        ("blue", OWN, fen, "signed"),
        ("red", OWN, -fen, "signed"),
        ("blue", OWN, fen, "signed"),
    ]
    assert rows(city, GAPS) == []
    assert books() == {}


def bill_anew(desk, dispute_no):
    rebill(desk.office, dispute_no, now=desk.now)


@EVERY_STEP
def test_the_bills_of_a_ruling_are_numbered_together(city, bill, order, folder, books, every):
    dispute_no = disputes.ruled(city, order)
    close(Desk(city, folder, town.NOW))
    together = (
        "SELECT count(*) FILTER (WHERE kind = 'red'), count(*) FILTER (WHERE kind = 'blue') FROM money.bill"
        " WHERE dispute_no IS NOT NULL"
    )
    killed = kill_before_every_step(
        bill_anew, city, folder, town.NOW, dispute_no, whole=together, statements=every
    )
    assert killed >= 10
    fen = bill.amount_fen
    assert sorted(rows(city, BILLS)) == [
        ("blue", OWN, fen, "signed"),
        ("blue", OTHER, fen, "signed"),
        ("red", OWN, -fen, "signed"),
    ]
    assert rows(city, GAPS) == []
    assert books() == {}


def give_back(desk, refund_no):
    desk.refunding.advance(refund_no, now=desk.now)


@EVERY_STEP
def test_a_refund_reverses_its_bill_and_pays_once(city, bill, order, folder, books, every):
    refund_no = approved(city, order)
    together = (
        "SELECT (SELECT count(*) FROM money.posting WHERE kind = 'refund'),"
        " (SELECT count(*) FROM money.refund r JOIN money.payment_order o USING (order_no)"
        "  WHERE r.state = 'done' AND o.state = 'refunded')"
    )
    killed = kill_before_every_step(
        give_back, city, folder, town.NOW, refund_no, whole=together, statements=every
    )
    assert killed >= 10
    fen = bill.amount_fen
    assert rows(city, BILLS) == [
        ("blue", OWN, fen, "signed"),
        ("red", OWN, -fen, "signed"),
    ]
    assert one(city, "SELECT count(*) FROM money.posting WHERE kind = 'refund'") == 1
    assert books() == {}


def close_month(desk, month):
    """Begin, seal the last day, close: as a person does who begins again after each crash."""
    last = last_day(month)
    months.close_month(desk.db, FINANCE_CITY, month, signer=desk.signer, now=desk.now)
    with desk.db.transaction(SYSTEM) as conn:
        if not ledger.is_sealed(conn, last):
            sign, algorithm = desk.signer.sign, desk.signer.algorithm
            ledger.seal(conn, last, sign=sign, algorithm=algorithm, by="t", now=desk.now)
    assert (
        months.close_month(desk.db, FINANCE_CITY, month, signer=desk.signer, now=desk.now).state == "closed"
    )


@EVERY_STEP
def test_a_month_is_begun_sealed_and_closed_once(city, bill, folder, books, every):
    """Each of the three is whole or was not; what stands in between is gone on with."""
    close(Desk(city, folder, town.NOW))
    killed = kill_before_every_step(close_month, city, folder, DECEMBER_FIRST, NOVEMBER, statements=every)
    assert killed >= 10
    assert rows(city, "SELECT month, state FROM money.period") == [(NOVEMBER, "closed")]
    assert one(city, "SELECT count(*) FROM money.day_seal") == 1
    acts = "SELECT action FROM registry.audit WHERE action LIKE 'month.%%' ORDER BY 1"
    assert rows(city, acts) == [("month.begin_close",), ("month.close",)]
    assert books() == {}
