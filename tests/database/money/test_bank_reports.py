"""Reports of the bank: kept, applied once, in any order; what does not fit opens a difference."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import load_pem_x509_certificate

from registry.clearing import reports, sandbox_reports
from registry.clearing.errors import BankMessageBad
from registry.clearing.rules import COLLECTION_ACCOUNT
from tests.database.money.bank_acts import FEN, MSG, break_types, close, order_at_bank, payout_state, receive
from tests.database.money.conftest import balance, one, rows, state_of
from tests.database.registry import town


def test_reports_are_kept_and_bring_the_payout_on(city, paid, clearing, books):
    assert close(clearing) == "done"
    kinds = rows(
        city,
        "SELECT m.kind, r.state, r.amount_fen, r.result FROM money.bank_message m"
        " JOIN money.bank_report r USING (message_id) ORDER BY message_id",
    )
    assert kinds == [("camt.054", "debited", FEN, "known"), ("camt.054", "credited", FEN, "known")]
    assert books() == {}


def test_reports_alone_settle_a_payout(city, paid, clearing, books):
    close(clearing, "hold")
    assert payout_state(city) == "acked"
    held = order_at_bank(city)
    debit = sandbox_reports.notification(held, COLLECTION_ACCOUNT.number, "DBIT", at=town.NOW)
    credit = sandbox_reports.notification(held, held.creditor_number, "CRDT", at=town.NOW)
    assert receive(clearing, debit) == ("applied",)
    assert payout_state(city) == "confirmed"
    assert receive(clearing, debit) == ()
    assert receive(clearing, credit) == ("applied",)
    assert (payout_state(city), state_of(city, paid)) == ("settled", "cleared")
    late = sandbox_reports.status_report(held, "ACSC", at=town.NOW)
    assert receive(clearing, late) == ("known",)
    assert books() == {}


def test_a_credit_may_come_before_its_debit(city, paid, clearing, books):
    close(clearing, "hold")
    held = order_at_bank(city)
    credit = sandbox_reports.notification(held, held.creditor_number, "CRDT", at=town.NOW)
    debit = sandbox_reports.notification(held, COLLECTION_ACCOUNT.number, "DBIT", at=town.NOW)
    assert receive(clearing, credit) == ("applied",)
    assert receive(clearing, debit) == ("known",)
    assert payout_state(city) == "settled"
    assert books() == {}


def test_a_rejection_by_report_voids_both_reservations(city, paid, clearing, books):
    close(clearing, "hold")
    held = order_at_bank(city)
    assert receive(clearing, sandbox_reports.status_report(held, "RJCT", at=town.NOW)) == ("applied",)
    assert payout_state(city) == "rejected"
    assert one(city, "SELECT reason FROM money.payout") == "AC01 沙箱拒绝"
    assert (balance(city, "1001"), break_types(city)) == (FEN, ["PAYOUT_REJECTED"])
    assert books() == {}


@pytest.mark.parametrize(
    ("before", "change", "broken"),
    [
        ("hold", {"amount_fen": FEN + 1}, "K6"),
        ("hold", {"account": "999"}, "K6"),
        ("hold", {"msg_id": "XN9"}, "K7"),
        ("reject", {}, "K4"),
        ("confirm", {"msg_id": "other entry"}, "K4"),
    ],
    ids=["other amount", "other account", "unknown", "debited though rejected", "debited twice"],
)
def test_a_debit_that_does_not_fit_opens_a_difference(city, paid, clearing, before, change, broken):
    close(clearing, before)
    held = order_at_bank(city)
    account = change.pop("account", COLLECTION_ACCOUNT.number)
    if change.get("msg_id") == "other entry":
        raw = sandbox_reports.notification(held, account, "DBIT", at=town.NOW)
        raw = raw.replace(f"ED{MSG}".encode(), b"ED-AGAIN")
    else:
        raw = sandbox_reports.notification(replace(held, **change), account, "DBIT", at=town.NOW)
    state = payout_state(city)
    assert receive(clearing, raw) == ("break",)
    assert break_types(city)[-1] == broken
    assert payout_state(city) == state
    assert one(city, "SELECT count(*) FROM money.posting WHERE kind = 'bank_debit'") == (before == "confirm")


def test_each_debit_that_does_not_fit_a_payout_is_a_difference(city, paid, clearing):
    """Once the first was settled no other amount under the same reference was ever shown."""
    close(clearing, "hold")
    held = order_at_bank(city)
    debits = [(FEN + 1, b"E-1"), (FEN + 2, b"E-2"), (FEN + 2, b"E-3"), (FEN + 2, b"E-3")]
    for seq, (fen, entry) in enumerate(debits):
        raw = sandbox_reports.notification(
            replace(held, amount_fen=fen), COLLECTION_ACCOUNT.number, "DBIT", at=town.NOW
        )
        assert receive(clearing, raw.replace(f"ED{MSG}".encode(), entry) + b" " * seq) == ("break",)
    assert break_types(city) == ["K6", "K6", "K6"]


def test_debits_without_a_reference_of_their_own_are_each_a_difference(city, paid, clearing):
    """What names no payment is NOTPROVIDED: of two such debits the second was never shown."""
    close(clearing, "hold")
    held = replace(order_at_bank(city), msg_id="NOTPROVIDED")
    first = sandbox_reports.notification(held, COLLECTION_ACCOUNT.number, "DBIT", at=town.NOW)
    again = first.replace(b"EDNOTPROVIDED", b"ED-2")
    another = sandbox_reports.notification(
        replace(held, amount_fen=1), COLLECTION_ACCOUNT.number, "DBIT", at=town.NOW
    )
    assert [receive(clearing, raw) for raw in (first, again, another)] == [("break",)] * 3
    assert rows(city, "SELECT amount_fen FROM money.break WHERE type = 'K7' ORDER BY break_id") == [
        (FEN,),
        (FEN,),
        (1,),
    ]


def test_a_rejection_after_the_debit_opens_a_difference(city, paid, clearing):
    close(clearing)
    held = order_at_bank(city)
    assert receive(clearing, sandbox_reports.status_report(held, "RJCT", at=town.NOW)) == ("break",)
    assert (payout_state(city), break_types(city)) == ("settled", ["K3"])


def test_reports_that_come_twice_change_nothing(city, paid, clearing, books):
    assert close(clearing, "confirm,double") == "done"
    assert one(city, "SELECT count(*) FROM money.bank_message") == 2
    assert break_types(city) == []
    assert books() == {}


HOSTILE = {
    "entity": b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
    "no xml": b"RJCT",
    "another message": b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>',
    "empty": b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"/>',
    "utf-16": '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE d><d/>'.encode("utf-16"),
    "deep": b"<a>" * 5000 + b"</a>" * 5000,
    "large": b"<a>" + b" " * (8 * 1024 * 1024) + b"</a>",
}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b">550.00<", b">99999999999999999999.00<"),
        (f">{MSG}<".encode(), b">" + b"X" * 141 + b"<"),
        (f">{MSG}<".encode(), ">XN\u202e9<".encode()),
        (b"<CdtDbtInd>", b"<RvslInd>1</RvslInd><CdtDbtInd>"),
    ],
    ids=["no amount of money", "long", "turned", "reversal"],
)
def test_a_notification_that_cannot_be_is_refused(city, paid, clearing, old, new):
    close(clearing, "hold")
    raw = sandbox_reports.notification(order_at_bank(city), COLLECTION_ACCOUNT.number, "DBIT", at=town.NOW)
    assert old in raw
    kept = one(city, "SELECT count(*) FROM money.bank_message")
    with pytest.raises(BankMessageBad):
        receive(clearing, raw.replace(old, new))
    assert (break_types(city), one(city, "SELECT count(*) FROM money.bank_message")) == ([], kept)


STATUS = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<GrpHdr><MsgId>B1</MsgId></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId><GrpSts>{whole}</GrpSts></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><TxInfAndSts><TxSts>{part}</TxSts></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"""


