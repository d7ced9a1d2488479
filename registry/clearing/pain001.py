"""Credit transfer initiation, ISO 20022 pain.001.001.09: write one payout, and read it as a bank does."""

from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree

from registry.clearing import iso
from registry.clearing.errors import BankMessageBad, MessageUnwritable
from registry.clearing.iso import add, amount_text
from registry.clearing.records import BankAccount, Payout

# Max140Text of a party's name.
_MAX_NAME = 140
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a bank reads in a message; amount in fen."""

    msg_id: str
    end_to_end_id: str
    amount_fen: int
    creditor_number: str
    creditor_name: str
    remittance: str
    execute_on: date


def write(payout: Payout, debtor: BankAccount) -> bytes:
    """Return the message of a payout; the same payout always gives the same bytes.

    Raises
    ------
    MessageUnwritable
    """
    root = iso.document(NAMESPACE)
    message = add(root, "CstmrCdtTrfInitn")
    if not 0 < len(payout.creditor_name) <= _MAX_NAME:
        raise MessageUnwritable(payout.msg_id)
    try:
        _header(message, payout, debtor)
        _payment(message, payout, debtor)
    except ValueError as error:
        raise MessageUnwritable(payout.msg_id) from error
    return iso.written(root)


def read(message: bytes) -> Instruction:
    """Read a message.

    Raises
    ------
    BankMessageBad
        It is no such message, or its sums do not agree.
    """
    root = iso.parse(message)
    try:
        found = Instruction(
            msg_id=_text(root, "GrpHdr/MsgId"),
            end_to_end_id=_text(root, "PmtInf/CdtTrfTxInf/PmtId/EndToEndId"),
            amount_fen=iso.fen(_text(root, "PmtInf/CdtTrfTxInf/Amt/InstdAmt")),
            creditor_number=_text(root, "PmtInf/CdtTrfTxInf/CdtrAcct/Id/Othr/Id"),
            creditor_name=_text(root, "PmtInf/CdtTrfTxInf/Cdtr/Nm"),
            remittance=_text(root, "PmtInf/CdtTrfTxInf/RmtInf/Ustrd"),
            execute_on=date.fromisoformat(_text(root, "PmtInf/ReqdExctnDt/Dt")),
        )
        sums = {iso.fen(_text(root, path)) for path in ("GrpHdr/CtrlSum", "PmtInf/CtrlSum")}
    except ValueError as error:
        raise BankMessageBad from error
    if sums != {found.amount_fen}:
        raise BankMessageBad
    return found


def remittance(payout: Payout) -> str:
    """Return the remittance text: number of items and hash of the item list (at most 140 characters)."""
    return f"n={payout.n_items};sha256={bytes(payout.items_sha256).hex()}"


def _header(message: etree._Element, payout: Payout, debtor: BankAccount) -> None:
    header = add(message, "GrpHdr")
    add(header, "MsgId", payout.msg_id)
    add(header, "CreDtTm", _instant(payout.frozen_at))
    add(header, "NbOfTxs", "1")
    add(header, "CtrlSum", amount_text(payout.amount_fen))
    add(add(header, "InitgPty"), "Nm", debtor.name)


def _payment(message: etree._Element, payout: Payout, debtor: BankAccount) -> None:
    payment = add(message, "PmtInf")
    add(payment, "PmtInfId", payout.msg_id)
    add(payment, "PmtMtd", "TRF")
    add(payment, "NbOfTxs", "1")
    add(payment, "CtrlSum", amount_text(payout.amount_fen))
    add(add(payment, "ReqdExctnDt"), "Dt", payout.execute_on.isoformat())
    add(add(payment, "Dbtr"), "Nm", debtor.name)
    _account(payment, "DbtrAcct", debtor.number)
    _agent(payment, "DbtrAgt", debtor.cnaps)
    transfer = add(payment, "CdtTrfTxInf")
    add(add(transfer, "PmtId"), "EndToEndId", payout.msg_id)
    amount = add(add(transfer, "Amt"), "InstdAmt", amount_text(payout.amount_fen))
    amount.set("Ccy", iso.CURRENCY)
    _agent(transfer, "CdtrAgt", payout.creditor_cnaps)
    add(add(transfer, "Cdtr"), "Nm", payout.creditor_name)
    _account(transfer, "CdtrAcct", payout.creditor_number)
    add(add(transfer, "RmtInf"), "Ustrd", remittance(payout))


def _account(parent: etree._Element, name: str, number: str) -> None:
    add(add(add(add(parent, name), "Id"), "Othr"), "Id", number)


def _agent(parent: etree._Element, name: str, cnaps: str) -> None:
    member = add(add(add(parent, name), "FinInstnId"), "ClrSysMmbId")
    add(add(member, "ClrSysId"), "Cd", "CNAPS")
    add(member, "MmbId", cnaps)


def _text(root: etree._Element, path: str) -> str:
    steps = "/".join(f"{{{NAMESPACE}}}{step}" for step in ["CstmrCdtTrfInitn", *path.split("/")])
    return iso.text_of(root, steps)


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
