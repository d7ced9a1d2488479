"""Make the files of a bill: data with its pair of signatures, sealed PDF/A-3. No database."""

import hashlib
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from data.clock import SHANGHAI
from data.documents import service as documents
from data.documents.records import Attachment, SealPlacement
from registry.receipts import einvoice
from registry.receipts.face import SEAL_AT, SEAL_MM, Face, draw
from registry.receipts.keys import BillKeys
from registry.receipts.records import Bill, BillItem, PaperCopy

SEAL_ARC, SEAL_LINE = "咸宁市不动产登记中心", "财务专用章"


@dataclass(frozen=True, slots=True)
class BillPress:
    """Makes files: who signs, and what the QR code opens."""

    keys: BillKeys
    verify_url: str

    def make(self, bill: Bill, lines: list[BillItem], *, payment_code: str) -> tuple[Bill, bytes]:
        """Return a numbered bill with its signed data, and the sealed PDF that carries them."""
        xml = einvoice.write(bill, lines, payment_code=payment_code)
        issuer, supervisor = self.keys.chains
        made = replace(
            bill,
            state="signed",
            xml=xml,
            xml_sha256=hashlib.sha256(xml).digest(),
            xml_signature=self.keys.issuer.sign(xml),
            supervisor_signature=self.keys.supervisor.sign(xml),
            issuer_chain=issuer.chain_id,
            supervisor_chain=supervisor.chain_id,
            algorithm=self.keys.issuer.algorithm,
        )
        face = self.print(made, lines, payment_code=payment_code)
        at = bill.issued_at.astimezone(SHANGHAI)
        return made, documents.sign_pdf(
            face, signer=self.keys.pdf, seal=self._seal, reason="财政电子票据开具", at=at
        )

    def print(
        self, bill: Bill, lines: list[BillItem], *, payment_code: str, copy: PaperCopy | None = None
    ) -> bytes:
        """Return the printed form; the original carries the data, a copy a number and a seal's picture."""
        face = Face(payment_code, f"{self.verify_url}?{_facts(bill)}", self._seal, copy)
        return documents.draw_pdf(
            draw(bill, lines, face),
            title=f"{einvoice.NAME} {bill.code} {bill.number}",
            created=bill.issued_at.astimezone(SHANGHAI),
            attachments=[] if copy else self._attached(bill),
        )

    @property
    def _seal(self) -> SealPlacement:
        return SealPlacement(SEAL_ARC, SEAL_LINE, *SEAL_AT, size_mm=SEAL_MM, sample=self.keys.pdf.sample)

    def _attached(self, bill: Bill) -> list[Attachment]:
        signatures = einvoice.write_signatures(bill, self.keys.chains)
        return [
            Attachment("einvoice.xml", bytes(bill.xml or b""), "财政电子票据数据"),
            Attachment("einvoice-signatures.xml", signatures, "数据双签名"),
        ]


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
