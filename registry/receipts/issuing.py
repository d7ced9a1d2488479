"""Number, render and sign bills."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from data.access.records import SYSTEM
from data.clock import day_of
from data.db import Database
from data.documents import service as documents
from data.documents import sm2
from data.documents.archive import Archive
from data.documents.errors import GlyphMissing
from registry.payments import service as payments
from registry.payments.records import OrderHead
from registry.receipts import store, store_events
from registry.receipts.bureau import FinanceBureau, bill_code
from registry.receipts.errors import ReceiptHeld, ReceiptNotFound
from registry.receipts.keys import BillKeys
from registry.receipts.press import BillPress
from registry.receipts.records import Bill, PaperCopy

CHECK_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CHECK_LENGTH = 6
BILLED_STATES = frozenset({"paid", "cleared"})
OPEN_STATES = frozenset({"numbered", "held"})


@dataclass(frozen=True, slots=True)
class BillOffice:
    """Issues bills: where numbers come from, who signs, where files go, what the QR code opens."""

    db: Database
    keys: BillKeys
    bureau: FinanceBureau
    archive: Archive
    verify_url: str

    def issue_for_order(self, order_no: str, *, now: datetime, refund_no: str | None = None) -> list[Bill]:
        """Issue the bills of a paid order: one per case and county. Re-entrant.

        ``refund_no`` is a refund that is done and of which they are the rest: it does not reverse them.

        Raises
        ------
        OrderNotFound
        """
        with self.db.transaction(SYSTEM) as conn:
            payments.lock_order(conn, order_no)
            head = payments.get_order(conn, order_no).head
            if head.state in BILLED_STATES:
                for case_no, county_code, amount_fen in store.unbilled(conn, order_no):
                    bill = _blue(head, case_no, county_code, amount_fen=amount_fen, now=now)
                    self.number(conn, replace(bill, refund_no=refund_no))
        return self.sign_all(order_no)

    def signed(self, code: str, number: str) -> Bill:
        """Return a bill with its files made.

        Raises
        ------
        ReceiptNotFound, ReceiptHeld
        """
        with self.db.transaction(SYSTEM) as conn:
            bill = store.fetch_bill(conn, code, number)
        if bill is None or bill.state == "void":
            raise ReceiptNotFound(bill=f"{code}-{number}")
        if bill.state != "signed":
            bill = self._sign(bill)
        if bill.state != "signed":
            raise ReceiptHeld(bill=f"{code}-{number}", characters=bill.held_reason)
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
            raise ReceiptNotFound(bill=bill.key)
        return content

    def number(self, conn: store.Conn, bill: Bill) -> None:
        """Give a bill the next number of its county and write it, in the caller's transaction."""
        taken = store.take_number(conn, bill.code, bill.county_code)
        while taken is None:
            self.bureau.allocate(conn, bill.code, bill.county_code)
            taken = store.take_number(conn, bill.code, bill.county_code)
        pool_id, number = taken
        bill = replace(bill, number=number)
        store.insert_bill(conn, bill, pool_id)
        if bill.kind == "blue":
            store.insert_blue_lines(conn, bill)
        else:
            store.insert_red_lines(conn, bill)

    def sign_all(self, order_no: str) -> list[Bill]:
        """Make the files of an order's bills that have none yet; return all but void ones."""
        with self.db.transaction(SYSTEM) as conn:
            bills = store.bills_of_order(conn, order_no)
        return [
            self._sign(bill) if bill.state in OPEN_STATES else bill for bill in bills if bill.state != "void"
        ]

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
        made, pdf = self.press.make(bill, lines, payment_code=payment_code)
        made = replace(made, pdf_sha256=self.archive.put(pdf))
        with self.db.transaction(SYSTEM) as conn:
            store_events.keep_chains(conn, self.keys.chains, bill.issued_at)
            store.sign_bill(conn, made, sm3=(sm2.sm3(bytes(made.xml or b"")), sm2.sm3(pdf)))
            found = store.fetch_bill(conn, bill.code, bill.number)
        return found or made

    def copy(self, bill: Bill, seq: int, *, actor: str, at: datetime) -> bytes:
        """Return the face of a signed bill for paper: with the number of the copy, unsigned."""
        with self.db.transaction(SYSTEM) as conn:
            lines = store.items(conn, bill.code, bill.number)
            payment_code = payments.get_order(conn, bill.order_no).head.payment_code or ""
        return self.press.print(bill, lines, payment_code=payment_code, copy=PaperCopy(seq, actor, at))

    @property
    def press(self) -> BillPress:
        """Return what makes the files."""
        return BillPress(self.keys, self.verify_url)


def moved_blue(head: OrderHead, dispute_no: str, *, case_no: str, county_code: str, now: datetime) -> Bill:
    """Return the bill of a line that a ruling moved to a county, not yet numbered, of no amount yet."""
    bill = _blue(head, case_no, county_code, amount_fen=0, now=now)
    return replace(bill, dispute_no=dispute_no)


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


def red_of(blue: Bill, refund_no: str | None, now: datetime) -> Bill:
    """Return the red bill (红票) of a blue one, not yet numbered."""
    return replace(
        blue,
        code=bill_code(day_of(now)),
        kind="red",
        red_of=blue.key,
        replaces=None,
        refund_no=refund_no,
        correction_id=None,
        amount_fen=-blue.amount_fen,
        check_code=new_check_code(),
        issued_at=now,
        issued_on=day_of(now),
        state="numbered",
    )


def rest_of(blue: Bill, amount_fen: int, refund_no: str | None, now: datetime) -> Bill:
    """Return the new blue bill for what is left of a reversed one (换开), not yet numbered."""
    return replace(
        red_of(blue, refund_no, now), kind="blue", red_of=None, replaces=blue.key, amount_fen=amount_fen
    )


def instead_of(held: Bill, now: datetime) -> Bill:
    """Return the bill in place of one that cannot be printed, which is void then; not yet numbered."""
    return replace(
        held,
        code=bill_code(day_of(now)),
        check_code=new_check_code(),
        issued_at=now,
        issued_on=day_of(now),
        state="numbered",
        held_reason="",
    )


def new_check_code() -> str:
    """Return six random characters without those that look alike (校验码)."""
    return "".join(secrets.choice(CHECK_ALPHABET) for _ in range(CHECK_LENGTH))
