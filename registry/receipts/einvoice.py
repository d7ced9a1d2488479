"""The bill as data: ``einvoice.xml``."""

import hashlib
from base64 import b64encode

from lxml import etree

from data.clock import SHANGHAI
from data.documents import sm2
from registry.clearing.rules import COLLECTION_ACCOUNT
from registry.receipts.records import Bill, BillItem, Chain

TAG = "CZ-EI-42"
VERSION = "1.1.0"
NAME = "湖北省非税收入通用票据(电子)"
OFFICE = "咸宁市不动产登记中心"
OFFICE_CODE = "421200000001"
SEAL_NAME = "咸宁市不动产登记中心财务专用章"
SEAL_ID = "4212000001"
SUPERVISOR = "咸宁市财政局"
SUPERVISOR_SEAL_NAME = "财政票据监制章(咸宁市财政局)"
SUPERVISOR_SEAL_ID = "4212009001"
SPECIMEN_CODE = "4206010001"
HANDLER = "系统"
SUPERVISOR_AREA = "421200"
FEN_PER_YUAN = 100


def write(bill: Bill, items: list[BillItem], *, payment_code: str) -> bytes:
    """Return the XML of a bill as 财综〔2018〕72号 shapes it; the same bill always gives the same bytes."""
    root = etree.Element("EInvoice")
    header = etree.SubElement(root, "Header")
    _add(header, "EInvoiceID", f"{bill.code}{bill.number}")
    _add(header, "EInvoiceTag", TAG)
    _add(header, "Version", VERSION)
    data = etree.SubElement(root, "EInvoiceData")
    _main(etree.SubElement(data, "Main"), bill, payment_code)
    details = etree.SubElement(data, "Details")
    for item in items:
        _item(etree.SubElement(details, "Item"), item)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _main(main: etree._Element, bill: Bill, payment_code: str) -> None:
    at = bill.issued_at.astimezone(SHANGHAI)
    facts = {
        "EInvoiceName": NAME,
        "EInvoiceCode": bill.code,
        "EInvoiceNumber": bill.number,
        "RandomNumber": bill.check_code,
        "EInvoiceSpecimenCode": SPECIMEN_CODE,
        "SupervisorAreaCode": SUPERVISOR_AREA,
        "TotalAmount": money(bill.amount_fen),
        "IssueDate": f"{at:%Y%m%d}",
        "IssueTime": f"{at:%H:%M:%S}",
        "BizCode": bill.case_no,
        "HandlingPerson": HANDLER,
        "Checker": HANDLER,
        "Remark": _remark(bill),
    }
    for name, text in facts.items():
        _add(main, name, text)
    _parties(main, bill)
    for name, text in (("PayMode", "1"), ("CurrencyType", "CNY"), ("ExchangeRate", "1.00")):
        _add(main, name, text)
    extra = etree.SubElement(main, "MainExt")
    _add(extra, "PayCode", payment_code)
    related = (bill.red_of or bill.replaces or "-").split("-")
    _add(extra, "RelatedInvoiceCode", related[0])
    _add(extra, "RelatedInvoiceNumber", related[1])
    _seal(etree.SubElement(main, "InvoicingPartySeal"), SEAL_ID, SEAL_NAME)
    _seal(etree.SubElement(main, "SupervisorPartySeal"), SUPERVISOR_SEAL_ID, SUPERVISOR_SEAL_NAME)


def _remark(bill: Bill) -> str:
    if bill.red_of:
        return f"红字票据，冲销 {bill.red_of}"
    return f"换开，原票据 {bill.replaces}" if bill.replaces else ""


def _parties(main: etree._Element, bill: Bill) -> None:
    office = etree.SubElement(main, "InvoicingParty")
    _add(office, "Code", OFFICE_CODE)
    _add(office, "Name", OFFICE)
    _add(office, "RegionCode", bill.county_code)
    _add(office, "RecName", COLLECTION_ACCOUNT.name)
    _add(office, "RecAcct", COLLECTION_ACCOUNT.number)
    _add(office, "RecOpBk", COLLECTION_ACCOUNT.bank)
    payer = etree.SubElement(main, "PayerParty")
    _add(payer, "Type", "1" if bill.payer_kind == "person" else "2")
    _add(payer, "Code", bill.payer_code or "")
    _add(payer, "Name", bill.payer_name)
    _add(payer, "Acct", "")
    _add(payer, "OpBk", "")


def _seal(seal: etree._Element, seal_id: str, name: str) -> None:
    """Write a seal; its hash is of what identifies it, the pictures stand on the printed form."""
    _add(seal, "SealId", seal_id)
    _add(seal, "SealName", name)
    _add(seal, "SealHash", hashlib.sha256(f"{seal_id}:{name}".encode()).hexdigest())


def _item(element: etree._Element, item: BillItem) -> None:
    _add(element, "ItemCode", item.item_code)
    _add(element, "ItemName", item.name)
    _add(element, "ItemUnit", "件")
    _add(element, "ItemQuantity", str(item.quantity))
    _add(element, "ItemStd", money(item.standard_fen))
    _add(element, "ItemAmount", money(item.amount_fen))


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


def money(amount_fen: int) -> str:
    """Return an amount in yuan with two decimals and no separators."""
    whole, rest = divmod(abs(amount_fen), FEN_PER_YUAN)
    return f"{'-' if amount_fen < 0 else ''}{whole}.{rest:02d}"


def write_signatures(bill: Bill, chains: tuple[Chain, Chain]) -> bytes:
    """Return the pair of detached signatures as XML: who, by which algorithm and certificates."""
    root = etree.Element("EInvoiceSignature")
    _add(root, "DigestSM3", sm2.sm3(bytes(bill.xml or b"")).hex())
    signatures = (bill.xml_signature, bill.supervisor_signature)
    names = ("InvoicingPartySignature", "SupervisorPartySignature")
    for name, chain, signature in zip(names, chains, signatures, strict=True):
        element = etree.SubElement(root, name)
        _add(element, "SignatureAlgorithm", str(bill.algorithm))
        _add(element, "SignerName", chain.subject)
        _add(element, "SignatureTime", bill.issued_at.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S"))
        _add(element, "SignatureValue", b64encode(bytes(signature or b"")).decode())
        _add(element, "Certificates", b"".join(chain.certificates).decode())
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))
