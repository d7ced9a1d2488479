"""Rules of money that need no database."""

import hashlib
import hmac
import importlib.resources
import json
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from data.clock import SHANGHAI
from data.reference.records import ClearingHours
from data.signed_messages import sign
from registry.clearing import pain001, rules
from registry.clearing.errors import BankMessageBad, BeforeCutoff, DayInFuture
from registry.clearing.records import Item, Payout
from registry.payments import rules as payments
from registry.payments.errors import EventMalformed, SignatureBad
from registry.reconciliation import channel_files
from registry.reconciliation.errors import StatementUnreadable

DAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 17, 30, tzinfo=SHANGHAI)


@given(st.dates(date(2020, 1, 1), date(2099, 12, 31)), st.integers(0, 10**9 - 1))
def test_payment_codes_have_twenty_digits_and_a_check_digit(day, serial):
    code = payments.payment_code(day, serial)
    assert len(code) == 20
    assert payments.code_is_sound(code)


@given(st.integers(0, 10**9 - 1), st.integers(0, 19), st.integers(1, 9))
def test_any_single_wrong_digit_is_seen(serial, place, shift):
    code = payments.payment_code(DAY, serial)
    wrong = code[:place] + str((int(code[place]) + shift) % 10) + code[place + 1 :]
    assert not payments.code_is_sound(wrong)


