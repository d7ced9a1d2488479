"""Bills after their number: the pair of signatures, keys that change, void, copies, entries, stock, links."""

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from api import delivery_links
from data.access.records import SYSTEM
from data.documents import signing, sm2
from data.errors import NingtuError
from registry.receipts import checking, custody, store_events
from registry.receipts.errors import (
    LinkExpired,
    ReceiptNotFound,
    ReceiptReversed,
    ReceiptSigned,
    SegmentUnfit,
)
from registry.receipts.keys import check_pair, rotate_sandbox_keys, sandbox_keys
from registry.receipts.records import BookUse, Segment
from tests.database.money.conftest import FINANCE_CITY, give_back, one, rows
from tests.database.registry import town

CITY_HALL = BookUse("咸宁市某某局", "记-0012")


def openssl(*arguments, folder):
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False, cwd=folder)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("role", ["issuer", "supervisor"])
def test_openssl_calls_both_signatures_and_their_chains_good(bill, office, tmp_path, role):
    keys = {"issuer": office.keys.issuer, "supervisor": office.keys.supervisor}[role]
    signature = {"issuer": bill.xml_signature, "supervisor": bill.supervisor_signature}[role]
    for name, content in (
        ("bill.xml", bill.xml),
        ("sig", signature),
        ("own.pem", keys.certificates[0]),
        ("root.pem", keys.certificates[-1]),
    ):
        (tmp_path / name).write_bytes(bytes(content))
    name = "distid:1234567812345678"
    chain = openssl("verify", "-CAfile", "root.pem", "-vfyopt", name, "own.pem", folder=tmp_path)
    assert chain.stdout == "own.pem: OK\n", chain.stderr
    openssl("x509", "-in", "own.pem", "-noout", "-pubkey", "-out", "public.pem", folder=tmp_path)
    check = ["dgst", "-sm3", "-verify", "public.pem", "-sigopt", name, "-signature", "sig", "bill.xml"]
    assert openssl(*check, folder=tmp_path).stdout == "Verified OK\n"
    (tmp_path / "bill.xml").write_bytes(bytes(bill.xml) + b" ")
    assert openssl(*check, folder=tmp_path).returncode != 0


def test_the_data_have_the_agreed_shape(bill):
    main = etree.fromstring(bytes(bill.xml)).find("EInvoiceData/Main")
    for path in (
        "EInvoiceSpecimenCode",
        "HandlingPerson",
        "Checker",
        "InvoicingParty/RecAcct",
        "PayerParty/Type",
        "PayMode",
        "ExchangeRate",
        "InvoicingPartySeal/SealHash",
        "SupervisorPartySeal/SealId",
    ):
        assert main.findtext(path), path


def test_the_pdf_carries_the_pair_with_its_certificates(bill, office):
    from pypdf import PdfReader

    (raw,) = PdfReader(io.BytesIO(office.pdf(bill))).attachments["einvoice-signatures.xml"]
    found = etree.fromstring(raw)
    assert found.findtext("DigestSM3") == sm2.sm3(bytes(bill.xml)).hex()
    certificates = found.findtext("SupervisorPartySignature/Certificates")
    assert certificates.encode() == b"".join(office.keys.supervisor.certificates)


def test_a_bill_outlives_a_change_of_keys(city, bill, office, tmp_path):
    rotate_sandbox_keys(tmp_path / "keys", at=town.NOW)
    sm2._sandbox_signer.cache_clear()
    signing._sandbox_signer.cache_clear()
    keys = sandbox_keys(tmp_path / "keys")
    assert keys.issuer.certificates[0] != office.keys.issuer.certificates[0]
    for content in (bytes(bill.xml), office.pdf(bill)):
        verdict = checking.check_file(city, content, keys=keys, now=town.NOW)
        assert [item.valid for item in verdict.signatures].count(True) == len(verdict.signatures)
        assert verdict.valid
    assert one(city, "SELECT count(*) FROM money.signing_chain") == 2


def test_a_forged_supervisor_is_seen(city, bill, office):
    with city.transaction(SYSTEM) as conn:
        chains = store_events.chains_of(conn, bill)
    good = check_pair(bill, chains, roots=office.keys.sm2_roots)
    assert [item.valid for item in good] == [True, True]
    forged = replace(bill, supervisor_signature=office.keys.issuer.sign(bytes(bill.xml)))
    assert [item.valid for item in check_pair(forged, chains, roots=office.keys.sm2_roots)] == [True, False]
    assert [item.valid for item in check_pair(bill, chains, roots=[])] == [False, False]


def test_a_held_bill_is_void_with_its_reason_and_its_number_stays_used(city, held, office, books):
    custody.void(city, FINANCE_CITY, held, reason="姓名无字形", now=town.NOW)
    assert rows(city, "SELECT state FROM money.bill") == [("void",)]
    with pytest.raises(ReceiptNotFound):
        office.signed(held.code, held.number)
    (again,) = office.issue_for_order(held.order_no, now=town.NOW)
    assert again.number == "0000000002"
    assert books().get("I10") is None
    with pytest.raises(ReceiptSigned):
        custody.void(city, FINANCE_CITY, held, reason="again", now=town.NOW)


def test_a_signed_bill_is_never_void(city, bill):
    with pytest.raises(ReceiptSigned):
        custody.void(city, FINANCE_CITY, bill, reason="x", now=town.NOW)
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE money.bill SET state = 'void'")
    assert one(city, "SELECT count(*) FROM money.bill_event") == 0


