"""Bills: numbers without gaps, files that cannot be changed unseen, red bills, the past."""

import hashlib
import io
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from data.access.records import SYSTEM
from data.documents import sm2
from data.errors import NingtuError
from registry.clearing.rules import COLLECTION_ACCOUNT
from registry.receipts import checking
from registry.receipts.errors import ReceiptHeld, ReceiptNotFound
from registry.receipts.history import load_history
from registry.receipts.keys import sandbox_keys
from registry.receipts.records import PastLine, PastOrder
from registry.reconciliation import statements
from registry.reconciliation.errors import StatementUnreadable
from registry.reconciliation.trace import trace
from tests.database.money.conftest import FINANCE_CITY, balance, give_back, new_order, one, rows, state_of
from tests.database.registry import town

TODAY = town.NOW.date()


def check(office, content):
    return checking.check_file(office.db, content, keys=office.keys, now=town.NOW + timedelta(days=1))


def test_number_code_and_check_code(bill):
    assert (bill.code, bill.number, bill.state) == ("42060126", "0000000001", "signed")
    assert (bill.amount_fen, bill.county_code, len(bill.check_code)) == (55_000, "421224", 6)


def test_issuing_again_gives_the_same_bill(city, order, bill, office):
    (again,) = office.issue_for_order(order.head.order_no, now=town.NOW + timedelta(hours=1))
    assert again == bill
    assert one(city, "SELECT count(*) FROM money.bill") == 1


def test_pdf_carries_the_signed_xml_and_reads_as_a_bill(bill, office):
    from pypdf import PdfReader

    pdf = office.pdf(bill)
    reader = PdfReader(io.BytesIO(pdf))
    (xml,) = reader.attachments["einvoice.xml"]
    assert xml == bytes(bill.xml)
    assert sm2.verify(office.keys.issuer.certificates[0], xml, bytes(bill.xml_signature))
    assert sm2.verify(office.keys.supervisor.certificates[0], xml, bytes(bill.supervisor_signature))
    main = etree.fromstring(xml).find("EInvoiceData/Main")
    assert main.findtext("TotalAmount") == "550.00"
    assert main.findtext("MainExt/PayCode")
    text = reader.pages[0].extract_text()
    for words in ("湖北省非税收入通用票据(电子)", "伍佰伍拾元整", bill.number, bill.check_code, "李四"):
        assert words in text
    assert len(reader.pages) == 1


def test_pdfsig_calls_the_bill_valid(bill, office, tmp_path):
    if shutil.which("pdfsig") is None:
        pytest.skip("pdfsig is not installed")
    path = tmp_path / "bill.pdf"
    path.write_bytes(office.pdf(bill))
    answer = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in answer
    assert "Total document signed" in answer


def test_the_file_as_issued_is_valid(bill, office):
    verdict = check(office, office.pdf(bill))
    assert (verdict.valid, verdict.bytes_match, verdict.signature_valid, verdict.status) == (
        True,
        True,
        True,
        "live",
    )
    assert check(office, bytes(bill.xml)).valid


def test_the_xml_is_valid_under_our_signature_only(city, bill, office, tmp_path):
    stranger = sandbox_keys(tmp_path / "other")
    ours, theirs = (
        checking.check_file(city, bytes(bill.xml), keys=keys, now=town.NOW)
        for keys in (office.keys, stranger)
    )
    assert (ours.valid, ours.signature_valid) == (True, True)
    assert (theirs.valid, theirs.bytes_match, theirs.signature_valid) == (False, True, False)


def test_any_changed_byte_is_seen(bill, office):
    pdf = office.pdf(bill)
    for place in range(0, len(pdf), len(pdf) // 60):
        changed = pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]
        verdict = check(office, changed)
        assert not verdict.valid, place
        assert not verdict.bytes_match
    assert not check(office, pdf + b"\n").valid
    assert check(office, b"hello").reason == "not_a_bill"


def test_printed_facts_must_all_agree(bill, office):
    def ask(**other):
        facts = {"check_code": bill.check_code, "amount_fen": 55_000, "issued_on": TODAY, **other}
        return checking.check_facts(office.db, bill.code, bill.number, **facts)

    assert ask().valid
    assert not ask(check_code="zzzzzz").valid
    assert not ask(amount_fen=55_001).valid
    assert not ask(issued_on=TODAY - timedelta(days=1)).valid


