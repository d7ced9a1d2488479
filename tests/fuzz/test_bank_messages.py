"""Mutated bank messages: refused by name or read as what they say; never a crash, never another amount.

What is accepted is read a second time by simple means of its own: amounts, sides, references and accounts
must be those that stand in the file.
"""

import os
import random
from datetime import date, datetime

import pytest
from lxml import etree

from data.clock import SHANGHAI
from data.errors import NingtuError
from registry.clearing import reports, sandbox_reports
from registry.clearing.records import BankOrder
from registry.reconciliation import bank_files
from tests.fuzz.mutations import cut, flip, numbers, overwrite, splice

SHORT, LONG = 200, 10_000
SEED = int(os.environ.get("FUZZ_SEED", "20261126"))
AT = datetime(2026, 11, 26, 17, 30, tzinfo=SHANGHAI)
ORDER = BankOrder(
    "XN4212242026112601N1", bytes(32), 1_234_567, "421224000000000001", "credited", AT, date(2026, 11, 26)
)
MSG = ORDER.msg_id
CAMT_053 = f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-26T20:00:00+08:00</CreDtTm></GrpHdr>
<Stmt><Id>S20261126</Id><ElctrncSeqNb>7</ElctrncSeqNb><Acct><Id><Othr><Id>990000421200000001</Id></Othr></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-11-26</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">5600.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-11-26</Dt></Dt></Bal>
<Ntry><Amt Ccy="CNY">5512.75</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-26</Dt></BookgDt>
<NtryDtls><TxDtls><Refs><EndToEndId>SETTLE:sandbox:2026-11-25</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="CNY">12.25</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-26</Dt></BookgDt>
<NtryDtls><TxDtls><Refs><EndToEndId>{MSG}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>""".encode()
FILES = {
    "pain.002": sandbox_reports.status_report(ORDER, "ACSP", at=AT),
    "pain.002 rejected": sandbox_reports.status_report(ORDER, "RJCT", at=AT),
    "camt.054 debit": sandbox_reports.notification(ORDER, "990000421200000001", "DBIT", at=AT),
    "camt.054 credit": sandbox_reports.notification(ORDER, ORDER.creditor_number, "CRDT", at=AT),
    "camt.053": CAMT_053,
}
TEXTS = (
    b"",
    b"-1",
    b"1e3",
    b"NaN",
    b"0.001",
    b"9" * 30,
    "１２".encode(),
    b"USD",
    b"RJCT",
    b"CRDT",
    b"&x;",
    b"<a/>",
    b" 1 ",
)


def words(data, dice):
    """Change the text of an element or of an attribute."""
    inside = dice.choice((b"><", b'""'))
    begin = data.find(inside[:1], dice.randrange(len(data)))
    end = data.find(inside[1:], begin + 1)
    return data if begin < 0 or end < 0 else data[: begin + 1] + dice.choice(TEXTS) + data[end:]


def elements(data, dice):
    """Copy, drop or move an element, or give two their places."""
    try:
        root = etree.fromstring(data)
    except etree.XMLSyntaxError:
        return flip(data, dice)
    found = [item for item in root.iter(etree.Element) if item.getparent() is not None]
    if not found:
        return flip(data, dice)
    one, other = dice.choice(found), dice.choice(found)
    act = dice.randrange(4)
    if act == 0:
        one.addnext(etree.fromstring(etree.tostring(one, with_tail=False)))
    elif act == 1:
        one.getparent().remove(one)
    elif act == 2:
        one.text, other.text = other.text, one.text
    elif one not in other.iterancestors() and other not in one.iterancestors():
        other.addnext(one)
    return etree.tostring(root)


WAYS = (flip, cut, splice, overwrite, numbers, words, words, elements, elements)


def fen_of(element):
    """Return the amount of an entry as it stands in the file, negative for debits."""
    amount = next(item for item in element if item.tag.endswith("}Amt"))
    assert amount.get("Ccy") == "CNY"
    text = amount.text.strip()
    whole, _, rest = text.partition(".")
    assert (whole + rest).isascii()
    assert (whole + rest).isdigit()
    assert not rest[2:].strip("0")
    return int(whole) * 100 + int((rest + "00")[:2])


def named(root, name):
    return list(root.iter("{*}" + name))


def check_report(raw, message):
    """What was accepted of a pain.002 or camt.054 stands in it."""
    root = etree.fromstring(raw)
    assert not root.getroottree().docinfo.doctype
    texts = {(item.text or "").strip() for item in root.iter() if isinstance(item.tag, str)}
    entries = named(root, "Ntry")
    for report in message.reports:
        assert report.msg_id in texts
        if message.kind == "pain.002":
            assert report.state in {"received", "rejected", "debited", "credited"}
            continue
        assert report.account in texts
        assert any(
            report.amount_fen == fen_of(item)
            for item in [*entries, *named(root, "TxDtls")]
            if named(item, "Amt")
        )
        if report.state in {"debited", "credited"}:
            side = {"debited": "DBIT", "credited": "CRDT"}[report.state]
            assert any((item.text or "").strip() == side for item in named(root, "CdtDbtInd"))
            assert any("BOOK" in "".join(item.itertext()) for item in named(root, "Sts"))


def status_of(entry):
    """Return the status of an entry, empty where it has none."""
    return (entry.findtext("{*}Sts/{*}Cd") or entry.findtext("{*}Sts") or "").strip()


def check_statement(raw, statement):
    """What was accepted of a camt.053 stands in it: each entry with amount and side, and its balances."""
    root = etree.fromstring(raw)
    assert not root.getroottree().docinfo.doctype
    (found,) = named(root, "Stmt")
    booked = [item for item in found.findall("{*}Ntry") if status_of(item) in {"", "BOOK"}]
    assert {status_of(item) for item in found.findall("{*}Ntry")} <= {"", "BOOK", "PDNG", "INFO", "FUTR"}
    signs = {"CRDT": 1, "DBIT": -1}
    assert sum(entry.amount_fen for entry in statement.entries) == sum(
        signs[item.findtext("{*}CdtDbtInd")] * fen_of(item) for item in booked
    )
    assert len(statement.entries) >= len(booked)
    assert all(0 < abs(entry.amount_fen) < 10**16 for entry in statement.entries)
    assert (statement.opening_fen is None) == (statement.closing_fen is None)
    assert statement.account
    assert statement.ref


def attempt(name, raw):
    """Read a file as the product does; tell whether it was accepted."""
    read, check = (bank_files.read, check_statement) if name == "camt.053" else (reports.read, check_report)
    try:
        found = read(raw)
    except NingtuError:
        return False
    check(raw.removeprefix(b"\xef\xbb\xbf"), found)
    return True


@pytest.mark.parametrize("name", FILES)
def test_the_files_themselves_are_read(name):
    assert attempt(name, FILES[name])


def fuzz(name, count):
    dice = random.Random(f"{SEED}:{name}")
    accepted = 0
    for serial in range(count):
        raw = FILES[name]
        for _ in range(dice.choice((1, 1, 2, 4))):
            raw = dice.choice(WAYS)(raw, dice) or b"<"
        try:
            accepted += attempt(name, raw)
        except Exception as error:
            error.add_note(f"{name} {SEED}:{serial}: {raw!r}")
            raise
    return accepted


@pytest.mark.parametrize("name", FILES)
def test_mutated_messages_are_refused_or_true(name):
    assert 0 < fuzz(name, SHORT) < SHORT


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
def test_10000_mutated_messages_are_refused_or_true(name):
    assert 0 < fuzz(name, LONG) < LONG
