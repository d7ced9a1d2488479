"""The bill as data: ``einvoice.xml``."""

from lxml import etree

from data.clock import SHANGHAI
from registry.receipts.records import Bill, BillItem

TAG = "CZ-EI-42"
VERSION = "1.1.0"
NAME = "湖北省非税收入通用票据(电子)"
OFFICE = "咸宁市不动产登记中心"
OFFICE_CODE = "421200000001"
SEAL_NAME = "咸宁市不动产登记中心财务专用章"
SUPERVISOR_AREA = "421200"
FEN_PER_YUAN = 100


def write(bill: Bill, items: list[BillItem], *, payment_code: str) -> bytes:
    """Return the XML of a bill; the same bill always gives the same bytes."""
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
    _add(main, "EInvoiceName", NAME)
    _add(main, "EInvoiceCode", bill.code)
    _add(main, "EInvoiceNumber", bill.number)
    _add(main, "RandomNumber", bill.check_code)
    _add(main, "SupervisorAreaCode", SUPERVISOR_AREA)
    _add(main, "TotalAmount", money(bill.amount_fen))
    _add(main, "IssueDate", f"{at:%Y%m%d}")
    _add(main, "IssueTime", f"{at:%H:%M:%S}")
    _add(main, "BizCode", bill.case_no)
    office = etree.SubElement(main, "InvoicingParty")
    _add(office, "Code", OFFICE_CODE)
    _add(office, "Name", OFFICE)
    _add(office, "RegionCode", bill.county_code)
    payer = etree.SubElement(main, "PayerParty")
    _add(payer, "Type", "1" if bill.payer_kind == "person" else "2")
    _add(payer, "Code", bill.payer_code or "")
    _add(payer, "Name", bill.payer_name)
    _add(main, "CurrencyType", "CNY")
    extra = etree.SubElement(main, "MainExt")
    _add(extra, "PayCode", payment_code)
    related = (bill.red_of or "-").split("-")
    _add(extra, "RelatedInvoiceCode", related[0])
    _add(extra, "RelatedInvoiceNumber", related[1])
    seal = etree.SubElement(main, "InvoicingPartySeal")
    _add(seal, "SealName", SEAL_NAME)


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
