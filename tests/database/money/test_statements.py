"""Statements that are broken, cut, doubled, out of order or hostile: all or nothing is kept."""

from datetime import datetime, timedelta

import pytest

from data.access.records import SYSTEM
from data.clock import SHANGHAI
from registry.clearing.errors import NotYourCounty
from registry.clearing.rules import COLLECTION_ACCOUNT
from registry.payments import store_sandbox_book
from registry.payments.records import SandboxPayment
from registry.reconciliation import bank_files, channel_files, statements
from registry.reconciliation.errors import StatementAccountUnknown, StatementKnown, StatementUnreadable
from tests.database.money.conftest import FINANCE_CITY, balance, give_back, one, rows
from tests.database.money.four_books import bank_csv, channel_csv
from tests.database.money.test_clearing import county_actor
from tests.database.money.test_refunds import return_of_county
from tests.database.registry import town

TODAY = town.NOW.date()
ACCOUNT = COLLECTION_ACCOUNT.number
BOMB = (
    '<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">'
    '<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
    "<BkToCstmrStmt><Stmt><Id>&x;</Id><Acct><Id><Othr><Id>&b;</Id></Othr></Id></Acct></Stmt></BkToCstmrStmt>"
    "</Document>"
)
CAMT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>C1</Id>
<Acct><Id><Othr><Id>1</Id></Othr></Id></Acct><Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>
<BookgDt><Dt>2026-11-24</Dt></BookgDt></Ntry></Stmt></BkToCstmrStmt></Document>"""


def statement(*entries, opening=0, seq=1, day=TODAY, closing=None):
    closing = opening + sum(fen for fen, _ in entries) if closing is None else closing
    return bank_csv(ACCOUNT, day, list(entries), opening=opening, closing=closing, seq=seq)


def load(db, raw, actor=FINANCE_CITY, now=town.NOW):
    call = statements.load_channel if statements.is_channel_file(raw) else statements.load
    return call(db, actor, raw, now=now)


def kept(db):
    names = ("statement", "statement_entry", "channel_statement", "channel_statement_line", "break")
    return [one(db, f"SELECT count(*) FROM money.{name}") for name in names]


def channel_file(*txns, day=TODAY, at=town.NOW, fen=55_000):
    return channel_csv(day, [(txn, "0", fen, 0, at) for txn in txns])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_with_entities_is_not_read(encoding):
    raw = BOMB.format(encoding=encoding).encode(encoding)
    with pytest.raises(StatementUnreadable):
        bank_files.read(raw)


@pytest.mark.parametrize(
    ("amount", "sign"),
    [
        ("0.999", "CRDT"),
        ("-5.00", "CRDT"),
        ("5,00", "CRDT"),
        ("1e3", "CRDT"),
        ("5.00", "BOTH"),
        ("0", "CRDT"),
    ],
)
def test_an_amount_that_is_none_is_not_guessed(amount, sign):
    assert bank_files.read(CAMT.format(amount="5.00", sign="DBIT").encode()).entries[0].amount_fen == -500
    with pytest.raises(StatementUnreadable):
        bank_files.read(CAMT.format(amount=amount, sign=sign).encode())


def whole_or_refused(raw):
    """Tell whether a file is read and adds up."""
    try:
        found = (channel_files if statements.is_channel_file(raw) else bank_files).read(raw)
    except StatementUnreadable:
        return False
    return getattr(found, "gap_fen", 0) == 0


def test_a_file_cut_anywhere_is_refused_or_whole(city):
    for raw in (statement((5, "A"), (7, "B")), channel_file("T1", "T2")):
        whole = raw.count(b"\n")
        for end in range(1, len(raw) - 1):
            cut = raw[:end]
            # What is left out of a cut last balance is only its empty columns.
            if cut.count(b"\n") == whole and cut.rstrip(b",") in raw and cut.endswith(b","):
                continue
            assert not whole_or_refused(cut), f"cut at {end}: {cut[-40:]!r}"
    assert kept(city) == [0, 0, 0, 0, 0]


def test_a_doubled_statement_is_refused_and_leaves_nothing(city):
    first = load(city, statement((5, "GIFT")))
    before = kept(city)
    assert load(city, statement((5, "GIFT"))).statement_id == first.statement_id
    with pytest.raises(StatementKnown):
        load(city, statement((6, "GIFT")))
    assert kept(city) == before
    load(city, channel_file("T1"))
    before = kept(city)
    with pytest.raises(StatementKnown):
        load(city, channel_file("T2"))
    with pytest.raises(StatementUnreadable):
        load(city, channel_file("T3", "T3", day=TODAY + timedelta(days=1), at=town.NOW + timedelta(days=1)))
    assert kept(city) == before


def test_a_hole_and_a_wrong_opening_are_differences(city):
    load(city, statement(opening=100, seq=1, day=TODAY - timedelta(days=2)))
    assert load(city, statement(opening=100, seq=2, day=TODAY - timedelta(days=1))).breaks == 0
    assert load(city, statement(opening=90, seq=4)).breaks == 1
    ((kind, detail),) = rows(city, "SELECT type, detail FROM money.break")
    assert (kind, detail["chain_gap_fen"], detail["missing"]) == ("K8", -10, 1)


def test_money_arrives_only_by_a_statement_that_adds_up(city, order, payer):
    payer.arrive = False
    payer.pay(order)
    settled = (55_000, f"SETTLE:sandbox:{TODAY}")
    load(city, statement(settled, closing=1))
    assert balance(city, "1001") == 0
    load(
        city, statement((55_000, f"SETTLE:sandbox:{TODAY}"), opening=1, seq=2, day=TODAY + timedelta(days=1))
    )
    assert balance(city, "1001") == 55_000


def test_a_county_brings_its_own_accounts_only(city, order):
    own = one(city, "SELECT number FROM ref.county_account WHERE county_code = '421224' AND kind = 'nontax'")
    raw = bank_csv(own, TODAY, [], opening=0, closing=0, seq=1)
    with pytest.raises(NotYourCounty):
        load(city, raw, county_actor("421281"))
    with pytest.raises(NotYourCounty):
        load(city, statement(), county_actor("421224"))
    with pytest.raises(StatementAccountUnknown):
        load(city, bank_csv("1", TODAY, [], opening=0, closing=0, seq=1))
    assert load(city, raw, county_actor("421224")).breaks == 0


def test_a_payment_at_midnight_waits_for_the_next_day(city, order, payer, clock):
    late = datetime(2026, 11, 24, 23, 50, tzinfo=SHANGHAI)
    clock.at = late
    payer.pay(order)
    assert load(city, channel_file(), now=late).breaks == 1
    assert rows(city, "SELECT type, state FROM money.break ORDER BY type") == [("C4", "open")]
    tomorrow = TODAY + timedelta(days=1)
    load(city, channel_file("T1", day=tomorrow, at=late), now=late + timedelta(hours=9))
    assert rows(city, "SELECT type, state FROM money.break ORDER BY type") == [("C4", "confirmed")]
    assert rows(city, "SELECT action, actor FROM money.break_action") == [("close", "system")]


def test_a_payment_that_the_next_day_lacks_too_is_missing(city, order, payer, clock):
    clock.at = datetime(2026, 11, 24, 23, 50, tzinfo=SHANGHAI)
    payer.pay(order)
    load(city, channel_file())
    tomorrow = TODAY + timedelta(days=1)
    load(city, channel_file(day=tomorrow), now=clock.at + timedelta(hours=9))
    assert rows(city, "SELECT type, state FROM money.break ORDER BY type") == [
        ("C2", "open"),
        ("C4", "confirmed"),
    ]


def refund_file(*refunds, paid="T1", fen=55_000):
    """Return a channel's day with a payment and refunds of it."""
    head, line, _ = channel_file(paid, fen=fen).decode().split("\n")
    lines = [line.replace(",paid,", ",refunded,").replace(f",{fen},", f",{part},") for part in refunds]
    total = f"sandbox,{TODAY},,TOTAL,,{fen - sum(refunds)},0,"
    return "\n".join([head, line, *lines, total]).encode()