def test_the_database_wants_a_reason_for_a_void(city, held):
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE money.bill SET state = 'void'")
    assert one(city, "SELECT state FROM money.bill") == held.state


def test_a_red_bill_must_be_the_whole_of_a_signed_one(city, bill):
    insert = (
        "INSERT INTO money.bill (code, number, pool_id, kind, red_of, order_no, case_no, county_code,"
        " accept_office, payer_name, payer_kind, amount_fen, check_code, issued_at, issued_on)"
        " SELECT code, '0000000002', pool_id, 'red', code || '-' || number, order_no, case_no, county_code,"
        " accept_office, payer_name, payer_kind, %s, check_code, issued_at, issued_on FROM money.bill"
    )
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute(insert, [-bill.amount_fen + 1])


def test_copies_are_counted_and_the_count_is_printed(city, bill, office):
    from pypdf import PdfReader

    for number in (1, 2):
        event = custody.count_copy(city, FINANCE_CITY, bill, now=town.NOW)
        assert event.seq == number
    text = (
        PdfReader(io.BytesIO(office.copy(bill, 2, actor="finance_city", at=town.NOW))).pages[0].extract_text()
    )
    assert "打印件 第 2 份" in text
    assert bill.number in text


def test_a_copy_is_not_the_bill(bill, office):
    copy = office.copy(bill, 1, actor="x", at=town.NOW)
    verdict = checking.check_file(office.db, copy, keys=office.keys, now=town.NOW)
    assert (verdict.valid, verdict.reason) == (False, "not_a_bill")


def test_a_second_entry_in_books_is_warned_of(city, bill):
    def enter(use):
        return custody.enter_in_books(
            city, bill.code, bill.number, check_code=bill.check_code, use=use, now=town.NOW
        )

    assert enter(CITY_HALL)[1] is None
    event, first = enter(BookUse("另一单位", ""))
    assert (event.kind, first.detail["organisation"]) == ("entry_again", "咸宁市某某局")
    verdict = checking.check_facts(
        city,
        bill.code,
        bill.number,
        check_code=bill.check_code,
        amount_fen=bill.amount_fen,
        issued_on=bill.issued_on,
    )
    assert verdict.entry.seq == 1
    with pytest.raises(ReceiptNotFound):
        custody.enter_in_books(city, bill.code, bill.number, check_code="zzzzzz", use=CITY_HALL, now=town.NOW)


def test_a_reversed_bill_cannot_be_entered(city, order, bill, refunding):
    give_back(refunding, order)
    with pytest.raises(ReceiptReversed):
        custody.enter_in_books(
            city, bill.code, bill.number, check_code=bill.check_code, use=CITY_HALL, now=town.NOW
        )


def segment(lo, hi, county="421224"):
    return Segment(0, "42060126", county, lo, hi, lo, "市财政局", "LY-1", "finance_city", town.NOW)


def test_received_numbers_are_used_and_never_overlap(city, order, payer, office):
    custody.receive_segment(city, FINANCE_CITY, segment(901, 902))
    for lo, hi in ((902, 950), (800, 901), (901, 902)):
        with pytest.raises(SegmentUnfit):
            custody.receive_segment(city, FINANCE_CITY, segment(lo, hi, "421281"))
    with pytest.raises(SegmentUnfit):
        custody.receive_segment(city, FINANCE_CITY, segment(5, 4))
    payer.pay(order)
    (bill,) = office.issue_for_order(order.head.order_no, now=town.NOW)
    assert bill.number == "0000000901"
    left = custody.stock(city, "42060126", ["421224", "421281"])
    assert left == {"421224": 1, "421281": 0}


def test_a_link_ends(bill):
    token = delivery_links.make("secret", bill.code, bill.number, until=town.NOW + timedelta(hours=1))
    assert delivery_links.read("secret", token, now=town.NOW) == (bill.code, bill.number)
    for secret, now in (("secret", town.NOW + timedelta(hours=1)), ("other", town.NOW)):
        with pytest.raises(LinkExpired):
            delivery_links.read(secret, token, now=now)
    with pytest.raises(LinkExpired):
        delivery_links.read("secret", token[:-1], now=town.NOW)


def zones(pdf):
    """Return the places of a file by what stands there: all but padding is in every reader's way."""
    start = pdf.index(b"/Contents <") + len(b"/Contents <")
    end = pdf.index(b">", start)
    used = start + len(pdf[start:end].rstrip(b"0"))
    return {
        "head": range(20),
        "body": range(20, start),
        "signature": range(start, used),
        "padding": range(used, end),
        "rest": range(end, len(pdf)),
        "tail": range(len(pdf) - 64, len(pdf)),
    }


def test_2000_changes_of_one_byte_over_all_zones_are_all_seen(bill, office):
    pdf, xml = office.pdf(bill), bytes(bill.xml)
    places = [(pdf, place) for zone in zones(pdf).values() for place in spread(zone, 180)]
    places += [(xml, place % len(xml)) for place in range(2_000 - len(places))]
    assert len(places) == 2_000
    unseen = []
    for number, (content, place) in enumerate(places):
        bit = 1 << (number + place // len(xml)) % 8
        changed = content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]
        verdict = checking.check_file(office.db, changed, keys=office.keys, now=town.NOW)
        if verdict.valid or verdict.bytes_match:
            unseen.append((place, bit))
    assert unseen == []


def spread(zone, count):
    """Return up to ``count`` places of a zone, evenly."""
    step = max(1, len(zone) // count)
    return list(zone)[::step][:count]
