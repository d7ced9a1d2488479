"""The port to the tax authority, and the sandbox that stands for it. Named *sandbox* on every screen."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from data.signed_messages import sign

KEY_ID = "tax"


@dataclass(frozen=True, slots=True)
class TaxReport:
    """What we tell the tax authority: an assessment was paid, or its payment refunded; amount in fen."""

    assessment_no: str
    tax_source_no: str | None
    case_no: str
    state: str
    amount_fen: int
    order_no: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TaxDelivery:
    """A message of the tax authority as it came: the signature header, the raw body."""

    signature: str
    raw: bytes


class TaxOffice(Protocol):
    """Takes our reports; the same report again changes nothing there."""

    def report(self, report: TaxReport, *, now: datetime) -> TaxDelivery | None:
        """Take a report; the answer is a message, or comes later by itself (None)."""


@dataclass(frozen=True, slots=True)
class SandboxTaxOffice:
    """Certifies a paid tax at once, as the tax authority would by a message of its own."""

    key: str

    def report(self, report: TaxReport, *, now: datetime) -> TaxDelivery | None:
        """Return the signed message with the number of the payment certificate (完税凭证)."""
        if report.state != "paid":
            return None
        number = hashlib.sha256(f"{report.assessment_no}:{report.order_no}".encode()).hexdigest()[:12].upper()
        body = {
            "assessment_no": report.assessment_no,
            "state": "certified",
            "certificate_no": f"SB42{number}",
        }
        raw = json.dumps(body).encode()
        return TaxDelivery(sign(self.key, KEY_ID, raw, at=int(now.timestamp())), raw)
