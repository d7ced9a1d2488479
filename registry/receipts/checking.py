"""Check whether a bill is real, unchanged and not reversed."""

import hashlib
import hmac
from datetime import date, datetime

from data.access.records import SYSTEM
from data.db import Database
from data.documents import service as documents
from data.documents import signing
from data.documents.signing import Signer
from registry.receipts import store
from registry.receipts.errors import ReceiptNotFound
from registry.receipts.records import Bill, Verdict


def check_file(db: Database, content: bytes, *, signer: Signer, now: datetime) -> Verdict:
    """Check a bill's file: bytes first, then the signature.

    Parameters
    ----------
    db : Database
        Database.
    content : bytes
        PDF or XML.
    signer : Signer
        Whose root certificate is trusted.
    now : datetime
        Aware instant.
    """
    state = documents.inspect_signature(content, roots=[signer.certificates[-1]], at=now)
    with db.transaction(SYSTEM) as conn:
        bill = store.find_by_sha256(conn, hashlib.sha256(content).digest())
    if bill is None:
        reason = "bytes_changed" if state.signed else "not_a_bill"
        return Verdict(False, False, state.valid, "unknown", reason, None)
    is_xml = bill.xml_sha256 is not None and hashlib.sha256(content).digest() == bytes(bill.xml_sha256)
    signature_valid = _xml_holds(bill, content, signer) if is_xml else state.valid
    return Verdict(
        valid=signature_valid and not bill.reversed,
        bytes_match=True,
        signature_valid=signature_valid,
        status=_status(bill),
        reason="reversed" if bill.reversed else None,
        bill=bill,
    )


def _xml_holds(bill: Bill, content: bytes, signer: Signer) -> bool:
    """Tell whether the detached signature that was issued with the XML is good."""
    return signing.verify(signer.certificates[0], content, bytes(bill.xml_signature or b""))


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
    same = bill is not None and hmac.compare_digest(bill.check_code.encode(), check_code.encode())
    if bill is None or not same or (bill.amount_fen, bill.issued_on) != (amount_fen, issued_on):
        return Verdict(False, None, None, "unknown", "facts_differ", None)
    return Verdict(
        valid=not bill.reversed,
        bytes_match=None,
        signature_valid=None,
        status=_status(bill),
        reason="reversed" if bill.reversed else None,
        bill=bill,
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
    if bill is None or not hmac.compare_digest(bill.check_code.encode(), check_code.encode()):
        raise ReceiptNotFound(code=code, number=number)
    return bill


def _status(bill: Bill) -> str:
    return "reversed" if bill.reversed else "live"
