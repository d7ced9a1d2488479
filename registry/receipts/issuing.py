"""Number, render and sign bills."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes

from data.access.records import SYSTEM
from data.clock import SHANGHAI, day_of
from data.db import Database
from data.documents import service as documents
from data.documents.archive import Archive
from data.documents.errors import GlyphMissing
from data.documents.records import Attachment, SealPlacement
from data.documents.signing import Signer
from registry.payments import refunds
from registry.payments import service as payments
from registry.payments.records import OrderHead
from registry.receipts import einvoice, store
from registry.receipts.bureau import FinanceBureau, bill_code
from registry.receipts.errors import ReceiptHeld, ReceiptNotFound
from registry.receipts.records import Bill, BillItem

CHECK_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CHECK_LENGTH = 6
BILLED_STATES = frozenset({"paid", "cleared"})
SEAL_ARC, SEAL_LINE = "咸宁市不动产登记中心", "财务专用章"
SEAL_AT = (150.0, 82.0)


@dataclass(frozen=True, slots=True)
class BillOffice:
    """Issues bills: where numbers come from, who signs, where files go, what the QR code opens."""

    db: Database
    signer: Signer
    bureau: FinanceBureau
    archive: Archive
    verify_url: str

    def issue_for_order(self, order_no: str, *, now: datetime) -> list[Bill]:
        """Issue the bills of a paid order: one per case and county. Re-entrant.

        Raises
        ------
        OrderNotFound
        """
        with self.db.transaction(SYSTEM) as conn:
            payments.lock_order(conn, order_no)
            head = payments.get_order(conn, order_no).head
            if head.state in BILLED_STATES:
                for case_no, county_code, amount_fen in store.unbilled(conn, order_no):
                    self._number(conn, _blue(head, case_no, county_code, amount_fen=amount_fen, now=now))
        return self._sign_all(order_no)

    def refund_order(self, order_no: str, channel: str, *, now: datetime) -> None:
        """Reverse the bills of an order that is being refunded, then pay its payer back. Re-entrant.

        Raises
        ------
        OrderNotFound
        ReceiptHeld
            A red bill cannot be printed: the money waits.
        """
        with self.db.transaction(SYSTEM) as conn:
            payments.lock_order(conn, order_no)
            for blue in store.bills_of_order(conn, order_no):
                if blue.kind == "blue" and not blue.reversed:
                    self._number(conn, _red(blue, now), blue)
        for bill in self._sign_all(order_no):
            if bill.state != "signed":
                raise ReceiptHeld(code=bill.code, number=bill.number, characters=bill.held_reason)
        with self.db.transaction(SYSTEM) as conn:
            refunds.pay_back(conn, order_no, channel, now=now, actor="system")

    def signed(self, code: str, number: str) -> Bill:
        """Return a bill with its files made.

        Raises
        ------
        ReceiptNotFound, ReceiptHeld
        """
        with self.db.transaction(SYSTEM) as conn:
            bill = store.fetch_bill(conn, code, number)
        if bill is None:
            raise ReceiptNotFound(code=code, number=number)
        if bill.state != "signed":
            bill = self._sign(bill)
        if bill.state != "signed":
            raise ReceiptHeld(code=code, number=number, characters=bill.held_reason)
        return bill

    def pdf(self, bill: Bill) -> bytes:
        """Return the PDF of a signed bill, as issued.

        Raises
        ------
        ReceiptNotFound
            The archive does not have the file any more.
        """
        content = self.archive.get(bill.pdf_sha256 or b"")
        if content is None:
            raise ReceiptNotFound(code=bill.code, number=bill.number)
        return content

    def _number(self, conn: store.Conn, bill: Bill, blue: Bill | None = None) -> None:
        taken = store.take_number(conn, bill.code, bill.county_code)
        while taken is None:
            self.bureau.allocate(conn, bill.code, bill.county_code)
            taken = store.take_number(conn, bill.code, bill.county_code)
        pool_id, number = taken
        bill = replace(bill, number=number)
        store.insert_bill(conn, bill, pool_id)
        if blue is None:
            store.insert_blue_lines(conn, bill)
        else:
            store.insert_red_lines(conn, bill, blue)

    def _sign_all(self, order_no: str) -> list[Bill]:
        with self.db.transaction(SYSTEM) as conn:
            bills = store.bills_of_order(conn, order_no)
        return [bill if bill.state == "signed" else self._sign(bill) for bill in bills]

    def _sign(self, bill: Bill) -> Bill:
        """Make and store the files of a numbered bill; hold it when a glyph is missing."""
        with self.db.transaction(SYSTEM) as conn:
            lines = store.items(conn, bill.code, bill.number)
            payment_code = payments.get_order(conn, bill.order_no).head.payment_code or ""
        try:
            documents.require_glyphs([bill.payer_name, *(line.name + line.reason for line in lines)])
        except GlyphMissing as error:
            reason = str(error.params["characters"])
            with self.db.transaction(SYSTEM) as conn:
                store.hold_bill(conn, bill, reason)
            return replace(bill, state="held", held_reason=reason)
        xml = einvoice.write(bill, lines, payment_code=payment_code)
        pdf = self._pdf(bill, lines, xml, payment_code)
        made = replace(
            bill,
            state="signed",
            xml=xml,
            xml_sha256=hashlib.sha256(xml).digest(),
            xml_signature=self.signer.sign(xml),
            algorithm=self.signer.algorithm,
            pdf_sha256=self.archive.put(pdf),
        )
        with self.db.transaction(SYSTEM) as conn:
            store.sign_bill(conn, made, sm3=(_sm3(xml), _sm3(pdf)))
            found = store.fetch_bill(conn, bill.code, bill.number)
        return found or made

    def _pdf(self, bill: Bill, lines: list[BillItem], xml: bytes, payment_code: str) -> bytes:
        at = bill.issued_at.astimezone(SHANGHAI)
        html = documents.render_template(
            __package__ or "",
            "receipt.html",
            created=at,
            bill=bill,
            lines=lines,
            payment_code=payment_code,
            name=einvoice.NAME,
            office=einvoice.OFFICE,
            sample=self.signer.sample,
            link=f"{self.verify_url}?{_facts(bill)}",
        )
        attachment = Attachment("einvoice.xml", xml, "财政电子票据数据")
        pdf = documents.render_pdf(html, created=at, attachments=[attachment])
        seal = SealPlacement(SEAL_ARC, SEAL_LINE, *SEAL_AT, size_mm=38.0, sample=self.signer.sample)
        return documents.sign_pdf(pdf, signer=self.signer, seal=seal, reason="财政电子票据开具", at=at)


def _blue(head: OrderHead, case_no: str, county_code: str, *, amount_fen: int, now: datetime) -> Bill:
    return Bill(
        code=bill_code(day_of(now)),
        number="",
        kind="blue",
        red_of=None,
        order_no=head.order_no,
        case_no=case_no,
        county_code=county_code,
        accept_office=head.accept_office,
        payer_name=head.payer_name,
        payer_kind=head.payer_kind,
        payer_code=head.payer_code,
        amount_fen=amount_fen,
        check_code=new_check_code(),
        issued_at=now,
        issued_on=day_of(now),
        state="numbered",
        xml=None,
        xml_sha256=None,
        xml_signature=None,
        algorithm=None,
        pdf_sha256=None,
        held_reason="",
        reversed=False,
    )


def _red(blue: Bill, now: datetime) -> Bill:
    return replace(
        blue,
        code=bill_code(day_of(now)),
        kind="red",
        red_of=f"{blue.code}-{blue.number}",
        amount_fen=-blue.amount_fen,
        check_code=new_check_code(),
        issued_at=now,
        issued_on=day_of(now),
        state="numbered",
    )


def _facts(bill: Bill) -> str:
    """Return what the QR code says: the five facts of the check, no person."""
    facts = {
        "code": bill.code,
        "number": bill.number,
        "check_code": bill.check_code,
        "amount_fen": bill.amount_fen,
        "issued_on": bill.issued_on,
    }
    return urlencode(facts)


def new_check_code() -> str:
    """Return six random characters without those that look alike (校验码)."""
    return "".join(secrets.choice(CHECK_ALPHABET) for _ in range(CHECK_LENGTH))


def _sm3(content: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize()
