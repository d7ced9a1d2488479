"""The sandbox bank's reports: pain.002.001.10 and camt.054.001.08, as a bank writes them."""

from datetime import datetime

from registry.clearing import iso
from registry.clearing.iso import add
from registry.clearing.records import BankOrder

PAIN_002 = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
# Why it refuses: code and words.
REFUSED = "AC01 沙箱拒绝"
CAMT_054 = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"


def status_report(order: BankOrder, code: str, *, at: datetime) -> bytes:
    """Return a pain.002 with one transaction status (ISO code such as ACSP or RJCT)."""
    root = iso.document(PAIN_002)
    report = add(root, "CstmrPmtStsRpt")
    header = add(report, "GrpHdr")
    add(header, "MsgId", f"S{code}{order.msg_id}")
    add(header, "CreDtTm", at.isoformat(timespec="seconds"))
    group = add(report, "OrgnlGrpInfAndSts")
    add(group, "OrgnlMsgId", order.msg_id)
    add(group, "OrgnlMsgNmId", "pain.001.001.09")
    payment = add(report, "OrgnlPmtInfAndSts")
    add(payment, "OrgnlPmtInfId", order.msg_id)
    transaction = add(payment, "TxInfAndSts")
    add(transaction, "OrgnlEndToEndId", order.msg_id)
    add(transaction, "TxSts", code)
    if code == "RJCT":
        code, _, words = REFUSED.partition(" ")
        reason = add(transaction, "StsRsnInf")
        add(add(reason, "Rsn"), "Cd", code)
        add(reason, "AddtlInf", order.reason or words)
    return iso.written(root)


def notification(order: BankOrder, account: str, side: str, *, at: datetime) -> bytes:
    """Return a camt.054 of one booked entry, ``DBIT`` or ``CRDT``, on an account."""
    root = iso.document(CAMT_054)
    message = add(root, "BkToCstmrDbtCdtNtfctn")
    header = add(message, "GrpHdr")
    add(header, "MsgId", f"N{side[0]}{order.msg_id}")
    add(header, "CreDtTm", at.isoformat(timespec="seconds"))
    found = add(message, "Ntfctn")
    add(found, "Id", f"{side[0]}{order.msg_id}")
    add(found, "CreDtTm", at.isoformat(timespec="seconds"))
    add(add(add(add(found, "Acct"), "Id"), "Othr"), "Id", account)
    entry = add(found, "Ntry")
    add(entry, "Amt", iso.amount_text(order.amount_fen)).set("Ccy", iso.CURRENCY)
    add(entry, "CdtDbtInd", side)
    add(add(entry, "Sts"), "Cd", "BOOK")
    add(add(entry, "BookgDt"), "DtTm", at.isoformat(timespec="seconds"))
    add(entry, "AcctSvcrRef", f"E{side[0]}{order.msg_id}")
    domain = add(add(entry, "BkTxCd"), "Domn")
    add(domain, "Cd", "PMNT")
    family = add(domain, "Fmly")
    add(family, "Cd", "ICDT" if side == "DBIT" else "RCDT")
    add(family, "SubFmlyCd", "DMCT")
    details = add(add(add(entry, "NtryDtls"), "TxDtls"), "Refs")
    add(details, "EndToEndId", order.msg_id)
    return iso.written(root)
