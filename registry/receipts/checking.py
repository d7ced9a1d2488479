"""Check whether a bill is real, unchanged and not reversed."""

import hashlib
import hmac
from datetime import date, datetime

from data.access.records import SYSTEM
from data.db import Database
from data.documents import service as documents
from data.documents import signing, sm2
from registry.receipts import store, store_events
from registry.receipts.errors import ReceiptNotFound
from registry.receipts.keys import BillKeys, check_pair
from registry.receipts.records import Bill, Chain, CheckedSignature, Verdict


def check_file(db: Database, content: bytes, *, keys: BillKeys, now: datetime) -> Verdict:
    """Check a bill's file: its bytes against those stored at issue first, then every signature.

    Parameters
    ----------
    db : Database
        Database.
    content : bytes
        PDF or XML.
    keys : BillKeys
        Whose root certificates are trusted.
    now : datetime
        Aware instant.
    """
    sha256 = hashlib.sha256(content).digest()
    with db.transaction(SYSTEM) as conn:
        bill = store.find_by_sha256(conn, sha256)
        chains = store_events.chains_of(conn, bill) if bill else {}
        entry = store_events.entry_of(conn, bill.code, bill.number) if bill else None
        copies = store_events.copies_of(conn, bill.code, bill.number) if bill else 0
    if bill is None:
        state = documents.inspect_signature(content, roots=[keys.pdf.certificates[-1]], at=now)
        reason = "bytes_changed" if state.signed else "not_a_bill"
        return Verdict(False, False, state.valid, "unknown", reason, None)
    signatures = _of_data(bill, chains, keys)
    if sha256 == bytes(bill.pdf_sha256 or b""):
        signatures = [_of_pdf(content, keys, now), *signatures]
    signature_valid = all(item.valid for item in signatures)
    return Verdict(
        valid=signature_valid and not bill.reversed,
        bytes_match=True,
        signature_valid=signature_valid,
        status=_status(bill),
        reason="reversed" if bill.reversed else None,
        bill=bill,
        signatures=tuple(signatures),
        entry=entry,
        copies=copies,
    )


def _of_pdf(content: bytes, keys: BillKeys, now: datetime) -> CheckedSignature:
    state = documents.inspect_signature(content, roots=[keys.pdf.certificates[-1]], at=now)
    return CheckedSignature("seal", state.signer, keys.pdf.algorithm, state.valid)


def _of_data(bill: Bill, chains: dict[bytes, Chain], keys: BillKeys) -> list[CheckedSignature]:
    """Check the signatures on the data; a bill of before the pair has one, by the key of the PDF."""
    if bill.algorithm == sm2.ALGORITHM:
        return check_pair(bill, chains, roots=keys.sm2_roots)
    content, signature = bytes(bill.xml or b""), bytes(bill.xml_signature or b"")
    good = signing.verify(keys.pdf.certificates[0], content, signature)
    return [CheckedSignature("issuer", "", str(bill.algorithm), good)]


def check_facts(
    db: Database, code: str, number: str, *, check_code: str, amount_fen: int, issued_on: date
) -> Verdict:
    """Check what is printed on a bill: all five facts must agree.

    Parameters
    ----------
    code, number, check_code : str
        票据代码, 票据号码, 校验码.
    amount_fen : int
        Face in fen; negative on a red bill.
    issued_on : date
        Day of issue.
    """
    with db.transaction(SYSTEM) as conn:
        bill = store.fetch_bill(conn, code, number)
        entry = store_events.entry_of(conn, code, number)
        copies = store_events.copies_of(conn, code, number)
    same = bill is not None and hmac.compare_digest(bill.check_code.encode(), check_code.encode())
    if (
        bill is None
        or not same
        or bill.state == "void"
        or (bill.amount_fen, bill.issued_on) != (amount_fen, issued_on)
    ):
        return Verdict(False, None, None, "unknown", "facts_differ", None)
    return Verdict(
        valid=not bill.reversed,
        bytes_match=None,
        signature_valid=None,
        status=_status(bill),
        reason="reversed" if bill.reversed else None,
        bill=bill,
        entry=entry,
        copies=copies,
    )


def by_check_code(db: Database, code: str, number: str, check_code: str) -> Bill:
    """Return a bill to the public by its check code.

    Raises
    ------
    ReceiptNotFound
        Unknown, or a wrong check code; never says which.
    """
    with db.transaction(SYSTEM) as conn:
        bill = store.fetch_bill(conn, code, number)
    same = bill is not None and hmac.compare_digest(bill.check_code.encode(), check_code.encode())
    if bill is None or not same or bill.state == "void":
        raise ReceiptNotFound(bill=f"{code}-{number}")
    return bill


def _status(bill: Bill) -> str:
    return "reversed" if bill.reversed else "live"
