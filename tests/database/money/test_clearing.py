"""From arrived money to the counties' accounts: states, crashes, rejections, seals."""

import hashlib
import importlib.resources
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from lxml import etree

from data.access.records import SYSTEM, Actor
from data.clock import SHANGHAI
from data.errors import NingtuError
from registry.clearing import days, pain001, rules, sheet, store
from registry.clearing.errors import BeforeCutoff, CloseRunning, DayInFuture, NotYourCounty, SealRefused
from registry.ledger import service as ledger
from registry.payments.errors import RefundWaitsForClearing
from tests.database.money.conftest import FINANCE_CITY, approved, balance, one, rows, state_of, with_mode
from tests.database.registry import town

TODAY = town.NOW.date()
COUNTIES = rules.COUNTIES


def day(db, actor=FINANCE_CITY):
    with db.transaction(SYSTEM) as conn:
        return days.day_of_books(conn, actor, TODAY, now=town.NOW)


def row_of(found, county, kind="nontax"):
    return next(row for row in found.rows if (row.county_code, row.kind) == (county, kind))


def test_the_money_reaches_the_county_the_same_day(city, paid, clearing, books):
    result = clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    assert result.state == "done"
    found = row_of(day(city), "421224")
    assert (found.paid_fen, found.arrived_fen, found.cleared_fen, found.confirmed_fen) == (55_000,) * 4
    assert state_of(city, paid) == "cleared"
    assert balance(city, "1201.421224") == 55_000
    assert (balance(city, "1001"), balance(city, "1901.421224"), balance(city, "2101.421224")) == (0, 0, 0)
    assert books() == {}


def test_the_message_is_valid_pain_001(paid, clearing):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    message = clearing.payout_file("XN4212242026112401N1")
    schema = importlib.resources.files("sepaxml").joinpath("schemas", "pain.001.001.09.xsd").read_bytes()
    etree.XMLSchema(etree.fromstring(schema)).assertValid(etree.fromstring(message))
    read = pain001.read(message)
    assert (read.amount_fen, read.creditor_number) == (55_000, one_account(clearing.db))
    listed = clearing.payout_items("XN4212242026112401N1")
    assert read.remittance.endswith(hashlib.sha256(listed).hexdigest())


def one_account(db):
    return one(db, "SELECT number FROM ref.county_account WHERE county_code = '421224' AND kind = 'nontax'")


def test_a_lost_file_is_made_again_byte_for_byte(city, paid, clearing):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    message = clearing.payout_file("XN4212242026112401N1")
    (clearing.files.folder / "XN4212242026112401N1.xml").unlink()
    assert clearing.payout_file("XN4212242026112401N1") == message
    assert hashlib.sha256(message).digest() == one(city, "SELECT file_sha256 FROM money.payout")


def test_every_county_reports_also_zero(city, paid, clearing):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    found = day(city)
    assert len(found.rows) == 12
    assert row_of(found, "421281").cleared_fen == 0
    assert row_of(found, "421281").payout_msg_id is None
    assert found.total("cleared_fen") == 55_000


def test_closing_twice_pays_once(city, paid, clearing, books):
    first = clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    second = clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    assert (len(first.frozen), second.frozen) == (1, ())
    assert one(city, "SELECT sum(submissions) FROM money.sandbox_bank_order") == 1
    assert books() == {}


def test_later_payments_belong_to_the_next_run(city, paid, clearing, payer, books):
    from tests.database.money.conftest import new_order

    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    payer.pay(new_order(city, town.SECOND_LAND + "W00000000", town.WANG), txn="T5")
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    ids = [row[0] for row in rows(city, "SELECT msg_id FROM money.payout ORDER BY msg_id")]
    assert ids == ["XN4212242026112401N1", "XN4212242026112402N1"]
    assert row_of(day(city), "421224").cleared_fen == 110_000
    assert {key: value for key, value in books().items() if key != "I11"} == {}