def test_the_public_link_needs_the_check_code(bill, office):
    assert checking.by_check_code(office.db, bill.code, bill.number, bill.check_code) == bill
    with pytest.raises(ReceiptNotFound):
        checking.by_check_code(office.db, bill.code, bill.number, "aaaaaa")


def test_a_signed_bill_never_changes(city, bill):
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE money.bill SET held_reason = 'x'")


def test_a_reversed_bill_is_no_longer_valid(order, bill, office, refunding):
    assert give_back(refunding, order).state == "done"
    verdict = check(office, office.pdf(bill))
    assert (verdict.valid, verdict.bytes_match, verdict.status) == (False, True, "reversed")


def test_a_rare_character_without_a_glyph_holds_the_bill(city, payer, office):
    order = new_order(city, town.BARE, replace(town.LI, name="李\U0003fffd"))
    payer.pay(order)
    (bill,) = office.issue_for_order(order.head.order_no, now=town.NOW)
    assert (bill.state, bill.held_reason) == ("held", "\U0003fffd")
    with pytest.raises(ReceiptHeld):
        office.signed(bill.code, bill.number)


def test_a_rare_character_is_printed(city, payer, office):
    order = new_order(city, town.BARE, replace(town.LI, name="䶮𠮷𬭎"))
    payer.pay(order)
    (bill,) = office.issue_for_order(order.head.order_no, now=town.NOW)
    assert bill.state == "signed"


def test_a_crash_between_number_and_files_burns_no_number(city, order, payer, office):
    class Crash(BaseException):
        pass

    class Broken:
        def put(self, content):
            raise Crash

    payer.pay(order)
    with pytest.raises(Crash):
        replace(office, archive=Broken()).issue_for_order(order.head.order_no, now=town.NOW)
    assert one(city, "SELECT state FROM money.bill") == "numbered"
    (bill,) = office.issue_for_order(order.head.order_no, now=town.NOW)
    assert (bill.number, bill.state) == ("0000000001", "signed")


def test_two_workers_issue_one_bill(city, order, payer, office):
    payer.pay(order)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: office.issue_for_order(order.head.order_no, now=town.NOW), range(4)))
    assert {bills[0].pdf_sha256 for bills in found} == {found[0][0].pdf_sha256}
    assert one(city, "SELECT count(*) FROM money.bill") == 1
    assert one(city, "SELECT next - lo FROM money.bill_pool") == 1


def test_trace_explains_each_fen(city, order, bill, clearing):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    with city.transaction(FINANCE_CITY) as conn:
        steps = trace(conn, order.head.order_no)
    kinds = [step.kind for step in steps]
    way = "parcel decision order payment posting posting batch payout bank_debit county_credit receipt"
    assert kinds == way.split()
    assert {step.amount_fen for step in steps} == {55_000}
    assert all(step.link for step in steps)


def past_orders(order, count):
    line = order.lines[0]
    for number in range(count):
        paid_at = town.NOW - timedelta(days=30 + number % 5, minutes=number)
        yield PastOrder(
            case_no=f"YW2026{number:010d}",
            payer_name="张三",
            payer_last4="0011",
            accept_office="xianan",
            issued_at=paid_at - timedelta(hours=2),
            paid_at=paid_at,
            lines=(
                PastLine(
                    source="fee:1",
                    item_code="452002",
                    name="不动产登记费",
                    amount_fen=55_000 if number % 7 else 0,
                    rule_id="R03",
                    reason="",
                    unit_code=line.unit_code,
                    parcel_code=line.parcel_code,
                    county_code=line.county_code,
                    decision_id=line.decision_id,
                    place_m=(town.EAST, town.NORTH),
                ),
            ),
        )


