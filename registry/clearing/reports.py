"""What banks report of payouts: payment status (pain.002) and debit or credit notification (camt.054)."""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from registry.clearing import iso
from registry.clearing.errors import BankMessageBad

PAIN_002: Final = "pain.002"
CAMT_054: Final = "camt.054"
# ISO 20022 external payment transaction status codes: what they mean for a payout.
_STATES: Final = {
    "RJCT": "rejected",
    "CANC": "rejected",
    "RCVD": "received",
    "PDNG": "received",
    "ACTC": "received",
    "ACCP": "received",
    "ACSP": "received",
    "ACWC": "received",
    "ACWP": "received",
    "ACSC": "debited",
    "ACCC": "credited",
}
_FAILED: Final = frozenset(code for code, state in _STATES.items() if state == "rejected")
_TRUE: Final = frozenset({"true", "1"})
_SIDES: Final = {"DBIT": "debited", "CRDT": "credited"}
BOOKED: Final = "BOOK"
MAX_REPORTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Report:
    """What a message says of one payout: ``account`` and ``amount_fen`` where it says them."""

    msg_id: str
    state: str
    amount_fen: int | None = None
    account: str | None = None
    entry_ref: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BankMessage:
    """A message of a bank; ``ref`` is the bank's own number of it."""

    kind: str
    ref: str
    reports: tuple[Report, ...]


def read(raw: bytes) -> BankMessage:
    """Read a pain.002 or camt.054 message of any version.

    Raises
    ------
    BankMessageBad
        It is neither, lacks what it must have, uses a status that is not known, or is hostile.
    """
    root = iso.parse(raw)
    namespace = etree.QName(root).namespace or ""
    try:
        found = _READERS[namespace.partition("xsd:")[2][: len(PAIN_002)]](root)
    except (ValueError, KeyError) as error:
        raise BankMessageBad from error
    if not 0 < len(found.reports) <= MAX_REPORTS:
        raise BankMessageBad
    return found


def _status(root: etree._Element) -> BankMessage:
    report = _one(root, "{*}CstmrPmtStsRpt")
    ref = iso.text_of(report, "{*}GrpHdr/{*}MsgId")
    group = _one(report, "{*}OrgnlGrpInfAndSts")
    whole = group.findtext("{*}GrpSts")
    original = iso.text_of(group, "{*}OrgnlMsgId")
    details = report.findall("{*}OrgnlPmtInfAndSts/{*}TxInfAndSts")
    if whole in _FAILED and any(iso.text_of(item, "{*}TxSts") not in _FAILED for item in details):
        raise ValueError("whole and parts contradict each other")
    if not details:
        state = _STATES[whole or iso.text_of(report, "{*}OrgnlPmtInfAndSts/{*}PmtInfSts")]
        return BankMessage(PAIN_002, ref, (Report(original, state, reason=_reason(report)),))
    return BankMessage(PAIN_002, ref, tuple(_transaction(item, original) for item in details))


def _transaction(item: etree._Element, original: str) -> Report:
    return Report(
        iso.words_of(item, "{*}OrgnlEndToEndId") or original,
        _STATES[iso.text_of(item, "{*}TxSts")],
        reason=_reason(item),
        entry_ref=iso.words_of(item, "{*}AcctSvcrRef"),
    )


def _reason(element: etree._Element) -> str:
    parts = [
        element.findtext(f".//{{*}}StsRsnInf/{path}") or ""
        for path in ("{*}Rsn/{*}Cd", "{*}Rsn/{*}Prtry", "{*}AddtlInf")
    ]
    return " ".join(part.strip() for part in parts if part.strip())[:200]


def _notification(root: etree._Element) -> BankMessage:
    message = _one(root, "{*}BkToCstmrDbtCdtNtfctn")
    ref = iso.text_of(message, "{*}GrpHdr/{*}MsgId")
    reports: list[Report] = []
    for notification in message.findall("{*}Ntfctn"):
        account = iso.text_of(notification, "{*}Acct/{*}Id/{*}Othr/{*}Id")
        for entry in notification.findall("{*}Ntry"):
            reports += _entry(entry, account)
    return BankMessage(CAMT_054, ref, tuple(reports))


def _entry(entry: etree._Element, account: str) -> list[Report]:
    """Return what an entry says; one that is not booked yet is only received, a reversal is none of ours."""
    if iso.words_of(entry, "{*}RvslInd") in _TRUE:
        raise ValueError("reversal")
    booked = (entry.findtext("{*}Sts/{*}Cd") or entry.findtext("{*}Sts") or "").strip() == BOOKED
    state = _SIDES[iso.text_of(entry, "{*}CdtDbtInd")] if booked else "received"
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    if len(details) <= 1:
        return [Report(_reference(entry), state, _amount(entry), account, _entry_ref(entry))]
    return [
        Report(_reference(item), state, _amount(item), account, _entry_ref(item) or _entry_ref(entry))
        for item in details
    ]


def _reference(element: etree._Element) -> str:
    for path in (".//{*}Refs/{*}EndToEndId", ".//{*}Refs/{*}MsgId"):
        found = iso.words_of(element, path)
        if found:
            return found
    raise ValueError("reference")


def _entry_ref(element: etree._Element) -> str:
    for path in ("{*}AcctSvcrRef", ".//{*}Refs/{*}AcctSvcrRef", "{*}NtryRef"):
        found = iso.words_of(element, path)
        if found:
            return found
    return ""


def _amount(element: etree._Element) -> int:
    amount = _one(element, "{*}Amt")
    if amount.get("Ccy") != iso.CURRENCY:
        raise ValueError("currency")
    return iso.fen((amount.text or "").strip())


def _one(element: etree._Element, path: str) -> etree._Element:
    found = element.find(path)
    if found is None:
        raise ValueError(path)
    return found


_READERS: Final = {PAIN_002: _status, CAMT_054: _notification}