@pytest.mark.parametrize(("whole", "part"), [("RJCT", "ACSC"), ("CANC", "ACCC"), ("RJCT", "PDNG")])
def test_a_status_that_contradicts_itself_is_refused(whole, part):
    assert reports.read(STATUS.format(whole="ACCP", part=part).encode()).reports[0].msg_id == "M1"
    assert reports.read(STATUS.format(whole=whole, part="RJCT").encode()).reports[0].state == "rejected"
    with pytest.raises(BankMessageBad):
        reports.read(STATUS.format(whole=whole, part=part).encode())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_leaves_nothing_behind(city, clearing, name):
    with pytest.raises(BankMessageBad):
        receive(clearing, HOSTILE[name])
    assert one(city, "SELECT count(*) FROM money.bank_message") == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'Ccy="CNY"', b'Ccy="USD"'),
        (b"550.00", b"5.5e2"),
        (b"550.00", b"-550.00"),
        (b"550.00", b"550.001"),
        (b"DBIT", b"BOTH"),
        (b"<Document", b"<!DOCTYPE Document><Document"),
        (b"<EndToEndId>XN4212242026112401N1</EndToEndId>", b""),
        (b"<CdtDbtInd>", b"<RvslInd>true</RvslInd><CdtDbtInd>"),
    ],
)
def test_a_notification_that_says_something_else_is_refused(city, paid, clearing, old, new):
    close(clearing, "hold")
    raw = sandbox_reports.notification(order_at_bank(city), COLLECTION_ACCOUNT.number, "DBIT", at=town.NOW)
    assert old in raw
    with pytest.raises(BankMessageBad):
        receive(clearing, raw.replace(old, new))


def test_the_item_list_is_signed_beside_the_message(city, paid, clearing):
    close(clearing)
    listed = clearing.payout_items(MSG)
    key = load_pem_x509_certificate(clearing.signer.certificates[0]).public_key()
    key.verify(clearing.items_signature(MSG), listed, ec.ECDSA(hashes.SHA256()))
    (clearing.files.folder / f"{MSG}.csv").unlink()
    assert clearing.payout_items(MSG) == listed
