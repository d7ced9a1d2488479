"""Bills made out to the wrong payer: reversed and issued anew by two persons, no money moves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.access.records import SYSTEM
from data.documents.errors import GlyphMissing
from data.errors import NingtuError
from registry.parties.errors import PartyNameBad
from registry.payments.errors import SamePersonDecides
from registry.payments.issuing import issue_order
from registry.receipts import correcting, custody, store
from registry.receipts.errors import CorrectionNotFound, CorrectionRefused, ReceiptNotFound
from registry.receipts.issuing import BillOffice, red_of, rest_of
from registry.receipts.records import RightPayer
from registry.reconciliation import matching, reports
from tests.database.money.conftest import FINANCE_CITY, approved, give_back, one, rows, state_of
from tests.database.money.test_lifecycle import mortgages
from tests.database.money.test_refunds import return_of_county
from tests.database.registry import town

RIGHT = RightPayer("咸宁市某某有限公司", "unit", "91421200MA0000000X")
OTHER = replace(FINANCE_CITY, login="other")


def ask(office, bill, payer=RIGHT, by=FINANCE_CITY):
    return correcting.request(
        office, by, (bill.code, bill.number), payer=payer, reason="单位名称写错", now=town.NOW
    )


def decide(office, asked, by=OTHER, approve=True):
    return correcting.decide(office, by, asked.correction_id, approve=approve, comment="属实", now=town.NOW)


def corrected(office, bill):
    decide(office, ask(office, bill))
    return bills(office, bill)


def bills(office, bill):
    with office.db.transaction(SYSTEM) as conn:
        return sorted(store.bills_of_order(conn, bill.order_no), key=lambda one: one.number)


def test_a_red_bill_and_one_to_the_right_payer_for_the_same_amount(city, office, bill, books):
    postings = one(city, "SELECT count(*) FROM money.posting")
    wrong, red, right = corrected(office, bill)
    assert (wrong.reversed, red.red_of, right.replaces) == (True, bill.key, bill.key)
    assert (red.amount_fen, right.amount_fen) == (-bill.amount_fen, bill.amount_fen)
    assert (right.payer_name, right.payer_kind, right.payer_code) == (RIGHT.name, RIGHT.kind, RIGHT.code)
    assert red.payer_name == bill.payer_name
    assert [one.state for one in (wrong, red, right)] == ["signed"] * 3
    assert RIGHT.name.encode() in bytes(right.xml)
    assert one(city, "SELECT count(*) FROM money.posting") == postings
    assert one(city, "SELECT sum(amount_fen) FROM money.bill_line") == bill.amount_fen
    assert books() == {}


def test_the_matching_of_the_books_takes_it_for_no_difference(city, office, bill):
    corrected(office, bill)
    matching.match_all(city, town.NOW.date(), now=town.NOW)
    assert rows(city, "SELECT type FROM money.break WHERE type LIKE 'B%%'") == []


def test_a_red_bill_of_no_cause_is_still_a_breach(city, office, bill, books):
    with city.transaction(SYSTEM) as conn:
        office.number(conn, red_of(bill, None, town.NOW))
        office.number(conn, replace(rest_of(bill, bill.amount_fen - 1, None, town.NOW)))
    assert "I12" in books()


def test_who_asked_does_not_decide_and_a_decision_stands(city, office, bill):
    asked = ask(office, bill)
    with pytest.raises(SamePersonDecides):
        decide(office, asked, by=FINANCE_CITY)
    assert decide(office, asked, approve=False).state == "rejected"
    with pytest.raises(CorrectionRefused):
        decide(office, asked)
    assert len(bills(office, bill)) == 1
    assert ask(office, bill).state == "requested"


def test_the_database_insists_on_two_persons(city, office, bill):
    asked = ask(office, bill)
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute(
            "UPDATE money.bill_correction SET state = 'approved', decided_by = requested_by,"
            " decided_at = now()"
            " WHERE correction_id = %s",
            [asked.correction_id],
        )


def test_the_database_lets_nobody_correct_without_an_approved_request(city, office, bill):
    asked = ask(office, bill)
    red = replace(red_of(bill, None, town.NOW), correction_id=asked.correction_id)
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        office.number(conn, red)


def test_a_name_that_cannot_be_printed_is_refused(office, bill):
    with pytest.raises(GlyphMissing):
        ask(office, bill, RightPayer("李\U0003fffd", "person", None))


@pytest.mark.parametrize("name", [" ", "王\u200b五", "王\n五"])
def test_a_name_that_is_none_is_refused(office, bill, name):
    with pytest.raises(PartyNameBad):
        ask(office, bill, RightPayer(name, "person", None))


def test_only_a_bill_in_force_is_corrected_once_at_a_time(office, bill):
    same = RightPayer(bill.payer_name, bill.payer_kind, bill.payer_code)
    with pytest.raises(CorrectionRefused):
        ask(office, bill, same)
    ask(office, bill)
    with pytest.raises(CorrectionRefused):
        ask(office, bill, RightPayer("王五", "person", None))
    with pytest.raises(ReceiptNotFound):
        ask(office, replace(bill, number="0000009999"))
    with pytest.raises(CorrectionNotFound):
        correcting.decide(office, OTHER, 999, approve=True, comment="", now=town.NOW)


def test_what_is_promised_back_meanwhile_is_not_corrected(office, bill, order):
    asked = ask(office, bill)
    approved(office.db, order)
    with pytest.raises(CorrectionRefused):
        decide(office, asked)
    assert len(bills(office, bill)) == 1


def test_a_corrected_bill_is_corrected_again_and_given_back(office, bill, order, refunding, books):
    *_, right = corrected(office, bill)
    decide(office, ask(office, right, RightPayer("王五", "person", None)))
    last = bills(office, bill)[-1]
    assert (last.payer_name, last.replaces) == ("王五", right.key)
    assert give_back(refunding, order).state == "done"
    assert sum(one.amount_fen for one in bills(office, bill)) == 0
    assert books() == {}


def unbilled(city):
    asked = reports.Question(town.NOW.date(), town.NOW.date())
    return [row[-1] for row in reports.make(city, SYSTEM, "unbilled", asked, now=town.NOW).rows]


def missing(city, at):
    """Match the books at an instant; return the amounts that are paid and have no bill."""
    matching.match_all(city, at.date(), now=at)
    return [fen for (fen,) in rows(city, "SELECT amount_fen FROM money.break WHERE type = 'B1'")]


def test_what_is_reversed_and_not_yet_issued_anew_is_on_the_red_list(city, office, bill, monkeypatch):
    asked = ask(office, bill)
    assert unbilled(city) == []
    monkeypatch.setattr(BillOffice, "sign_all", lambda *_: [])
    decide(office, asked)
    assert unbilled(city) == [bill.amount_fen]
    assert missing(city, town.NOW + timedelta(minutes=4)) == []
    assert missing(city, town.NOW + timedelta(minutes=6)) == [bill.amount_fen]
    job = "SELECT payload ->> 'order_no' FROM registry.job WHERE key LIKE 'bill_correction:%%'"
    assert rows(city, job) == [(bill.order_no,)]
    monkeypatch.undo()
    office.sign_all(bill.order_no)
    assert unbilled(city) == []


def test_what_goes_back_of_an_order_is_not_on_the_red_list(city, office, payer, clearing, refunding):
    joint = issue_order(city, town.CLERK, mortgages(city, *town.FLATS[:2]), now=town.NOW)
    payer.pay(joint)
    assert unbilled(city) == [8_000, 8_000]
    office.issue_for_order(joint.head.order_no, now=town.NOW)
    clearing.close_day(FINANCE_CITY, town.NOW.date(), run_now=True)
    refund_no = approved(city, joint, lines={1: 8_000})
    refunding.advance(refund_no, now=town.NOW)
    return_of_county(city, refund_no)
    assert refunding.advance(refund_no, now=town.NOW).state == "done"
    assert state_of(city, joint) == "cleared"
    assert unbilled(city) == []
    assert missing(city, town.NOW + timedelta(hours=1)) == []


def test_a_held_bill_is_void_and_one_to_a_name_that_can_be_printed_issued(city, office, held, books):
    printable = RightPayer("李(左木右奇)", "person", None)
    decide(office, ask(office, held, printable))
    gone, made = bills(office, held)
    assert (gone.state, made.state, made.payer_name) == ("void", "signed", printable.name)
    assert (made.amount_fen, made.county_code, made.replaces) == (held.amount_fen, held.county_code, None)
    assert made.check_code != held.check_code
    assert printable.name.encode() in bytes(made.xml)
    (reason,) = rows(city, "SELECT detail ->> 'reason' FROM money.bill_event WHERE kind = 'void'")
    assert "单位名称写错" in reason[0]
    assert books() == {}
    decide(office, ask(office, made))
    assert bills(office, held)[-1].payer_name == RIGHT.name
    assert books() == {}


def test_a_held_bill_whose_correction_is_rejected_stays_held(office, held):
    decide(office, ask(office, held), approve=False)
    assert [one.state for one in bills(office, held)] == ["held"]


def test_a_held_bill_that_is_void_by_now_is_not_corrected(city, office, held):
    asked = ask(office, held)
    custody.void(city, FINANCE_CITY, held, reason="x", now=town.NOW)
    with pytest.raises(CorrectionRefused):
        decide(office, asked)


def test_a_county_corrects_its_own_bills_only(office, bill):
    assert ask(office, bill, by=town.REGISTRAR).state == "requested"
    with pytest.raises(ReceiptNotFound):
        ask(office, bill, by=town.OTHER_REGISTRAR)
