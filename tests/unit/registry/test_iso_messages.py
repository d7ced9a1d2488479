"""Our messages as an independent library reads them (pyiso20022: dataclasses made from ISO's schemas)."""

import importlib.resources
from dataclasses import replace
from datetime import date

import pytest
from lxml import etree
from pyiso20022.camt.camt_054_001_08 import Document as Notification
from pyiso20022.pain.pain_001_001_09 import Document as Initiation
from pyiso20022.pain.pain_002_001_10 import Document as StatusReport
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig

from registry.clearing import pain001, reports, rules, sandbox_reports
from registry.clearing.records import BankOrder
from tests.unit.registry.test_money_rules import AT, DAY, payout

STRICT = ParserConfig(fail_on_unknown_properties=True, fail_on_converter_warnings=True)
MSG = "XN4212242026112401N1"
ORDER = BankOrder(MSG, bytes(32), 55_000, "9900421224", "credited", AT, DAY)


def parsed(raw, kind):
    return XmlParser(config=STRICT).from_bytes(raw, kind)


@pytest.mark.parametrize("execute_on", [DAY, date(2026, 11, 30)])
def test_an_independent_reader_finds_the_same_payment(execute_on):
    message = pain001.write(replace(payout(), execute_on=execute_on), rules.COLLECTION_ACCOUNT)
    found = parsed(message, Initiation).cstmr_cdt_trf_initn
    payment = found.pmt_inf[0]
    transfer = payment.cdt_trf_tx_inf[0]
    assert (found.grp_hdr.msg_id, found.grp_hdr.nb_of_txs, found.grp_hdr.ctrl_sum) == (MSG, "1", 550)
    assert payment.reqd_exctn_dt.dt.to_date() == execute_on
    assert payment.dbtr_acct.id.othr.id == rules.COLLECTION_ACCOUNT.number
    assert payment.dbtr_agt.fin_instn_id.clr_sys_mmb_id.clr_sys_id.cd == "CNAPS"
    assert (transfer.pmt_id.end_to_end_id, transfer.amt.instd_amt.value, transfer.amt.instd_amt.ccy) == (
        MSG,
        550,
        "CNY",
    )
    assert transfer.cdtr_acct.id.othr.id == "9900421224"
    assert transfer.rmt_inf.ustrd[0].startswith("n=3;sha256=")


@pytest.mark.parametrize("fen", [1, 10, 99, 100, 101, 55_000, 10**13])
def test_every_amount_is_valid_against_the_schema(fen):
    schema = importlib.resources.files("sepaxml").joinpath("schemas", "pain.001.001.09.xsd").read_bytes()
    message = pain001.write(replace(payout(), amount_fen=fen), rules.COLLECTION_ACCOUNT)
    etree.XMLSchema(etree.fromstring(schema)).assertValid(etree.fromstring(message))
    transfer = parsed(message, Initiation).cstmr_cdt_trf_initn.pmt_inf[0].cdt_trf_tx_inf[0]
    assert int(transfer.amt.instd_amt.value * 100) == fen


@pytest.mark.parametrize(("code", "state"), [("RJCT", "rejected"), ("ACSP", "received"), ("ACSC", "debited")])
def test_status_reports_are_the_standards_and_read_alike(code, state):
    raw = sandbox_reports.status_report(ORDER, code, at=AT)
    theirs = parsed(raw, StatusReport).cstmr_pmt_sts_rpt.orgnl_pmt_inf_and_sts[0].tx_inf_and_sts[0]
    ours = reports.read(raw)
    assert (theirs.orgnl_end_to_end_id, theirs.tx_sts) == (MSG, code)
    assert [(item.msg_id, item.state) for item in ours.reports] == [(MSG, state)]
    assert ours.kind == "pain.002"


@pytest.mark.parametrize(("side", "state"), [("DBIT", "debited"), ("CRDT", "credited")])
def test_notifications_are_the_standards_and_read_alike(side, state):
    raw = sandbox_reports.notification(ORDER, "990000421200000001", side, at=AT)
    theirs = parsed(raw, Notification).bk_to_cstmr_dbt_cdt_ntfctn.ntfctn[0]
    entry = theirs.ntry[0]
    assert (theirs.acct.id.othr.id, entry.amt.value, entry.cdt_dbt_ind.value) == (
        "990000421200000001",
        550,
        side,
    )
    [ours] = reports.read(raw).reports
    assert (ours.msg_id, ours.state, ours.amount_fen, ours.account) == (
        MSG,
        state,
        55_000,
        "990000421200000001",
    )
    assert ours.entry_ref == entry.acct_svcr_ref


def test_a_whole_group_may_be_rejected():
    raw = sandbox_reports.status_report(ORDER, "RJCT", at=AT)
    root = etree.fromstring(raw)
    for element in root.findall(".//{*}OrgnlPmtInfAndSts"):
        element.getparent().remove(element)
    group = root.find(".//{*}OrgnlGrpInfAndSts")
    etree.SubElement(group, group.tag.replace("OrgnlGrpInfAndSts", "GrpSts")).text = "RJCT"
    [found] = reports.read(etree.tostring(root)).reports
    assert (found.msg_id, found.state) == (MSG, "rejected")


def test_a_blank_reference_of_a_transaction_is_none():
    raw = sandbox_reports.status_report(ORDER, "ACSP", at=AT).decode()
    blank = raw.replace(f"<OrgnlEndToEndId>{MSG}<", "<OrgnlEndToEndId>\n  <")
    assert blank != raw
    assert [found.msg_id for found in reports.read(blank.encode()).reports] == [MSG]


def test_an_entry_with_many_details_says_each():
    raw = sandbox_reports.notification(ORDER, "1", "DBIT", at=AT).decode()
    detail = "<TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs><Amt Ccy='CNY'>%s</Amt></TxDtls>"
    start, end = raw.index("<NtryDtls>") + len("<NtryDtls>"), raw.index("</NtryDtls>")
    raw = raw[:start] + detail % ("XNA", "1.00") + detail % ("XNB", "549.00") + raw[end:]
    assert [(item.msg_id, item.amount_fen) for item in reports.read(raw.encode()).reports] == [
        ("XNA", 100),
        ("XNB", 54_900),
    ]


def test_an_entry_that_is_not_booked_pays_nothing():
    raw = sandbox_reports.notification(ORDER, "1", "DBIT", at=AT).replace(b"BOOK", b"PDNG")
    assert [item.state for item in reports.read(raw).reports] == ["received"]