@pytest.mark.parametrize(("stated", "missing"), [((), 1), ((55_000,), 0), ((54_999,), 1)])
def test_a_refund_that_the_channel_did_not_make_is_found(city, order, payer, refunding, stated, missing):
    payer.pay(order)
    refunding.office.issue_for_order(order.head.order_no, now=town.NOW)
    done = give_back(refunding, order)
    load(city, refund_file(*stated))
    found = rows(city, "SELECT type, key, order_no, amount_fen FROM money.break WHERE type = 'C2'")
    key = f"C2:sandbox:{done.refund_no}"
    assert found == [("C2", key, order.head.order_no, 55_000)] * missing


PART = 10_000


def parts_file(*parts, day=TODAY, at=town.NOW):
    """Return a channel's day with refunds of the payment T1, each (number, fen)."""
    head = f"{','.join(channel_files.NUMBERED)}"
    lines = [f"sandbox,{day},T1,refunded,0,{fen},0,{at.isoformat()},{number}" for number, fen in parts]
    total = f"sandbox,{day},,TOTAL,,{-sum(fen for _, fen in parts)},0,,"
    return "\n".join([head, *lines, total]).encode()


def refund_breaks(db):
    return rows(db, "SELECT key FROM money.break WHERE key ~ 'refund|:RO|REFUND' ORDER BY key COLLATE \"C\"")