def test_the_signature_is_hmac_sha256_over_time_and_body():
    header = sign("key", "demo", b'{"a":1}', at=1_700_000_000)
    digest = hmac.new(b"key", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()
    assert header == f"t=1700000000,kid=demo,v1={digest}"
    assert payments.authentic(header, {"demo": "key"}, b'{"a":1}').at == 1_700_000_000


@pytest.mark.parametrize("keys", [{}, {"demo": "other"}, {"old": "key"}, {"demo": ""}])
def test_other_keys_do_not_open(keys):
    header = sign("key", "demo", b"{}", at=1)
    with pytest.raises(SignatureBad):
        payments.authentic(header, keys, b"{}")


def test_an_unknown_key_is_not_the_empty_key():
    header = sign("", "ghost", b"{}", at=1)
    with pytest.raises(SignatureBad):
        payments.authentic(header, {"demo": "key"}, b"{}")


@pytest.mark.parametrize("header", [None, "", "t=1", "t=1,kid=demo,v1=zz", "t=-1,kid=demo,v1=" + "0" * 64])
def test_unreadable_headers(header):
    with pytest.raises(SignatureBad):
        payments.read_signature(header)


HOURS = ClearingHours(time(17, 30), time(21, 30))


def cut(now, *, run_now=False, day=DAY):
    return rules.cut(day, hours=HOURS, now=now, run_now=run_now)


# Both are no year of Python's in UTC: a list with such a row could not be read any more.
NO_INSTANT = ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-14:00"]


@pytest.mark.parametrize("at", NO_INSTANT)
def test_an_event_of_no_year_of_ours_is_malformed(at):
    body = {"channel_txn": "T1", "kind": "paid", "payment_code": "4212", "amount_fen": 1, "occurred_at": at}
    with pytest.raises(EventMalformed) as refused:
        payments.read_event("sandbox", json.dumps(body).encode(), {})
    assert refused.value.params["field"] == "occurred_at"


@pytest.mark.parametrize("at", NO_INSTANT)
def test_a_channel_statement_of_no_year_of_ours_is_refused(at):
    lines = [
        ",".join(channel_files.COLUMNS),
        f"sandbox,{at[:10]},T1,paid,4212,1,0,{at}",
        f"sandbox,{at[:10]},,TOTAL,,1,0,",
    ]
    with pytest.raises(StatementUnreadable):
        channel_files.read("\n".join(lines).encode())


def test_cuts_of_a_day():
    with pytest.raises(BeforeCutoff):
        cut(AT - timedelta(seconds=1))
    assert cut(AT) == AT
    assert cut(AT + timedelta(hours=3)) == AT
    assert cut(AT + timedelta(hours=4)) == datetime(2026, 11, 24, 21, 30, tzinfo=SHANGHAI)
    assert cut(AT - timedelta(hours=5), run_now=True) == AT - timedelta(hours=5)
    assert cut(AT + timedelta(days=1)).date() == DAY
    with pytest.raises(DayInFuture):
        cut(AT, day=DAY + timedelta(days=1), run_now=True)


def test_the_next_cut_is_todays_or_tomorrows_first():
    day = AT.replace(hour=0, minute=0)
    nexts = {
        10: AT,
        18: AT.replace(hour=21),
        22: AT + timedelta(days=1),
    }
    for hour, expected in nexts.items():
        assert rules.next_cut(day.replace(hour=hour), hours=HOURS) == expected
    assert rules.passed_cut(DAY, hours=HOURS, now=AT - timedelta(seconds=1)) is None
    assert rules.passed_cut(DAY, hours=HOURS, now=AT) == AT


def payout(fen=55_000, name="通山县财政局非税收入专户"):
    return Payout(
        msg_id=rules.message_id("421224", DAY, 1, kind="nontax", attempt=1),
        batch_id=1,
        county_code="421224",
        kind="nontax",
        attempt=1,
        amount_fen=fen,
        n_items=3,
        items_sha256=bytes(32),
        creditor_name=name,
        creditor_number="9900421224",
        creditor_bank="示例银行",
        creditor_cnaps="999442120011",
        debit_pending_id=1,
        owed_pending_id=2,
        file_sha256=None,
        state="planned",
        reason="",
        changed_at=AT,
        biz_date=DAY,
        seq=1,
        frozen_at=AT,
        execute_on=DAY,
    )


@pytest.fixture(scope="module")
def schema():
    folder = importlib.resources.files("sepaxml").joinpath("schemas")
    return etree.XMLSchema(etree.fromstring(folder.joinpath("pain.001.001.09.xsd").read_bytes()))


@pytest.mark.parametrize("fen", [1, 99, 100, 55_000, 10**13])
def test_messages_are_valid_and_read_back(schema, fen):
    message = pain001.write(payout(fen), rules.COLLECTION_ACCOUNT)
    schema.assertValid(etree.fromstring(message))
    read = pain001.read(message)
    assert (read.msg_id, read.amount_fen) == ("XN4212242026112401N1", fen)
    assert len(read.remittance) <= 140
    assert pain001.write(payout(fen), rules.COLLECTION_ACCOUNT) == message


def test_a_message_with_sums_that_differ_is_refused():
    message = pain001.write(payout(), rules.COLLECTION_ACCOUNT)
    with pytest.raises(BankMessageBad):
        pain001.read(message.replace(b"<CtrlSum>550.00", b"<CtrlSum>551.00", 1))
    for junk in (b"", b"<a/>", b"{}"):
        with pytest.raises(BankMessageBad):
            pain001.read(junk)


def item(line_id, county="421224", kind="nontax", fen=100, name="登记费"):
    return Item(line_id, county, kind, fen, f"O{line_id}", 1, "YW1", "452002", name, None, 7)


@given(st.permutations([item(1), item(2, "421281"), item(3, kind="tax"), item(4, fen=5)]))
def test_groups_and_hashes_do_not_depend_on_order(items):
    groups = rules.grouped(items)
    assert list(groups) == [("421224", "nontax"), ("421224", "tax"), ("421281", "nontax")]
    assert sum(one.amount_fen for group in groups.values() for one in group) == 305
    assert rules.items_sha256(items) == rules.items_sha256(sorted(items, key=lambda one: one.line_id))


def test_a_cell_is_no_formula():
    assert b"'=HYPERLINK" in rules.items_csv([item(1, name='=HYPERLINK("x")')])
