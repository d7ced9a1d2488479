"""Credit transfer initiation, ISO 20022 pain.001.001.09: write one payout, and read it as a bank does."""

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from data.clock import day_of
from registry.clearing.errors import BankMessageBad
from registry.clearing.records import BankAccount, Payout

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
CURRENCY = "CNY"
FEN_PER_YUAN = 100


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a bank reads in a message; amount in fen."""

    msg_id: str
    end_to_end_id: str
    amount_fen: int
    creditor_number: str
    creditor_name: str
    remittance: str


def write(payout: Payout, debtor: BankAccount) -> bytes:
    """Return the message of a payout; the same payout always gives the same bytes."""
    root = etree.Element(_tag("Document"), nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # None is the default namespace
    message = etree.SubElement(root, _tag("CstmrCdtTrfInitn"))
    _header(message, payout, debtor)
    _payment(message, payout, debtor)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def read(message: bytes) -> Instruction:
    """Read a message.

    Raises
    ------
    BankMessageBad
        It is no such message, or its sums do not agree.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(message, parser)
        found = Instruction(
            msg_id=_text(root, "GrpHdr/MsgId"),
            end_to_end_id=_text(root, "PmtInf/CdtTrfTxInf/PmtId/EndToEndId"),
            amount_fen=_fen(_text(root, "PmtInf/CdtTrfTxInf/Amt/InstdAmt")),
            creditor_number=_text(root, "PmtInf/CdtTrfTxInf/CdtrAcct/Id/Othr/Id"),
            creditor_name=_text(root, "PmtInf/CdtTrfTxInf/Cdtr/Nm"),
            remittance=_text(root, "PmtInf/CdtTrfTxInf/RmtInf/Ustrd"),
        )
        sums = {_fen(_text(root, path)) for path in ("GrpHdr/CtrlSum", "PmtInf/CtrlSum")}
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BankMessageBad from error
    if sums != {found.amount_fen}:
        raise BankMessageBad
    return found


def amount_text(amount_fen: int) -> str:
    """Return an amount as the message writes it: yuan with two decimals, no separators."""
    whole, rest = divmod(amount_fen, FEN_PER_YUAN)
    return f"{whole}.{rest:02d}"


def _header(message: etree._Element, payout: Payout, debtor: BankAccount) -> None:
    header = _add(message, "GrpHdr")
    _add(header, "MsgId", payout.msg_id)
    _add(header, "CreDtTm", _instant(payout.frozen_at))
    _add(header, "NbOfTxs", "1")
    _add(header, "CtrlSum", amount_text(payout.amount_fen))
    _add(_add(header, "InitgPty"), "Nm", debtor.name)


def _payment(message: etree._Element, payout: Payout, debtor: BankAccount) -> None:
    payment = _add(message, "PmtInf")
    _add(payment, "PmtInfId", payout.msg_id)
    _add(payment, "PmtMtd", "TRF")
    _add(payment, "NbOfTxs", "1")
    _add(payment, "CtrlSum", amount_text(payout.amount_fen))
    _add(_add(payment, "ReqdExctnDt"), "Dt", day_of(payout.frozen_at).isoformat())
    _add(_add(payment, "Dbtr"), "Nm", debtor.name)
    _account(payment, "DbtrAcct", debtor.number)
    _agent(payment, "DbtrAgt", debtor.cnaps)
    transfer = _add(payment, "CdtTrfTxInf")
    _add(_add(transfer, "PmtId"), "EndToEndId", payout.msg_id)
    amount = _add(_add(transfer, "Amt"), "InstdAmt", amount_text(payout.amount_fen))
    amount.set("Ccy", CURRENCY)
    _agent(transfer, "CdtrAgt", payout.creditor_cnaps)
    _add(_add(transfer, "Cdtr"), "Nm", payout.creditor_name)
    _account(transfer, "CdtrAcct", payout.creditor_number)
    _add(_add(transfer, "RmtInf"), "Ustrd", remittance(payout))


def remittance(payout: Payout) -> str:
    """Return the remittance text: number of items and hash of the item list (at most 140 characters)."""
    return f"n={payout.n_items};sha256={bytes(payout.items_sha256).hex()}"


def _account(parent: etree._Element, name: str, number: str) -> None:
    _add(_add(_add(_add(parent, name), "Id"), "Othr"), "Id", number)


def _agent(parent: etree._Element, name: str, cnaps: str) -> None:
    member = _add(_add(_add(parent, name), "FinInstnId"), "ClrSysMmbId")
    _add(_add(member, "ClrSysId"), "Cd", "CNAPS")
    _add(member, "MmbId", cnaps)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, _tag(name))
    element.text = text
    return element


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _text(root: etree._Element, path: str) -> str:
    steps = "/".join(_tag(step) for step in ["CstmrCdtTrfInitn", *path.split("/")])
    found = root.find(steps)
    if found is None or not found.text:
        raise ValueError(path)
    return str(found.text)


def _fen(text: str) -> int:
    whole, _, rest = text.partition(".")
    if len(rest) != 2 or not (whole + rest).isdecimal():  # noqa: PLR2004  two decimals
        raise ValueError(text)
    return int(whole) * FEN_PER_YUAN + int(rest)


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