@pytest.fixture
def two_parts(city, order, payer, refunding, clearing):
    """Return the numbers of two refunds of the same part of one payment, both paid by the channel."""
    payer.pay(order)
    refunding.office.issue_for_order(order.head.order_no, now=town.NOW)
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    made = []
    for _ in range(2):
        returning = give_back(refunding, order, lines={1: PART})
        return_of_county(city, returning.refund_no)
        made.append(refunding.advance(returning.refund_no, now=town.NOW))
    assert [(refund.state, refund.amount_fen) for refund in made] == [("done", PART)] * 2
    return [refund.refund_no for refund in made]


def test_two_equal_parts_of_one_payment_are_two_lines_of_the_channels_own_statement(
    city, order, two_parts, channels
):
    code, fen = order.head.payment_code, order.head.amount_fen
    with city.transaction(SYSTEM) as conn:
        store_sandbox_book.insert_payment(
            conn, SandboxPayment("sandbox", "T1", code, fen, "paid", town.NOW, town.NOW)
        )
    load(city, channels.statement("sandbox", TODAY))
    lines = (
        "SELECT refund_id, amount_fen FROM money.channel_statement_line WHERE kind = 'refunded' ORDER BY 1"
    )
    assert rows(city, lines) == [(f"{refund_no}A1", PART) for refund_no in sorted(two_parts)]
    assert refund_breaks(city) == []
    assert one(city, "SELECT count(*) FROM money.channel_event WHERE kind = 'refunded'") == 0


def test_of_two_equal_parts_the_one_that_a_side_lacks_is_named(city, two_parts):
    first, second = sorted(two_parts)
    load(city, parts_file((f"{second}A1", PART)))
    assert refund_breaks(city) == [(f"C2:sandbox:{first}",)]


def test_a_part_more_than_we_know_of_is_found(city, two_parts):
    told = [(f"{refund_no}A1", PART) for refund_no in two_parts]
    load(city, parts_file(*told, ("W1", PART)))
    assert refund_breaks(city) == [("C1:sandbox:refunded:T1:W1",)]


def test_a_channels_own_number_stands_for_a_refund_of_the_same_amount(city, two_parts):
    load(city, parts_file(("W1", PART), ("W2", PART)))
    assert refund_breaks(city) == []