def test_cutoff_rule(city, paid, clearing, clock):
    with pytest.raises(BeforeCutoff):
        clearing.close_day(FINANCE_CITY, TODAY)
    with pytest.raises(DayInFuture):
        clearing.close_day(FINANCE_CITY, TODAY + timedelta(days=1), run_now=True)
    clock.at = datetime(2026, 11, 24, 17, 31, tzinfo=SHANGHAI)
    assert clearing.close_day(FINANCE_CITY, TODAY).state == "done"


def test_money_that_has_not_arrived_stays(city, order, payer, clearing):
    payer.arrive = False
    payer.pay(order)
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    found = row_of(day(city), "421224")
    assert (found.paid_fen, found.arrived_fen, found.cleared_fen) == (55_000, 0, 0)
    assert state_of(city, order) == "paid"


def test_a_rejected_payout_is_voided_and_tried_again(city, paid, clearing, books):
    assert with_mode(clearing, "reject").close_day(FINANCE_CITY, TODAY, run_now=True).state == "frozen"
    assert balance(city, "1001") == 55_000
    assert one(city, "SELECT type FROM money.break") == "PAYOUT_REJECTED"
    assert clearing.close_day(FINANCE_CITY, TODAY, run_now=True).state == "done"
    states = rows(city, "SELECT msg_id, state FROM money.payout ORDER BY attempt")
    assert states == [("XN4212242026112401N1", "rejected"), ("XN4212242026112401N2", "settled")]
    assert balance(city, "1201.421224") == 55_000
    assert books() == {}


def test_a_silent_bank_is_asked_before_anything_is_sent_again(city, paid, clearing, books):
    silent = with_mode(clearing, "silent")
    assert silent.close_day(FINANCE_CITY, TODAY, run_now=True).state == "sent"
    # The answer was lost; the bank's own report says that it has the message.
    assert one(city, "SELECT state FROM money.payout") == "acked"
    silent.close_day(FINANCE_CITY, TODAY, run_now=True)
    silent.bank.advance("XN4212242026112401N1", "credited")
    assert silent.close_day(FINANCE_CITY, TODAY, run_now=True).state == "done"
    assert one(city, "SELECT submissions FROM money.sandbox_bank_order") == 1
    assert books() == {}


def test_a_holding_bank_confirms_step_by_step(city, paid, clearing, books):
    hold = with_mode(clearing, "hold")
    assert hold.close_day(FINANCE_CITY, TODAY, run_now=True).state == "sent"
    hold.bank.advance("XN4212242026112401N1", "debited")
    assert hold.close_day(FINANCE_CITY, TODAY, run_now=True).state == "confirmed"
    assert (balance(city, "1901.421224"), balance(city, "2101.421224")) == (55_000, -55_000)
    hold.bank.advance("XN4212242026112401N1", "credited")
    assert hold.close_day(FINANCE_CITY, TODAY, run_now=True).state == "done"
    assert books() == {}


@pytest.mark.parametrize("mode", ["hold", "silent"])
def test_what_was_held_is_paid_when_the_bank_goes_on(city, paid, clearing, books, mode):
    assert with_mode(clearing, mode).close_day(FINANCE_CITY, TODAY, run_now=True).state == "sent"
    assert clearing.close_day(FINANCE_CITY, TODAY, run_now=True).state == "done"
    assert one(city, "SELECT submissions FROM money.sandbox_bank_order") == 1
    assert books() == {}


def test_a_frozen_order_cannot_be_refunded(city, paid, clearing):
    with_mode(clearing, "hold").close_day(FINANCE_CITY, TODAY, run_now=True)
    with pytest.raises(RefundWaitsForClearing):
        approved(city, paid)


def county_actor(code):
    return Actor(5, f"finance_{code}", "f", frozenset({"finance_county"}), f"office{code}", code)