def test_the_past_is_in_the_same_books(city, order, payer, office, clearing, books):
    with city.transaction(SYSTEM) as conn:
        assert load_history(conn, past_orders(order, 40), now=town.NOW) == 40
        assert load_history(conn, list(past_orders(order, 41))[40:], now=town.NOW) == 1
    assert books() == {}
    states = dict(rows(city, "SELECT state, count(*) FROM money.payment_order GROUP BY 1"))
    assert states == {"issued": 1, "paid": 6, "cleared": 35}
    assert balance(city, "1201.421224") == 35 * 55_000
    payer.pay(order)
    (bill,) = office.issue_for_order(order.head.order_no, now=town.NOW)
    assert bill.number == "0000000036"
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    assert state_of(city, order) == "cleared"
    assert books() == {}
    msg_id, sha256 = rows(city, "SELECT msg_id, file_sha256 FROM money.payout ORDER BY msg_id LIMIT 1")[0]
    assert hashlib.sha256(clearing.payout_file(msg_id)).digest() == bytes(sha256)
    assert office.signed(bill.code, "0000000001").state == "signed"
    assert one(city, "SELECT count(*) FROM map.fee_point") == 36


def statement_csv(*entries, opening=0, closing=None, account=COLLECTION_ACCOUNT.number, ref="S1"):
    lines = ["account,statement_ref,booked_on,amount_fen,reference,counterparty"]
    closing = opening + sum(fen for fen, _ in entries) if closing is None else closing
    for fen, reference in ((opening, "OPBD"), *entries, (closing, "CLBD")):
        lines.append(f"{account},{ref},{TODAY},{fen},{reference},")
    return "\n".join(lines).encode()


def load(city, raw):
    found = statements.load(city, FINANCE_CITY, raw, now=town.NOW)
    return found.entries, found.matched, found.breaks


def test_a_settlement_in_the_statement_books_the_arrival(city, order, payer, clearing, books):
    payer.arrive = False
    payer.pay(order)
    assert load(city, statement_csv((55_000, f"SETTLE:sandbox:{TODAY}"))) == (1, 1, 0)
    assert balance(city, "1001") == 55_000
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    assert state_of(city, order) == "cleared"
    assert {key: value for key, value in books().items() if key != "I11"} == {}


def test_what_does_not_match_is_a_break(city, order, bill, clearing):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    msg_id = "XN4212242026112401N1"
    assert load(city, statement_csv((-55_000, msg_id), opening=55_000)) == (1, 1, 0)
    again = statement_csv((-55_000, msg_id), (7, "GIFT"), ref="S2", opening=0, closing=5)
    assert load(city, again) == (2, 0, 3)
    kinds = {row[0] for row in rows(city, "SELECT type FROM money.break")}
    assert kinds == {"K4", "K7", "K8"}
    assert load(city, again) == (2, 0, 0)


def test_a_payout_the_bank_does_not_show_is_a_break(city, order, bill, clearing):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    load(city, statement_csv((3, "OTHER")))
    assert {row[0] for row in rows(city, "SELECT type FROM money.break")} == {"K7", "K3"}


CAMT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>C1</Id><Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">550.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><Amt Ccy="CNY">550.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-11-24</Dt></BookgDt>
<NtryDtls><TxDtls><Refs><EndToEndId>XN4212242026112401N1</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def test_the_county_s_camt_053_matches_its_payout(city, order, bill, clearing):
    clearing.close_day(FINANCE_CITY, TODAY, run_now=True)
    number = one(city, "SELECT creditor_number FROM money.payout")
    assert load(city, CAMT.format(account=number).encode()) == (1, 1, 0)


@pytest.mark.parametrize(
    "raw", [b"", b"x,y\n1,2", b"<a/>", b"<!DOCTYPE a><a/>", b"\xff\xfe", statement_csv((0, "A"))]
)
def test_unreadable_statements(raw):
    with pytest.raises(StatementUnreadable):
        statements.read(raw)


def test_a_page_of_bills_is_read_by_index(city):
    with city.transaction(SYSTEM) as conn:
        conn.execute("SET LOCAL enable_sort = off")
        plan = conn.execute(
            "EXPLAIN SELECT 1 FROM money.bill b"
            " ORDER BY b.issued_at DESC, b.code DESC, b.number DESC LIMIT 50"
        ).fetchall()
    assert "bill_issued_at_idx" in str(plan)
    assert "Sort" not in str(plan)