@pytest.mark.parametrize(("told", "breaks"), [("callback", 1), ("statement", 1), ("both", 1), ("two", 2)])
def test_a_refund_that_nobody_ordered_is_one_difference(city, order, payer, clearing, told, breaks):
    """Of a cleared order: the channel's notice and the line of its statement are evidence of the same."""
    payer.pay(order)
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    if told != "statement":
        assert payer.send(order.head.payment_code, PART, kind="refunded", txn="T1") == "unapplied"
    lines = {"callback": [], "two": [("W1", PART), ("W2", PART)]}.get(told, [("W1", PART)])
    code = f",refunded,{order.head.payment_code},".encode()
    load(city, parts_file(*lines).replace(b",refunded,0,", code))
    found = rows(city, "SELECT type FROM money.break WHERE type IN ('C1', 'REFUND_MISMATCH')")
    assert found == [("REFUND_MISMATCH",)] * breaks
    facts = "SELECT break_id, document FROM money.break_action WHERE action = 'evidence' ORDER BY document"
    evidence = rows(city, facts)
    places = [f"channel_statement:1:{n + 1}" for n in range(len(lines))]
    assert [document for _, document in evidence] == places
    assert len({break_id for break_id, _ in evidence}) == len(lines)
    again = parts_file(*lines, day=TODAY + timedelta(days=1), at=town.NOW + timedelta(days=1))
    load(city, again.replace(b",refunded,0,", code))
    assert rows(city, "SELECT type FROM money.break WHERE type IN ('C1', 'REFUND_MISMATCH')") == found


def test_by_its_number_a_refund_is_one_event_on_whatever_day_it_is_told(city, order, payer):
    payer.pay(order)
    code = order.head.payment_code
    told = [("W1", PART), ("W2", PART)]
    load(city, parts_file(*told).replace(b",refunded,0,", f",refunded,{code},".encode()))
    events = "SELECT count(*) FROM money.channel_event WHERE kind = 'refunded' AND source = 'statement'"
    assert one(city, events) == 2
    next_day, at = TODAY + timedelta(days=1), town.NOW + timedelta(days=1)
    again = parts_file(told[0], day=next_day, at=at)
    load(city, again.replace(b",refunded,0,", f",refunded,{code},".encode()))
    assert one(city, events) == 2


@pytest.mark.parametrize(
    "parts", [[("W1", PART), ("W1", PART)], [("", PART), ("", PART)], [("W 1", PART)], [("W" * 65, PART)]]
)
def test_refunds_that_cannot_be_told_apart_are_refused(city, parts):
    before = kept(city)
    with pytest.raises(StatementUnreadable):
        load(city, parts_file(*parts))
    assert kept(city) == before


def test_a_payment_has_no_number_of_a_refund(city):
    raw = parts_file(("W1", PART)).replace(b",refunded,", b",paid,").replace(b"-10000", b"10000")
    with pytest.raises(StatementUnreadable):
        load(city, raw)
    assert load(city, raw.replace(b",W1", b",")).entries == 1


BATCH = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>C1</Id>
<Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>
<Ntry><Amt Ccy="CNY">5.50</Amt><CdtDbtInd>DBIT</CdtDbtInd>
<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-24</Dt></BookgDt><NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>
<TxDtls><Refs><EndToEndId>XN1</EndToEndId></Refs><Amt Ccy="CNY">{first}</Amt></TxDtls>
<TxDtls><Refs><EndToEndId>XN2</EndToEndId></Refs>
<AmtDtls><TxAmt><Amt Ccy="CNY">5.00</Amt></TxAmt></AmtDtls></TxDtls>
</NtryDtls></Ntry><Ntry><Amt Ccy="CNY">9.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts>
<BookgDt><Dt>2026-11-24</Dt></BookgDt></Ntry></Stmt></BkToCstmrStmt></Document>"""


def test_each_payment_of_a_batch_that_a_bank_booked_as_one_is_an_entry(city):
    raw = BATCH.format(account=ACCOUNT, first="0.50").encode()
    read = [(part.seq, part.amount_fen, part.reference) for part in bank_files.read(raw).entries]
    assert read == [(1, -50, "XN1"), (2, -500, "XN2")]
    assert load(city, raw).entries == 2
    assert {row[0] for row in rows(city, "SELECT detail ->> 'reference' FROM money.break")} == {"XN1", "XN2"}


@pytest.mark.parametrize("first", ["0.51", "0.00", "-0.50"])
def test_a_batch_whose_payments_do_not_make_it_up_is_refused(first):
    with pytest.raises(StatementUnreadable):
        bank_files.read(BATCH.format(account=ACCOUNT, first=first).encode())