def test_the_signatures_of_both_sides_seal_the_day(city, paid, clearing, heads, payer):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    with pytest.raises(SealRefused) as caught:
        days.seal_day(city, FINANCE_CITY, TODAY, signer=heads, now=town.NOW)
    assert caught.value.params["reasons"] == ["unsigned"]
    for code in COUNTIES:
        found = days.sign_day(city, county_actor(code), TODAY, code, signer=heads, now=town.NOW)
    assert found.seal is None
    found = days.sign_day(city, FINANCE_CITY, TODAY, rules.CITY_CODE, signer=heads, now=town.NOW)
    assert found.seal is not None
    with city.transaction(SYSTEM) as conn:
        assert ledger.biz_day(conn, town.NOW) == TODAY + timedelta(days=1)
        assert ledger.seal_holds(conn, found.seal)
        assert ledger.trial_balance(conn, TODAY).difference_fen == 0
    assert balance(city, "1201.421224") == 55_000
    from tests.database.money.conftest import new_order

    assert payer.pay(new_order(city, town.SECOND_LAND + "W00000000", town.WANG), txn="T8") == "accepted"
    assert one(city, "SELECT max(biz_date) FROM money.posting") == TODAY + timedelta(days=1)


def test_a_county_sees_whether_the_city_has_signed(city, paid, clearing, heads):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    days.sign_day(city, FINANCE_CITY, TODAY, rules.CITY_CODE, signer=heads, now=town.NOW)
    seen = day(city, county_actor("421224")).signatures
    assert [(sign.county_code, sign.signed_by) for sign in seen] == [(rules.CITY_CODE, "finance_city")]
    with pytest.raises(NotYourCounty):
        days.sign_day(city, county_actor("421224"), TODAY, rules.CITY_CODE, signer=heads, now=town.NOW)


def test_only_the_county_signs_its_sheet(city, paid, clearing, heads):
    with pytest.raises(NotYourCounty):
        days.sign_day(city, county_actor("421281"), TODAY, "421224", signer=heads, now=town.NOW)


def test_a_close_that_waits_too_long_is_told(city, paid, clearing):
    with city.locked(f"close:{TODAY}"), pytest.raises(CloseRunning):
        replace(clearing, wait_s=0).close_day(FINANCE_CITY, TODAY, run_now=True)
    with city.locked(f"close:{TODAY}"), city.locked(f"close:{TODAY}", wait_s=1) as got:
        assert not got


def test_a_signature_falls_when_figures_change(city, paid, clearing, heads):
    days.sign_day(city, county_actor("421224"), TODAY, "421224", signer=heads, now=town.NOW)
    assert len(day(city).signatures) == 1
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    assert len(day(city).signatures) == 0


def test_a_county_sees_its_own_rows(city, paid, clearing):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    assert {row.county_code for row in day(city, county_actor("421281")).rows} == {"421281"}
    assert day(city, county_actor("421281")).total("cleared_fen") == 0
    assert day(city, county_actor("421224")).total("cleared_fen") == 55_000


def test_day_sheet_as_print_and_workbook(city, paid, clearing):
    import io

    from openpyxl import load_workbook
    from pypdf import PdfReader

    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    found = day(city)
    names = {"421224": "通山县"}
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(sheet.sheet_pdf(found, names))).pages)
    assert "通山县" in text
    assert "550.00" in text
    assert "2026-11-24 10:00:00" in text
    book = load_workbook(io.BytesIO(sheet.sheet_xlsx(found, names))).active
    cells = [[cell.value for cell in line] for line in book]
    assert (cells[1][0], cells[1][4]) == ("数据截至 2026-11-24 10:00", "单位：元")
    row = next(line for line in cells if line[0] == "421224" and line[2] == "非税")
    assert row[3:10] == [550, 550, 550, 550, 550, 0, 0]
    assert cells[-1][3:10] == row[3:10]
    assert {cell.number_format for cell in book[4][3:10]} == {"#,##0.00"}


def test_two_closers_at_once_are_one(city, paid, clearing):
    from concurrent.futures import ThreadPoolExecutor

    def close(_):
        try:
            return replace(clearing, wait_s=600).close_day(FINANCE_CITY, TODAY, run_now=True).state
        except NingtuError as error:
            return error.error_code

    with ThreadPoolExecutor(4) as pool:
        results = set(pool.map(close, range(4)))
    assert results == {"done"}
    assert one(city, "SELECT count(*) FROM money.payout") == 1
    with city.transaction(SYSTEM) as conn:
        assert store.unfinished(conn) == []
